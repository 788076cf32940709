"""The form of a consultation, and what happens to a record afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import clock, web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio.forms.counselling import (
    TOPICS,
    AddendumForm,
    CounsellingForm,
    VoidForm,
    counselling_form,
)
from plugin.portfolio.models import Counselling, CounsellingKind, CounsellingState
from plugin.portfolio.operations.counselling import keeping
from plugin.portfolio.operations.counselling import writing as operations
from plugin.portfolio.operations.counselling.found import opened, seen_by_writer
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries import counsellors
from plugin.portfolio.stage import staged_file
from plugin.portfolio.views._shared import begun_at, deadline, tell, words_of
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import Person, WindowKind
from plugin.school.queries import Placement
from plugin.school.terms import Term, term_of


def counselling_new() -> Response | str:
    """Log a consultation; `?student=` (one or several) are chosen already."""
    actor = web.current_actor()
    if request.method == "POST":
        return _take(actor, None)
    asked = sorted(counsellors.own_ids(actor, row_ids(request.args.getlist("student"))))
    kind = CounsellingKind.GROUP if len(asked) > 1 else CounsellingKind.INDIVIDUAL
    data = {
        "kind": kind.value,
        "held_on": clock.today(),
        "students": [str(one) for one in asked],
    }
    return _show(actor, _form(actor, None, data=data), None)


def counselling_edit(counselling_id: int) -> Response | str:
    """Go on with a draft, or change a registered record while its window is open."""
    actor = web.current_actor()
    record = seen_by_writer(actor, counselling_id)
    if request.method == "POST":
        return _take(actor, record)
    if record.state is CounsellingState.VOID:
        return _to(record)
    file = reads.document(record)
    data = {
        "kind": record.kind.value,
        "held_on": record.held_on,
        "place": record.place,
        "students": [str(one) for one in reads.participants(record.id)],
        "topic": record.topic or None,
        "topic_note": record.topic_note,
        "summary": record.summary,
        "advice": record.advice,
        "follow_up": record.follow_up,
        "follow_up_on": record.follow_up_on,
        "document": staged_file(file) if file else None,
    }
    return _show(actor, _form(actor, record, data=data), record)


def counselling_discard(counselling_id: int) -> Response:
    """Throw a draft away."""
    try:
        operations.discard(web.current_actor(), counselling_id)
        flash(_("草稿已刪除。"))
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.counselling_record", counselling_id=counselling_id))
    return redirect(url_for("portfolio.counselling_records"))


def counselling_followed(counselling_id: int) -> Response:
    """A follow-up is done."""
    try:
        keeping.follow_up(web.current_actor(), counselling_id)
        flash(_("已註明完成追蹤。"))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.counselling_record", counselling_id=counselling_id))


def counselling_add(counselling_id: int) -> Response:
    """Add something to a record that stands."""
    actor = web.current_actor()
    record = opened(actor, counselling_id)
    return _said(
        record, AddendumForm(), _("補充"), _("已補充。"),
        lambda form: keeping.add(actor, counselling_id, form.text.data or ""),
    )  # fmt: skip


def counselling_void(counselling_id: int) -> Response:
    """Make a record void, with a reason."""
    actor = web.current_actor()
    record = seen_by_writer(actor, counselling_id)
    return _said(
        record, VoidForm(), _("作廢這筆紀錄"), _("已作廢；紀錄與原因會保留。"),
        lambda form: keeping.make_void(actor, counselling_id, form.reason.data or ""),
    )  # fmt: skip


def _said(
    record: Counselling, form: Form, submit: str, done: str, operation: Callable[[Any], object]
) -> Response:
    back = url_for("portfolio.counselling_record", counselling_id=record.id)
    if form.validate_on_submit():
        try:
            operation(form)
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(done)
            return redirect(back)  # type: ignore[return-value]
    return page.render(
        form,
        submit=submit,
        cancel=back,
        template="portfolio/counselling/said.html",
        record=record,
        names=_names(record),
    )


def _take(actor: Actor, record: Counselling | None) -> Response | str:
    """Keep what came, then register, save or insert; whatever is refused, nothing is lost."""
    form = _form(actor, record)
    act = request.form.get("act", "register")
    if act == "insert":
        _insert(actor, form)
    if record is not None and record.state is not CounsellingState.DRAFT:
        return _revise(actor, form, record, act)
    if record is None and form.empty:
        form.validate()
        return _show(actor, form, None)
    try:
        record = _keep(actor, form, record)
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, record)
    if record.state is not CounsellingState.DRAFT:  # this very page was sent before
        return _to(record)
    if act == "insert":
        return _show(actor, form, record)
    if act == "save" and not form.document.process_errors:
        flash(_("已存成草稿。"))
        return _to(record)
    return _register(actor, form, record)


def _keep(actor: Actor, form: CounsellingForm, record: Counselling | None) -> Counselling:
    if record is None:
        key = request.form.get("page_key")
        return operations.start(actor, form.values(), begun_at=begun_at(), page_key=key)
    return operations.save(actor, record.id, form.values(), begun_at=begun_at(), version=_version())


def _register(actor: Actor, form: CounsellingForm, record: Counselling) -> Response | str:
    if not form.validate():
        return _show(actor, form, record)
    try:
        kept = operations.register(actor, record.id)
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, record)
    flash(_("已登錄。學生可以看到這筆紀錄。"))
    return _to(kept.record)


def _revise(actor: Actor, form: CounsellingForm, record: Counselling, act: str) -> Response | str:
    if act == "insert" or not form.validate():
        return _show(actor, form, record)
    try:
        operations.revise(actor, record.id, form.values(), begun_at=begun_at(), version=_version())
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, record)
    flash(_("已儲存修改。"))
    return _to(record)


def _insert(actor: Actor, form: CounsellingForm) -> None:
    wanted = row_id(request.form.get("template"))
    words = next((one.body for one in reads.templates(actor) if one.id == wanted), "")
    if words:
        form.insert(words)


def _form(actor: Actor, record: Counselling | None, **data: Any) -> CounsellingForm:
    assert actor.school_id is not None
    topics = reads.own_topics(actor.school_id) or [str(one) for one in TOPICS]
    if record is not None and record.topic and record.topic not in topics:
        topics = [*topics, record.topic]
    return counselling_form(
        actor,
        _term(record).academic_year,
        students=_students(actor, record),
        topics=topics,
        **data,
    )


def _students(actor: Actor, record: Counselling | None) -> list[tuple[Person, Placement | None]]:
    """Own students of today, and those who are in the record already."""
    rows = counsellors.own_choices(actor)
    known = {one.id for one, _placed in rows}
    more = [one for one in (reads.participants(record.id) if record else []) if one not in known]
    if not more:
        return rows
    assert actor.school_id is not None
    people = school_queries.people(actor.school_id, more)
    placed = school_queries.class_of(more, _term(record).academic_year)
    return [*((one, placed.get(one.id)) for one in people.values()), *rows]


def _show(actor: Actor, form: CounsellingForm, record: Counselling | None) -> Response:
    assert actor.school_id is not None
    term = _term(record)
    address = (
        url_for("portfolio.counselling_edit", counselling_id=record.id)
        if record
        else url_for("portfolio.counselling_new")
    )
    return page.render(
        form,
        action=address,
        template="portfolio/counselling/form.html",
        record=record,
        registered=record is not None and record.state is CounsellingState.KEPT,
        page_key=uuid.uuid4().hex,
        banner=deadline(actor, WindowKind.COUNSELLING, term.academic_year, term.term),
        templates=reads.templates(actor),
        why=rules.why(actor.school_id, "counselling.leaves_school", term.academic_year),
    )


def _names(record: Counselling) -> str:
    """Who took part, in one line: the writer, or a student's counsellor, is asking."""
    people = reads.sheet(web.current_actor(), record).people
    shown = _("、").join(one.student.name for one in people[:5])
    rest = len(people) - 5
    return (
        shown
        if rest <= 0
        else ngettext(
            "%(names)s 等 %(num)s 人", "%(names)s 等 %(num)s 人", len(people), names=shown
        )
    )


def _term(record: Counselling | None) -> Term:
    return term_of((record.held_on if record else None) or clock.today())


def _version() -> int | None:
    return request.form.get("version", type=int)


def _to(record: Counselling) -> Response:
    return redirect(url_for("portfolio.counselling_record", counselling_id=record.id))
