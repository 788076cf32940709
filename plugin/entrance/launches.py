"""Reads of the launch log: who was let in or refused, how and why; without personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from plugin import clock, db
from plugin.entrance.models import Deployment, LaunchLog, Registration
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page

DAYS = (1, 7, 30, 90)
"""How far back one may look; lines are kept 90 days."""
_MOST_CODES = 60


@dataclass(frozen=True)
class Wanted:
    """Which lines: `result` is `ok`, `refused` or ""; the others narrow further, "" does not."""

    result: str = ""
    code: str = ""
    message: str = ""
    platform: str = ""
    days: int = 7


@dataclass(frozen=True)
class Counted:
    """The last day in figures: for the page that only points here."""

    entered: int
    refused: int
    latest_code: str


def found(school_id: int, wanted: Wanted, after: str | None = None) -> Page[LaunchLog]:
    """Lines of the school, the newest first."""
    since = clock.now() - timedelta(days=wanted.days)
    query = sa.select(LaunchLog).where(LaunchLog.school_id == school_id, LaunchLog.at >= since)
    if wanted.result:
        entered = LaunchLog.code == "OK"
        query = query.where(entered if wanted.result == "ok" else sa.not_(entered))
    if wanted.code:
        query = query.where(LaunchLog.code == wanted.code)
    if wanted.message:
        query = query.where(LaunchLog.message_type == wanted.message)
    if (registration_id := row_id(wanted.platform)) is not None:
        query = query.where(LaunchLog.registration_id == registration_id)
    if (begin := row_id(after)) is not None:
        query = query.where(LaunchLog.id < begin)
    rows = db.reading().scalars(query.order_by(LaunchLog.id.desc()).limit(PAGE_SIZE + 1)).all()
    return Page.cut(rows, PAGE_SIZE, lambda one: one.id)


def counted(school_id: int) -> Counted:
    """How many entered and were refused since yesterday, and the newest refusal's code."""
    since = clock.now() - timedelta(days=1)
    of_school = (LaunchLog.school_id == school_id, LaunchLog.at >= since)
    rows = db.reading().execute(
        sa.select(LaunchLog.code, sa.func.count(), sa.func.max(LaunchLog.id))
        .where(*of_school)
        .group_by(LaunchLog.code)
    )
    entered, refused, latest = 0, 0, (0, "")
    for code, many, newest in rows:
        if code == "OK":
            entered = many
        else:
            refused += many
            latest = max(latest, (newest, code))
    return Counted(entered, refused, latest[1])


def platforms(school_id: int) -> dict[int, str]:
    """The platforms by which people come into the school, by id, as one tells them apart: its own
    ones, and shared ones of which it has a deployment."""
    shared = sa.select(Deployment.registration_id).where(Deployment.school_id == school_id)
    query = sa.select(Registration.id, Registration.product, Registration.issuer).where(
        sa.or_(Registration.school_id == school_id, Registration.id.in_(shared))
    )
    rows = db.reading().execute(query.order_by(Registration.id).limit(PAGE_SIZE))
    return {row.id: f"{row.product or 'LTI'} {row.issuer}" for row in rows}


def codes(school_id: int) -> list[str]:
    """Codes that occur in the school's log."""
    query = (
        sa.select(LaunchLog.code)
        .where(LaunchLog.school_id == school_id, LaunchLog.code != "OK")
        .distinct()
        .order_by(LaunchLog.code)
        .limit(_MOST_CODES)
    )
    return list(db.reading().scalars(query))
