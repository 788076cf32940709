"""The office keeps the texts of its public area: list, write, look before, take down."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page as form_page
from plugin import clock, web
from plugin.certification import policy
from plugin.certification.areas import AREAS, blocks
from plugin.certification.forms.pages import PageForm
from plugin.certification.operations import pages as operations
from plugin.certification.queries import area as queries
from plugin.errors import Refusal
from plugin.school import queries as school
from plugin.web import Route


def page_list() -> str:
    """Every text, also those that are taken down or not shown yet."""
    actor = web.current_actor()
    office = school.school(queries.require_office(actor))
    area, text = request.args.get("area", ""), request.args.get("q", "")
    area = area if area in AREAS else ""
    return render_template(
        "certification/pages_list.html",
        office=office,
        found=queries.written(office.id, area, text, request.args.get("after")),
        area=area,
        areas=AREAS,
        text=text,
        today=clock.today(),
    )


def page_new() -> Response:
    """Write a text; what is written is looked at before it stands there."""
    queries.require_office(web.current_actor())
    return _edit(PageForm(area=request.args.get("area", "news")), None)


def page_edit(announcement_id: int) -> Response:
    """Write one anew."""
    actor = web.current_actor()
    one = queries.own(queries.require_office(actor), announcement_id)
    return _edit(PageForm(obj=one), one.id)


def page_end(announcement_id: int) -> Response | str:
    """Take one down, after asking."""
    actor = web.current_actor()
    one = queries.own(queries.require_office(actor), announcement_id)
    if request.method == "POST":
        operations.end(actor, one.id)
        flash(_("已下架，公開專區不再顯示。"))
        return redirect(url_for("certification.page_list"), 303)
    return render_template(
        "certification/pages_end.html",
        title=_("要下架這則內容嗎？"),
        facts=[(_("標題"), one.title), (_("頁面"), AREAS[one.area])],
        consequences=[_("公開專區從今天起不再顯示；這裡仍留有紀錄，但不能再編輯。")],
        action=url_for("certification.page_end", announcement_id=one.id),
        submit=_("下架"),
        danger=True,
        cancel=url_for("certification.page_list"),
    )


def page_first() -> Response:
    """Begin with the texts that the product offers."""
    count = operations.put_first_texts(web.current_actor())
    flash(_("已放入 %(count)s 則建議的說明，請逐則檢查並改成貴機關的內容。", count=count))
    return redirect(url_for("certification.page_list"), 303)


def _edit(form: PageForm, announcement_id: int | None) -> Response:
    actor = web.current_actor()
    looks = False
    if form.validate_on_submit():
        looks = request.form.get("act") == "preview"
        values = (form.area.data or "", form.title.data or "", form.body.data or "")
        link, shown_on = form.link.data or "", form.shown_on.data
        if not looks:
            try:
                if announcement_id is None:
                    operations.add(actor, *values, link=link, shown_on=shown_on)
                else:
                    operations.change(actor, announcement_id, *values, link=link, shown_on=shown_on)
            except Refusal as refusal:
                form.add_errors(refusal.fields or {"": refusal.message})
            else:
                flash(_("內容已儲存。"))
                return redirect(url_for("certification.page_list", area=values[0]), 303)
    return form_page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("certification.page_list"),
        template="certification/pages_edit.html",
        looks=looks,
        blocks=blocks,
        areas=AREAS,
    )


_BOTH = ("GET", "POST")
_ONE = "/certification/pages/<int:announcement_id>"

routes = [
    Route("/certification/pages", page_list, policy.keepers),
    Route("/certification/pages/new", page_new, policy.keepers, _BOTH),
    Route("/certification/pages/first", page_first, policy.keepers, ("POST",)),
    Route(_ONE, page_edit, policy.keepers, _BOTH),
    Route(f"{_ONE}/end", page_end, policy.keepers, _BOTH),
]
