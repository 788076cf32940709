"""What the calendar keeps besides its windows: extensions, changes that can be undone, reminders,
the year plan, the school's own regulations, the working group, briefings, office days."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json
from plugin.school.models import WindowKind


class WindowExtension(Base):
    """A later closing of one window for one class, one student, or one course (exactly one).

    Never deleted: a revoked one stays on the list with its reason.
    """

    __tablename__ = "window_extension"
    __table_args__ = (
        sa.Index("ix_window_extension_year", "school_id", "academic_year", "until"),
        sa.CheckConstraint(
            "(CASE WHEN class_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN student_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_holder",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    kind: Mapped[WindowKind] = mapped_column(sa.Enum(WindowKind, native_enum=False, length=20))
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(200))
    given_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    given_by_name: Mapped[str] = mapped_column(sa.String(60))
    given_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    revoked_reason: Mapped[str] = mapped_column(sa.String(200), default="")


class CalendarChange(Base):
    """One change of a year's windows: what they were before and after, so that it can be undone."""

    __tablename__ = "calendar_change"
    __table_args__ = (sa.Index("ix_calendar_change_year", "school_id", "academic_year", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    before: Mapped[list] = mapped_column(Json)
    """Rows `[kind, term, grade, opens_at or null, closes_at or null]` of what was touched."""
    after: Mapped[list] = mapped_column(Json)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class ReminderRun(Base):
    """How far the reminding of one day before one closing has come.

    People are told in the order of their ids; the cursor moves in the transaction that tells
    them, so each hears once, whatever is killed in between.
    """

    __tablename__ = "reminder_run"
    __table_args__ = (
        sa.UniqueConstraint(
            "school_id", "academic_year", "term", "kind", "grade", "extension_id", "closes_on",
            "days", name="uq_reminder_run_day",
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    kind: Mapped[WindowKind] = mapped_column(sa.Enum(WindowKind, native_enum=False, length=20))
    grade: Mapped[int]
    extension_id: Mapped[int] = mapped_column(default=0)
    """0: the window itself. No foreign key: PostgreSQL's unique rows take no nulls as equal."""
    closes_on: Mapped[date]
    days: Mapped[int]
    """How many days before: a number of the rule `reminder.days_before`."""
    after_person_id: Mapped[int] = mapped_column(default=0)
    told: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PlanPart(enum.StrEnum):
    """The parts of a year plan 作業期程 besides the windows (seed 002, 作業期程規劃範例)."""

    ADMINISTRATION = "administration"  # 行政規劃
    CURRICULUM = "curriculum"  # 課程計畫
    TRAINING = "training"  # 教育訓練
    OTHER = "other"


class PlanItem(Base):
    """One piece of work of the year plan that is no window."""

    __tablename__ = "plan_item"
    __table_args__ = (sa.Index("ix_plan_item_year", "school_id", "academic_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    part: Mapped[PlanPart] = mapped_column(sa.Enum(PlanPart, native_enum=False, length=16))
    title: Mapped[str] = mapped_column(sa.String(60))
    unit: Mapped[str] = mapped_column(sa.String(60), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Regulation(Base):
    """A version of the school's 學習歷程檔案作業補充規定: the paper, and when it was passed."""

    __tablename__ = "regulation"
    __table_args__ = (sa.UniqueConstraint("school_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    version: Mapped[int]
    passed_on: Mapped[date]
    passed_by: Mapped[str] = mapped_column(sa.String(60))
    """校務會議, as a rule (seed 002)."""
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class GroupSeat(Base):
    """One seat of the working group 工作小組 in an academic year."""

    __tablename__ = "group_seat"
    __table_args__ = (sa.Index("ix_group_seat_year", "school_id", "academic_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    place: Mapped[int]
    """Where it stands in the list."""
    post: Mapped[str] = mapped_column(sa.String(60))
    """校長（召集人）, 導師代表 …"""
    name: Mapped[str] = mapped_column(sa.String(60), default="")
    """Empty: not filled yet."""
    note: Mapped[str] = mapped_column(sa.String(100), default="")


class GroupMeeting(Base):
    """A meeting of the working group with its minutes; at least one a term (seed 002)."""

    __tablename__ = "group_meeting"
    __table_args__ = (sa.Index("ix_group_meeting_day", "school_id", "held_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    held_on: Mapped[date]
    place: Mapped[str] = mapped_column(sa.String(60))
    chair: Mapped[str] = mapped_column(sa.String(60))
    present: Mapped[str] = mapped_column(sa.Text, default="")
    minutes: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class Audience(enum.StrEnum):
    """Whom a briefing is for (seed 002, 教育訓練)."""

    ADMINISTRATIVE = "administrative"  # 學校行政人員
    TEACHERS = "teachers"  # 教師
    STUDENTS = "students"  # 學生
    PARENTS = "parents"  # 親師


class Briefing(Base):
    """A training session about the portfolio 教育訓練."""

    __tablename__ = "briefing"
    __table_args__ = (sa.Index("ix_briefing_day", "school_id", "held_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    audience: Mapped[Audience] = mapped_column(sa.Enum(Audience, native_enum=False, length=16))
    title: Mapped[str] = mapped_column(sa.String(100))
    held_on: Mapped[date]
    hours: Mapped[str] = mapped_column(sa.String(40), default="")
    """The time of day as it is announced, e.g. 10:10–12:00."""
    place: Mapped[str] = mapped_column(sa.String(60), default="")
    unit: Mapped[str] = mapped_column(sa.String(60), default="")
    made_at: Mapped[datetime]


class BriefingGuest(Base):
    """Somebody who is expected at a briefing, and whether they came."""

    __tablename__ = "briefing_guest"
    __table_args__ = (sa.UniqueConstraint("briefing_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    came: Mapped[bool] = mapped_column(default=False)


class OfficeCalendar(Base):
    """The government's table of office days 辦公日曆表 of one year, as somebody brought it in.

    The newest one taken and not ended holds; until it is taken it is a proposal that its person
    looks at. Never deleted.
    """

    __tablename__ = "office_calendar"
    __table_args__ = (sa.Index("ix_office_calendar_school", "school_id", "year", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    year: Mapped[int]
    """AD."""
    rests: Mapped[list] = mapped_column(Json)
    """The days on which nobody works, ISO, in order."""
    remarks: Mapped[dict] = mapped_column(Json, default=dict)
    """Day → what the table calls it."""
    file_name: Mapped[str] = mapped_column(sa.String(120))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of the file as it was brought in."""
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Taken back: the one before holds again."""
