"""Row ids as they come from forms and addresses: whatever cannot be one is none."""

from __future__ import annotations

from collections.abc import Iterable

MAX_ID = 2**31 - 1
"""The largest id of a PostgreSQL integer column."""


def row_id(text: str | None) -> int | None:
    """An id; None for nothing, for no number, and for more than any id can be."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_ID)):
        return None
    found = int(text)
    return found if found <= MAX_ID else None


def row_ids(texts: Iterable[str]) -> list[int]:
    """Those of `texts` that can be ids."""
    return [found for one in texts if (found := row_id(one)) is not None]
