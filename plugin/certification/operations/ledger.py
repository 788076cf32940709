"""What all who write payments share: one at a time, what is owed, and what is paid with it.

Whoever writes payments holds the ledger first and then cases in the order of their ids, so that
imports and people at the desk wait for each other and never block each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import day_said
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification.bank import values
from plugin.certification.bank.matching import Owed, Verdict
from plugin.certification.clocks import Clock
from plugin.certification.models import (
    CaseClock,
    CaseState,
    CertificationCase,
    FeeNotice,
    Payment,
    PaymentMatch,
)
from plugin.certification.operations import kernel
from plugin.certification.policy import Who

ENTERED = "entered-"
"""Begins the digest of a payment entered by hand that a bank's file will tell of, too."""
COUNTER = "counter-"
"""Of one that was paid otherwise, of which no bank's file tells."""
PAID = (PaymentMatch.REFERENCE, PaymentMatch.AMOUNT_NAME, PaymentMatch.BY_HAND)
"""Nothing odd about them."""
_WAITS = (CaseState.FEE_DUE, CaseState.FEE_CLAIMED)


@dataclass(frozen=True)
class Account:
    """A notice with its case, both held, and how it stands."""

    notice: FeeNotice
    case: CertificationCase
    owed: Owed


def hold(session: Session, school_id: int) -> None:
    """Whoever writes payments of an office waits here for others who do."""
    kernel.next_number(session, school_id, "ledger", 0)


def accounts(session: Session, school_id: int, notice_ids: Collection[int]) -> dict[int, Account]:
    """Notices by id, their cases held; four statements."""
    query = sa.select(FeeNotice).where(
        FeeNotice.school_id == school_id, FeeNotice.id.in_(notice_ids)
    )
    notices = list(session.scalars(query.execution_options(populate_existing=True)))
    case_ids = sorted({one.case_id for one in notices})
    held = (
        sa.select(CertificationCase)
        .where(CertificationCase.id.in_(case_ids))
        .order_by(CertificationCase.id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    cases = {one.id: one for one in session.scalars(held)}
    ends = dict(
        session.execute(
            sa.select(CaseClock.case_id, sa.func.max(CaseClock.due_on))
            .where(CaseClock.case_id.in_(case_ids), CaseClock.kind == Clock.FEE.value)
            .group_by(CaseClock.case_id)
        ).all()  # type: ignore[arg-type]
    )
    came: dict[int, list[Payment]] = defaultdict(list)
    for row in session.scalars(
        sa.select(Payment)
        .where(Payment.notice_id.in_(notice_ids))
        .order_by(Payment.id)
        .execution_options(populate_existing=True)
    ):
        came[row.notice_id or 0].append(row)
    return {
        one.id: Account(one, cases[one.case_id], _owed(one, cases[one.case_id], ends, came[one.id]))
        for one in notices
    }


def _owed(
    notice: FeeNotice,
    case: CertificationCase,
    ends: Mapping[int, date],
    came: Sequence[Payment],
) -> Owed:
    short = [one for one in came if one.match is PaymentMatch.SHORT and one.settled_at is None]
    entered = next((one for one in came if one.row_digest.startswith(ENTERED)), None)
    return Owed(
        notice_id=notice.id,
        case_id=case.id,
        reference=notice.reference,
        total=notice.review_fee + notice.postage,
        name=values.name(case.name),
        issued_on=notice.issued_at.astimezone(clock.TAIPEI).date(),
        # a last day that became a rest day has moved with its clock, never to earlier
        due_on=max(notice.due_on, ends.get(case.id, notice.due_on)),
        paid=notice.paid_on is not None,
        waits=case.state in _WAITS,
        lapsed=case.state is CaseState.REFUSED and case.fee_lapsed,
        received=sum(one.amount for one in short),
        received_on=max((one.paid_on for one in short), default=None),
        entered=entered.id if entered is not None else None,
        entered_amount=entered.amount if entered is not None else 0,
    )


def pay(
    session: Session,
    actor: Actor,
    account: Account,
    payment: Payment,
    found: Verdict,
    *,
    by: Who | None,
    words: str = "",
) -> Account:
    """What a row of money makes of its notice and case; the account as it stands then.

    :param by: `Who.BANK`, or None: the policy is asked about the actor.
    :raises Refusal: as `kernel.happen`.
    """
    notice, case = account.notice, account.case
    payment.notice_id = notice.id
    if not found.event:
        return account
    assert found.paid_on is not None
    notice.paid_on, notice.ended_at = found.paid_on, clock.now()
    parts = sa.select(Payment).where(
        Payment.notice_id == notice.id,
        Payment.match == PaymentMatch.SHORT,
        Payment.settled_at.is_(None),
        Payment.id != payment.id,
    )
    for one in session.scalars(parts):
        one.settled_at, one.settled_by_id = clock.now(), actor.person_id
        one.settle_note = _("後續款項到達，已合併繳足。")
    kernel.happen(
        session,
        actor,
        case,
        found.event,
        words="\n".join(filter(None, (_told(account.owed, payment, found), words))),
        by=by,
        fact=found.paid_on,
        paid_on=found.paid_on.isoformat(),
        payment_id=payment.id,
    )
    return replace(account, owed=replace(account.owed, paid=True, waits=False, lapsed=False))


def _told(owed: Owed, payment: Payment, found: Verdict) -> str:
    """What the applicant reads."""
    assert found.paid_on is not None
    day = day_said(found.paid_on, weekday=True)
    total = f"{owed.received + payment.amount:,}"
    if found.event == "revive":
        told = _(
            "銀行入帳資料顯示，您已於%(day)s繳納新臺幣 %(total)s 元，入帳日在繳費期限內。"
            "原駁回決定不再適用，案件恢復審查；審查期限自繳費的次日起算。",
            day=day, total=total,
        )  # fmt: skip
    else:
        told = _(
            "已確認您於%(day)s繳納新臺幣 %(total)s 元，案件進入委員審查；"
            "審查期限自繳費的次日起算。",
            day=day, total=total,
        )  # fmt: skip
    if found.match is PaymentMatch.OVER:
        over = owed.received + payment.amount - owed.total
        told += "\n" + _("您多繳了新臺幣 %(over)s 元，承辦單位會與您聯絡退費。", over=f"{over:,}")
    return told
