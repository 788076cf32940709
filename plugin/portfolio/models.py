"""What a portfolio is made of: outcomes, decisions, selections, submissions."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from plugin.db import Base, Encrypted, Json


class OutcomeState(enum.StrEnum):
    """Where an outcome 課程學習成果 stands (SPEC §1, Outcome life)."""

    DRAFT = "draft"
    SENT = "sent"
    CERTIFIED = "certified"
    RETURNED = "returned"
    OVERDUE = "overdue"


OCCUPYING = (OutcomeState.SENT, OutcomeState.CERTIFIED, OutcomeState.OVERDUE)
"""The states that take one of the term's places; a withdrawn or returned item frees its own."""


class Outcome(Base):
    """An outcome: one work of a student in a course that carries credits.

    A draft may lack anything but its owner: what was typed is kept even when it cannot be sent.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "page_key"),
        # my outcomes, and the counts of a term
        sa.Index("ix_outcome_student_term", "student_id", "academic_year", "term", "state", "id"),
        # a teacher's queue, by key (sent_at, id)
        sa.Index("ix_outcome_course_state", "course_id", "state", "sent_at", "id"),
        # the registry's lists and figures
        sa.Index("ix_outcome_school_year", "school_id", "academic_year", "state", "id"),
        # undecided when certification closes
        sa.Index("ix_outcome_state", "state", "academic_year", "term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    academic_year: Mapped[int]
    """The course's; of a draft without course, the year in which it was begun."""
    term: Mapped[int]
    grade: Mapped[int] = mapped_column(default=0)
    """The student's when it was sent; windows may differ by grade."""
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    """成果簡述, NFC, trimmed, line breaks as `\\n`."""
    ai_note: Mapped[str] = mapped_column(sa.Text, default="")
    """AI 使用揭露."""
    document_file_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("stored_file.id"), index=True
    )
    media_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    state: Mapped[OutcomeState] = mapped_column(sa.Enum(OutcomeState, native_enum=False, length=12))
    started_at: Mapped[datetime]
    """When the upload of what is there now began: it counts against the window (15 minutes)."""
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    certify_until: Mapped[datetime | None]
    """An extension the registry gave to this item alone."""
    page_key: Mapped[str | None] = mapped_column(sa.String(32))
    """Of the page on which it was begun: the same page sent twice is one outcome."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Verdict(enum.StrEnum):
    CERTIFIED = "certified"
    RETURNED = "returned"


class Decision(Base):
    """What a teacher decided, about which files; never edited, only followed by another."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.Index("ix_decision_outcome", "outcome_id", "id"),
        sa.Index("ix_decision_by", "by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outcome_id: Mapped[int] = mapped_column(sa.ForeignKey("outcome.id"))
    verdict: Mapped[Verdict] = mapped_column(sa.Enum(Verdict, native_enum=False, length=12))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]
    substitute: Mapped[bool] = mapped_column(default=False)
    """Decided by a named substitute 代理人."""
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text)
    document_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    media_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    restores_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"))
    """The teacher's decision that stands again, since the same files came back."""


class SelectionKind(enum.StrEnum):
    """What is selected 勾選."""

    OUTCOME = "outcome"


class Selection(Base):
    """A student's selection of one academic year."""

    __tablename__ = "selection"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "academic_year", "kind"),
        sa.Index("ix_selection_school_year", "school_id", "academic_year", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    kind: Mapped[SelectionKind] = mapped_column(
        sa.Enum(SelectionKind, native_enum=False, length=12)
    )
    locked_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class SelectionItem(Base):
    """One selected outcome."""

    __tablename__ = "selection_item"
    __table_args__ = (sa.UniqueConstraint("selection_id", "outcome_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    selection_id: Mapped[int] = mapped_column(sa.ForeignKey("selection.id"))
    outcome_id: Mapped[int] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    chosen_at: Mapped[datetime]


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


class RecordIsFinal(Exception):
    """Code tried to change a decision or a snapshot row."""

    code = "RECORD_IS_FINAL"


def _never(_mapper: Mapper, _connection: sa.Connection, target: Base) -> None:
    raise RecordIsFinal(f"{type(target).__name__} {target.id} is never changed")  # type: ignore[attr-defined]


for _final in (Decision, SubmissionRow):
    for _change in ("before_update", "before_delete"):
        event.listen(_final, _change, _never)
