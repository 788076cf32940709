"""Oral examination or demonstration 展示／口試 (辦法 §10 III): called, changed, called off, its
result. Whoever takes part has it in their calendar, as it stands (`oral_notices`)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import moment_said
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import oral_notices, policy
from plugin.certification.models import CertificationCase, Oral, OralAssessor
from plugin.certification.operations import kernel
from plugin.certification.outlook import CONFLICTS, ORAL_FORMS, ORAL_RESULTS
from plugin.certification.queries import orals as queries
from plugin.errors import Conflict, InvalidInput
from plugin.trail import chain

WORDS, PLACE, MOST_MINUTES = 1000, 200, 480


def call(
    actor: Actor,
    case_id: int,
    form: str,
    place: str,
    starts_at: datetime,
    minutes: int,
    assessors: str = "",
    words: str = "",
    *,
    members: Iterable[int] = (),
) -> Oral:
    """Call the applicant; a letter follows, and an invitation to everybody.

    :param form: a key of `ORAL_FORMS`. :param starts_at: aware.
    :param assessors: names of those who are not of the committee; the applicant is not told.
    :param members: of the committee, who assess.
    :raises InvalidInput: no such form, no place, a time that has passed, nobody who assesses, a
        conflict, too many words.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    people = list(dict.fromkeys(members))
    given = _given(form, place, starts_at, minutes, assessors, words, people)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        _require_free(case, people)
        row = Oral(case_id=case.id, uid=secrets.token_hex(16), made_at=clock.now(), **given)
        _keep(session, row, people)
        words = words.strip()
        kernel.happen(session, actor, case, "call_oral", words=words, tell=False, oral=row.id)
        oral_notices.call_applicant(case, row, words, changed=False)
        oral_notices.call_assessors(case, row, people, changed=False)
        return row


def change(
    actor: Actor,
    case_id: int,
    form: str,
    place: str,
    starts_at: datetime,
    minutes: int,
    assessors: str = "",
    words: str = "",
    *,
    members: Iterable[int] = (),
) -> Oral:
    """Change the appointment that stands; whoever it concerns gets the newer one.

    Another time, place, form or length is a row and a letter of its own. Of other assessors the
    applicant hears nothing: only those who come and go do.

    :raises InvalidInput: as `call`; nothing is different; words for nobody.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`; there is no appointment.
    """
    people = list(dict.fromkeys(members))
    with db.writing() as session:
        case, old = _current(session, actor, case_id)
        before = _members(session, old)
        same = starts_at == old.starts_at
        given = _given(form, place, starts_at, minutes, assessors, words, people, begun=same)
        _require_free(case, [one for one in people if one not in before])
        if all(getattr(old, name) == value for name, value in given.items() if name != "assessors"):
            if words.strip():
                fault = _("時間、地點與方式都沒有變更，不會通知申請者；請清除給申請者的話。")
                raise InvalidInput(fault, fields={"words": fault})
            return _other_assessors(session, actor, case, old, given["assessors"], people)
        if not queries.lies_ahead(old) and same:
            raise Conflict(
                _("展示（口試）的時間已經到了，不能再更改時間與地點。"),
                remedy=_("請登錄結果，或另訂新的時間。"),
            )
        old.cancelled_at = clock.now()
        row = Oral(
            case_id=case.id, uid=old.uid, sequence=old.sequence + 1, made_at=clock.now(), **given
        )
        _keep(session, row, people)
        words = "\n".join(
            filter(
                None, (_("原訂%(at)s，現已變更。", at=moment_said(old.starts_at)), words.strip())
            )
        )
        kernel.happen(session, actor, case, "change_oral", words=words, tell=False, oral=row.id)
        oral_notices.call_applicant(case, row, words, changed=True)
        stay = [one for one in people if one in before]
        oral_notices.call_assessors(case, row, stay, changed=True)
        oral_notices.call_assessors(
            case, row, [one for one in people if one not in before], changed=False
        )
        oral_notices.dismiss(case, row, [one for one in before if one not in people])
        return row


def call_off(actor: Actor, case_id: int, words: str) -> Oral:
    """Call an appointment off, with the reason; the case goes back to the review.

    :raises InvalidInput: no reason. :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = _said(words)
    with db.writing() as session:
        case, row = _current(session, actor, case_id)
        kernel.happen(
            session, actor, case, "end_oral",
            words=words, tell=False, oral=row.id, called_off=True,
        )  # fmt: skip
        _cancel(session, case, row, words)
        return row


def let_go(session: Session, case: CertificationCase) -> None:
    """The case has ended while an appointment stood: nobody is to come."""
    row = session.scalar(_standing(case))
    if row is not None:
        _cancel(session, case, row, "")


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
        if queries.lies_ahead(row):
            raise Conflict(
                _("展示（口試）時間還沒有到，不能登錄結果。"), remedy=_("要改期請更改安排。")
            )
        row.result, row.result_words = result, words
        kernel.happen(session, actor, case, "end_oral", words=words, oral=row.id, result=result)
        return row


def _given(
    form: str,
    place: str,
    starts_at: datetime,
    minutes: int,
    assessors: str,
    words: str,
    people: list[int],
    *,
    begun: bool = False,
) -> dict[str, object]:
    """The columns of an appointment. :param begun: its time may have passed.

    :raises InvalidInput: see `call`.
    """
    place, assessors = place.strip(), " ".join(assessors.split())
    faults = {}
    if form not in ORAL_FORMS:
        faults["way"] = _("請選進行方式。")
    if not 1 <= len(place) <= PLACE:
        faults["place"] = _("請填地點（%(n)s 字以內）。", n=PLACE)
    if len(assessors) > PLACE:
        faults["assessors"] = _("請填評審委員姓名（%(n)s 字以內）。", n=PLACE)
    if not people and not assessors:
        faults["members"] = _("請選評審的委員，或填寫其他評審的姓名。")
    if starts_at <= clock.now() and not begun:
        faults["day"] = _("請填還沒有過的日期與時間。")
    if not 1 <= minutes <= MOST_MINUTES:
        faults["minutes"] = _("請填 1 到 %(n)s 分鐘。", n=MOST_MINUTES)
    if len(words.strip()) > WORDS:
        faults["words"] = _("說明請在 %(n)s 字以內。", n=WORDS)
    if faults:
        raise InvalidInput(next(iter(faults.values())), fields=faults)
    return {
        "form": form, "place": place, "starts_at": starts_at, "minutes": minutes,
        "assessors": assessors,
    }  # fmt: skip


def _require_free(case: CertificationCase, people: list[int]) -> None:
    """:raises Conflict: nobody of the committee. :raises InvalidInput: something stands against."""
    known = {one.person.id: one for one in queries.candidates(case)} if people else {}
    for person_id in people:
        one = known.get(person_id)
        if one is None:
            raise Conflict(_("所選的人不是審查委員。"))
        if one.profile is None:
            raise InvalidInput(
                _("%(name)s還沒有登錄服務學校，無法檢查迴避。", name=one.person.name),
                remedy=_("請先填寫審查委員資料。"),
            )
        if one.conflict:
            why = CONFLICTS[one.conflict]
            raise InvalidInput(_("%(name)s應迴避：%(why)s。", name=one.person.name, why=why))


def _keep(session: Session, row: Oral, people: Iterable[int]) -> None:
    session.add(row)
    session.flush()
    session.add_all(OralAssessor(oral_id=row.id, person_id=one) for one in people)
    session.flush()


def _other_assessors(
    session: Session,
    actor: Actor,
    case: CertificationCase,
    row: Oral,
    names: object,
    people: list[int],
) -> Oral:
    """The same appointment, others assess.

    :raises InvalidInput: the same ones.
    """
    before = _members(session, row)
    if set(before) == set(people) and row.assessors == names:
        raise InvalidInput(_("沒有任何變更。"))
    row.assessors, row.sequence = str(names), row.sequence + 1
    session.execute(sa.delete(OralAssessor).where(OralAssessor.oral_id == row.id))
    _keep(session, row, people)
    chain.record(
        actor, "certification.oral.assessors", "certification_case", case.id,
        oral=row.id, members=sorted(people),
    )  # fmt: skip
    if queries.lies_ahead(row):
        oral_notices.call_assessors(
            case, row, [one for one in people if one not in before], changed=False
        )
        oral_notices.dismiss(case, row, [one for one in before if one not in people])
    return row


def _cancel(session: Session, case: CertificationCase, row: Oral, words: str) -> None:
    row.cancelled_at, row.sequence = clock.now(), row.sequence + 1
    session.flush()
    oral_notices.call_off(case, row, [case.applicant_id, *_members(session, row)], words)


def _members(session: Session, row: Oral) -> list[int]:
    query = sa.select(OralAssessor.person_id).where(OralAssessor.oral_id == row.id)
    return list(session.scalars(query.order_by(OralAssessor.person_id)))


def _current(session: Session, actor: Actor, case_id: int) -> tuple[CertificationCase, Oral]:
    """The appointment that stands. :raises NotFound, Conflict: not the office's; there is none."""
    case = kernel.held(session, actor.school_id, case_id)
    policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    row = session.scalar(_standing(case))
    if row is None:
        raise Conflict(_("目前沒有安排展示或口試。"))
    return case, row


def _standing(case: CertificationCase) -> sa.Select[Oral]:
    return (
        sa.select(Oral)
        .where(Oral.case_id == case.id, Oral.result == "", Oral.cancelled_at.is_(None))
        .order_by(Oral.id.desc())
        .limit(1)
    )


def _said(words: str) -> str:
    words = words.strip()
    if not 1 <= len(words) <= WORDS:
        fault = _("請填寫說明（%(n)s 字以內），會告知申請者。", n=WORDS)
        raise InvalidInput(fault, fields={"words": fault})
    return words
