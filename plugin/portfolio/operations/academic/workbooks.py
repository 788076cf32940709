"""Official workbooks of a term: asked for by the registry, made by the queue, kept in the vault."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput
from plugin.portfolio.models import TermWorkbook
from plugin.portfolio.operations.academic import found, telling
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.school.models import School
from plugin.school.terms import Term
from plugin.trail.chain import record
from plugin.vault.models import StoredFile
from reports.errors import UnknownBook
from reports.roster import RosterBook, book

MAKE = "academic.workbook"
BOOKS = ("students", "posts", "grades", "retakes", "grades_night")
KEEPERS = {"posts": (Role.REGISTRY, Role.STUDENT_AFFAIRS)}
"""Who may have a book made; the registry every one."""


def begin(actor: Actor, key: str, term: Term, batch: str, number: str) -> TermWorkbook:
    """Begin the next version of a book of a term and queue its making.

    :param number: 名冊別 as the central database announces it.
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
    with db.writing() as session:
        session.get_one(School, school_id, with_for_update=db.HELD)
        version = 1 + (
            session.scalar(
                sa.select(sa.func.max(TermWorkbook.version)).where(
                    TermWorkbook.school_id == school_id,
                    TermWorkbook.academic_year == term.academic_year,
                    TermWorkbook.term == term.term,
                    TermWorkbook.book == key,
                    TermWorkbook.batch == batch,
                )
            )
            or 0
        )
        made = TermWorkbook(
            school_id=school_id,
            academic_year=term.academic_year,
            term=term.term,
            book=key,
            batch=batch,
            number=number,
            version=version,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
            counts={},
        )
        session.add(made)
        session.flush()
        record(actor, "workbook.begin", "term_workbook", made.id, book=key, version=version)
        made.job_id = jobs.enqueue(actor, MAKE, {"workbook_id": made.id}, key=f"{MAKE}:{made.id}")
        return made


def finish(actor: Actor, workbook_id: int, file: StoredFile, counts: Mapping[str, int]) -> None:
    """The file is in the vault; finished twice is finished once."""
    with db.writing() as session:
        made = session.get_one(
            TermWorkbook, workbook_id, with_for_update=db.HELD, populate_existing=True
        )
        if made.file_id is not None:
            return
        made.file_id, made.counts, made.done_at = file.id, dict(counts), clock.now()
        session.flush()
        record(
            actor, "workbook.made", "term_workbook", made.id,
            sha256=file.sha256, rows=sum(counts.values()),
        )  # fmt: skip
        telling.made(made, book_of(made.book).name)


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
