"""Oral examinations and demonstrations by talking: called, changed, called off, noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from flask_babel import gettext as _

from forms.definition import Form
from plugin import clock
from plugin.actor import Actor
from plugin.certification.forms import review as forms
from plugin.certification.models import CaseState, CertificationCase
from plugin.certification.operations import orals as operations
from plugin.certification.queries import office_case
from plugin.certification.queries import orals as queries
from plugin.certification.skills import deciding_titles as titles
from plugin.certification.skills import found
from plugin.certification.skills.deciding import on_case, plain_form
from plugin.skills import Asked

S = CaseState


def _build(kind: type[forms.OralForm]) -> Any:
    """The form of an appointment; whoever has to stay away is not offered."""

    def build(case: CertificationCase, data: Any) -> forms.OralForm:
        form = kind(data, meta={"csrf": False, "case_id": case.id})
        form.members.choices = [
            (
                str(one.person.id),
                _("%(name)s（%(where)s）", name=one.person.name, where=one.profile.organisation),
            )
            for one in queries.candidates(case)
            if one.askable and one.profile is not None
        ]
        return form

    return build


def _values(form: Form) -> dict[str, Any]:
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


def _call(actor: Actor, case_id: int, form: Form) -> str:
    operations.call(actor, case_id, **_values(form))
    return _("已安排並通知申請者。")


def _change(actor: Actor, case_id: int, form: Form) -> str:
    operations.change(actor, case_id, **_values(form))
    return _("已更改安排，並通知有關的人。")


def _standing(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    """The appointment as it stands."""
    arranged = queries.standing(office_case.seen(actor, found.id_of(subject)))
    if arranged is None:
        return {}
    starts = arranged.oral.starts_at.astimezone(clock.TAIPEI)
    said = {
        "way": [arranged.oral.form],
        "day": [starts.date().isoformat()],
        "time": [f"{starts:%H:%M}"],
        "minutes": [str(arranged.oral.minutes)],
        "place": [arranged.oral.place],
        "members": [str(person_id) for person_id, _name in arranged.members],
        "assessors": [arranged.oral.assessors],
    }
    return {name: words for name, words in said.items() if any(words)}


def _end(actor: Actor, case_id: int, form: Form) -> str:
    operations.end(actor, case_id, form["result"].data or "", form["words"].data or "")
    return _("已登錄結果並通知申請者。")


def _off(actor: Actor, case_id: int, form: Form) -> str:
    operations.call_off(actor, case_id, form["words"].data or "")
    return _("已取消並通知有關的人。")


def _way(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """口試, 解說, 展示: how it is done."""
    ways = (("口試", "oral"), ("解說", "commentary"), ("演出", "performance"), ("展示", "display"))
    named = [way for words, way in ways if words in asked.words]
    return {"way": named} if len(named) == 1 else {}


def _result(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    if found.says(r"不通過|不合格|沒通過|failed", asked):
        return {"result": ["fail"]}
    if found.says(r"未到|沒來|缺席|absent", asked):
        return {"result": ["absent"]}
    return {"result": ["pass"]} if found.says(r"通過|合格|passed", asked) else {}


on_case(
    "oral", titles.ORAL, {S.REVIEW}, _build(forms.OralForm), _call,
    confirm=titles.ORAL, order=42, page="certification.office_oral",
    fields={"date": "day", "place": "place"}, fill=_way,
    warning=lambda _case: _("會通知申請者與評審委員，並寄出行事曆邀請。"),
)  # fmt: skip
on_case(
    "oral_change", titles.ORAL_CHANGE, {S.ORAL}, _build(forms.OralChangeForm), _change,
    confirm=titles.ORAL_CHANGE, order=43, page="certification.office_oral_change",
    first=_standing,
    warning=lambda _case: _("會通知申請者與評審委員，並更新行事曆邀請。"),
)  # fmt: skip
on_case(
    "oral_end", titles.ORAL_END, {S.ORAL}, plain_form(forms.OralResultForm), _end,
    confirm=titles.ORAL_END, order=44, page="certification.office_oral_result",
    fill=_result,
)  # fmt: skip
on_case(
    "oral_off", titles.ORAL_OFF, {S.ORAL}, plain_form(forms.OralOffForm), _off,
    confirm=titles.ORAL_OFF, order=45, page="certification.office_oral_off",
    fields={"reason": "words"},
)  # fmt: skip
