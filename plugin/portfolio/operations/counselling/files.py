"""The one document of a counselling record."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.sizes import file_size
from plugin import clock
from plugin.actor import Actor
from plugin.portfolio.models import Counselling
from plugin.portfolio.operations import attaching
from plugin.portfolio.operations.intake import COUNSELLING_SLOTS
from plugin.portfolio.queries import counselling as reads
from plugin.school import rules
from plugin.school.terms import term_of

RULE = COUNSELLING_SLOTS["document"].rule

let_go = attaching.let_go


def exchange(session: Session, actor: Actor, found: Counselling, file_id: int | None) -> None:
    """Let the record have this document, or none.

    :raises InvalidInput: expired, or handed in for something else.
    :raises ForeignRecord: somebody else's file.
    """
    attaching.exchange(session, actor, found, COUNSELLING_SLOTS, "document", file_id)


def ids_of(found: Counselling) -> list[int]:
    """The id of the document, if there is one."""
    return [found.document_file_id] if found.document_file_id is not None else []


def oversized(found: Counselling) -> str:
    """What is wrong with the document's size by the rule of the day's year; empty: nothing."""
    file = reads.document(found)
    year = term_of(found.held_on or clock.today()).academic_year
    limit = rules.number(found.school_id, RULE, year)
    if file is None or file.size <= limit:
        return ""
    return _(
        "「%(name)s」是 %(size)s，%(year)s 學年度的上限是 %(limit)s，請縮小後重新上傳。",
        name=file.name,
        size=file_size(file.size),
        year=year,
        limit=file_size(limit),
    )
