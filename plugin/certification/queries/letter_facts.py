"""What stands in a paper: read once from rows that do not change any more.

The nth request for a correction of a case belongs to the nth event that tells of one; so do fee
notices, periods and oral examinations (a changed appointment is a row of its own). A letter that
the queue makes late says what was decided then, not what has become of it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from plugin import clock, db
from plugin.certification import completeness, letterhead
from plugin.certification.certificates import CATEGORY_ON_PAPER
from plugin.certification.clocks import Clock
from plugin.certification.models import (
    CaseClock,
    CaseEvent,
    CaseKind,
    Certificate,
    CertificationCase,
    Correction,
    CorrectionItem,
    FeeNotice,
    Letter,
    Oral,
)
from plugin.certification.states import LABELS
from plugin.errors import NotFound
from plugin.school import queries as schools
from plugin.settings import Settings

ORAL_FORMS = {
    "display": "展示",
    "performance": "演出",
    "commentary": "解說",
    "oral": "口試",
    "film": "影音呈現",
    "other": "其他方式之呈現",
}
"""`Oral.form` as the regulation words it (辦法 §10 III)."""
_SENT = ("fee", "correction", "oral", "decision")
"""What has a number of its own: letters, not papers made on demand."""


def read(letter: Letter) -> dict[str, Any]:
    """Plain values, fit for JSON; days and moments in ISO form.

    :raises NotFound: what it tells of was never written.
    """
    case = db.reading().get_one(CertificationCase, letter.case_id)
    return _head(letter, case) | _READ[letter.kind](letter, case)


def _head(letter: Letter, case: CertificationCase) -> dict[str, Any]:
    school = schools.school(case.school_id)
    head = letterhead.of(school)
    authority, signer = letterhead.authority(school)
    settings: Settings = current_app.extensions["licheng.settings"]
    before = sa.select(sa.func.count(Letter.id)).where(
        Letter.case_id == case.id, Letter.id <= letter.id, Letter.kind.in_(_SENT)
    )
    return {
        "office": authority,
        "signer": signer,
        "contact": list(head.contact),
        "recipient": case.name,
        "dated": letter.made_at.astimezone(clock.TAIPEI).date().isoformat(),
        "number": f"{case.number}-{db.reading().scalar(before) or 0:02}",
        "case_number": case.number,
        "check_url": f"{settings.public_url}/office/{school.code}/certification/status",
        "renewal": case.kind is CaseKind.RENEWAL,
    }


def _fee(letter: Letter, case: CertificationCase) -> dict[str, Any]:
    notice = _nth(letter, ("accept",), FeeNotice)
    school = schools.school(case.school_id)
    return {
        "review_fee": notice.review_fee,
        "postage": notice.postage,
        "copies": notice.copies,
        "reference": notice.reference,
        "due": _due(letter, Clock.FEE, "accept") or [notice.due_on.isoformat(), False],
        "how": list(letterhead.of(school).ways),
    }


def _correction(letter: Letter, case: CertificationCase) -> dict[str, Any]:
    asked = _nth(letter, ("ask_correction",), Correction)
    items = db.reading().scalars(
        sa.select(CorrectionItem)
        .where(CorrectionItem.correction_id == asked.id)
        .order_by(CorrectionItem.id)
    )
    labels = completeness.labels(case)
    return {
        "items": [[labels.get(one.field, one.field), one.words] for one in items],
        "due": _due(letter, Clock.CORRECTION, "ask_correction")
        or [asked.due_on.isoformat(), False],
    }


def _oral(letter: Letter, case: CertificationCase) -> dict[str, Any]:
    one = _nth(letter, ("call_oral", "change_oral"), Oral)
    return {
        "form": ORAL_FORMS.get(one.form, ORAL_FORMS["other"]),
        "at": one.starts_at.isoformat(),
        "minutes": one.minutes,
        "place": one.place,
        "comments": _words(letter),
    }


def _decision(letter: Letter, case: CertificationCase) -> dict[str, Any]:
    step = _step(letter)
    if step.event != "certify":
        lapsed = {"lapse_fee": "fee", "lapse_correction": "correction"}.get(step.event)
        reason = lapsed or case.refusal or "committee"
        return {"passed": False, "reason": reason, "comments": step.words}
    found = db.reading().scalar(
        sa.select(Certificate)
        .where(Certificate.case_id == case.id)
        .order_by(Certificate.id)
        .limit(1)
    )
    return {
        "passed": True,
        "category": CATEGORY_ON_PAPER[case.category][0],
        "comments": step.words,
        "certificate": found.number if found is not None else "",
        "valid": [_iso(found.issued_on), _iso(found.expires_on)] if found is not None else None,
    }


def _version(letter: Letter, case: CertificationCase) -> dict[str, Any]:
    """What was answered lies in the version, which never changes; here is only how it stood."""
    return {
        "state": str(LABELS[case.state].text),
        "made_at": letter.made_at.isoformat(),
        "case_id": case.id,
    }


_READ = {
    "fee": _fee,
    "correction": _correction,
    "oral": _oral,
    "decision": _decision,
    "application": _version,
    "dossier": _version,
}


def _step(letter: Letter) -> CaseEvent:
    step = db.reading().get(CaseEvent, letter.event_id) if letter.event_id is not None else None
    if step is None:
        raise _nothing()
    return step


def _words(letter: Letter) -> str:
    return _step(letter).words if letter.event_id is not None else ""


def _place(letter: Letter, events: tuple[str, ...]) -> int | None:
    """How many such events of the case came before this one; None: it tells of none."""
    if letter.event_id is None:
        return None
    before = sa.select(sa.func.count(CaseEvent.id)).where(
        CaseEvent.case_id == letter.case_id,
        CaseEvent.event.in_(events),
        CaseEvent.id < letter.event_id,
    )
    return db.reading().scalar(before) or 0


def _nth(letter: Letter, events: tuple[str, ...], table: Any) -> Any:
    """The row of `table` that belongs to the letter's event; the newest when it tells of none.

    :raises NotFound: there is none.
    """
    at = _place(letter, events)
    query = sa.select(table).where(table.case_id == letter.case_id)
    if at is None:
        found = db.reading().scalar(query.order_by(table.id.desc()).limit(1))
    else:
        found = db.reading().scalar(query.order_by(table.id).offset(at).limit(1))
    if found is None:
        raise _nothing()
    return found


def _due(letter: Letter, kind: Clock, event: str) -> list[Any] | None:
    """The last day, and whether it ends at noon, as the clock has it that the event began."""
    at = _place(letter, (event,))
    if at is None:
        return None
    query = sa.select(CaseClock).where(
        CaseClock.case_id == letter.case_id, CaseClock.kind == kind.value
    )
    found = db.reading().scalar(query.order_by(CaseClock.id).offset(at).limit(1))
    return [found.due_on.isoformat(), found.noon] if found is not None else None


def _iso(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def _nothing() -> NotFound:
    return NotFound(_("這份文件所根據的紀錄不在，無法製作。"))
