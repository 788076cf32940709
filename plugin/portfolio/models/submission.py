"""What was handed in, copied: it does not follow later changes."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json
from plugin.portfolio.models.final import never_changed
from plugin.portfolio.models.selection import SelectionKind
from plugin.school.batches import Batch


class SubmissionState(enum.StrEnum):
    BUILDING = "building"
    FROZEN = "frozen"
    FAILED = "failed"


class Submission(Base):
    """A submission 提交: an immutable snapshot of the outcomes and experiences that were selected
    in a year, and its files; of the third year two, one for each batch 梯次.

    A corrected one is a new version beside the old; versions count by year and batch.
    """

    __tablename__ = "submission"
    __table_args__ = (sa.UniqueConstraint("school_id", "academic_year", "batch", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    batch: Mapped[Batch] = mapped_column(
        sa.Enum(Batch, native_enum=False, length=12), default=Batch.ORDINARY
    )
    version: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """Printed on the manifest, e.g. `115-193301-O-01`; O, or A and B for the third year's
    batches."""
    state: Mapped[SubmissionState] = mapped_column(
        sa.Enum(SubmissionState, native_enum=False, length=10)
    )
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`rows`, `outcomes`, `experiences`, `students`, `classes`, `files`, `bytes`, `lines` (of the
    manifest)."""
    rows_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    """Over every row in order: shows an altered snapshot."""
    writer: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    """Which attempt writes its rows; a later one takes over from one that died."""
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    token: Mapped[str] = mapped_column(sa.String(43), unique=True)
    """Of the public verification page; unguessable."""


class SubmissionRow(Base):
    """One outcome or one experience as it was handed in: every cell and hash, copied.

    `record_kind` says which, and exactly one of `outcome_id` and `experience_id` is set. Cells of
    both: `class_code`, `class_name`, `grade`, `seat`, `student_number`, `student_name`,
    `academic_year`, `term`, `title`, `summary`, `ai_note`, `document` and `media` (None, or `id`,
    `name`, `kind`, `size`, `sha256`, `path` within the package). Of an outcome also
    `course_number`, `course_code`, `course_name`, `course_grade`, `credits`, `periods`,
    `decision_id`, `certified_by`, `certified_at`, and where it does not belong on the regular sheet
    `sheet`, `sheet_name`, `roster` (`plugin.portfolio.outcome_sheets`). Of an experience also
    `kind` (a key of `plugin.portfolio.kinds`), `kind_name`, `details` (field key → text as it is
    stored), `link`, `sent_at`.
    """

    __tablename__ = "submission_row"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "sequence"),
        sa.UniqueConstraint("submission_id", "outcome_id"),
        sa.UniqueConstraint("submission_id", "experience_id"),
        sa.CheckConstraint("(outcome_id IS NULL) <> (experience_id IS NULL)", name="one_record"),
        # one sheet of the official workbook
        sa.Index("ix_submission_row_kind", "submission_id", "record_kind", "kind", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    sequence: Mapped[int]
    """From 1, class by class; in a class the outcomes, then the experiences, by seat."""
    record_kind: Mapped[SelectionKind] = mapped_column(
        sa.Enum(SelectionKind, native_enum=False, length=12), default=SelectionKind.OUTCOME
    )
    kind: Mapped[str] = mapped_column(sa.String(20), default="")
    """Of an experience, the key of its kind; of an outcome, the key of its sheet in the official
    workbook, "" on the regular one."""
    outcome_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    experience_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experience.id"), index=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    cells: Mapped[dict] = mapped_column(Json)
    """Class, seat, names, title, summary, files (name, type, size, hash), and what is the kind's
    own; see above."""
    national_id: Mapped[str | None] = mapped_column(Encrypted)
    birthday: Mapped[str | None] = mapped_column(Encrypted)
    identity: Mapped[str] = mapped_column(sa.String(64), default="")
    """A keyed digest of national ID and birthday: shows that they differ without telling them."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of `cells`."""

    @property
    def record_id(self) -> int:
        """The outcome or the experience."""
        return self.outcome_id or self.experience_id or 0


class SubmissionFileKind(enum.StrEnum):
    """What a submission consists of; `WORKBOOK` is the official one of outcomes, `EXPERIENCES`
    that of experiences."""

    MANIFEST = "manifest"
    SHEET = "sheet"
    WORKBOOK = "workbook"
    EXPERIENCES = "experiences"
    CSV = "csv"
    PACKAGE = "package"


class SubmissionFile(Base):
    """A file that a submission produced; the bytes lie in the vault."""

    __tablename__ = "submission_file"
    __table_args__ = (sa.UniqueConstraint("submission_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    kind: Mapped[SubmissionFileKind] = mapped_column(
        sa.Enum(SubmissionFileKind, native_enum=False, length=20)
    )
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))


class CheckState(enum.StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class SubmissionCheck(Base):
    """One 預檢: what would be handed in at that moment, and everything wrong with it."""

    __tablename__ = "submission_check"
    __table_args__ = (
        sa.Index("ix_submission_check_year", "school_id", "academic_year", "batch", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    batch: Mapped[Batch] = mapped_column(sa.Enum(Batch, native_enum=False, length=12))
    state: Mapped[CheckState] = mapped_column(sa.Enum(CheckState, native_enum=False, length=10))
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`rows`, `outcomes`, `experiences`, `students`, `classes`, `files`, `bytes`, `errors`,
    `warnings`."""
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    """None: it was few enough to be looked at on the spot."""

    @property
    def ready(self) -> bool:
        """Whether what was looked at may be handed in."""
        return (
            self.state is CheckState.DONE and self.totals["rows"] > 0 and not self.totals["errors"]
        )


class SubmissionFault(Base):
    """One thing that a 預檢 found: whose, in which cell, by which rule (`portfolio.checking`)."""

    __tablename__ = "submission_fault"
    __table_args__ = (
        sa.UniqueConstraint("check_id", "sequence"),
        sa.Index("ix_submission_fault_class", "check_id", "class_id", "sequence"),
        sa.Index("ix_submission_fault_code", "check_id", "code", "sequence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(sa.ForeignKey("submission_check.id"))
    sequence: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(40))
    """A key of the table of faults; words, rule and remedy are made from it."""
    blocks: Mapped[bool]
    """Nothing can be handed in until it is mended."""
    record_kind: Mapped[SelectionKind] = mapped_column(
        sa.Enum(SelectionKind, native_enum=False, length=12)
    )
    outcome_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    experience_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experience.id"), index=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"), index=True)
    detail: Mapped[dict] = mapped_column(Json, default=dict)
    """What the words need: field, value, limit."""
    told_at: Mapped[datetime | None]
    """When those who can mend it were told of it."""


never_changed(SubmissionRow)
