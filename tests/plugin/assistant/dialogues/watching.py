"""What a turn wrote: every INSERT, UPDATE and DELETE of the process, by table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from plugin import db

TALK = frozenset(
    {
        "conversation",
        "conversation_turn",
        "form_draft",
        # a file that is handed over is kept before its form is confirmed, and told as such
        "stored_file",
        "vault_object",
        "receipt",
        "ledger_entry",
        "ledger_head",
        # that something was refused, or is kept
        "audit_event",
        "audit_head",
        "refusal_tally",
    }
)
"""Tables of the conversation itself, of drafts and of files; all others belong to task rooms."""

_WRITES = re.compile(r'^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)


class Watch:
    """:param tables: written to since the last `clear`, without those of the conversation."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def clear(self) -> None:
        self.tables.clear()

    def saw(self, statement: str) -> None:
        found = _WRITES.match(statement)
        if found and found[1].lower() not in TALK:
            self.tables.add(found[1].lower())


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch the application's database."""
    watch = Watch()
    engine: Engine = db.engine()

    def heard(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        watch.saw(statement)

    sa.event.listen(engine, "before_cursor_execute", heard)
    try:
        yield watch
    finally:
        sa.event.remove(engine, "before_cursor_execute", heard)
