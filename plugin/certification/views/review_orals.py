"""The office's side of an oral examination or demonstration: called, changed, called off, noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from flask import request
from flask_babel import gettext as _

from forms.definition import Form
from plugin import clock, web
from plugin.certification import policy
from plugin.certification.forms import review as forms
from plugin.certification.models import CertificationCase
from plugin.certification.operations import orals as operations
from plugin.certification.outlook import CONFLICTS, ORAL_FORMS
from plugin.certification.queries import office_case
from plugin.certification.queries import orals as queries
from plugin.certification.views.review_office import BOTH, Answer, decide
from plugin.errors import Conflict
from plugin.web import Route


def office_oral(case_id: int) -> Answer:
    """Call the applicant to show their ability."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)

    def call(form: Form) -> str:
        operations.call(actor, case_id, **_values(form))
        return _("已安排並通知申請者。")

    return _appointment(forms.OralForm(), case, call, _("安排並通知"))


def office_oral_change(case_id: int) -> Answer:
    """Another time, place or way, or other assessors."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    found = queries.standing(case)
    if found is None:
        raise Conflict(_("目前沒有安排展示或口試。"))
    starts = found.oral.starts_at.astimezone(clock.TAIPEI)
    data = {
        "way": found.oral.form,
        "day": starts.date(),
        "time": f"{starts:%H:%M}",
        "minutes": found.oral.minutes,
        "place": found.oral.place,
        "members": [str(person_id) for person_id, _name in found.members],
        "assessors": found.oral.assessors,
    }
    build = forms.OralChangeForm
    form = build() if request.method == "POST" else build(None, data=data)

    def change(form: Form) -> str:
        operations.change(actor, case_id, **_values(form))
        return _("已更改安排，並通知有關的人。")

    return _appointment(form, case, change, _("更改並通知"), standing=found)


def office_oral_result(case_id: int) -> Answer:
    """Note how it went."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)

    def end(form: Form) -> str:
        operations.end(actor, case_id, form["result"].data or "", form["words"].data or "")
        return _("已登錄結果並通知申請者。")

    return decide(
        forms.OralResultForm(), case, end, _("登錄"), "certification/review_oral.html",
        standing=queries.standing(case), oral_forms=ORAL_FORMS,
    )  # fmt: skip


def office_oral_off(case_id: int) -> Answer:
    """Call it off."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)

    def call_off(form: Form) -> str:
        operations.call_off(actor, case_id, form["words"].data or "")
        return _("已取消並通知有關的人。")

    return decide(
        forms.OralOffForm(), case, call_off, _("取消展示或口試"),
        "certification/review_oral.html",
        standing=queries.standing(case), oral_forms=ORAL_FORMS,
    )  # fmt: skip


def _appointment(
    form: forms.OralForm,
    case: CertificationCase,
    operation: Callable[[Form], str],
    submit: str,
    standing: queries.Arranged | None = None,
) -> Answer:
    known = queries.candidates(case)
    form.members.choices = [
        (
            str(one.person.id),
            _("%(name)s（%(where)s）", name=one.person.name, where=one.profile.organisation),
        )
        for one in known
        if one.askable and one.profile is not None
    ]
    return decide(
        form, case, operation, submit, "certification/review_oral.html",
        standing=standing,
        oral_forms=ORAL_FORMS,
        left_out=[one for one in known if not one.askable],
        conflicts=CONFLICTS,
    )  # fmt: skip


def _values(form: Form) -> dict[str, Any]:
    """What `operations.call` takes, of a form that is valid."""
    hour, minute = (int(one) for one in form["time"].data.split(":"))
    return {
        "form": form["way"].data or "",
        "place": form["place"].data or "",
        "starts_at": datetime.combine(form["day"].data, time(hour, minute), clock.TAIPEI),
        "minutes": form["minutes"].data or 0,
        "assessors": form["assessors"].data or "",
        "words": form["words"].data or "",
        "members": [int(one) for one in form["members"].data or ()],
    }


_CASE = "/certification/office/<int:case_id>"

routes = [
    Route(f"{_CASE}/oral", office_oral, policy.office, BOTH),
    Route(f"{_CASE}/oral/change", office_oral_change, policy.office, BOTH),
    Route(f"{_CASE}/oral/result", office_oral_result, policy.office, BOTH),
    Route(f"{_CASE}/oral/off", office_oral_off, policy.office, BOTH),
]
