"""The timeline of a student: their own, or what companions may see of it."""

from __future__ import annotations

from flask import render_template

from plugin import clock, web
from plugin.actor import Actor, Role
from plugin.errors import NotFound
from plugin.portfolio.operations import export as exporting
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries import experiences
from plugin.portfolio.queries.academic import records
from plugin.portfolio.queries.overviews import duties, everything, storage
from plugin.portfolio.queries.overviews import timeline as queries
from plugin.portfolio.queries.shared import grade_of
from plugin.school import queries as school_queries
from plugin.school import rules, windows
from plugin.school.models import Person
from plugin.school.terms import term_of


def timeline() -> str:
    """My own years, the place my files take, and what comes next."""
    actor = web.current_actor()
    assert actor.school_id is not None
    assert actor.person_id is not None
    student = school_queries.person(actor.school_id, actor.person_id)
    if student is None:
        raise missing()
    return _page(actor, student, own=True)


def timeline_of(person_id: int) -> str:
    """A child's, a student's of the class or of the counsellor: read only, without drafts."""
    actor = web.current_actor()
    student = experiences.companion_of(actor, person_id)
    if student is None:
        raise NotFound(missing().message, remedy=missing().remedy)
    return _page(actor, student, own=False)


def _page(actor: Actor, student: Person, *, own: bool) -> str:
    year = term_of(clock.today()).academic_year
    return render_template(
        "portfolio/overviews/timeline.html",
        student=student,
        own=own,
        parent=actor.has(Role.PARENT) and student.id in actor.child_ids,
        years=queries.years(
            everything.of(student, drafts=own),
            records.sheet_of(student),
            school_queries.syllabuses_of_student(student.id),
        ),
        next=queries.comes_next(student, grade_of(student.id, year)),
        storage=storage.of(student.school_id, student.id) if own else None,
        quota_why=rules.why(student.school_id, storage.RULE, year) if own else "",
        labels=windows.LABELS,
        words=duties.WORDS,
        places=duties.PLACES,
        may_export=own or _may_export(actor, student),
    )


def _may_export(actor: Actor, student: Person) -> bool:
    try:
        exporting.subject(actor, student.id)
    except (NotFound, exporting.ExportRefused):
        return False
    return True
