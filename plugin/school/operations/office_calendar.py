"""The table of office days: brought in, looked at, taken, taken back."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict
from plugin.school import office_calendar_file, policy
from plugin.school.calendar_models import OfficeCalendar
from plugin.school.office_calendar import CACHE, missing
from plugin.trail.chain import record


def propose_office_calendar(actor: Actor, file_name: str, data: bytes) -> OfficeCalendar:
    """Read a file and keep it as a proposal of this person, in the place of their last one.

    :raises BadCalendar: it is no table of office days.
    :raises NotAllowed: not a keeper of the table.
    """
    school_id = policy.require_days_keeper(actor)
    found = office_calendar_file.read(data)
    with db.writing() as session:
        row = session.scalar(
            sa.select(OfficeCalendar)
            .where(
                OfficeCalendar.school_id == school_id,
                OfficeCalendar.made_by_id == actor.person_id,
                OfficeCalendar.taken_at.is_(None),
            )
            .with_for_update(**db.HELD)
        )
        if row is None:
            row = OfficeCalendar(school_id=school_id, made_by_id=actor.person_id)
            session.add(row)
        row.year, row.sha256 = found.year, found.sha256
        row.rests = [day.isoformat() for day in found.rests]
        row.remarks = {day.isoformat(): words for day, words in found.remarks.items()}
        row.file_name, row.made_at = file_name[-120:], clock.now()
        session.flush()
        return row


def take_office_calendar(actor: Actor, calendar_id: int) -> OfficeCalendar:
    """Let a proposal hold from now on, for periods that begin or go on.

    :raises NotFound: not this person's proposal. :raises Conflict: taken already.
    """
    school_id = policy.require_days_keeper(actor)
    with db.writing() as session:
        row = _held(session, school_id, calendar_id)
        if row.made_by_id != actor.person_id:
            raise missing()
        if row.taken_at is not None:
            raise Conflict(_("這份辦公日曆表已經採用了。"))
        row.taken_at = clock.now()
        _changed(session, actor, row, "take")
        return row


def end_office_calendar(actor: Actor, calendar_id: int) -> OfficeCalendar:
    """Take a table back: the one before holds again, or the law's holidays.

    Periods that have been moved by it stay as they were told.

    :raises NotFound: none of this school, or never taken. :raises Conflict: taken back already.
    """
    school_id = policy.require_days_keeper(actor)
    with db.writing() as session:
        row = _held(session, school_id, calendar_id)
        if row.taken_at is None:
            raise missing()
        if row.ended_at is not None:
            raise Conflict(_("這份辦公日曆表已經停用了。"))
        row.ended_at = clock.now()
        _changed(session, actor, row, "end")
        return row


def _held(session: Session, school_id: int, calendar_id: int) -> OfficeCalendar:
    row = session.scalar(
        sa.select(OfficeCalendar)
        .where(OfficeCalendar.id == calendar_id, OfficeCalendar.school_id == school_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise missing()
    return row


def _changed(session: Session, actor: Actor, row: OfficeCalendar, verb: str) -> None:
    session.flush()
    session.info.pop(CACHE, None)
    record(
        actor, f"office_calendar.{verb}", "office_calendar", row.id,
        year=row.year, rests=len(row.rests), sha256=row.sha256,
    )  # fmt: skip
