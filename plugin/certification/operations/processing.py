"""The office's desk: take a case, accept it, ask for a correction, drop it, refuse, note.

Procedural review 程序審查: 環境教育人員認證及管理辦法 §11 and seed 000, 二.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import day_said
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import completeness, policy
from plugin.certification.clocks import LENGTHS, Clock
from plugin.certification.models import (
    CaseNote,
    CaseState,
    CertificationCase,
    Correction,
    CorrectionItem,
    FeeNotice,
)
from plugin.certification.operations import clocks, fees, kernel
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.school import office_days, rules
from plugin.school.office_calendar import table_of
from plugin.school.office_days import Ends
from plugin.school.terms import term_of
from plugin.trail import chain

ITEM_POINTS, WORDS_POINTS, NOTE_POINTS = 500, 1000, 2000
LONGEST = 180
"""Days; the longest a correction may be given."""


class Incomplete(InvalidInput):
    """A case is to be accepted whose papers are not all there."""

    code = "CASE_INCOMPLETE"


def take(actor: Actor, case_id: int) -> CertificationCase:
    """Begin the procedural review of a case.

    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        kernel.happen(session, actor, case, "take")
        return case


def accept(actor: Actor, case_id: int, words: str = "") -> FeeNotice:
    """The papers are in order: ask for the fee, due when its clock ends.

    :raises Incomplete: papers of its path and category are missing.
    :raises InvalidInput: too many words.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = _checked("words", words, WORDS_POINTS, required=False)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        _require_handles(actor, case)
        missing = completeness.missing(case)
        if missing:
            raise Incomplete(
                _("文件還不齊全，缺少：%(what)s。", what=_("、").join(missing)),
                remedy=_("請要求補正，或依規定駁回。"),
            )
        notice = fees.issue(session, case)
        asked = _(
            "程序審查已通過。請於%(due)s前繳納新臺幣 %(total)s 元"
            "（審查費 %(fee)s 元、郵寄費 %(postage)s 元），銷帳編號 %(reference)s；"
            "審查所需文件 %(copies)s 份。",
            due=day_said(notice.due_on, weekday=True),
            total=f"{notice.review_fee + notice.postage:,}",
            fee=f"{notice.review_fee:,}",
            postage=f"{notice.postage:,}",
            reference=notice.reference,
            copies=notice.copies,
        )
        kernel.happen(
            session, actor, case, "accept",
            words="\n".join(filter(None, (asked, words))),
            notice_id=notice.id, review_fee=notice.review_fee, postage=notice.postage,
        )  # fmt: skip
        return notice


def correction_ends(school_id: int, due_on: date | None = None) -> Ends:
    """The last day of a correction that is asked for today: the day named, or by the rule."""
    today, table = clock.today(), table_of(school_id)
    if due_on is not None:
        return office_days.moved(due_on, table)
    length = LENGTHS[Clock.CORRECTION]
    count = rules.number(school_id, length.rule, term_of(today).academic_year)
    return length.ends(today, count, table)


def ask_correction(
    actor: Actor,
    case_id: int,
    items: Mapping[str, str],
    *,
    due_on: date | None = None,
    words: str = "",
) -> Correction:
    """Ask for a correction of exactly these fields and files, until a day.

    :param items: name of the form's field → what is to be corrected.
    :param due_on: None: as long as the rule `case.correction_days` says.
    :raises InvalidInput: nothing asked for, no words, a day that is no day to come.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = _checked("words", words, WORDS_POINTS, required=False)
    today = clock.today()
    if due_on is not None and not today < due_on <= today + timedelta(days=LONGEST):
        fault = _("補正期限請填明天以後、%(n)s 天以內的日期。", n=LONGEST)
        raise InvalidInput(fault, fields={"due_on": fault})
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        _require_handles(actor, case)
        asked = _items(case, items)
        ends = correction_ends(case.school_id, due_on)
        row = Correction(
            case_id=case.id,
            stage=case.state,
            due_on=ends.on,
            asked_at=clock.now(),
        )
        session.add(row)
        session.flush()
        for name, said in asked.items():
            session.add(CorrectionItem(correction_id=row.id, field=name, words=said))
        session.flush()
        labels = completeness.labels(case)
        told = [_("請於%(due)s前補正下列事項：", due=day_said(row.due_on, weekday=True))]
        told += [f"{n}. {labels[name]}：{said}" for n, (name, said) in enumerate(asked.items(), 1)]
        kernel.happen(
            session, actor, case, "ask_correction",
            words="\n".join([*told, *filter(None, [words])]),
            correction_id=row.id, fields=sorted(asked),
        )  # fmt: skip
        running = clocks.begin_until(session, case, row)
        # The day of the request has been moved already; that it ends at noon was decided then.
        running.noon = ends.noon
        return row


def drop_correction(actor: Actor, case_id: int, words: str = "") -> CertificationCase:
    """Take the open request back; the case goes on where it was asked from.

    :raises InvalidInput: too many words.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = _checked("words", words, WORDS_POINTS, required=False)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        kernel.happen(session, actor, case, "drop_correction", words=words)
        for one in open_corrections(session, case.id):
            one.ended_at = clock.now()
        return case


def refuse(actor: Actor, case_id: int, words: str) -> CertificationCase:
    """Refuse 駁回, with the reason that the applicant is told.

    :raises InvalidInput: no reason, or too long a one.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = _checked("words", words, WORDS_POINTS)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        case.refusal = "procedural" if case.state is CaseState.PROCEDURAL else "committee"
        kernel.happen(session, actor, case, "refuse", words=words)
        return case


def note(actor: Actor, case_id: int, words: str) -> CaseNote:
    """Note something for the office alone.

    :raises InvalidInput: nothing, or too much. :raises NotFound: not the office's case.
    """
    words = _checked("words", words, NOTE_POINTS)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        row = CaseNote(case_id=case.id, words=words, by_id=actor.person_id, at=clock.now())
        session.add(row)
        session.flush()
        chain.record(actor, "certification.note", "certification_case", case.id, note_id=row.id)
        return row


def reveal(actor: Actor, case_id: int) -> None:
    """Somebody of the office looks at what is masked on the page of a case: it is put on record.

    :raises NotFound: not the office's case.
    """
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        chain.record(actor, "certification.reveal", "certification_case", case.id)


def open_corrections(session: Session, case_id: int) -> list[Correction]:
    """The requests of a case that have not ended; at most one, as things are."""
    query = sa.select(Correction).where(
        Correction.case_id == case_id, Correction.ended_at.is_(None)
    )
    return list(session.scalars(query.order_by(Correction.id)))


def _items(case: CertificationCase, items: Mapping[str, str]) -> dict[str, str]:
    """What is asked for, in the order of the form.

    :raises InvalidInput: nothing, an unknown field, no words.
    """
    known = completeness.labels(case)
    if not items:
        raise InvalidInput(
            _("還沒有選取要補正的項目。"), remedy=_("請先勾選要申請者補正的欄位或文件。")
        )
    if unknown := set(items) - set(known):
        raise InvalidInput(_("申請書沒有這個項目：%(name)s。", name=min(unknown)))
    return {name: _checked(name, items[name], ITEM_POINTS) for name in known if name in items}


def _require_handles(actor: Actor, case: CertificationCase) -> None:
    """:raises NotFound, NotAllowed: as `kernel.happen`, before anything is written."""
    stands = policy.stands(actor, case)
    if not stands:
        raise NotFound(_("找不到這件申請案。"))
    if policy.Who.OFFICE not in stands:
        raise NotAllowed(_("您不能對這件申請案進行此項作業。"))


def _checked(name: str, words: str, most: int, *, required: bool = True) -> str:
    """:raises InvalidInput: nothing, or more than `most` characters."""
    words = words.strip()
    fault = ""
    if required and not words:
        fault = _("請填寫說明。")
    elif len(words) > most:
        fault = _("說明請在 %(n)s 字以內。", n=most)
    if fault:
        raise InvalidInput(fault, fields={name: fault})
    return words
