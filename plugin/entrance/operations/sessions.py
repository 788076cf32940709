"""A session's life after the launch: kept, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin import clock, db, tenancy
from plugin.entrance.models import LaunchSession


def keep(session_id: int, now: datetime, data: dict[str, Any] | None = None) -> None:
    """Note that the person is still there, and what the session holds if that changed."""
    values: dict[str, Any] = {"seen_at": now}
    if data is not None:
        values["data"] = data
    with db.writing() as session:
        session.execute(
            sa.update(LaunchSession).where(LaunchSession.id == session_id).values(**values)
        )


def end(session_id: int) -> None:
    """Log out: the address is worthless from now on."""
    with db.writing() as session:
        session.execute(
            sa.update(LaunchSession)
            .where(LaunchSession.id == session_id, LaunchSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )


def end_all(registration_id: int, school_id: int | None = None) -> None:
    """Log everybody out who came in by a platform (into one school): it is not believed any
    more, so neither is what it said this morning."""
    with (
        tenancy.across("what comes from one platform is believed in no school"),
        db.writing() as session,
    ):
        running = sa.update(LaunchSession).where(
            LaunchSession.registration_id == registration_id, LaunchSession.ended_at.is_(None)
        )
        if school_id is not None:
            running = running.where(LaunchSession.school_id == school_id)
        session.execute(running.values(ended_at=clock.now()))
