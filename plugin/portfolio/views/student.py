"""The student's pages: my outcomes, one outcome, selection, what was handed in."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio.forms import OutcomeForm, outcome_form
from plugin.portfolio.models import Outcome, OutcomeState, SelectionKind
from plugin.portfolio.operations import drafts, outcomes, shrinking
from plugin.portfolio.operations import selection as selecting
from plugin.portfolio.operations.found import seen_by_owner
from plugin.portfolio.queries import own, shared
from plugin.portfolio.queries import shrinking as shrink_queries
from plugin.portfolio.stage import staged_file
from plugin.portfolio.states import EDITABLE
from plugin.portfolio.views import choosing
from plugin.portfolio.views._shared import (
    asked_year,
    begun_at,
    deadline,
    shown,
    tell,
    this_year,
    words_of,
)
from plugin.school import queries as school_queries
from plugin.school import rules, terms, windows
from plugin.school.models import Course, WindowKind
from plugin.vault import receipts


def outcome_list() -> str:
    """My outcomes of a year by term, or those of one course that I take."""
    actor = web.current_actor()
    course = _course_asked(actor)
    year = course.academic_year if course else asked_year()
    grade = shared.grade_of(_person(actor), year)
    lines = own.outcomes(actor, year)
    if course is not None:
        lines = [line for line in lines if line.outcome.course_id == course.id]
    sections = []
    for number in (course.term,) if course else (2, 1):
        inside = [line for line in lines if line.outcome.term == number]
        banner = deadline(actor, WindowKind.OUTCOME_UPLOAD, year, number, grade)
        if inside or banner is not None:
            taken = shared.places_taken(_person(actor), year, number)
            sections.append((terms.Term(year, number), inside, taken, banner))
    return render_template(
        "portfolio/outcomes.html",
        year=year,
        years=sorted({*own.years(actor), this_year()}, reverse=True),
        sections=sections,
        any_outcome=bool(lines),
        course=course,
        limit=rules.number(_school(actor), outcomes.PER_TERM, year),
    )


def outcome_new() -> Response | str:
    """Upload an outcome: the whole form on one page."""
    actor = web.current_actor()
    if request.method == "POST":
        return _take(actor, None)
    asked = request.args.get("course", type=int)
    courses = _courses(actor)
    launched = [one.id for one in courses if one.id in actor.course_ids]
    chosen = asked or (launched[0] if len(launched) == 1 else None)
    data = {"course_id": str(chosen)} if chosen else {}
    return _show(actor, outcome_form(actor, courses, this_year(), data=data), None)


def outcome_edit(outcome_id: int) -> Response | str:
    """Go on with a draft, or revise a returned outcome."""
    actor = web.current_actor()
    outcome = seen_by_owner(actor, outcome_id)
    if request.method == "POST":
        return _take(actor, outcome)
    if outcome.state not in EDITABLE:
        return redirect(url_for("portfolio.outcome", outcome_id=outcome_id))
    files = shared.files_of([outcome])
    document = files.get(outcome.document_file_id or 0)
    media = files.get(outcome.media_file_id or 0)
    form = outcome_form(
        actor,
        _courses(actor, outcome),
        outcome.academic_year,
        data={
            "course_id": str(outcome.course_id) if outcome.course_id else None,
            "title": outcome.title,
            "summary": outcome.summary,
            "ai_note": outcome.ai_note,
            "document": staged_file(document) if document else None,
            "media": staged_file(media) if media else None,
        },
    )
    return _show(actor, form, outcome)


def outcome(outcome_id: int) -> str:
    """One of my outcomes: its state, files and receipts, and everything decided about it."""
    actor = web.current_actor()
    found = seen_by_owner(actor, outcome_id)
    card = own.card(found)
    window = windows.find(
        found.school_id,
        WindowKind.OUTCOME_UPLOAD,
        found.academic_year,
        found.term,
        found.grade,
        student_id=found.student_id,
    )
    return render_template(
        "portfolio/outcome.html",
        card=card,
        outcome=found,
        course=card.line.course,
        document=shown(card.line.document, actor),
        media=shown(card.line.media, actor),
        receipts=_receipts(card),
        editable=found.state in EDITABLE,
        upload_open=window is not None and windows.open_at(window, clock.now()),
        States=OutcomeState,
    )


def outcome_act(outcome_id: int, act: str) -> Response:
    """Send, withdraw, reopen or throw away; then back to where the result is seen."""
    actor = web.current_actor()
    try:
        if act == "send":
            sent = outcomes.send(actor, outcome_id)
            flash(_said_of(sent))
        elif act == "withdraw":
            outcomes.withdraw(actor, outcome_id)
            flash(_("已撤回，這件成果回到草稿。"))
        elif act == "reopen":
            outcomes.reopen(actor, outcome_id)
            flash(_("可以重新編輯了；送出前不算已認證。"), "warning")
            return redirect(url_for("portfolio.outcome_edit", outcome_id=outcome_id))
        elif act == "discard":
            drafts.discard(actor, outcome_id)
            flash(_("草稿已刪除。"))
            return redirect(url_for("portfolio.outcome_list"))
    except Refusal as refusal:
        tell(refusal)
        if refusal.fields:
            return redirect(url_for("portfolio.outcome_edit", outcome_id=outcome_id))
    return redirect(url_for("portfolio.outcome", outcome_id=outcome_id))


def selection() -> Response | str:
    """Choose what is handed in for a year; confirm; reopen."""
    actor = web.current_actor()
    year = asked_year()
    if request.method == "POST":
        return _select(actor, year)
    return _show_selection(actor, year)


def _take(actor: Actor, outcome: Outcome | None) -> Response | str:
    """Keep what came, then save or send; whatever is refused, nothing is lost."""
    year = outcome.academic_year if outcome else this_year()
    form = outcome_form(actor, _courses(actor, outcome), year)
    offered = form.meta.stage.offered
    if outcome is None and form.empty and offered is None:
        form.validate()
        return _show(actor, form, None)
    try:
        if outcome is None:
            key = request.form.get("page_key")
            outcome = drafts.start(actor, form.values(), begun_at=begun_at(), page_key=key)
            if outcome.state not in EDITABLE:  # this very page has been sent before
                return redirect(url_for("portfolio.outcome", outcome_id=outcome.id))
        else:
            version = request.form.get("version", type=int)
            outcome = drafts.save(
                actor, outcome.id, form.values(), begun_at=begun_at(), version=version
            )
        if offered is not None:
            shrinking.belongs(actor, offered, outcome.id)
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, outcome)
    if request.form.get("act") == "save":
        if form.document.process_errors or form.media.process_errors:
            form.validate_fields(["document", "media"])
            return _show(actor, form, outcome)
        flash(_("已存成草稿。"))
        return redirect(url_for("portfolio.outcome", outcome_id=outcome.id))
    if not form.validate():
        return _show(actor, form, outcome)
    try:
        sent = outcomes.send(actor, outcome.id)
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, outcome)
    flash(_said_of(sent))
    return redirect(url_for("portfolio.outcome", outcome_id=outcome.id))


def _show(actor: Actor, form: OutcomeForm, outcome: Outcome | None) -> Response:
    address = (
        url_for("portfolio.outcome_edit", outcome_id=outcome.id)
        if outcome
        else url_for("portfolio.outcome_new")
    )
    today = terms.term_of(clock.today())
    year = outcome.academic_year if outcome else this_year()
    term = outcome.term if outcome else today.term
    grade = shared.grade_of(_person(actor), year)
    return page.render(
        form,
        action=address,
        submit=_("送出認證"),
        template="portfolio/outcome_form.html",
        outcome=outcome,
        page_key=uuid.uuid4().hex,
        banner=deadline(actor, WindowKind.OUTCOME_UPLOAD, year, term, grade),
        taken=shared.places_taken(_person(actor), year, term),
        limit=rules.number(_school(actor), outcomes.PER_TERM, year),
        why=rules.why(_school(actor), outcomes.PER_TERM, year),
        no_course=not form.course_id.choices,
        reason=_last_reason(outcome),
        too_large=shrink_queries.waiting(actor, outcome.id) if outcome else None,
    )


def _last_reason(outcome: Outcome | None) -> str:
    if outcome is None or outcome.state is not OutcomeState.RETURNED:
        return ""
    decisions = own.card(outcome).decisions
    return decisions[0].reason if decisions else ""


def _select(actor: Actor, year: int) -> Response:
    try:
        if request.form.get("act") == "reopen":
            selecting.reopen(actor, year)
            flash(_("勾選已重新開放修改；改好後請記得再確認。"), "warning")
        else:
            selecting.choose(actor, year, row_ids(request.form.getlist("outcome")))
            if request.form.get("act") == "lock":
                selecting.lock(actor, year)
                flash(_("勾選已確認並鎖定。"))
            else:
                flash(_("勾選已儲存，尚未確認。"), "warning")
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.selection", year=year))


def _show_selection(actor: Actor, year: int) -> str:
    lines = own.outcomes(actor, year)
    held = own.selection(actor, year)
    return render_template(
        "portfolio/selection.html",
        year=year,
        years=sorted({*own.years(actor), this_year()}, reverse=True),
        lines=[line for line in lines if line.outcome.state is OutcomeState.CERTIFIED],
        others=sum(line.outcome.state is not OutcomeState.CERTIFIED for line in lines),
        chosen=sum(line.selected for line in lines),
        limit=rules.number(_school(actor), selecting.LIMIT, year),
        why=rules.why(_school(actor), selecting.LIMIT, year),
        **choosing.standing(actor, year, SelectionKind.OUTCOME, held),
    )


def _receipts(card: own.Card) -> list[tuple[dict[str, object], str]]:
    """Each file's newest receipt as its card shows it, and where anybody may verify it."""
    found = []
    for file in (card.line.document, card.line.media):
        receipt = card.receipts.get(file.id) if file is not None else None
        if file is None or receipt is None:
            continue
        shown_receipt = {
            "number": receipt.number,
            "at": receipt.issued_at,
            "name": file.name,
            "size": receipt.size,
            "sha256": receipt.sha256,
            "copies": receipt.copies,
            "expires_at": receipt.expires_at,
        }
        # from the host's root: an address that is passed on must not carry the session
        address = f"/receipts/{receipt.number}?code={receipts.code(receipt)}"
        found.append((shown_receipt, address))
    return found


def _courses(actor: Actor, outcome: Outcome | None = None) -> list[Course]:
    """Own courses that carry credits: this year's, and that of the outcome at hand."""
    years = {this_year()} | ({outcome.academic_year} if outcome else set())
    found = [
        course
        for year in sorted(years, reverse=True)
        for course in school_queries.courses_of_student(_person(actor), year)
        if school_queries.course_carries_credit(course)
    ]
    found.sort(key=lambda one: (one.id not in actor.course_ids, -one.academic_year, -one.term))
    return found


def _course_asked(actor: Actor) -> Course | None:
    """The course of `?course=` when it is one that the student takes."""
    asked = row_id(request.args.get("course"))
    if asked is None or not school_queries.enrolled(asked, _person(actor)):
        return None
    return school_queries.course(_school(actor), asked)


def _said_of(sent: outcomes.Sent) -> str:
    if sent.restored:
        return _("檔案與先前認證的成果完全相同，認證已自動恢復。")
    return _("已收到並送出認證。收件回條在本頁下方。")


def _person(actor: Actor) -> int:
    assert actor.person_id is not None
    return actor.person_id


def _school(actor: Actor) -> int:
    assert actor.school_id is not None
    return actor.school_id
