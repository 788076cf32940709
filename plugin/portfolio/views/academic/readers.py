"""A student's records for parents, homeroom teacher, counsellor and registry: read only."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from plugin import web
from plugin.actor import Actor, Role
from plugin.errors import NotFound
from plugin.portfolio import record_kinds
from plugin.portfolio.forms.academic import CHANGES, LEVELS
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries.academic import people, records
from plugin.portfolio.scoring import PASS_MARK
from plugin.portfolio.views.academic._shared import asked_term, common, school_id
from plugin.portfolio.views.academic.mine import record_page
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import Person


def records_children() -> str:
    """My children."""
    actor = web.current_actor()
    assert actor.school_id is not None
    found = [
        one
        for one in school_queries.people(actor.school_id, actor.child_ids).values()
        if one.active
    ]
    return render_template(
        "portfolio/academic/children.html",
        rows=found,
        counts=records.counts_of_students([one.id for one in found]),
    )


def records_of(person_id: int) -> str:
    """Basic data, posts and course records of one of my students."""
    actor = web.current_actor()
    student = _seen(actor, person_id)
    term = asked_term()
    return render_template(
        "portfolio/academic/of.html",
        student=student,
        basics=people.basics_of(student.id),
        posts=people.posts_of(student.id),
        sheet=records.sheet_of(student),
        changes=CHANGES,
        levels=LEVELS,
        kinds=record_kinds.kinds(),
        registry=actor.has(Role.REGISTRY),
        why=rules.why(school_id(), PASS_MARK, term.academic_year),
        **common(term),
    )


def record_of(person_id: int, record_id: int) -> str:
    """One course record of one of my students."""
    student = _seen(web.current_actor(), person_id)
    line = records.line_of(student.id, record_id)
    if line is None:
        raise missing()
    return record_page(line, student, own=False)


def _seen(actor: Actor, person_id: int) -> Person:
    student = people.seen_student(actor, person_id)
    if student is None:
        raise NotFound(
            _("找不到這位學生，或您不是他的家長、導師或課程諮詢教師。"),
            remedy=_("如果資料有誤，請洽註冊組。"),
        )
    return student
