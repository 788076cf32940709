"""Lists of packages, and where a record came from."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db, jobs
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    ExchangeArrival,
    ExchangeIn,
    ExchangeOut,
    ExchangeOutStudent,
    Experience,
    Outcome,
    OutState,
)
from plugin.school.models import Person

SHOWN = 20


def outgoing(actor: Actor, *, after: str | None = None, limit: int = SHOWN) -> Page[ExchangeOut]:
    """The school's packages for others, newest first."""
    query = (
        sa.select(ExchangeOut)
        .options(defer(ExchangeOut.password, raiseload=True))
        .where(ExchangeOut.school_id == actor.school_id)
    )
    if (begin := row_id(after)) is not None:
        query = query.where(ExchangeOut.id < begin)
    rows = db.reading().scalars(query.order_by(ExchangeOut.id.desc()).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.id)


def given_up(page: Page[ExchangeOut]) -> set[int]:
    """Which of these packages the queue will not build any more, though their rows say otherwise:
    they are closed when the next package is begun."""
    query = (
        sa.select(ExchangeOut.id)
        .join(jobs.Job, jobs.Job.id == ExchangeOut.job_id)
        .where(
            ExchangeOut.id.in_([one.id for one in page.items]),
            ExchangeOut.state == OutState.BUILDING,
            jobs.Job.state == jobs.JobState.FAILED,
        )
    )
    return set(db.reading().scalars(query))


def incoming(actor: Actor, *, after: str | None = None, limit: int = SHOWN) -> Page[ExchangeIn]:
    """The packages of others, newest first."""
    query = (
        sa.select(ExchangeIn)
        .options(
            defer(ExchangeIn.password, raiseload=True), defer(ExchangeIn.preview, raiseload=True)
        )
        .where(ExchangeIn.school_id == actor.school_id)
    )
    if (begin := row_id(after)) is not None:
        query = query.where(ExchangeIn.id < begin)
    rows = db.reading().scalars(query.order_by(ExchangeIn.id.desc()).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.id)


def people_of(
    exchange_out_id: int, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[tuple[int, str, str]]:
    """(key, name, number) of the students in a package that the actor may see."""
    query = (
        sa.select(ExchangeOutStudent.id, Person.name, Person.number)
        .join(Person, Person.id == ExchangeOutStudent.student_id)
        .where(ExchangeOutStudent.exchange_out_id == exchange_out_id)
    )
    if (begin := row_id(after)) is not None:
        query = query.where(ExchangeOutStudent.id > begin)
    rows = db.reading().execute(query.order_by(ExchangeOutStudent.id).limit(limit + 1)).all()
    return Page.cut([(key, name, number) for key, name, number in rows], limit, lambda one: one[0])


def origin_of(record: Outcome | Experience) -> ExchangeArrival | None:
    """How a record came from another school; None for one that was made here."""
    column = (
        ExchangeArrival.outcome_id if isinstance(record, Outcome) else ExchangeArrival.experience_id
    )
    return db.reading().scalar(sa.select(ExchangeArrival).where(column == record.id))
