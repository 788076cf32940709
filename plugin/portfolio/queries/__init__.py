"""Reads for the pages and reports of the portfolio.

Every query names the person or the school it answers; another's id finds nothing. Lists are paged
by key; related rows come by join or by one further `IN`, never one by one.
"""
