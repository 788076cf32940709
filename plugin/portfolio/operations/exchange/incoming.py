"""Packages of other schools: looked at, then taken whole or not at all, and undone while nothing
depends on what came (SPEC §1, Exchange)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor
from plugin.db import Base
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio import policy, receipt_notices
from plugin.portfolio.models import (
    Decision,
    ExchangeArrival,
    ExchangeCourse,
    ExchangeIn,
    Experience,
    InState,
    Outcome,
)
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.operations.exchange.outgoing import require_exchanger
from plugin.portfolio.operations.found import ForeignRecord, audited, nowhere
from plugin.portfolio.packages import EXCHANGE_SLOT, own_package
from plugin.school.models import Course
from plugin.trail.chain import record
from plugin.vault import operations as vault

CHECK = "exchange.check"
TAKE = "exchange.take"
LIVE = (InState.CHECKING, InState.READY, InState.TAKING, InState.TAKEN)
"""A package that is here in one of these states is not begun a second time."""


def begin(actor: Actor, file_id: int, password: str) -> ExchangeIn:
    """Have a package looked at. The same bytes again lead to what they led to before.

    :raises InvalidInput: not the actor's own upload, or expired.
    :raises NotFound: neither exchange person nor registry.
    """
    school_id = require_exchanger(actor)
    file = own_package(actor, file_id, EXCHANGE_SLOT)
    if file is None:
        words = _("先前上傳的檔案已經過期，請重新上傳。")
        raise InvalidInput(words, fields={"package": words})
    with db.writing() as session:
        there = session.scalar(
            sa.select(ExchangeIn)
            .where(
                ExchangeIn.school_id == school_id,
                ExchangeIn.sha256 == file.sha256,
                ExchangeIn.state.in_(LIVE),
            )
            .order_by(ExchangeIn.id.desc())
            .limit(1)
        )
        if there is not None:
            _close_if_dead(session, actor, there)
            if there.state in LIVE:
                return there
        vault.keep(actor, [file.id])
        made = ExchangeIn(
            school_id=school_id,
            file_id=file.id,
            name=file.name,
            sha256=file.sha256,
            password=password or None,
            state=InState.CHECKING,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(actor, "exchange.begin_in", "exchange_in", made.id, sha256=file.sha256)
        made.job_id = _enqueue(actor, CHECK, made)
        return made


def looked_at(
    actor: Actor, exchange_in_id: int, origin_code: str, preview: dict[str, Any],
    totals: dict[str, int],
) -> None:  # fmt: skip
    """The package was read to its end: what it would bring."""
    with db.writing() as session:
        found = _held(session, exchange_in_id)
        if found.state is not InState.CHECKING:
            return
        found.state, found.totals = InState.READY, totals
        found.origin_code = origin_code
        found.preview = json.dumps(preview, ensure_ascii=False)
        record(actor, "exchange.check_in", "exchange_in", found.id, **totals)
        receipt_notices.exchange_checked(found)


def refuse(actor: Actor, exchange_in_id: int, reason: str) -> None:
    """The package is not taken; nothing of it was."""
    with db.writing() as session:
        found = _held(session, exchange_in_id)
        if found.state in {InState.CHECKING, InState.TAKING}:
            found.state, found.failure = InState.REFUSED, reason[:500]
            record(actor, "exchange.refuse_in", "exchange_in", found.id)
            receipt_notices.exchange_checked(found)


@audited
def take(actor: Actor, exchange_in_id: int) -> ExchangeIn:
    """Take everything that is new in a package.

    :raises Conflict: it has faults, holds nothing new, or is not waiting to be taken.
    :raises NotFound: none, another school's, no right.
    """
    with db.writing() as session:
        found = _own(session, actor, exchange_in_id)
        if found.state in {InState.TAKING, InState.TAKEN}:
            return found
        if found.state is not InState.READY:
            raise Conflict(_("這個檔案目前不能匯入。"))
        if found.totals["faults"] or found.totals["unknown"]:
            raise Conflict(
                _("檔案還有必須先處理的問題，沒有匯入任何資料。"),
                remedy=_("請依預覽清單處理後，按「重新檢查」。"),
            )
        if not found.totals["new"]:
            raise Conflict(_("檔案裡的紀錄都已經在本校，不需要匯入。"))
        found.state = InState.TAKING
        record(actor, "exchange.take", "exchange_in", found.id)
        found.job_id = _enqueue(actor, TAKE, found)
        return found


@audited
def check_again(actor: Actor, exchange_in_id: int) -> ExchangeIn:
    """Look at it once more, after students or their IDs were put right.

    :raises Conflict: it is being worked on, or was taken.
    """
    with db.writing() as session:
        found = _own(session, actor, exchange_in_id)
        if found.state not in {InState.READY, InState.REFUSED}:
            raise Conflict(_("這個檔案目前不能重新檢查。"))
        found.state, found.failure, found.preview = InState.CHECKING, "", None
        record(actor, "exchange.check_again", "exchange_in", found.id)
        found.job_id = _enqueue(actor, CHECK, found)
        return found


@audited
def drop(actor: Actor, exchange_in_id: int) -> ExchangeIn:
    """Let go of a package that will not be taken; the file stays in the vault.

    :raises Conflict: it is being worked on, or was taken.
    """
    with db.writing() as session:
        found = _own(session, actor, exchange_in_id)
        if found.state not in {InState.READY, InState.REFUSED}:
            raise Conflict(_("這個檔案目前不能放棄。"))
        found.state, found.preview = InState.DROPPED, None
        record(actor, "exchange.drop", "exchange_in", found.id)
        return found


@audited
def undo(actor: Actor, exchange_in_id: int) -> ExchangeIn:
    """Take back what a package brought. The files and the package stay in the vault.

    :raises Conflict: something depends on what came: it was selected, handed in, changed.
    """
    with db.writing() as session:
        found = _own(session, actor, exchange_in_id)
        if found.state is not InState.TAKEN:
            raise Conflict(_("這個檔案沒有可以復原的匯入。"))
        arrivals = session.scalars(
            sa.select(ExchangeArrival).where(ExchangeArrival.exchange_in_id == found.id)
        ).all()
        outcomes = [one.outcome_id for one in arrivals if one.outcome_id is not None]
        experiences = [one.experience_id for one in arrivals if one.experience_id is not None]
        if n := len(_dependents(session, outcomes, experiences)):
            raise Conflict(
                ngettext(
                    "有 %(num)s 件匯入的紀錄已被勾選、提交或變更，不能復原。",
                    "有 %(num)s 件匯入的紀錄已被勾選、提交或變更，不能復原。",
                    n,
                ),
                remedy=_("請先取消勾選；已經提交的紀錄不能移除。"),
            )
        session.execute(
            sa.delete(ExchangeArrival).where(ExchangeArrival.exchange_in_id == found.id)
        )
        for some in _some(outcomes):
            session.execute(sa.delete(Decision).where(Decision.outcome_id.in_(some)))
            session.execute(sa.delete(Outcome).where(Outcome.id.in_(some)))
        for some in _some(experiences):
            session.execute(sa.delete(Experience).where(Experience.id.in_(some)))
        mine = ExchangePost.exchange_in_id == found.id
        posts = session.scalar(sa.select(sa.func.count(ExchangePost.id)).where(mine))
        session.execute(sa.delete(ExchangePost).where(mine))
        courses = _drop_courses(session, found.id)
        found.state, found.undone_at = InState.UNDONE, clock.now()
        record(
            actor, "exchange.undo", "exchange_in", found.id,
            outcomes=outcomes, experiences=experiences, courses=courses, posts=posts,
        )  # fmt: skip
        return found


@audited
def seen(actor: Actor, exchange_in_id: int) -> ExchangeIn:
    """A package of the actor's own school.

    :raises NotFound: none, another school's, or neither exchange person nor registry.
    """
    found = db.reading().get(ExchangeIn, exchange_in_id)
    return _mine(actor, found, exchange_in_id)


def _own(session: Session, actor: Actor, exchange_in_id: int) -> ExchangeIn:
    there = session.get(ExchangeIn, exchange_in_id, with_for_update=db.HELD, populate_existing=True)
    found = _mine(actor, there, exchange_in_id)
    _close_if_dead(session, actor, found)
    return found


def _close_if_dead(session: Session, actor: Actor, found: ExchangeIn) -> None:
    """What the queue has given up is refused: nothing of it was taken."""
    job = session.get(jobs.Job, found.job_id) if found.job_id else None
    if (
        found.state in {InState.CHECKING, InState.TAKING}
        and job is not None
        and job.state is jobs.JobState.FAILED
    ):
        refuse(actor, found.id, _("處理時發生系統錯誤，沒有任何資料被變更。"))


def _mine(actor: Actor, found: ExchangeIn | None, exchange_in_id: int) -> ExchangeIn:
    if found is None:
        raise nowhere(ExchangeIn, exchange_in_id)
    if not policy.exchanges(actor) or found.school_id != actor.school_id:
        raise ForeignRecord("exchange_in", exchange_in_id)
    return found


def _held(session: Session, exchange_in_id: int) -> ExchangeIn:
    return session.get_one(
        ExchangeIn, exchange_in_id, with_for_update=db.HELD, populate_existing=True
    )


def _enqueue(actor: Actor, kind: str, found: ExchangeIn) -> int:
    """Without a key: a step may be asked for again, and the state lets each happen once."""
    return jobs.enqueue(actor, kind, {"exchange_in_id": found.id})


def _some(ids: list[int], size: int = 500) -> list[list[int]]:
    return [ids[begin : begin + size] for begin in range(0, len(ids), size)]


def _dependents(
    session: Session, outcomes: list[int], experiences: list[int]
) -> set[tuple[str, int]]:
    """Which of these records something else refers to, or somebody has changed since."""
    found: set[tuple[str, int]] = set()
    for model, ids in ((Outcome, outcomes), (Experience, experiences)):
        name = model.__tablename__
        for some in _some(ids):
            changed = sa.select(model.id).where(model.id.in_(some), model.version > 1)
            found |= {(name, one) for one in session.scalars(changed)}
            for reference in _references(name):
                query = sa.select(reference).where(reference.in_(some))
                found |= {(name, one) for one in session.scalars(query)}
    if outcomes:
        twice = (
            sa.select(Decision.outcome_id)
            .where(Decision.outcome_id.in_(outcomes))
            .group_by(Decision.outcome_id)
            .having(sa.func.count() > 1)
        )
        found |= {("outcome", one) for one in session.scalars(twice)}
    return found


def _references(table: str) -> list[Any]:
    """Every column of every table that refers to a record, but for what the arrival itself made:
    also those of rooms that were built later."""
    own = {Decision, ExchangeArrival}
    return [
        getattr(mapper.class_, mapper.get_property_by_column(column).key)
        for mapper in Base.registry.mappers
        if mapper.class_ not in own
        for column in mapper.columns
        for foreign in column.foreign_keys
        if foreign.column.table.name == table
    ]


def _drop_courses(session: Session, exchange_in_id: int) -> list[int]:
    """The courses that were entered for this package, as far as nothing else uses them."""
    entered: Collection[int] = session.scalars(
        sa.select(ExchangeCourse.course_id).where(ExchangeCourse.exchange_in_id == exchange_in_id)
    ).all()
    used: set[int] = set()
    for mapper in Base.registry.mappers:
        if mapper.class_ is ExchangeCourse:
            continue
        for column in mapper.columns:
            if any(one.column.table.name == "course" for one in column.foreign_keys):
                found = getattr(mapper.class_, mapper.get_property_by_column(column).key)
                used |= set(session.scalars(sa.select(found).where(found.in_(entered))))
    free = sorted(set(entered) - used)
    session.execute(sa.delete(ExchangeCourse).where(ExchangeCourse.course_id.in_(free)))
    session.execute(sa.delete(Course).where(Course.id.in_(free)))
    return free
