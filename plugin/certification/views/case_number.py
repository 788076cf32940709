"""The office sets how its cases are numbered."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.certification import case_numbers, policy
from plugin.certification.forms.case_number import CaseNumberForm
from plugin.certification.operations import office_setting
from plugin.certification.queries import numbers
from plugin.certification.views import results_shared as shared
from plugin.school import queries as schools
from plugin.school.terms import ROC
from plugin.web import Route


def case_number_settings() -> Response:
    """The pattern of case numbers, and how the next one will read."""
    actor = web.current_actor()
    assert actor.school_id is not None
    now = case_numbers.of(schools.school(actor.school_id))
    form = CaseNumberForm()
    if not form.is_submitted():
        form.pattern.data = now
    if form.validate_on_submit() and shared.attempt(
        form, lambda: office_setting.set_case_number(actor, form.pattern.data or "")
    ):
        flash(_("已儲存；之後的新案件會依新的格式編號。"))
        return redirect(url_for("certification.case_number_settings"))
    year = clock.today().year - ROC
    serial = numbers.last(actor.school_id, "case", year) + 1
    return page.render(
        form,
        submit=_("儲存"),
        template="certification/case_number.html",
        following=case_numbers.number(now, year=year, serial=serial),
    )


routes = [
    Route("/certification/case-number", case_number_settings, policy.keepers, ("GET", "POST")),
]
