"""The link to a course's syllabus 科目教學大綱: which addresses may stand there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 500
"""The most characters of an address; the column is as wide."""

_HOST = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")
"""A name with a dot: what a browser outside the school can find. Names in Chinese are names."""


def is_address(text: str) -> bool:
    """Whether `text` is an https address that may be shown to students as a link.

    No user name (it would say another host than the one that opens), nothing invisible, no
    backslash (browsers read it as a slash).
    """
    if len(text) > LONGEST or not text.isprintable() or set(text) & set(' \\"<>'):
        return False
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (reading it is the check)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "@" not in parts.netloc and bool(_HOST.fullmatch(host))
