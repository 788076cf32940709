"""Rows that two workers may want to make at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from plugin import db


def insert_new(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of `rows` that are not there yet, whoever was first."""
    if rows:
        insert = postgresql.insert if db.engine().name == "postgresql" else sqlite.insert
        session.execute(insert(table).on_conflict_do_nothing(), list(rows))
