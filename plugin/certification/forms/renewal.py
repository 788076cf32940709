"""The application for renewal 展延: the certificate, its hours, a declaration (辦法 §15)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import TextField, TickField
from forms.jinja import roc_date
from plugin.certification.hours import HOUR, Tally
from plugin.certification.identity import MOST_POINTS, Address, kept_address
from plugin.certification.models import Certificate

VERSION = "1"
NAME = "certification.renewal"
HOURS = "renewal_hours"
"""What a correction of a renewal is asked of: the hours that count, with their proofs."""


class RenewalForm(Form):
    """What a renewal asks; `of` says for which certificate and by which hours."""

    email = TextField(
        _l("電子信箱"),
        [Address()],
        max_points=MOST_POINTS,
        filters=[lambda text: kept_address(text) if text else text],
        ask=Ask(
            _l("展延的進度要寄到哪一個信箱？"), _l("案件的每個進度都會寄到這個信箱。"), pii=True
        ),
    )
    correct = TickField(
        _l("證書上的姓名與類別仍然正確"),
        ask=Ask(
            _l("證書上的姓名與類別仍然正確嗎？"),
            _l("姓名有變更時，請先向核發機關申請換發，再申請展延。"),
        ),
    )
    attended = TickField(
        _l("採計的研習都由我本人參加"),
        ask=Ask(_l("這些研習都由您本人參加嗎？"), why=_l("研習時數是展延的依據。")),
    )
    truthful = TickField(
        _l("我保證填報資料及附件屬實"),
        ask=Ask(_l("您保證填報的資料與附件都屬實嗎？"), why=_l("不實記載須負法律責任。")),
    )

    class Meta(Form.Meta):
        name = NAME
        version = VERSION
        title = _l("申請展延")
        groups = (
            Group("certificate", _l("要展延的證書"), ("email", "correct")),
            Group("hours", _l("研習時數"), ("attended",)),
            Group("declaration", _l("聲明"), ("truthful",)),
        )

    hours: Tally | None = None

    def check(self, names: frozenset[str]) -> None:
        """Without enough hours there is nothing to hand in."""
        if "attended" in names and self.hours is not None and not self.hours.enough:
            field = self["attended"]
            field.errors = [*field.errors, short(self.hours)]

    def values(self) -> Mapping[str, Any]:
        """Field → value, as the case's version keeps them."""
        return {
            "email": self.email.data or "",
            "correct": bool(self.correct.data),
            "attended": bool(self.attended.data),
            "truthful": bool(self.truthful.data),
        }


def renewal_form(one: Certificate, hours: Tally, data: Any, *, csrf: bool = True) -> RenewalForm:
    """The form for one certificate: its facts and the hours stand above the questions."""
    form = RenewalForm(data, meta={} if csrf else {"csrf": False})
    form.hours = hours
    told = {
        "certificate": _(
            "%(number)s，%(name)s，有效期限至 %(until)s。",
            number=one.number, name=one.name, until=roc_date(one.expires_on),
        ),
        "hours": told_of(hours),
        "declaration": "",
    }  # fmt: skip
    form.meta.groups = tuple(
        Group(group.key, group.title, group.fields, told[group.key])
        for group in RenewalForm.Meta.groups
    )
    return form


class RenewedHoursForm(Form):
    """The hours of a renewal, put right in the ledger and handed in anew."""

    attended = TickField(
        _l("採計的研習都由我本人參加"),
        ask=Ask(_l("這些研習都由您本人參加嗎？"), why=_l("研習時數是展延的依據。")),
    )
    truthful = TickField(
        _l("我保證填報資料及附件屬實"),
        ask=Ask(_l("您保證填報的資料與附件都屬實嗎？"), why=_l("不實記載須負法律責任。")),
    )

    class Meta(Form.Meta):
        name = "certification.renewal.correction"
        title = _l("補正研習時數")

    def values(self) -> Mapping[str, Any]:
        """What is declared anew, by the names that the case's versions keep."""
        return {"attended": bool(self.attended.data), "truthful": bool(self.truthful.data)}


def written(answers: str) -> list[tuple[str, str, str]] | None:
    """A renewal as it was handed in: name, label and words of each answer, and what it rests on;
    None for the answers of another form.

    :param answers: `CaseVersion.answers`.
    """
    said: dict[str, Any] = json.loads(answers)
    if "attended" not in said:
        return None
    form = RenewalForm(None, meta={"csrf": False}, data=said)
    names = ("email", "correct", "attended", "truthful")
    found = [(name, str(form[name].label.text), form[name].shown()) for name in names]
    return facts(said) + found


def facts(said: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a renewal rests on, as it was when it was handed in: name, label and words."""
    until = said.get("expires_on")
    hours, digital = (said.get(name) for name in ("hours", "hours_digital"))
    return [
        ("certificate", _("證書字號"), str(said.get("certificate", ""))),
        ("expires_on", _("有效至"), roc_date(date.fromisoformat(until)) if until else ""),
        ("hours", _("採計的研習時數"), "" if hours is None else in_hours(hours * HOUR)),
        (
            "hours_digital",
            _("其中數位課程時數"),
            "" if digital is None else in_hours(digital * HOUR),
        ),
    ]


def proof_label(slot: str) -> str:
    """What a document is called that no paper of the application's form names: the proofs of a
    renewal have a slot for each entry of the ledger."""
    return _("研習證明") if slot.startswith("hours.") else slot


def told_of(hours: Tally) -> str:
    """The sum in one paragraph."""
    digital = hours.needs.digital or 0
    return _(
        "證書有效期間內已採計 %(counted)s 小時（須 %(needed)s 小時）；"
        "其中數位課程 %(digital)s 小時，至多採計 %(most)s 小時。",
        counted=in_hours(hours.total),
        needed=in_hours(hours.needs.total),
        digital=in_hours(hours.digital),
        most=in_hours(digital),
    )


def short(hours: Tally) -> str:
    """What is missing."""
    return _(
        "還差 %(missing)s 小時，請先在研習時數登錄足夠的研習，再申請展延。",
        missing=in_hours(hours.needs.total - hours.total),
    )


def in_hours(minutes: float) -> str:
    """Minutes as hours, at most two decimals.

    >>> in_hours(90), in_hours(1800), in_hours(100)
    ('1.5', '30', '1.67')
    """
    return f"{minutes / HOUR:.2f}".rstrip("0").rstrip(".")
