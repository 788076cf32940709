"""What a school should look at again about its windows (SPEC §1, Calendar). Nothing is stopped:
whoever saves says that they have seen it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import clock
from plugin.school import rules, windows
from plugin.school.models import WindowKind
from plugin.school.terms import ROC, Term
from plugin.school.year_plan import Key, Plan, Planned

AFTERWARDS = timedelta(days=123)
"""Yearly work of a year may begin this long after its end: selection and submission in autumn."""


@dataclass(frozen=True)
class Concern:
    """Something that the school should look at again; it does not stop it.

    :param rule: the rule it comes from, for "why?"; empty when it is plain order.
    :param key: of the window it is about.
    """

    code: str
    text: str
    rule: str = ""
    key: Key | None = None


def of(school_id: int, year: int, plan: Plan, keys: Iterable[Key]) -> list[Concern]:
    """What to look at again about some windows of a plan, each said once."""
    found: dict[tuple[str, str], Concern] = {}
    for key in keys:
        one = plan.get(key)
        if one is None:
            continue
        told = [
            *_never_in_its_term(year, one),
            *_closes_too_early(school_id, year, one),
            *_certified_too_early(plan, one),
            *_receipt_too_short(school_id, year, one),
        ]
        for concern in told:
            found.setdefault((concern.code, concern.text), concern)
    return list(found.values())


def ceremony_day(school_id: int, term: Term) -> date:
    """The day of the end-of-term ceremony 休業式 by the school's rule."""
    text = str(
        rules.value(school_id, f"calendar.ceremony.term{term.term}", term.academic_year).value
    )
    month, day = (int(part) for part in text.split("-"))
    year = term.academic_year + ROC + (1 if month < 8 else 0)
    return date(year, month, min(day, 28) if month == 2 else day)


def certified_before(until: datetime, certification: windows.Period | None) -> list[Concern]:
    """An upload that was extended beyond certification: nobody could decide what comes late."""
    if certification is None or certification.closes_at >= until:
        return []
    return [_too_early_to_certify(certification.closes_at, until)]


def _never_in_its_term(year: int, one: Planned) -> list[Concern]:
    term = Term(year, 0 if one.kind in windows.YEARLY else one.term)
    begin = datetime.combine(term.first_day, time(), clock.TAIPEI)
    end = datetime.combine(term.last_day + timedelta(days=1), time(), clock.TAIPEI)
    if term.term == 0:
        end += AFTERWARDS
    if one.opens_at < end and one.closes_at > begin:
        return []
    text = _(
        "「%(name)s」的期間（%(opens)s至%(closes)s）完全不在%(term)s內，請確認年份。",
        name=windows.title(one),
        opens=roc_date(one.opens_at),
        closes=roc_date(one.closes_at),
        term=term.label,
    )
    return [Concern("NOT_IN_TERM", text, key=one.key)]


def _closes_too_early(school_id: int, year: int, one: Planned) -> list[Concern]:
    last = one.grade == windows.FINAL_GRADE and one.term == 2
    if one.kind is not WindowKind.OUTCOME_UPLOAD or last:
        return []
    rule = "upload.after_ceremony.min_days"
    least = rules.number(school_id, rule, year)
    day = ceremony_day(school_id, Term(year, one.term))
    if one.closes_at.astimezone(clock.TAIPEI).date() >= day + timedelta(days=least):
        return []
    text = _(
        "成果上傳在%(closes)s截止，不到休業式（%(day)s）後 %(least)s 天。",
        closes=roc_date(one.closes_at),
        day=roc_date(day),
        least=least,
    )
    return [Concern("CLOSES_TOO_EARLY", text, rule, one.key)]


def _certified_too_early(plan: Plan, one: Planned) -> list[Concern]:
    if one.kind not in {WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION}:
        return []

    def holds(kind: WindowKind) -> Planned | None:
        return plan.get((kind, one.term, one.grade)) or plan.get((kind, one.term, 0))

    upload, certification = holds(WindowKind.OUTCOME_UPLOAD), holds(WindowKind.CERTIFICATION)
    if upload is None or certification is None or certification.closes_at >= upload.closes_at:
        return []
    return [_too_early_to_certify(certification.closes_at, upload.closes_at, one.key)]


def _too_early_to_certify(
    certification: datetime, upload: datetime, key: Key | None = None
) -> Concern:
    text = _(
        "認證在%(certify)s截止，早於成果上傳的截止時間（%(upload)s）；之後上傳的成果將來不及認證。",
        certify=roc_date(certification),
        upload=roc_date(upload),
    )
    return Concern("CERTIFIED_TOO_EARLY", text, key=key)


def _receipt_too_short(school_id: int, year: int, one: Planned) -> list[Concern]:
    if one.kind is not WindowKind.RECEIPT:
        return []
    rule = "receipt.window.min_days"
    least = rules.number(school_id, rule, year)
    if one.closes_at - one.opens_at >= timedelta(days=least):
        return []
    text = _("收訖明細確認的期間不到 %(least)s 天。", least=least)
    return [Concern("RECEIPT_TOO_SHORT", text, rule, one.key)]
