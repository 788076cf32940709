"""What a person does with money that did not find its case: match it, give it back, leave it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.bank import matching, values
from plugin.certification.bank.matching import ASSIGNABLE, ODD, Money, Verdict
from plugin.certification.models import CertificationCase, FeeNotice, Payment, PaymentMatch
from plugin.certification.operations import ledger, payments
from plugin.certification.operations.ledger import Account
from plugin.certification.policy import Who
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.trail import chain


def assign(actor: Actor, payment_id: int, whose: str, words: str = "") -> Payment:
    """Match a payment by hand.

    :param whose: the reference of a notice, or the number of a case.
    :param words: why a payment after the last day is taken all the same; told to the applicant.
    :raises InvalidInput: no such notice, paid already, too late to be taken.
    :raises NotFound: no such payment. :raises Conflict: it is dealt with already.
    """
    words = payments.checked("words", words, required=False)
    with db.writing() as session:
        payment = _held(session, actor, payment_id)
        if payment.match not in ASSIGNABLE:
            raise Conflict(_("這筆款項不需要人工對應。"))
        account = _account(session, actor, whose)
        if payment.match is PaymentMatch.SHORT and payment.notice_id == account.notice.id:
            fault = _("這筆款項已經對應到這張繳費通知，但金額不足。")
            raise InvalidInput(fault, fields={"whose": fault})
        before = payment.match
        found = _judged(payment, account, words)
        payment.match = found.match
        session.flush()
        by = Who.BANK if found.event == "revive" else None
        ledger.pay(session, actor, account, payment, found, by=by, words=words)
        if found.match is PaymentMatch.BY_HAND:
            _settle(actor, payment, words)
        chain.record(
            actor, "certification.payment.assign", "payment", payment.id,
            case_id=account.case.id, before=before, after=found.match,
        )  # fmt: skip
        return payment


def refund(
    actor: Actor, payment_id: int, amount: int, note: str, refunded_on: date | None = None
) -> Payment:
    """Note that money goes back, or has gone back.

    :param refunded_on: None: it is still to be sent.
    :raises InvalidInput: more than came, a day to come, no words.
    :raises NotFound: no such payment. :raises Conflict: it was sent back already.
    """
    note = payments.checked("words", note, required=True)
    with db.writing() as session:
        payment = _held(session, actor, payment_id, settled=True)
        if payment.refunded_on is not None:
            raise Conflict(_("這筆款項已經退費。"))
        if not 0 < amount <= payment.amount:
            fault = _("退費金額請填 1 到 %(most)s 元。", most=f"{payment.amount:,}")
            raise InvalidInput(fault, fields={"amount": fault})
        if refunded_on is not None and not payment.paid_on <= refunded_on <= clock.today():
            fault = _("退費日期請填入帳日之後、今天以前的日期；還沒退就先不填。")
            raise InvalidInput(fault, fields={"refunded_on": fault})
        payment.refund_amount, payment.refund_note = amount, note
        payment.refunded_on = refunded_on
        if refunded_on is not None:
            payment.settled_by_id, payment.settled_at = actor.person_id, clock.now()
        session.flush()
        chain.record(
            actor, "certification.payment.refund", "payment", payment.id, amount=amount,
            refunded_on=refunded_on.isoformat() if refunded_on else None,
        )  # fmt: skip
        return payment


def leave(actor: Actor, payment_id: int, words: str) -> Payment:
    """Note that nothing is to be done about it, and why.

    :raises InvalidInput: no words. :raises NotFound: no such payment.
    :raises Conflict: it is dealt with already, or is to be sent back.
    """
    words = payments.checked("words", words, required=True)
    with db.writing() as session:
        payment = _held(session, actor, payment_id)
        if payment.match not in ODD or payment.refund_amount is not None:
            raise Conflict(_("這筆款項不能這樣處理。"))
        _settle(actor, payment, words)
        session.flush()
        chain.record(actor, "certification.payment.leave", "payment", payment.id)
        return payment


def reopen(actor: Actor, payment_id: int) -> Payment:
    """Look at it again: it was left by mistake.

    :raises NotFound: no such payment. :raises Conflict: it was not left.
    """
    with db.writing() as session:
        payment = _held(session, actor, payment_id, settled=True)
        counted = payment.match is PaymentMatch.SHORT and _paid(session, payment)
        open_ = payment.settled_at is None or payment.refunded_on is not None
        if open_ or counted or payment.match not in ODD:
            raise Conflict(_("這筆款項不能重新處理。"))
        payment.settled_at, payment.settled_by_id, payment.settle_note = None, None, ""
        chain.record(actor, "certification.payment.reopen", "payment", payment.id)
        return payment


def exported(actor: Actor, since: date, until: date, rows: int) -> None:
    """Put on record that somebody took the payments of a period along."""
    with db.writing():
        chain.record(
            actor, "certification.payment.export", "school", actor.school_id,
            since=since.isoformat(), until=until.isoformat(), rows=rows,
        )  # fmt: skip


def _judged(payment: Payment, account: Account, words: str) -> Verdict:
    """What a payment is once a person has said whose it is.

    :raises InvalidInput: it cannot be this notice's.
    """
    owed = account.owed
    money = Money(payment.paid_on, payment.amount)
    found = matching.judge(money, owed, PaymentMatch.BY_HAND)
    fault = field = ""
    if found.tells is not None or found.match is PaymentMatch.DOUBLE:
        fault, field = _("這張繳費通知已經繳清；如為重複繳費，請登錄退費。"), "whose"
    elif found.match is PaymentMatch.UNMATCHED:
        fault, field = _("入帳日在這張繳費通知寄出之前，請確認案件。"), "whose"
    elif found.match is PaymentMatch.CLOSED:
        fault, field = _("這件申請案已經不能繳費；請登錄退費。"), "whose"
    elif found.match is PaymentMatch.LATE and not owed.waits:
        fault, field = _("入帳日在繳費期限之後，案件已駁回；請登錄退費。"), "whose"
    if fault:
        raise InvalidInput(fault, fields={field: fault})
    if found.match is PaymentMatch.LATE:
        return payments.by_hand(owed, payment.paid_on, payment.amount, words)
    return found


def _account(session: Session, actor: Actor, whose: str) -> Account:
    """The notice that a reference or a case's number tells, its case held.

    :raises InvalidInput: there is none, or it is the person's own.
    """
    text = whose.strip()
    query = sa.select(FeeNotice.id).where(FeeNotice.school_id == actor.school_id)
    references = values.found_references(text)
    if references:
        query = query.where(FeeNotice.reference == references[0])
    else:
        query = query.join(CertificationCase, CertificationCase.id == FeeNotice.case_id).where(
            sa.func.upper(CertificationCase.number) == text.upper()
        )
    notice_id = session.scalar(query.order_by(FeeNotice.id.desc()).limit(1))
    if notice_id is not None:
        account = ledger.accounts(session, actor.school_id or 0, [notice_id])[notice_id]
        if policy.handles(actor, account.case):
            return account
    fault = _("找不到這個銷帳編號或案件編號的繳費通知。")
    raise InvalidInput(fault, fields={"whose": fault})


def _held(session: Session, actor: Actor, payment_id: int, *, settled: bool = False) -> Payment:
    """A payment of the office, the ledger and it held.

    :param settled: one that is dealt with already, too.
    """
    policy.require(policy.office(actor), _("找不到這筆款項。"))
    ledger.hold(session, actor.school_id or 0)
    payment = session.scalar(
        sa.select(Payment)
        .where(Payment.id == payment_id, Payment.school_id == actor.school_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if payment is None:
        raise NotFound(_("找不到這筆款項。"))
    if payment.settled_at is not None and not settled:
        raise Conflict(_("這筆款項已經處理過了。"))
    return payment


def _paid(session: Session, payment: Payment) -> bool:
    notice = session.get(FeeNotice, payment.notice_id) if payment.notice_id else None
    return notice is not None and notice.paid_on is not None


def _settle(actor: Actor, payment: Payment, words: str) -> None:
    payment.settled_by_id, payment.settled_at = actor.person_id, clock.now()
    payment.settle_note = words
