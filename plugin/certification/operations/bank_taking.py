"""Taking a bank's file: every row exactly once, whoever takes it and however often.

A chunk of rows is one transaction: the payments, what follows for their cases, how far the file is.
A worker that is killed leaves whole chunks; the next one goes on behind them. A row that another
file has told already is known by its digest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import day_said
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification.bank import matching, reading, values
from plugin.certification.bank.columns import Columns
from plugin.certification.bank.matching import Money, Verdict
from plugin.certification.bank.reading import BadRow, BankRow
from plugin.certification.clocks import Clock
from plugin.certification.models import (
    BankImport,
    CaseState,
    CertificationCase,
    FeeNotice,
    Payment,
    PaymentMatch,
)
from plugin.certification.operations import clocks, ledger
from plugin.certification.operations.ledger import ENTERED, Account
from plugin.certification.policy import Who
from plugin.errors import Refusal
from plugin.trail import chain
from plugin.trail.notify import notify

CHUNK = 200
"""Rows of one transaction."""
MOST_FAULTS = 200
"""That are listed; all are counted."""
REFERENCE_POINTS = 40
KNOWN, FAULTY, LEFT_OUT = "known", "faulty", "left_out"

Row = BankRow | BadRow


def take(
    actor: Actor, bank_id: int, path: Path, tell: Callable[[int, int], None]
) -> dict[str, int]:
    """Take a file from where the last worker stopped.

    :param path: where its bytes are.
    :param tell: hears how many rows of how many are done.
    :returns: kind of match → rows.
    """
    one = db.reading().get_one(BankImport, bank_id)
    if one.finished_at is not None:
        return dict(one.counts)
    columns = Columns.of(one.columns)
    try:
        total = reading.count(path)
        for chunk in _chunks(reading.rows(path, columns)):
            if chunk[-1].number > one.done:
                _take_chunk(actor, bank_id, chunk, total)
            tell(chunk[-1].number, total)
    except Refusal as refusal:
        with db.writing() as session:
            session.get_one(BankImport, bank_id).error = f"{refusal.message}{refusal.remedy}"[:300]
        raise
    return _finish(actor, bank_id)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _take_chunk(actor: Actor, bank_id: int, chunk: Sequence[Row], total: int) -> None:
    with db.writing() as session:
        bank = session.scalars(
            sa.select(BankImport)
            .where(BankImport.id == bank_id)
            .with_for_update(**db.HELD)
            .execution_options(populate_existing=True)
        ).one()
        fresh = [row for row in chunk if row.number > bank.done]
        if not fresh or bank.finished_at is not None:
            return  # another worker has taken them
        ledger.hold(session, bank.school_id)
        counts: Counter[str] = Counter(bank.counts)
        faults = list(bank.faults)
        for row in fresh:
            if isinstance(row, BadRow):
                counts[FAULTY if row.fault else LEFT_OUT] += 1
                if row.fault and len(faults) < MOST_FAULTS:
                    faults.append([row.number, row.fault])
        money = [row for row in fresh if isinstance(row, BankRow)]
        counts.update(_take_money(session, actor, bank, money))
        bank.counts, bank.faults = dict(counts), faults
        bank.done, bank.rows = chunk[-1].number, total


def _take_money(
    session: Session, actor: Actor, bank: BankImport, rows: Sequence[BankRow]
) -> Counter[str]:
    """Take rows that no file has told before; returns what they were."""
    digests = [row.digest for row in rows]
    known = set(
        session.scalars(
            sa.select(Payment.row_digest).where(
                Payment.school_id == bank.school_id, Payment.row_digest.in_(digests)
            )
        )
    )
    counts: Counter[str] = Counter()
    today = clock.today()
    found = _accounts(session, bank.school_id, [row for row in rows if row.digest not in known])
    by_reference = {one.owed.reference: one.owed.notice_id for one in found.values()}
    by_name: dict[str, list[int]] = defaultdict(list)
    for one in found.values():
        by_name[one.owed.name].append(one.owed.notice_id)
    for row in rows:
        if row.digest in known:
            counts[KNOWN] += 1
            continue
        known.add(row.digest)
        money = Money(row.day, row.amount, row.reference, row.payer, row.memo)
        named = {
            reference: found[by_reference[reference]].owed
            for reference in values.found_references(row.reference, row.memo)
            if reference in by_reference
        }
        others = [found[one].owed for one in by_name.get(values.name(row.payer), [])]
        seen = (
            matching.verdict(money, named, others)
            if row.day <= today
            else Verdict(PaymentMatch.UNMATCHED)
        )
        payment = _kept(session, bank, row, seen)
        counts[seen.match] += 1
        if seen.notice_id is not None:
            account = found[seen.notice_id]
            found[seen.notice_id] = _follow(session, actor, account, payment, seen)
    return counts


def _kept(session: Session, bank: BankImport, row: BankRow, seen: Verdict) -> Payment:
    """The payment of a row: a new one, or the one entered by hand that it tells of."""
    if seen.tells is not None:
        payment = session.get_one(Payment, seen.tells)
    else:
        payment = Payment(school_id=bank.school_id)
        session.add(payment)
        payment.match, payment.taken_at = seen.match, clock.now()
    payment.import_id, payment.row_digest = bank.id, row.digest
    payment.paid_on, payment.amount = row.day, row.amount
    payment.reference = (row.reference or row.memo)[:REFERENCE_POINTS]
    payment.payer, payment.notice_id = row.payer, seen.notice_id
    if seen.notice_id is not None:
        session.flush()  # what follows names it
    return payment


def _follow(
    session: Session, actor: Actor, account: Account, payment: Payment, seen: Verdict
) -> Account:
    """What a matched row makes of its case; the account as it stands then."""
    owed = account.owed
    if seen.tells is not None:
        _date(session, actor, account, payment)
        return replace(account, owed=replace(owed, entered=None, entered_amount=0))
    if seen.match is PaymentMatch.SHORT:
        _tell_short(account, payment)
        latest = max(payment.paid_on, owed.received_on or payment.paid_on)
        more = replace(owed, received=owed.received + payment.amount, received_on=latest)
        return replace(account, owed=more)
    return ledger.pay(session, actor, account, payment, seen, by=Who.BANK)


def _date(session: Session, actor: Actor, account: Account, payment: Payment) -> None:
    """The bank's date decides: what was entered by hand takes it, and the clock that began with it,
    unless it has stood still meanwhile."""
    before, notice = account.notice.paid_on, account.notice
    if before == payment.paid_on:
        return
    notice.paid_on = payment.paid_on
    for one in clocks.running(session, account.case.id):
        if one.kind == Clock.REVIEW and one.starts_on == before and one.paused_on is None:
            clocks.count_from(account.case, one, payment.paid_on)
    chain.record(
        actor, "certification.payment.dated", "payment", payment.id,
        case_id=account.case.id, before=before.isoformat() if before else None,
        after=payment.paid_on.isoformat(),
    )  # fmt: skip


def _tell_short(account: Account, payment: Payment) -> None:
    """Who paid too little hears it while there is time."""
    owed, case = account.owed, account.case
    received = owed.received + payment.amount
    notify(
        [case.applicant_id],
        _("環境教育人員認證：繳費金額不足"),
        _(
            "您的申請案（案件編號 %(number)s）已收到新臺幣 %(received)s 元，"
            "還差 %(rest)s 元。請在%(due)s前以同一銷帳編號補足。",
            number=case.number,
            received=f"{received:,}",
            rest=f"{owed.total - received:,}",
            due=day_said(owed.due_on, weekday=True),
        ),
        f"/certification/cases/{case.id}/fee",
        school_id=case.school_id,
        mail=True,
    )


def _accounts(session: Session, school_id: int, rows: Sequence[BankRow]) -> dict[int, Account]:
    """Every notice that rows may name or fit, its case held."""
    references = {
        reference for row in rows for reference in values.found_references(row.reference, row.memo)
    }
    payers = {values.name(row.payer) for row in rows} - {""}
    amounts = {row.amount for row in rows}
    named = sa.select(FeeNotice.id).where(
        FeeNotice.school_id == school_id, FeeNotice.reference.in_(references)
    )
    wanted = set(session.scalars(named))
    if payers:
        wanted |= _fitting(session, school_id, payers, amounts)
    return ledger.accounts(session, school_id, wanted)


def _fitting(session: Session, school_id: int, payers: set[str], amounts: set[int]) -> set[int]:
    """Notices of somebody who has such a name, of such an amount, that may still be paid; names lie
    encrypted and are compared here."""
    entered = (
        sa.select(Payment.id)
        .where(Payment.notice_id == FeeNotice.id, Payment.row_digest.like(f"{ENTERED}%"))
        .exists()
    )
    unpaid = FeeNotice.paid_on.is_(None) & sa.or_(
        CertificationCase.state.in_((CaseState.FEE_DUE, CaseState.FEE_CLAIMED)),
        CertificationCase.fee_lapsed,
    )
    query = (
        sa.select(FeeNotice.id, CertificationCase.name)
        .join(CertificationCase, CertificationCase.id == FeeNotice.case_id)
        .where(
            FeeNotice.school_id == school_id,
            sa.or_(unpaid & (FeeNotice.review_fee + FeeNotice.postage).in_(amounts), entered),
        )
    )
    return {notice_id for notice_id, name in session.execute(query) if values.name(name) in payers}


def _finish(actor: Actor, bank_id: int) -> dict[str, int]:
    with db.writing() as session:
        bank = session.get_one(BankImport, bank_id, with_for_update=True)
        if bank.finished_at is None:
            bank.finished_at = clock.now()
            chain.record(
                actor, "certification.bank.taken", "bank_import", bank.id, **dict(bank.counts)
            )
        return dict(bank.counts)
