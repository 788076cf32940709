"""Rows that are written once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from plugin.db import Base


class RecordIsFinal(Exception):
    """Code tried to change what is written once (a decision, a snapshot row)."""

    code = "RECORD_IS_FINAL"


def never_changed(model: type[Base]) -> type[Base]:
    """Make every change of such a row after it was written a fault."""
    for change in ("before_update", "before_delete"):
        event.listen(model, change, _never)
    return model


def _never(_mapper: Mapper, _connection: sa.Connection, target: Base) -> None:
    raise RecordIsFinal(f"{type(target).__name__} {target.id} is never changed")  # type: ignore[attr-defined]
