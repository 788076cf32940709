"""Rows of the actor's own school, or NotFound: another school's ids do not exist for them."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin.errors import InvalidInput, NotFound
from plugin.school.models import Course, Person, SchoolClass
from plugin.school.terms import FIRST_YEAR, LAST_YEAR


def person(session: Session, school_id: int, person_id: int) -> Person:
    """:raises NotFound: nobody of this school."""
    found = session.get(Person, person_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這個人。"), remedy=_("請由人員名單重新選擇。"))
    return found


def school_class(session: Session, school_id: int, class_id: int) -> SchoolClass:
    """:raises NotFound: no class of this school."""
    found = session.get(SchoolClass, class_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這個班級。"), remedy=_("請由班級名單重新選擇。"))
    return found


def course(session: Session, school_id: int, course_id: int) -> Course:
    """:raises NotFound: no course of this school."""
    found = session.get(Course, course_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這門課程。"), remedy=_("請由課程清單重新選擇。"))
    return found


def require_year(year: int) -> None:
    """:raises InvalidInput: no academic year of portfolios."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        words = _("請填 %(first)s 到 %(last)s 之間的學年度。", first=FIRST_YEAR, last=LAST_YEAR)
        raise InvalidInput(words, fields={"from_year": words})
