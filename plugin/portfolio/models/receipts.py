"""Receipts 收訖明細: what each student was shown, what they said, what the central side received.

A sheet is one student's part of a submission. What a student states about it and what the registry
answers are rows of their own, written once: a statement is followed by another, never edited
(SPEC §1, Receipt).
"""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json
from plugin.portfolio.models.final import never_changed


class SheetState(enum.StrEnum):
    """Where a student's sheet stands; follows from the statements and answers below it."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    ANSWERED = "answered"
    """Every dispute is answered; the student has not confirmed yet."""


class ReceiptSheet(Base):
    """One student's 收訖明細 of one submission. Its items are the submission's rows."""

    __tablename__ = "receipt_sheet"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "student_id"),
        # figures by class, and who has not confirmed
        sa.Index(
            "ix_receipt_sheet_class", "school_id", "academic_year", "current", "class_id", "state"
        ),
        sa.Index("ix_receipt_sheet_student", "student_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    academic_year: Mapped[int]
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"))
    class_name: Mapped[str] = mapped_column(sa.String(40), default="")
    grade: Mapped[int] = mapped_column(default=0)
    seat: Mapped[int] = mapped_column(default=0)
    """As they were handed in."""
    items: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over the digests of its rows: an equal sheet of a later version is the same."""
    state: Mapped[SheetState] = mapped_column(sa.Enum(SheetState, native_enum=False, length=12))
    current: Mapped[bool] = mapped_column(default=True)
    """Of the newest version of its year and batch; older ones stay to be read."""
    confirmed_at: Mapped[datetime | None]
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("receipt_sheet.id"))
    """The sheet of an earlier version with the same content that the student confirmed."""
    received: Mapped[int | None]
    """How many of its items the central side has wholly received; None: nothing is known yet."""


class StatementKind(enum.StrEnum):
    CONFIRM = "confirm"
    DISPUTE = "dispute"


class ReceiptStatement(Base):
    """What a student said of their sheet, or of one item of it."""

    __tablename__ = "receipt_statement"
    __table_args__ = (sa.Index("ix_receipt_statement_sheet", "sheet_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("receipt_sheet.id"))
    row_id: Mapped[int | None] = mapped_column(sa.ForeignKey("submission_row.id"), index=True)
    """None: the whole sheet."""
    kind: Mapped[StatementKind] = mapped_column(
        sa.Enum(StatementKind, native_enum=False, length=10)
    )
    reason: Mapped[str] = mapped_column(sa.String(20), default="")
    """Of a dispute: a key of `portfolio.receipt_words.REASONS`."""
    text: Mapped[str] = mapped_column(sa.Text, default="")
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]


class AnswerVerdict(enum.StrEnum):
    UPHELD = "upheld"
    """The student is right; it will be corrected and handed in again."""
    DISMISSED = "dismissed"
    """What was handed in is right."""


class ReceiptAnswer(Base):
    """What the registry answered to a dispute."""

    __tablename__ = "receipt_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("receipt_statement.id"), unique=True)
    verdict: Mapped[AnswerVerdict] = mapped_column(
        sa.Enum(AnswerVerdict, native_enum=False, length=10)
    )
    text: Mapped[str] = mapped_column(sa.Text)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]


class ReceiptMapping(Base):
    """Which names the central side's columns have, as a school set them; the newest holds.

    No source shows the layout of the receipt file (central-rosters §8), so it is data.
    """

    __tablename__ = "receipt_mapping"
    __table_args__ = (sa.Index("ix_receipt_mapping_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    mapping: Mapped[dict] = mapped_column(Json)
    """Role → list of names (`portfolio.operations.receipts.layout`)."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_by_name: Mapped[str] = mapped_column(sa.String(60))
    set_at: Mapped[datetime]


class CentralState(enum.StrEnum):
    QUEUED = "queued"
    DONE = "done"
    REFUSED = "refused"


class CentralImport(Base):
    """A receipt package of the central side, and what came of reading it. Nothing is taken of one
    that is refused; a newer one supersedes, the older stays."""

    __tablename__ = "central_import"
    __table_args__ = (
        sa.Index("ix_central_import_year", "school_id", "academic_year", "id"),
        sa.Index("ix_central_import_submission", "submission_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    password: Mapped[str | None] = mapped_column(Encrypted)
    """Stays: without it nobody could read the kept package."""
    mapping: Mapped[dict] = mapped_column(Json)
    """As it was when it was read."""
    state: Mapped[CentralState] = mapped_column(sa.Enum(CentralState, native_enum=False, length=10))
    verified: Mapped[bool] = mapped_column(default=False)
    """Every file's hash stood in SHA.txt and was right; a bare CSV brings none."""
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`files`, `records`, `students`, `matched`, `missing`, `unknown_students`, `unknown_items`."""
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))


class CentralMatch(enum.StrEnum):
    MATCHED = "matched"
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_STUDENT = "unknown_student"


class CentralItem(Base):
    """One record of a receipt package, and the handed-in item that it is about."""

    __tablename__ = "central_item"
    __table_args__ = (
        sa.UniqueConstraint("import_id", "sequence"),
        sa.Index("ix_central_item_student", "import_id", "student_id"),
        sa.Index("ix_central_item_match", "import_id", "match", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("central_import.id"))
    sequence: Mapped[int]
    match: Mapped[CentralMatch] = mapped_column(sa.Enum(CentralMatch, native_enum=False, length=16))
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    row_id: Mapped[int | None] = mapped_column(sa.ForeignKey("submission_row.id"), index=True)
    accepted: Mapped[bool]
    """The central side says that it received it."""
    slots: Mapped[str] = mapped_column(sa.String(20), default="")
    """Which files of the item it names: `document`, `media`, `document media`; "" = the whole."""
    label: Mapped[str] = mapped_column(sa.String(200), default="")
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    """The central side's own words of the state."""
    source: Mapped[str] = mapped_column(sa.String(255))
    """The file of the package."""
    stranger: Mapped[str | None] = mapped_column(Encrypted)
    """Of an unknown student: the ID as it stood there."""


for _written_once in (ReceiptStatement, ReceiptAnswer, ReceiptMapping, CentralItem):
    never_changed(_written_once)
