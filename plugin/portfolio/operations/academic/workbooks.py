"""Hand-ins of a term's books: asked for by the registry, made by the queue, kept in the vault."""

from __future__ import annotations

import re
import secrets

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import SubmissionState, TermWorkbook
from plugin.portfolio.operations.academic import found, handing_in
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.school.models import School
from plugin.school.terms import Term
from plugin.trail.chain import record
from reports.errors import UnknownBook
from reports.roster import RosterBook, book

MAKE = "academic.workbook"
BOOKS = ("students", "posts", "grades", "retakes", "grades_night")
KEEPERS = {"posts": (Role.REGISTRY, Role.STUDENT_AFFAIRS)}
"""Who may have a book made; the registry every one."""


def begin(
    actor: Actor, key: str, term: Term, batch: str, number: str, *, override: str = ""
) -> TermWorkbook:
    """Begin the next version of a book of a term and queue its making.

    :param number: 名冊別 as the central database announces it.
    :param override: the registry's reason to hand it in in spite of what the checks found; of
        others it counts for nothing.
    :raises NotFrozen: course records of it are not frozen.
    :raises NothingToSubmit: the checks found what blocks, and there is no reason.
    :raises Conflict: the version before is still being made.
    :raises InvalidInput: no such book or batch, or no number.
    :raises NotFound: neither registry nor, for posts, student affairs.
    """
    if key not in BOOKS:
        raise missing()
    school_id = found.school_as(actor, *KEEPERS.get(key, (Role.REGISTRY,)))
    roster = book_of(key)
    if batch not in roster.numbers or term.term not in {1, 2}:
        raise InvalidInput(_("沒有這個梯次或學期。"), fields={"batch": _("請重新選擇。")})
    if not re.fullmatch(r"[0-9]{1,4}", number):
        words = _("請填「名冊別」，1 到 4 位數字。")
        raise InvalidInput(words, fields={"number": words})
    override = found.reason_of(override, "override") if override.strip() else ""
    if not actor.has(Role.REGISTRY):
        override = ""
    with db.writing() as session:
        session.get_one(School, school_id, with_for_update=db.HELD)
        mine = (
            TermWorkbook.school_id == school_id,
            TermWorkbook.academic_year == term.academic_year,
            TermWorkbook.term == term.term,
            TermWorkbook.book == key,
            TermWorkbook.batch == batch,
        )
        _require_none_building(session, *mine)
        overridden = handing_in.require_ready(actor, term, key, override)
        newest = session.scalar(sa.select(sa.func.max(TermWorkbook.version)).where(*mine))
        made = TermWorkbook(
            school_id=school_id,
            academic_year=term.academic_year,
            term=term.term,
            book=key,
            batch=batch,
            number=number,
            version=1 + (newest or 0),
            override=override if overridden else "",
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
            counts={},
            token=secrets.token_urlsafe(32),
        )
        session.add(made)
        session.flush()
        record(actor, "workbook.begin", "term_workbook", made.id, book=key, version=made.version)
        if overridden:
            record(
                actor, "workbook.override", "term_workbook", made.id,
                faults=overridden, reason=override[:200],
            )  # fmt: skip
        made.job_id = jobs.enqueue(actor, MAKE, {"workbook_id": made.id}, key=f"{MAKE}:{made.id}")
        return made


@audited
def seen(actor: Actor, workbook_id: int) -> TermWorkbook:
    """A workbook of the school, for whoever may have it made; raises NotFound."""
    school_id = found.school_as(actor, Role.REGISTRY, Role.STUDENT_AFFAIRS)
    made = db.reading().get(TermWorkbook, workbook_id)
    if made is None:
        raise nowhere(TermWorkbook, workbook_id)
    if made.school_id != school_id or not actor.has(*KEEPERS.get(made.book, (Role.REGISTRY,))):
        raise ForeignRecord("term_workbook", workbook_id)
    return made


def book_of(key: str) -> RosterBook:
    """The definition of a term's book.

    :raises NotFound: there is none of that name.
    """
    try:
        return book(key)
    except UnknownBook as error:
        raise missing() from error


def _require_none_building(session: Session, *mine: sa.ColumnElement[bool]) -> None:
    """What nobody makes any more is closed, so that the next version can be begun.

    :raises Conflict: one is still being made.
    """
    waiting = sa.select(TermWorkbook).where(*mine, TermWorkbook.state == SubmissionState.BUILDING)
    for one in session.scalars(waiting).all():
        handing_in.close_if_dead(session, one)
        if one.state is SubmissionState.BUILDING:
            raise Conflict(
                _("第 %(version)s 版還在製作中。", version=one.version),
                remedy=_("請等它完成，再建立新的版本。"),
            )
