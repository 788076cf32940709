"""Beside the queue: reasons that are used again, own choices, substitutes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Role
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.portfolio.forms import REASONS
from plugin.portfolio.forms.certification import (
    ChoicesForm,
    ReasonForm,
    SubstituteDaysForm,
    SubstituteForm,
)
from plugin.portfolio.operations import (
    certification_choices,
    certification_reasons,
    certification_substitutes,
)
from plugin.portfolio.queries import teaching_desk as reads
from plugin.portfolio.views._shared import tell, words_of


def reasons() -> Response:
    """My reasons and the school's; a form for a new one."""
    actor = web.current_actor()
    teaches = actor.has(Role.TEACHER, Role.SUBSTITUTE)
    keeps = actor.has(Role.REGISTRY, Role.ADMINISTRATOR)
    form = ReasonForm()
    schools = request.form.get("whose") == "school" if teaches and keeps else keeps
    if form.validate_on_submit():
        try:
            certification_reasons.keep(actor, form.text.data or "", schools=schools)
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已儲存常用退回原因。"))
            return redirect(url_for("portfolio.return_reasons"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("新增"),
        template="portfolio/return_reasons.html",
        own=reads.own_reasons(actor) if teaches else [],
        schools=reads.school_reasons(actor),
        product=REASONS,
        teaches=teaches,
        keeps=keeps,
        for_school=schools,
    )


def reason(reason_id: int) -> Response:
    """Change the words of one."""
    actor = web.current_actor()
    rows = [*reads.own_reasons(actor), *reads.school_reasons(actor)]
    found = next((one for one in rows if one.id == reason_id), None)
    if found is None:
        raise NotFound(_("找不到這則常用退回原因。"), remedy=_("請由清單重新選擇。"))
    form = ReasonForm(data=None if request.form else {"text": found.text})
    if form.validate_on_submit():
        try:
            certification_reasons.keep(actor, form.text.data or "", reason_id)
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已儲存常用退回原因。"))
            return redirect(url_for("portfolio.return_reasons"))  # type: ignore[return-value]
    return page.render(form, submit=_("儲存"), cancel=url_for("portfolio.return_reasons"))


def reason_act(reason_id: int, act: str) -> Response:
    """Up, down, or away."""
    actor = web.current_actor()
    try:
        if act == "drop":
            certification_reasons.drop(actor, reason_id)
            flash(_("已刪除常用退回原因；用過它的認證紀錄不受影響。"))
        else:
            certification_reasons.move(actor, reason_id, up=act == "up")
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.return_reasons"))


def choices() -> Response:
    """Keyboard shortcuts on or off, and how much mail."""
    actor = web.current_actor()
    now = reads.choice(actor)
    given = {"keys": "on" if now.keys else "off", "digest": now.digest}
    form = ChoicesForm(data=None if request.form else given)
    if form.validate_on_submit():
        try:
            certification_choices.choose(
                actor, keys=form.keys.data == "on", digest=form.digest.data
            )
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已儲存設定。"))
            return redirect(url_for("portfolio.certification_queue"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("portfolio.certification_queue"),
        template="portfolio/certifying_choices.html",
    )


def substitutes() -> str:
    """The school's substitutes: who stands in now and will; and those that are over."""
    actor = web.current_actor()
    over = request.args.get("over") == "1"
    found = reads.substitutions(actor, over=over, after=request.args.get("after"))
    return render_template(
        "portfolio/substitutes.html",
        rows=found.items,
        next=found.next,
        over=over,
        directly=[] if over else reads.directly(actor),
    )


def substitute_new() -> Response:
    """Name one, for a teacher or for a course."""
    actor = web.current_actor()
    form = SubstituteForm(data=None if request.form else {"starts_on": clock.today()})
    staff = [(str(one.id), f"{one.name} ({one.number})") for one in reads.staff(actor)]
    form.substitute.choices = form.teacher.choices = staff
    if form.validate_on_submit() and _named(form):
        flash(_("已設定代理人，並通知代理人與任課教師。"))
        return redirect(url_for("portfolio.substitutes"))  # type: ignore[return-value]
    return page.render(form, submit=_("設定代理人"), cancel=url_for("portfolio.substitutes"))


def _named(form: SubstituteForm) -> bool:
    actor = web.current_actor()
    starts_on, ends_on = form.starts_on.data, form.ends_on.data
    assert starts_on is not None  # the form has asked
    assert ends_on is not None
    number = (form.course.data or "").strip()
    course = reads.course_by_number(actor, number) if number else None
    if number and course is None:
        form.add_errors({"course": _("沒有這個編號的課程，請到「課程」頁查詢。")})
        return False
    try:
        certification_substitutes.name(
            actor,
            row_id(form.substitute.data) or 0,
            starts_on,
            ends_on,
            teacher_id=row_id(form.teacher.data) if course is None else None,
            course_id=course.id if course is not None else None,
            note=form.note.data or "",
        )
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return False
    return True


def substitute(substitution_id: int) -> Response:
    """Change its days, or end it."""
    actor = web.current_actor()
    found = reads.substitution(actor, substitution_id)
    if found is None:
        raise NotFound(_("找不到這項代理。"), remedy=_("請由代理人清單重新選擇。"))
    given = {"starts_on": found.starts_on, "ends_on": found.ends_on, "note": found.note}
    form = SubstituteDaysForm(data=None if request.form else given)
    if form.validate_on_submit():
        starts_on, ends_on = form.starts_on.data, form.ends_on.data
        assert starts_on is not None  # the form has asked
        assert ends_on is not None
        try:
            certification_substitutes.change(
                actor, substitution_id, starts_on, ends_on, form.note.data or ""
            )
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已修改代理期間，並通知代理人與任課教師。"))
            return redirect(url_for("portfolio.substitutes"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("portfolio.substitutes"),
        template="portfolio/substitute.html",
        found=found,
    )


def substitute_stop(substitution_id: int) -> Response:
    """End it now."""
    try:
        certification_substitutes.stop(web.current_actor(), substitution_id)
        flash(_("已結束代理；先前完成的認證仍然有效。"))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.substitutes"))
