"""Who has confirmed, who disputes: pages of the registry, homeroom teachers and parents."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Role
from plugin.errors import Refusal
from plugin.portfolio.forms.receipts import AnswerForm
from plugin.portfolio.models import SheetState, StatementKind
from plugin.portfolio.operations.found import missing
from plugin.portfolio.operations.receipts import stating
from plugin.portfolio.queries import receipts
from plugin.portfolio.queries.receipts import sheets as queries
from plugin.portfolio.receipt_words import REASONS
from plugin.portfolio.views._shared import FIRST_YEAR, asked_year, banners, this_year, words_of
from plugin.school import queries as school_queries
from plugin.school.models import WindowKind


def receipt_children() -> str:
    """My children's sheets."""
    actor = web.current_actor()
    assert actor.school_id is not None
    found = school_queries.people(actor.school_id, actor.child_ids)
    return render_template(
        "portfolio/receipts/children.html", students=[one for one in found.values() if one.active]
    )


def receipt_of(person_id: int) -> str:
    """A student's sheets, read only."""
    actor = web.current_actor()
    student = queries.may_read(actor, person_id)
    if student is None:
        raise missing()
    assert actor.school_id is not None
    return render_template(
        "portfolio/receipts/of.html",
        student=student,
        sheets=queries.of_student(person_id, school_id=actor.school_id),
        reasons=REASONS,
        Kinds=StatementKind,
    )


def receipt_progress() -> str:
    """Figures by class."""
    actor = web.current_actor()
    year = asked_year()
    assert actor.school_id is not None
    classes = queries.by_class(actor, year)
    keeps = actor.has(Role.REGISTRY)
    return render_template(
        "portfolio/receipts/progress.html",
        year=year,
        years=_years(),
        classes=classes,
        totals={state: sum(one.counts.get(state, 0) for one in classes) for state in SheetState},
        missing=sum(one.missing for one in classes),
        open_disputes=receipts.open_count(actor.school_id, year) if keeps else None,
        keeps=keeps,
        banners=banners(actor, WindowKind.RECEIPT, year),
        States=SheetState,
    )


def receipt_class(class_id: int) -> str:
    """The students of a class, those who have not confirmed first to be found."""
    actor = web.current_actor()
    year = asked_year()
    only = request.args.get("only") == "waiting"
    found = queries.of_class(
        actor, year, class_id, unconfirmed=only, after=request.args.get("after")
    )
    assert actor.school_id is not None
    one = school_queries.school_class(actor.school_id, class_id) if class_id else None
    if found is None or (class_id and one is None):
        raise missing()
    return render_template(
        "portfolio/receipts/class.html",
        year=year,
        name=one.name if one else _("沒有班級"),
        class_id=class_id,
        page=found,
        only="waiting" if only else "",
        prints=actor.has(Role.REGISTRY) and one is not None,
        # a class of a year gone by has another homeroom teacher now, who reads its students' sheets
        readable=actor.has(Role.REGISTRY) or year == this_year(),
    )


def receipt_disputes() -> str:
    """Disputes of the school: the open ones first to be answered."""
    actor = web.current_actor()
    year = asked_year()
    only_open = request.args.get("show") != "all"
    return render_template(
        "portfolio/receipts/disputes.html",
        year=year,
        years=_years(),
        page=receipts.disputes(actor, year, only_open=only_open, after=request.args.get("after")),
        show="" if only_open else "all",
        reasons=REASONS,
    )


def receipt_answer(statement_id: int) -> Response | str:
    """Look at a dispute beside the sheet, and answer it."""
    actor = web.current_actor()
    statement, sheet = stating.seen_dispute(actor, statement_id)
    one = queries.whole(sheet)
    said = next(said for said in one.said if said.statement.id == statement.id)
    back = url_for("portfolio.receipt_disputes", year=sheet.academic_year)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            stating.answer(actor, statement_id, form.decided, form.text.data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已回覆，並通知學生。"))
            return redirect(back)  # type: ignore[return-value]
    assert actor.school_id is not None
    return page.render(
        form,
        submit=_("送出回覆"),
        cancel=back,
        template="portfolio/receipts/answer.html",
        sheet=one,
        said=said,
        student=school_queries.person(actor.school_id, sheet.student_id),
        reasons=REASONS,
    )


def _years() -> list[int]:
    this = this_year()
    return list(range(this, max(this - 4, FIRST_YEAR - 1), -1))
