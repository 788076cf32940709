"""The one gradebook column of an LMS course, however it is made: with a link, or by the service.

It says whether something of the student's was certified, and is no mark: 1 of 1, or nothing.
`RESOURCE_ID` and `TAG` are how the column is found again, so they never change.
"""

from __future__ import annotations

RESOURCE_ID = "licheng-progress"
TAG = "licheng-progress"
MAXIMUM = 1
LABEL = "學習成果認證"
"""Not translated: it stands in the LMS, whoever looks."""
