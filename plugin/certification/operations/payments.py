"""Paying, one case at a time: the applicant says so, the office confirms or doubts it."""

from __future__ import annotations

import json
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import claims, policy
from plugin.certification.bank.matching import Owed, Verdict
from plugin.certification.models import CaseState, FeeNotice, Payment, PaymentMatch
from plugin.certification.operations import fees, kernel, ledger
from plugin.certification.operations.ledger import COUNTER, ENTERED
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

WORDS_POINTS = 500
WAITING = (CaseState.FEE_DUE, CaseState.FEE_CLAIMED)


def claim(
    actor: Actor,
    case_id: int,
    paid_on: date,
    *,
    last_five: str = "",
    words: str = "",
    file_id: int | None = None,
) -> FeeNotice:
    """The applicant says that the fee is paid.

    :param last_five: of the account it was paid from.
    :param file_id: a proof, uploaded before by the same person.
    :raises InvalidInput: an impossible day, nothing to find the payment by, a file that is gone.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.owns(actor, case), _("找不到這件申請案。"))
        notice = _running(session, case.id)
        _require_day(notice, paid_on)
        if not last_five and file_id is None:
            fault = _("請填轉出帳號的末五碼，或附上繳費證明。")
            raise InvalidInput(fault, fields={"last_five": fault})
        if file_id is not None:
            _require_file(session, actor, file_id)
        kernel.happen(session, actor, case, "claim_payment", paid_on=paid_on.isoformat())
        notice.claimed_at = clock.now()
        notice.claim_file_id = file_id
        notice.claim_words = json.dumps(
            {"paid_on": paid_on.isoformat(), "last_five": last_five, "words": words.strip()},
            ensure_ascii=False,
        )
        if file_id is not None:
            vault.keep(actor, [file_id])
        return notice


def drop_claim(actor: Actor, case_id: int) -> None:
    """The applicant takes it back; the file that was given stays in the vault.

    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.owns(actor, case), _("找不到這件申請案。"))
        kernel.happen(session, actor, case, "drop_claim", words=_("申請者取消了繳費回報。"))
        claims.forget(_running(session, case.id))


def doubt(actor: Actor, case_id: int, words: str) -> None:
    """The office finds no such payment; the applicant is told why.

    :raises InvalidInput: no words, or too many.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = checked("words", words, required=True)
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        kernel.happen(session, actor, case, "doubt_payment", words=words)
        claims.forget(_running(session, case.id))


def confirm(
    actor: Actor,
    case_id: int,
    paid_on: date,
    amount: int,
    *,
    in_bank_file: bool = True,
    words: str = "",
) -> Payment:
    """The office has seen the money of one case.

    :param in_bank_file: the bank's file will tell of it, too: its row is then no second payment.
    :param words: why a payment after the last day is taken all the same.
    :raises InvalidInput: an impossible day, too little, too late without a reason.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = checked("words", words, required=False)
    with db.writing() as session:
        ledger.hold(session, actor.school_id or 0)
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        if case.state not in WAITING:
            raise Conflict(_("這件申請案目前不在等待繳費。"))
        notice = _running(session, case.id)
        _require_day(notice, paid_on)
        account = ledger.accounts(session, case.school_id, [notice.id])[notice.id]
        found = by_hand(account.owed, paid_on, amount, words)
        payment = Payment(
            school_id=case.school_id,
            row_digest=_digest(session, notice, in_bank_file),
            paid_on=paid_on,
            amount=amount,
            reference=notice.reference,
            payer=case.name,
            match=found.match,
            settled_by_id=actor.person_id,
            taken_at=clock.now(),
        )
        session.add(payment)
        session.flush()
        ledger.pay(session, actor, account, payment, found, by=None, words=words)
        return payment


def by_hand(owed: Owed, paid_on: date, amount: int, words: str) -> Verdict:
    """What a person makes of money that waits for a notice.

    :raises InvalidInput: too little, too late without a reason.
    """
    received = owed.received + amount
    if amount < 1 or received < owed.total:
        fault = _(
            "應繳 %(total)s 元，連同這筆只收到 %(received)s 元，還不能確認繳費。",
            total=f"{owed.total:,}", received=f"{received:,}",
        )  # fmt: skip
        raise InvalidInput(fault, fields={"amount": fault})
    if paid_on > owed.due_on and not words:
        fault = _("入帳日在繳費期限之後，請說明為什麼仍予受理。")
        raise InvalidInput(fault, fields={"words": fault})
    return Verdict(
        PaymentMatch.BY_HAND if received == owed.total else PaymentMatch.OVER,
        owed.notice_id,
        event="confirm_payment",
        paid_on=max(paid_on, owed.received_on or paid_on),
    )


def checked(name: str, words: str, *, required: bool) -> str:
    """:raises InvalidInput: nothing, or too much."""
    words = words.strip()
    fault = ""
    if required and not words:
        fault = _("請填寫說明。")
    elif len(words) > WORDS_POINTS:
        fault = _("說明請在 %(n)s 字以內。", n=WORDS_POINTS)
    if fault:
        raise InvalidInput(fault, fields={name: fault})
    return words


def _running(session: Session, case_id: int) -> FeeNotice:
    """:raises NotFound: nothing is to be paid."""
    notice = fees.running(session, case_id)
    if notice is None:
        raise NotFound(_("這件申請案沒有要繳的費用。"))
    return notice


def _require_day(notice: FeeNotice, paid_on: date) -> None:
    """:raises InvalidInput: before it was asked for, or still to come."""
    issued = notice.issued_at.astimezone(clock.TAIPEI).date()
    if not issued <= paid_on <= clock.today():
        fault = _("日期請填繳費通知寄出之後、今天以前的日期。")
        raise InvalidInput(fault, fields={"paid_on": fault})


def _require_file(session: Session, actor: Actor, file_id: int) -> None:
    """:raises InvalidInput: not there any more, or somebody else's."""
    file = session.get(StoredFile, file_id)
    if (
        file is None
        or file.state is FileState.PURGED
        or file.slot != claims.SLOT
        or (file.owner_id, file.school_id) != (actor.person_id, actor.school_id)
    ):
        fault = _("先前上傳的檔案已經過期，請重新上傳。")
        raise InvalidInput(fault, fields={"proof": fault})


def _digest(session: Session, notice: FeeNotice, in_bank_file: bool) -> str:
    kind = ENTERED if in_bank_file else COUNTER
    before = sa.select(sa.func.count(Payment.id)).where(Payment.notice_id == notice.id)
    return f"{kind}{notice.id}-{session.scalar(before) or 0}"
