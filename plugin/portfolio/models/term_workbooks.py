"""What was handed in of a term's basic data, posts or course records: rows copied, files made."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json
from plugin.portfolio.models.final import never_changed
from plugin.portfolio.models.submission import SubmissionFileKind, SubmissionState


class TermWorkbook(Base):
    """One hand-in of a term's book: checked, copied into rows, its files kept in the vault.

    A corrected one is a new version beside the old; versions count by term, book and batch.
    """

    __tablename__ = "term_workbook"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "academic_year", "term", "book", "batch", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    book: Mapped[str] = mapped_column(sa.String(20))
    """A key of `reports.roster`."""
    batch: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str] = mapped_column(sa.String(4))
    """名冊別, as the registry confirmed it."""
    version: Mapped[int]
    state: Mapped[SubmissionState] = mapped_column(
        sa.Enum(SubmissionState, native_enum=False, length=10),
        default=SubmissionState.BUILDING,
    )
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    override: Mapped[str] = mapped_column(sa.String(500), default="")
    """Why it was handed in although the checks found what blocks; "" when they found nothing."""
    rows_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    """Over every row in order: shows an altered snapshot. "" until the rows are copied, and of
    workbooks older than snapshots."""
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    """The official workbook."""
    counts: Mapped[dict] = mapped_column(Json, default=dict)
    """Rows by sheet."""
    done_at: Mapped[datetime | None]
    token: Mapped[str | None] = mapped_column(sa.String(43), unique=True)
    """Of the public verification page; unguessable. None of those older than the page."""


class TermWorkbookRow(Base):
    """One line of a sheet as it was handed in, with whose it is and where they sat."""

    __tablename__ = "term_workbook_row"
    __table_args__ = (
        sa.UniqueConstraint("workbook_id", "sequence"),
        # one record stands once on a sheet; versions are compared by it
        sa.UniqueConstraint("workbook_id", "sheet", "record_id"),
        sa.Index("ix_term_workbook_row_sheet", "workbook_id", "sheet", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workbook_id: Mapped[int] = mapped_column(sa.ForeignKey("term_workbook.id"))
    sequence: Mapped[int]
    """From 1, sheet by sheet; on a sheet by student number."""
    sheet: Mapped[str] = mapped_column(sa.String(20))
    record_id: Mapped[int]
    """The basic data, the post or the course record, as the sheet says."""
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    student_number: Mapped[str] = mapped_column(sa.String(32))
    student_name: Mapped[str] = mapped_column(sa.String(60))
    class_code: Mapped[str] = mapped_column(sa.String(16), default="")
    class_name: Mapped[str] = mapped_column(sa.String(40), default="")
    seat: Mapped[int] = mapped_column(default=0)
    cells: Mapped[dict] = mapped_column(Json)
    """Column key → text, as the workbook holds it; without national ID and birthday."""
    national_id: Mapped[str | None] = mapped_column(Encrypted)
    birthday: Mapped[str | None] = mapped_column(Encrypted)
    identity: Mapped[str] = mapped_column(sa.String(64))
    """A keyed digest of national ID and birthday: shows that they differ without telling them."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of `cells`."""


class TermWorkbookFile(Base):
    """A file of a hand-in; the bytes lie in the vault."""

    __tablename__ = "term_workbook_file"
    __table_args__ = (sa.UniqueConstraint("workbook_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workbook_id: Mapped[int] = mapped_column(sa.ForeignKey("term_workbook.id"))
    kind: Mapped[SubmissionFileKind] = mapped_column(
        sa.Enum(SubmissionFileKind, native_enum=False, length=20)
    )
    """Manifest, workbook, CSV or package."""
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))


never_changed(TermWorkbookRow)
