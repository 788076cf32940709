"""Fees: notices, payments, the bank's files."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.certification.models.cases import enum_of
from plugin.db import Base, Encrypted, Json


class FeeNotice(Base):
    """What a case has to pay until when (辦法 §11; seed 000: 1,045, designated persons 45)."""

    __tablename__ = "certification_fee_notice"
    __table_args__ = (sa.UniqueConstraint("school_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    reference: Mapped[str] = mapped_column(sa.String(20))
    """銷帳編號: digits with a check digit, printed on the notice."""
    review_fee: Mapped[int]
    postage: Mapped[int]
    """Both in NT dollars."""
    copies: Mapped[int]
    """審查所需文件數量."""
    issued_at: Mapped[datetime]
    due_on: Mapped[date]
    claimed_at: Mapped[datetime | None]
    """The applicant says it is paid."""
    claim_words: Mapped[str] = mapped_column(Encrypted, default="")
    """When, how, last five digits of the account."""
    claim_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    paid_on: Mapped[date | None]
    """The payment date of the bank decides."""
    ended_at: Mapped[datetime | None]


class BankMapping(Base):
    """How a school's bank names the columns of its files; kept for the next one."""

    __tablename__ = "certification_bank_mapping"
    __table_args__ = (sa.UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    columns: Mapped[dict] = mapped_column(Json)
    """What is wanted → heading or letter of the column, and how dates are written."""
    changed_at: Mapped[datetime]


class BankImport(Base):
    """One file of the bank, taken once."""

    __tablename__ = "certification_bank_import"
    __table_args__ = (sa.Index("ix_certification_bank_import_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    mapping_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certification_bank_mapping.id"))
    columns: Mapped[dict] = mapped_column(Json, default=dict)
    """As chosen for this file (`bank.columns.Columns`); kept, whatever the mapping becomes."""
    rows: Mapped[int] = mapped_column(default=0)
    """Of the file, headings and titles too."""
    done: Mapped[int] = mapped_column(default=0)
    """The last row that was taken: a worker goes on behind it."""
    counts: Mapped[dict] = mapped_column(Json, default=dict)
    """Kind of match, `known`, `faulty`, `left_out` → how many rows."""
    faults: Mapped[list] = mapped_column(Json, default=list)
    """(row, why) of the first that could not be understood; nothing personal."""
    error: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why the file could not be read after all."""
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PaymentMatch(enum.StrEnum):
    REFERENCE = "reference"
    AMOUNT_NAME = "amount_name"
    BY_HAND = "by_hand"
    UNMATCHED = "unmatched"  # no such notice
    DOUBLE = "double"  # paid already
    SHORT = "short"
    OVER = "over"
    LATE = "late"  # dated after the last day
    CLOSED = "closed"  # the case is over, and not for want of payment


class Payment(Base):
    """One row of money: of a bank's file, or entered singly. The same row is never taken twice."""

    __tablename__ = "certification_payment"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "row_digest"),
        sa.Index("ix_certification_payment_list", "school_id", "match", "id"),
        sa.Index("ix_certification_payment_day", "school_id", "paid_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    import_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("certification_bank_import.id"), index=True
    )
    notice_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("certification_fee_notice.id"), index=True
    )
    row_digest: Mapped[str] = mapped_column(sa.String(64))
    """Of the row's own serial or of all its cells and how often it occurred before."""
    paid_on: Mapped[date]
    amount: Mapped[int]
    reference: Mapped[str] = mapped_column(sa.String(40), default="")
    payer: Mapped[str] = mapped_column(Encrypted, default="")
    match: Mapped[PaymentMatch] = mapped_column(enum_of(PaymentMatch))
    refund_amount: Mapped[int | None]
    """What goes back, once somebody has decided so."""
    refund_note: Mapped[str] = mapped_column(sa.Text, default="")
    refunded_on: Mapped[date | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    """When what was odd about it was dealt with."""
    settle_note: Mapped[str] = mapped_column(Encrypted, default="")
    """What was done, for the office alone."""
    taken_at: Mapped[datetime]
