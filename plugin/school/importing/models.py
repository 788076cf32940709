"""What was brought in: each upload, its bad rows, and the changes it makes or made."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json
from plugin.school.importing.definition import Action


class ImportState(enum.StrEnum):
    """Where an upload stands."""

    CHECKING = "checking"
    REFUSED = "refused"
    """The file itself cannot be read."""
    FAULTY = "faulty"
    """It has bad rows; nothing can be applied."""
    UNCHANGED = "unchanged"
    """All it says is known already."""
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"


WORKING = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)
"""The queue has it."""


class SchoolImport(Base):
    """One uploaded file and what became of it."""

    __tablename__ = "school_import"
    __table_args__ = (sa.Index("ix_school_import_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    kind: Mapped[str] = mapped_column(sa.String(40), default="")
    """The kind that the person said a file without names of sheets is of; "" = find out."""
    academic_year: Mapped[int]
    term: Mapped[int]
    complete: Mapped[bool] = mapped_column(default=False)
    """這份是完整名單: who is not in it any more is deactivated."""
    state: Mapped[ImportState] = mapped_column(sa.Enum(ImportState, native_enum=False, length=12))
    counts: Mapped[dict] = mapped_column(Json, default=dict)
    """By kind: title, rows, new, changed, gone, same, faults, left_out (reason → rows)."""
    message: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Why it was refused, could not be applied, could not be undone."""
    faults_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    locale: Mapped[str] = mapped_column(sa.String(12), default="zh_Hant_TW")
    """The language in which bad rows are explained."""
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    applied_by_name: Mapped[str] = mapped_column(sa.String(60), default="")
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str] = mapped_column(sa.String(60), default="")


class ImportFault(Base):
    """A row that cannot be taken, and what to do about it."""

    __tablename__ = "import_fault"
    __table_args__ = (sa.Index("ix_import_fault_import", "import_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("school_import.id"))
    sheet: Mapped[str] = mapped_column(sa.String(60))
    row: Mapped[int]
    cell: Mapped[str] = mapped_column(sa.String(60))
    """C17, as the spreadsheet calls it."""
    column: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[str | None] = mapped_column(Encrypted)
    """What stands there: it may be anybody's national ID."""
    reason: Mapped[str] = mapped_column(sa.String(300))
    remedy: Mapped[str] = mapped_column(sa.String(300))


class ImportChange(Base):
    """A row that becomes other than it is; what was before is kept, so that it can be undone."""

    __tablename__ = "import_change"
    __table_args__ = (
        sa.Index("ix_import_change_kind", "import_id", "kind", "id"),
        sa.Index("ix_import_change_action", "import_id", "action", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("school_import.id"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    row: Mapped[int]
    action: Mapped[Action] = mapped_column(sa.Enum(Action, native_enum=False, length=10))
    content: Mapped[dict] = mapped_column(Json)
    """`definition.Change` as `values.pack` writes it; secret values encrypted one by one."""


class PlanCourse(Base):
    """A course of the school's plan 課程計畫, as the plan platform's list has it."""

    __tablename__ = "plan_course"
    __table_args__ = (sa.UniqueConstraint("school_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    code: Mapped[str] = mapped_column(sa.String(23))
    name: Mapped[str] = mapped_column(sa.String(100))
    credits: Mapped[str] = mapped_column(sa.String(6), default="")
    """Six characters, one for each term of three years (central-rosters §5); "" = not told."""
    active: Mapped[bool] = mapped_column(default=True)
    """False: a later list has it no more."""
