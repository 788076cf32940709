"""The calendar of windows, and the school's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.jinja import roc_date
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import InvalidInput, NotAllowed
from plugin.school import policy, rulebook, rules, windows
from plugin.school.models import Rule, Window, WindowKind
from plugin.school.rulebook import Value
from plugin.school.terms import FIRST_YEAR, LAST_YEAR, ROC, Term
from plugin.trail import events
from plugin.trail.chain import record

FINAL_GRADE = 3
"""In its second term outcomes may close early: admission does not wait (SPEC §1, Calendar)."""


@dataclass(frozen=True)
class Concern:
    """Something done that the school should look at again; it did not stop it.

    :param rule: the rule it comes from, for "why?"; empty when it is plain order.
    """

    code: str
    text: str
    rule: str = ""


def set_window(
    actor: Actor,
    kind: WindowKind,
    academic_year: int,
    opens_at: datetime,
    closes_at: datetime,
    *,
    term: int = 0,
    grade: int = 0,
) -> tuple[Window, list[Concern]]:
    """Set or move a window; returns it with what the school should look at again.

    :param term: 0 for a yearly kind, else 1 or 2.
    :param grade: 0 for all grades; a grade's own window wins over it.
    :raises InvalidInput: it closes before it opens, or the term does not fit the kind.
    """
    school_id = policy.require_keeper(actor)
    if closes_at <= opens_at:
        raise InvalidInput(
            _("截止時間要晚於開放時間。"), fields={"closes_at": _("請填開放時間之後的時間。")}
        )
    _require_year(academic_year)
    if (kind in windows.YEARLY) != (term == 0) or term not in {0, 1, 2}:
        raise InvalidInput(_("這個項目的學期不正確。"), fields={"term": _("請重新選擇學期。")})
    with db.writing() as session:
        window = session.scalar(
            sa.select(Window).where(
                Window.school_id == school_id,
                Window.academic_year == academic_year,
                Window.term == term,
                Window.kind == kind,
                Window.grade == grade,
            )
        )
        before = [window.opens_at.isoformat(), window.closes_at.isoformat()] if window else None
        if window is None:
            window = Window(
                school_id=school_id,
                academic_year=academic_year,
                term=term,
                kind=kind,
                grade=grade,
                opens_at=opens_at,
                closes_at=closes_at,
            )
            session.add(window)
        window.opens_at, window.closes_at = opens_at, closes_at
        session.flush()
        session.info.pop("school_windows", None)
        record(
            actor,
            "window.set",
            "window",
            window.id,
            kind=kind,
            year=academic_year,
            term=term,
            grade=grade,
            before=before,
            after=[opens_at.isoformat(), closes_at.isoformat()],
        )
        events.announce(events.window_set, school_id=school_id, window_id=window.id)
        return window, concerns(session, window)


def _require_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        words = _("請填 %(first)s 到 %(last)s 之間的學年度。", first=FIRST_YEAR, last=LAST_YEAR)
        raise InvalidInput(words, fields={"from_year": words})


def concerns(session: Session, window: Window) -> list[Concern]:
    """What a school should look at again about a window (SPEC §1, Calendar)."""
    found: list[Concern] = []
    if window.kind is WindowKind.OUTCOME_UPLOAD:
        found += _closes_too_early(window)
    if window.kind in {WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION}:
        found += _certified_too_early(window)
    if window.kind is WindowKind.RECEIPT:
        found += _receipt_too_short(window)
    return found


def ceremony_day(school_id: int, term: Term) -> date:
    """The day of the end-of-term ceremony 休業式 by the school's rule."""
    text = str(
        rules.value(school_id, f"calendar.ceremony.term{term.term}", term.academic_year).value
    )
    month, day = (int(part) for part in text.split("-"))
    year = term.academic_year + ROC + (1 if month < 8 else 0)
    return date(year, month, min(day, 28) if month == 2 else day)


def _closes_too_early(window: Window) -> list[Concern]:
    if window.grade == FINAL_GRADE and window.term == 2:
        return []
    name = "upload.after_ceremony.min_days"
    least = rules.number(window.school_id, name, window.academic_year)
    day = ceremony_day(window.school_id, Term(window.academic_year, window.term))
    closes_on = window.closes_at.astimezone(clock.TAIPEI).date()
    if closes_on >= day + timedelta(days=least):
        return []
    text = _(
        "成果上傳在%(closes)s截止，不到休業式（%(day)s）後 %(least)s 天。",
        closes=roc_date(window.closes_at),
        day=roc_date(day),
        least=least,
    )
    return [Concern("CLOSES_TOO_EARLY", text, name)]


def _certified_too_early(window: Window) -> list[Concern]:
    where = (window.school_id, window.academic_year, window.term, window.grade)
    school_id, year, term, grade = where
    upload = windows.find(school_id, WindowKind.OUTCOME_UPLOAD, year, term, grade)
    certification = windows.find(school_id, WindowKind.CERTIFICATION, year, term, grade)
    if upload is None or certification is None or certification.closes_at >= upload.closes_at:
        return []
    text = _(
        "認證在%(certify)s截止，早於成果上傳的截止時間（%(upload)s）；之後上傳的成果將來不及認證。",
        certify=roc_date(certification.closes_at),
        upload=roc_date(upload.closes_at),
    )
    return [Concern("CERTIFIED_TOO_EARLY", text)]


def _receipt_too_short(window: Window) -> list[Concern]:
    name = "receipt.window.min_days"
    least = rules.number(window.school_id, name, window.academic_year)
    if window.closes_at - window.opens_at >= timedelta(days=least):
        return []
    text = _("收訖明細確認的期間不到 %(least)s 天。", least=least)
    return [Concern("RECEIPT_TOO_SHORT", text, name)]


def set_rule(
    actor: Actor, name: str, from_year: int, value: Value, source: str
) -> tuple[Rule, list[Concern]]:
    """Set the school's own value of a rule from an academic year on.

    :param source: by what the school decided, e.g. 「本校補充規定第五點（115.06.30）」.
    :raises NotAllowed: the rule is fixed.
    :raises InvalidInput: an unknown rule, a value out of bounds, or no source.
    """
    school_id = policy.require_administrator(actor)
    if name not in rulebook.DEFINITIONS:
        raise InvalidInput(_("沒有這條規則。"))
    _require_year(from_year)
    nation = rules.value(school_id, name, from_year)
    if nation.fixed:
        raise NotAllowed(
            _("「%(title)s」由中央規定，學校不能變更。", title=rulebook.DEFINITIONS[name].title),
            remedy=rules.why(school_id, name, from_year),
            rule=name,
        )
    fault, source = rulebook.check(name, value), source.strip()
    if fault:
        raise InvalidInput(fault, rule=name, fields={"value": fault})
    if not 1 <= len(source) <= 200:
        words = _("請填依據（1 到 200 字），例如「本校補充規定第五點」。")
        raise InvalidInput(words, fields={"source": words})
    with db.writing() as session:
        row = session.scalar(
            sa.select(Rule).where(
                Rule.school_id == school_id, Rule.name == name, Rule.from_year == from_year
            )
        )
        before = row.value["value"] if row else nation.value
        if row is None:
            row = Rule(school_id=school_id, name=name, from_year=from_year)
            session.add(row)
        row.value, row.source = {"value": value}, source
        row.set_by_id, row.set_at = actor.person_id, clock.now()
        session.flush()
        session.info.pop("school_rules", None)
        record(
            actor,
            "rule.set",
            "rule",
            row.id,
            name=name,
            from_year=from_year,
            before=before,
            after=value,
        )
        return row, _above_nation(name, from_year, value)


def _above_nation(name: str, from_year: int, value: Value) -> list[Concern]:
    """A limit wider than the nation's lets in what the central database refuses."""
    unit = rulebook.DEFINITIONS[name].unit
    nation = rules.national_value(name, from_year)
    limits = {rulebook.Unit.BYTES, rulebook.Unit.POINTS, rulebook.Unit.ITEMS}
    if unit not in limits or nation.inferred or not isinstance(value, int):
        return []
    if value <= nation.number:
        return []
    text = _(
        "這個上限高於中央規定（%(value)s；%(source)s），超過的檔案或件數可能無法提交。",
        value=rulebook.say(name, nation.value),
        source=nation.source,
    )
    return [Concern("ABOVE_NATIONAL", text, name)]
