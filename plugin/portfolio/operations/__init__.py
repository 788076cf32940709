"""The verbs of the portfolio: rule, change, audit line and notice in one transaction.

`drafts` and `outcomes` are the student's, `certification` the teacher's, `selection` the
student's, `deadlines` and `submission` the registry's and the clock's.
"""
