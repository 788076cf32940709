"""Oral examination or demonstration 展示／口試 (辦法 §10 III): called, called off, its result."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.dates import roc_moment
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.models import CertificationCase, Oral
from plugin.certification.operations import kernel
from plugin.certification.outlook import ORAL_FORMS, ORAL_RESULTS
from plugin.errors import Conflict, InvalidInput
from plugin.trail.notify import notify

WORDS, PLACE, MOST_MINUTES = 1000, 200, 480


def call(
    actor: Actor,
    case_id: int,
    form: str,
    place: str,
    starts_at: datetime,
    minutes: int,
    assessors: str,
    words: str = "",
) -> Oral:
    """Call the applicant; a letter follows.

    :param form: a key of `ORAL_FORMS`. :param starts_at: aware.
    :param assessors: names; the applicant is not told.
    :raises InvalidInput: no such form, no place, a time that has passed, too many words.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    place, assessors, words = place.strip(), " ".join(assessors.split()), words.strip()
    faults = {}
    if form not in ORAL_FORMS:
        faults["way"] = _("請選進行方式。")
    if not 1 <= len(place) <= PLACE:
        faults["place"] = _("請填地點（%(n)s 字以內）。", n=PLACE)
    if not 1 <= len(assessors) <= PLACE:
        faults["assessors"] = _("請填評審委員姓名（%(n)s 字以內）。", n=PLACE)
    if starts_at <= clock.now():
        faults["day"] = _("請填還沒有過的日期與時間。")
    if not 1 <= minutes <= MOST_MINUTES:
        faults["minutes"] = _("請填 1 到 %(n)s 分鐘。", n=MOST_MINUTES)
    if len(words) > WORDS:
        faults["words"] = _("說明請在 %(n)s 字以內。", n=WORDS)
    if faults:
        raise InvalidInput(next(iter(faults.values())), fields=faults)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        row = Oral(
            case_id=case.id, form=form, place=place, starts_at=starts_at, minutes=minutes,
            assessors=assessors, uid=secrets.token_hex(16), made_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        kernel.happen(session, actor, case, "call_oral", words=words, tell=False, oral=row.id)
        told = _(
            "請於%(at)s到「%(place)s」進行%(form)s，約 %(minutes)s 分鐘。",
            at=roc_moment(starts_at),
            place=place,
            form=ORAL_FORMS[form],
            minutes=minutes,
        )
        notify(
            [case.applicant_id],
            _("請參加環境教育人員認證的展示或口試"),
            _("案件編號 %(number)s。", number=case.number)
            + "\n\n"
            + "\n".join(filter(None, (told, words))),
            f"/certification/cases/{case.id}",
            school_id=case.school_id,
            mail=True,
        )
        return row


def call_off(actor: Actor, case_id: int, words: str) -> Oral:
    """Call an appointment off, with the reason; the case goes back to the review.

    :raises InvalidInput: no reason. :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = _said(words)
    with db.writing() as session:
        case, row = _current(session, actor, case_id)
        row.cancelled_at = clock.now()
        kernel.happen(session, actor, case, "end_oral", words=words, oral=row.id, called_off=True)
        return row


def end(actor: Actor, case_id: int, result: str, words: str) -> Oral:
    """Note how it went; the case goes back to the review.

    :param result: a key of `ORAL_RESULTS`. :param words: told to the applicant.
    :raises InvalidInput: no such result, no words.
    :raises NotFound, NotAllowed: as `kernel.happen`. :raises Conflict: it has not begun yet.
    """
    words = _said(words)
    if result not in ORAL_RESULTS:
        raise InvalidInput(_("請選結果。"), fields={"result": _("請選結果。")})
    with db.writing() as session:
        case, row = _current(session, actor, case_id)
        if row.starts_at > clock.now():
            raise Conflict(
                _("展示（口試）時間還沒有到，不能登錄結果。"), remedy=_("要改期請先取消再安排。")
            )
        row.result, row.result_words = result, words
        kernel.happen(session, actor, case, "end_oral", words=words, oral=row.id, result=result)
        return row


def _current(session: Session, actor: Actor, case_id: int) -> tuple[CertificationCase, Oral]:
    """The appointment that stands. :raises NotFound, Conflict: not the office's; there is none."""
    case = kernel.held(session, actor.school_id, case_id)
    policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    row = session.scalar(
        sa.select(Oral)
        .where(Oral.case_id == case.id, Oral.result == "", Oral.cancelled_at.is_(None))
        .order_by(Oral.id.desc())
        .limit(1)
    )
    if row is None:
        raise Conflict(_("目前沒有安排展示或口試。"))
    return case, row


def _said(words: str) -> str:
    words = words.strip()
    if not 1 <= len(words) <= WORDS:
        fault = _("請填寫說明（%(n)s 字以內），會告知申請者。", n=WORDS)
        raise InvalidInput(fault, fields={"words": fault})
    return words
