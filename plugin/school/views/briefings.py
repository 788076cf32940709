"""Pages of briefings 教育訓練 and their attendance."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.ids import row_id, row_ids
from plugin.school import calendar_queries
from plugin.school.calendar_models import Audience, Briefing
from plugin.school.operations import briefings as operations
from plugin.school.paper_forms import AUDIENCES, BriefingForm, ExpectForm
from plugin.school.views._shared import attempt, school_id


def briefing_list() -> str:
    """Every briefing, newest first, with its attendance."""
    after = row_id(request.args.get("after"))
    return render_template(
        "school/briefings.html",
        page=calendar_queries.briefings(school_id(), after=after),
        audiences=AUDIENCES,
    )


def briefing(briefing_id: int) -> Response | str:
    """One briefing: who is expected, who came; to tick here or on paper."""
    found = calendar_queries.own(Briefing, school_id(), briefing_id)
    after = request.args.get("after", "")
    if request.method == "POST":
        expected, came = operations.mark(
            web.current_actor(),
            briefing_id,
            row_ids(request.form.getlist("shown")),
            row_ids(request.form.getlist("came")),
        )
        flash(
            _("已儲存出席：應到 %(expected)s 人，實到 %(came)s 人。", expected=expected, came=came)
        )
        return redirect(url_for("school.briefing", briefing_id=briefing_id, after=after or None))
    return render_template(
        "school/briefing.html",
        briefing=found,
        audiences=AUDIENCES,
        counts=calendar_queries.attendance(briefing_id),
        guests=calendar_queries.guests(briefing_id, after=after),
        after=after,
    )


def briefing_new() -> Response:
    """Announce a briefing."""
    return _form(None)


def briefing_edit(briefing_id: int) -> Response:
    """Change what was announced."""
    return _form(calendar_queries.own(Briefing, school_id(), briefing_id))


def _form(found: Briefing | None) -> Response:
    form = BriefingForm(obj=found)
    saved: list[Briefing] = []

    def save() -> None:
        values = dict(form.data) | {"audience": Audience(str(form.audience.data))}
        briefing_id = found.id if found else None
        saved.append(operations.save(web.current_actor(), values, briefing_id=briefing_id))

    if form.validate_on_submit() and attempt(form, save):
        flash(_("已儲存。"))
        return redirect(url_for("school.briefing", briefing_id=saved[0].id))
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.briefings"),
        template="school/paper_form.html",
        crumb=(_("教育訓練"), url_for("school.briefings")),
    )


def briefing_expect(briefing_id: int) -> Response:
    """Put people on the list of a briefing."""
    found = calendar_queries.own(Briefing, school_id(), briefing_id)
    form = ExpectForm()
    added: list[operations.Added] = []

    def save() -> None:
        text = form.numbers.data or ""
        added.append(operations.expect(web.current_actor(), briefing_id, text))

    if form.validate_on_submit() and attempt(form, save):
        one = added[0]
        flash(ngettext("已加入 %(num)s 人。", "已加入 %(num)s 人。", one.count))
        if one.unknown:
            names = _("、").join(one.unknown[:20])
            words = _("下列 %(n)s 個找不到：%(names)s。", n=len(one.unknown), names=names)
            flash(words, "warning")
        return redirect(url_for("school.briefing", briefing_id=briefing_id))
    return page.render(
        form,
        submit=_("加入"),
        cancel=url_for("school.briefing", briefing_id=briefing_id),
        template="school/paper_form.html",
        crumb=(found.title, url_for("school.briefing", briefing_id=briefing_id)),
    )
