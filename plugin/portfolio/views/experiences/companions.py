"""What a student has sent, for parents, the homeroom teacher and the counsellor: read only."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from plugin import web
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.portfolio.models import ExperienceState
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.views._shared import asked_year, this_year
from plugin.portfolio.views.experiences._shown import facts, files_of
from plugin.school import queries as school_queries
from plugin.school.models import Person


def experience_children() -> str:
    """My children, with how many experiences each has sent."""
    actor = web.current_actor()
    assert actor.school_id is not None
    year = asked_year()
    found = school_queries.people(actor.school_id, actor.child_ids)
    counts = queries.counts_of(list(found), year)
    return render_template(
        "portfolio/children.html",
        year=year,
        rows=[(one, counts.get(one.id, 0)) for one in found.values() if one.active],
    )


def experiences_of(person_id: int) -> str:
    """The experiences that a student has sent in a year; drafts are the student's own."""
    actor = web.current_actor()
    student = _accompanied(actor, person_id)
    year = asked_year()
    return render_template(
        "portfolio/experiences_of.html",
        student=student,
        year=year,
        years=list(range(this_year(), this_year() - 3, -1)),
        lines=queries.of_student(person_id, year),
    )


def experience_of(person_id: int, experience_id: int) -> str:
    """One of them, with its files in place."""
    actor = web.current_actor()
    student = _accompanied(actor, person_id)
    line = queries.some([experience_id]).get(experience_id)
    if (
        line is None
        or line.experience.student_id != student.id
        or line.experience.state is ExperienceState.DRAFT
    ):
        raise missing()
    return render_template(
        "portfolio/experience_of.html",
        student=student,
        line=line,
        experience=line.experience,
        facts=facts(line),
        **files_of(line, actor),
    )


def _accompanied(actor: Actor, person_id: int) -> Person:
    student = queries.companion_of(actor, person_id)
    if student is None:
        raise NotFound(
            _("找不到這位學生，或您不是他的家長、導師或課程諮詢教師。"),
            remedy=_("如果資料有誤，請洽註冊組。"),
        )
    return student
