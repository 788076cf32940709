"""Who may talk."""

from plugin.web import bound

talkers = bound
"""Everybody who is bound to a school person; what they may do is asked by each skill."""
