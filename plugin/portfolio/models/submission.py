"""What was handed in, copied: it does not follow later changes."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json
from plugin.portfolio.models.final import never_changed


class SubmissionState(enum.StrEnum):
    BUILDING = "building"
    FROZEN = "frozen"
    FAILED = "failed"


class Submission(Base):
    """A submission 提交: an immutable snapshot of a year's selected outcomes and its files.

    A corrected one is a new version beside the old.
    """

    __tablename__ = "submission"
    __table_args__ = (sa.UniqueConstraint("school_id", "academic_year", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    version: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """Printed on the manifest, e.g. `115-193301-O-01`."""
    state: Mapped[SubmissionState] = mapped_column(
        sa.Enum(SubmissionState, native_enum=False, length=10)
    )
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`rows`, `students`, `classes`, `files`, `bytes`."""
    rows_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    """Over every row in order: shows an altered snapshot."""
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    token: Mapped[str] = mapped_column(sa.String(43), unique=True)
    """Of the public verification page; unguessable."""


class SubmissionRow(Base):
    """One outcome as it was handed in: every cell and hash, copied."""

    __tablename__ = "submission_row"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "sequence"),
        sa.UniqueConstraint("submission_id", "outcome_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    sequence: Mapped[int]
    """From 1, in the order of class, seat, course, outcome."""
    outcome_id: Mapped[int] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    cells: Mapped[dict] = mapped_column(Json)
    """Class, seat, names, course, title, summary, files (name, type, size, hash), decision."""
    national_id: Mapped[str | None] = mapped_column(Encrypted)
    birthday: Mapped[str | None] = mapped_column(Encrypted)
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of `cells`."""


class SubmissionFileKind(enum.StrEnum):
    MANIFEST = "manifest"
    SHEET = "sheet"
    WORKBOOK = "workbook"
    CSV = "csv"
    PACKAGE = "package"


class SubmissionFile(Base):
    """A file that a submission produced; the bytes lie in the vault."""

    __tablename__ = "submission_file"
    __table_args__ = (sa.UniqueConstraint("submission_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    kind: Mapped[SubmissionFileKind] = mapped_column(
        sa.Enum(SubmissionFileKind, native_enum=False, length=10)
    )
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))


never_changed(SubmissionRow)
