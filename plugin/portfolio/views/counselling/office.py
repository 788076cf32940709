"""Whose students are whose, the list of topics, a counsellor's templates of advice."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Role
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio.forms.counselling import TOPICS, AssignForm, TemplateForm, TopicsForm
from plugin.portfolio.operations.counselling import assigning, phrases
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries import counsellors
from plugin.portfolio.views._shared import tell, words_of
from plugin.school import queries as school_queries
from plugin.school.models import Person, PersonKind
from plugin.school.terms import term_of


def counsellor_assignments() -> str:
    """Which counsellor has which classes and students."""
    school_id = _school()
    counsellor_id = row_id(request.args.get("counsellor"))
    ended = request.args.get("ended") == "1"
    return render_template(
        "portfolio/counselling/assignments.html",
        found=counsellors.assignments(
            school_id,
            counsellor_id=counsellor_id,
            ended=ended,
            after=request.args.get("after"),
        ),
        people=_counsellors(),
        counsellor_id=counsellor_id,
        ended=ended,
        without=counsellors.without_counsellor(school_id),
        today=clock.today(),
    )


def counsellor_assign() -> Response:
    """Give a counsellor classes and students."""
    today = clock.today()
    form = AssignForm(data=None if request.form else {"starts_on": today})
    holders = _counsellors()
    form.counsellor.choices = [(str(one.id), f"{one.name}（{one.number}）") for one in holders]
    classes = school_queries.classes(_school(), term_of(today).academic_year)
    form.classes.choices = [(str(one.id), one.name) for one in classes]
    if form.validate_on_submit():
        students, unknown = _students(form.numbers.data or "")
        if unknown:
            words = _("沒有這些學號的學生：%(numbers)s", numbers="、".join(unknown[:10]))
            form.add_errors({"numbers": words})
        else:
            try:
                made = assigning.assign(
                    web.current_actor(),
                    row_id(form.counsellor.data) or 0,
                    class_ids=row_ids(form.classes.data or ()),
                    student_ids=[one.id for one in students],
                    starts_on=form.starts_on.data,
                    ends_on=form.ends_on.data,
                )
            except Refusal as refusal:
                form.add_errors(refusal.fields or {"": words_of(refusal)})
            else:
                flash(ngettext("已新增 %(num)s 項指派。", "已新增 %(num)s 項指派。", len(made)))
                return redirect(url_for("portfolio.counsellor_assignments"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("指派"),
        cancel=url_for("portfolio.counsellor_assignments"),
        template="portfolio/counselling/assign.html",
        holders=holders,
    )


def counsellor_assignment_end(assignment_id: int) -> Response:
    """End an assignment as of yesterday."""
    try:
        assigning.end(web.current_actor(), assignment_id)
        flash(_("已結束指派；原教師登錄的紀錄會保留，接手的教師可以查看。"))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.counsellor_assignments"))


def counselling_topics() -> Response:
    """The school's list of topics, a line each."""
    actor = web.current_actor()
    topics = reads.own_topics(_school()) or TOPICS
    form = TopicsForm(data=None if request.form else {"topics": "\n".join(topics)})
    back = url_for(
        "portfolio.counselling_students"
        if actor.has(Role.COUNSELLOR)
        else "portfolio.counsellor_assignments"
    )
    if form.validate_on_submit():
        try:
            kept = phrases.set_topics(actor, (form.topics.data or "").splitlines())
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已儲存諮詢主題。") if kept else _("已恢復預設的諮詢主題。"))
            return redirect(back)  # type: ignore[return-value]
    return page.render(form, submit=_("儲存"), cancel=back)


def advice_templates() -> Response:
    """My templates of advice, and a form for a new one."""
    actor = web.current_actor()
    form = TemplateForm()
    if form.validate_on_submit() and _kept(form, None):
        flash(_("已儲存常用建議。"))
        return redirect(url_for("portfolio.advice_templates"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("新增"),
        template="portfolio/counselling/templates.html",
        templates=reads.templates(actor),
    )


def advice_template(template_id: int) -> Response:
    """Change one of my templates."""
    rows = reads.templates(web.current_actor())
    found = next((one for one in rows if one.id == template_id), None)
    if found is None:
        raise NotFound(_("找不到這筆資料，或它不屬於您。"), remedy=_("請由清單重新選擇。"))
    form = TemplateForm(data=None if request.form else {"title": found.title, "body": found.body})
    if form.validate_on_submit() and _kept(form, template_id):
        flash(_("已儲存常用建議。"))
        return redirect(url_for("portfolio.advice_templates"))  # type: ignore[return-value]
    return page.render(form, submit=_("儲存"), cancel=url_for("portfolio.advice_templates"))


def advice_template_drop(template_id: int) -> Response:
    """Throw one of my templates away."""
    phrases.drop_template(web.current_actor(), template_id)
    flash(_("已刪除常用建議；已登錄的紀錄不受影響。"))
    return redirect(url_for("portfolio.advice_templates"))


def _kept(form: TemplateForm, template_id: int | None) -> bool:
    try:
        phrases.keep_template(
            web.current_actor(), form.title.data or "", form.body.data or "", template_id
        )
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return False
    return True


def _students(text: str) -> tuple[list[Person], list[str]]:
    """The students of some numbers, and the numbers of nobody."""
    numbers = list(dict.fromkeys(re.split(r"[\s,;，、；]+", text.strip()))) if text.strip() else []
    known = school_queries.people_by_number(_school(), numbers)
    students = [one for one in known.values() if one.kind is PersonKind.STUDENT]
    found = {one.number for one in students}
    return students, [one for one in numbers if one not in found]


def _counsellors() -> list[Person]:
    return school_queries.people_holding(_school(), Role.COUNSELLOR, clock.today())


def _school() -> int:
    found = web.current_actor().school_id
    assert found is not None
    return found
