"""Payments as an office reads them: lists, one of them, a bank's file, a period."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import claims, policy
from plugin.certification.bank.matching import ODD
from plugin.certification.claims import Claim
from plugin.certification.clocks import Clock
from plugin.certification.models import (
    BankImport,
    BankMapping,
    CaseClock,
    CertificationCase,
    FeeNotice,
    Payment,
    PaymentMatch,
)
from plugin.certification.references import LENGTH
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.jobs import Job
from plugin.paging import PAGE_SIZE, Page
from plugin.school.models import Person
from plugin.vault.models import FileState, StoredFile


class Show(enum.StrEnum):
    """Which payments a list shows."""

    OPEN = "open"  # somebody has to look at them
    REFUNDS = "refunds"  # go back, or have gone back
    ALL = "all"


@dataclass(frozen=True)
class Line:
    """A payment with the case that it belongs to."""

    payment: Payment
    notice: FeeNotice | None
    case: CertificationCase | None

    @property
    def open(self) -> bool:
        """Somebody has to look at it."""
        return self.payment.match in ODD and self.payment.settled_at is None

    @property
    def surplus(self) -> int:
        """What is to go back, as far as it can be told: all of it, or what is over."""
        payment, notice = self.payment, self.notice
        if payment.match is PaymentMatch.OVER and notice is not None:
            over = payment.amount - notice.review_fee - notice.postage
            return over if over > 0 else payment.amount
        return payment.amount


@dataclass(frozen=True)
class Taken:
    """A bank's file: its import, who brought it, how far it is."""

    row: BankImport
    file: StoredFile | None
    by: str
    bank: str
    job: Job | None


@dataclass(frozen=True)
class Fee:
    """What an applicant has to pay, and what they say of it."""

    notice: FeeNotice
    due_on: date
    noon: bool
    claim: Claim | None
    proof: StoredFile | None
    short: int
    """What came and was too little."""

    @property
    def total(self) -> int:
        return self.notice.review_fee + self.notice.postage


def listed(
    actor: Actor,
    show: Show,
    *,
    match: PaymentMatch | None = None,
    bank_id: int | None = None,
    text: str = "",
    after: str | None = None,
) -> Page[Line]:
    """Payments of the actor's office, the newest first.

    :param text: the beginning of a reference, or a case's number.
    """
    query = _lines(actor)
    if show is Show.OPEN:
        query = query.where(Payment.match.in_(ODD), Payment.settled_at.is_(None))
    elif show is Show.REFUNDS:
        query = query.where(Payment.refund_amount.is_not(None))
    if match is not None:
        query = query.where(Payment.match == match)
    if bank_id is not None:
        query = query.where(Payment.import_id == bank_id)
    if text:
        query = query.where(
            Payment.reference.startswith(text[:LENGTH], autoescape=True)
            | FeeNotice.reference.startswith(text[:LENGTH], autoescape=True)
            | (sa.func.upper(CertificationCase.number) == text.upper())
        )
    before = row_id(after)
    if before is not None:
        query = query.where(Payment.id < before)
    rows = db.reading().execute(query.order_by(Payment.id.desc()).limit(PAGE_SIZE + 1))
    lines = [Line(*row) for row in rows]
    return Page.cut(lines, PAGE_SIZE, lambda one: one.payment.id)


def one(actor: Actor, payment_id: int) -> Line:
    """One payment of the actor's office.

    :raises NotFound: none such for this person.
    """
    found = db.reading().execute(_lines(actor).where(Payment.id == payment_id)).first()
    policy.require(policy.office(actor) and found is not None, _("找不到這筆款項。"))
    assert found is not None
    return Line(*found)


def same_case(line: Line) -> list[Payment]:
    """Further payments for the same notice, oldest first."""
    if line.notice is None:
        return []
    query = sa.select(Payment).where(
        Payment.notice_id == line.notice.id, Payment.id != line.payment.id
    )
    return list(db.reading().scalars(query.order_by(Payment.id)))


def open_counts(actor: Actor) -> dict[str, int]:
    """Kind of match → payments that somebody has to look at; `refunds`: that are to go back."""
    query = (
        sa.select(Payment.match, sa.func.count())
        .where(
            Payment.school_id == actor.school_id,
            Payment.match.in_(ODD),
            Payment.settled_at.is_(None),
        )
        .group_by(Payment.match)
    )
    found = {str(match): n for match, n in db.reading().execute(query)}
    due = sa.select(sa.func.count(Payment.id)).where(
        Payment.school_id == actor.school_id,
        Payment.refund_amount.is_not(None),
        Payment.refunded_on.is_(None),
    )
    return found | {"refunds": db.reading().scalar(due) or 0}


def period(actor: Actor, since: date, until: date) -> Iterator[Line]:
    """Payments by the day of the bank, both ends included, oldest first; read in pieces."""
    query = _lines(actor).where(Payment.paid_on >= since, Payment.paid_on <= until)
    ordered = query.order_by(Payment.paid_on, Payment.id).execution_options(yield_per=500)
    for row in db.reading().execute(ordered):
        yield Line(*row)


def bank_files(actor: Actor, after: str | None = None) -> Page[Taken]:
    """The bank's files that were brought in, the newest first."""
    query = _taken(actor)
    before = row_id(after)
    if before is not None:
        query = query.where(BankImport.id < before)
    rows = db.reading().execute(query.order_by(BankImport.id.desc()).limit(PAGE_SIZE + 1))
    return Page.cut([_one(row) for row in rows], PAGE_SIZE, lambda one: one.row.id)


def bank_file(actor: Actor, bank_id: int) -> Taken:
    """One of them.

    :raises NotFound: none such for this person.
    """
    found = db.reading().execute(_taken(actor).where(BankImport.id == bank_id)).first()
    if found is None or not policy.office(actor):
        raise NotFound(_("找不到這次匯入。"))
    return _one(found)


def bank_of(actor: Actor, file_id: int) -> StoredFile:
    """The stored file of an import that has not been purged.

    :raises NotFound: none such, or its period is over.
    """
    file = db.reading().get(StoredFile, file_id)
    if file is None or file.school_id != actor.school_id or file.state is FileState.PURGED:
        raise NotFound(_("找不到這個檔案，可能已逾期刪除。"), remedy=_("請重新上傳檔案。"))
    return file


def fee(actor: Actor, case_id: int) -> tuple[CertificationCase, Fee]:
    """What an applicant's own case has to pay, or had to.

    :raises NotFound: somebody else's case, or nothing was ever to be paid.
    """
    case = db.reading().get(CertificationCase, case_id)
    if case is None or not policy.owns(actor, case):
        raise NotFound(_("找不到這件申請案。"))
    found = fee_of(case)
    if found is None:
        raise NotFound(_("這件申請案沒有要繳的費用。"))
    return case, found


def fee_of(case: CertificationCase) -> Fee | None:
    """The newest notice of a case, the clock that runs for it, what is claimed."""
    session = db.reading()
    query = sa.select(FeeNotice).where(FeeNotice.case_id == case.id)
    notice = session.scalar(query.order_by(FeeNotice.id.desc()).limit(1))
    if notice is None:
        return None
    ends = session.scalar(
        sa.select(CaseClock)
        .where(CaseClock.case_id == case.id, CaseClock.kind == Clock.FEE.value)
        .order_by(CaseClock.id.desc())
        .limit(1)
    )
    proof = session.get(StoredFile, notice.claim_file_id) if notice.claim_file_id else None
    short = sa.select(sa.func.coalesce(sa.func.sum(Payment.amount), 0)).where(
        Payment.notice_id == notice.id,
        Payment.match == PaymentMatch.SHORT,
        Payment.settled_at.is_(None),
    )
    return Fee(
        notice,
        max(notice.due_on, ends.due_on) if ends is not None else notice.due_on,
        ends.noon if ends is not None else False,
        claims.read(notice),
        proof,
        int(session.scalar(short) or 0),
    )


def mappings(actor: Actor) -> Mapping[int, str]:
    """The banks whose columns are known, by id."""
    query = sa.select(BankMapping.id, BankMapping.name).where(
        BankMapping.school_id == actor.school_id
    )
    return dict(db.reading().execute(query).all())  # type: ignore[arg-type]


def _lines(actor: Actor) -> sa.Select:
    return (
        sa.select(Payment, FeeNotice, CertificationCase)
        .outerjoin(FeeNotice, FeeNotice.id == Payment.notice_id)
        .outerjoin(CertificationCase, CertificationCase.id == FeeNotice.case_id)
        .where(Payment.school_id == actor.school_id)
    )


def _taken(actor: Actor) -> sa.Select:
    return (
        sa.select(BankImport, StoredFile, Person.name, BankMapping.name, Job)
        .outerjoin(StoredFile, StoredFile.id == BankImport.file_id)
        .outerjoin(Person, Person.id == BankImport.made_by_id)
        .outerjoin(BankMapping, BankMapping.id == BankImport.mapping_id)
        .outerjoin(Job, Job.id == BankImport.job_id)
        .where(BankImport.school_id == actor.school_id)
    )


def _one(row: sa.Row) -> Taken:
    taken, file, by, bank, job = row
    return Taken(taken, file, by or "", bank or "", job)
