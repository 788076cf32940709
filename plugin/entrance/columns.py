"""The one gradebook column of an LMS course, however it is made: with a link, or by the service.

It says whether something of the student's was certified, and is no mark: 1 of 1, or nothing.
`RESOURCE_ID` and `TAG` are how the column is found again, so they never change.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

RESOURCE_ID = "outcomes"
TAG = "licheng-outcomes"
MAXIMUM = 1
LABEL = _l("學習成果認證")
