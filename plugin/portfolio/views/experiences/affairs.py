"""Pages of student affairs: how far the classes are, what was sent, return with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.errors import InvalidInput, Refusal
from plugin.ids import row_id
from plugin.portfolio.forms.experiences import RETURN_REASONS, ExperienceReturnForm
from plugin.portfolio.kinds import kinds
from plugin.portfolio.models import ExperienceState
from plugin.portfolio.operations import experiences as operations
from plugin.portfolio.queries import checks
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.states import EXPERIENCE_LABELS
from plugin.portfolio.views._shared import asked_year, deadline, tell, this_year
from plugin.portfolio.views.experiences._shown import facts, files_of
from plugin.school import batches
from plugin.school import queries as school_queries
from plugin.school.models import WindowKind
from plugin.school.terms import term_of

SHOWN_STATES = (ExperienceState.SENT, ExperienceState.RETURNED)


def experience_check() -> str:
    """Every class with its figures; of one class, what its students have sent."""
    actor = web.current_actor()
    assert actor.school_id is not None
    year = asked_year()
    asked = row_id(request.args.get("class"))
    one = school_queries.school_class(actor.school_id, asked) if asked else None
    wanted = _wanted(one.id) if one else None
    found = (
        queries.in_class(actor, year, wanted, after=request.args.get("after")) if wanted else None
    )
    term = term_of(clock.today())
    school_id = actor.school_id
    return render_template(
        "portfolio/experience_check.html",
        batches=batches.LABELS,
        checks=[]
        if one
        else [(batch, checks.newest(school_id, year, batch)) for batch in batches.LABELS],
        year=year,
        years=list(range(this_year(), this_year() - 4, -1)),
        classes=queries.by_class(actor, year),
        one=one,
        wanted=wanted,
        rows=found.items if found else (),
        next=found.next if found else None,
        kind_options=[("", _("全部")), *((each.key, str(each.name)) for each in kinds(year))],
        state_options=[
            ("", _("全部")),
            *((state.value, EXPERIENCE_LABELS[state].text) for state in SHOWN_STATES),
        ],
        banner=deadline(actor, WindowKind.EXPERIENCE_UPLOAD, term.academic_year, term.term),
    )


def experience_review(experience_id: int) -> str:
    """One experience with its files in place, and the form to return it."""
    return _item(experience_id, ExperienceReturnForm(None))


def experience_return(experience_id: int) -> Response | str | tuple[str, int]:
    """Return one with a reason."""
    actor = web.current_actor()
    found = operations.seen_by_affairs(actor, experience_id)
    form = ExperienceReturnForm()
    if not form.validate():
        return _item(experience_id, form), page.INVALID
    try:
        operations.return_(
            actor,
            experience_id,
            form.reason.data or "",
            until=form.moment,
            version=request.form.get("version", type=int),
        )
    except InvalidInput as refusal:
        form.add_errors(refusal.fields)
        return _item(experience_id, form), page.INVALID
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.experience_review", experience_id=experience_id))
    flash(_("已退回「%(title)s」，學生會收到退回原因。", title=found.title))
    placed = school_queries.class_of([found.student_id], found.academic_year)
    one = placed.get(found.student_id)
    back: dict[str, Any] = {"year": found.academic_year, "class": one.class_id if one else None}
    return redirect(url_for("portfolio.experience_check", **back))


def _item(experience_id: int, form: ExperienceReturnForm) -> str:
    actor = web.current_actor()
    found = operations.seen_by_affairs(actor, experience_id)
    card = queries.card(found)
    student = school_queries.person(found.school_id, found.student_id)
    placed = school_queries.class_of([found.student_id], found.academic_year)
    return render_template(
        "portfolio/experience_review.html",
        experience=found,
        card=card,
        facts=facts(card.line),
        **files_of(card.line, actor),
        student=student,
        placed=placed.get(found.student_id),
        form=form,
        reasons=RETURN_REASONS,
        returnable=found.state is ExperienceState.SENT,
    )


def _wanted(class_id: int) -> queries.Wanted:
    state = request.args.get("state", "")
    return queries.Wanted(
        class_id,
        ExperienceState(state) if state in SHOWN_STATES else None,
        request.args.get("kind", "")[:20],
    )
