"""Basic data 基本資料, officer posts 幹部, course records 修課紀錄, and what people say is wrong.

Sources: SPEC §1 "Four kinds of record"; columns after central-rosters §3.1–3.5.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json

SCORE_UNIT = 10_000
"""Scores are kept as whole ten-thousandths: decimals stay exact on every database, and the
ten-point band of a score is a division of integers."""


class Score(sa.TypeDecorator[Decimal]):
    """A score with up to four decimals; refused when it has more, for it would be rounded."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        scaled = value * SCORE_UNIT
        if scaled != scaled.to_integral_value():
            raise ValueError("a score has at most four decimals")
        return int(scaled)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / SCORE_UNIT


class ChangeKind(enum.StrEnum):
    """How an enrolment changed 學籍異動."""

    NONE = "none"
    TRANSFER_IN = "transfer_in"  # 轉入
    TRANSFER_OUT = "transfer_out"  # 轉出
    DEPARTMENT = "department"  # 轉科
    SUSPEND = "suspend"  # 休學
    RESUME = "resume"  # 復學
    EXTEND = "extend"  # 延修
    DIVISION = "division"  # 跨部


class BasicRecord(Base):
    """A student's enrolment in one term: where they sat, what they belonged to, what changed."""

    __tablename__ = "basic_record"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "academic_year", "term"),
        sa.Index("ix_basic_record_term", "school_id", "academic_year", "term", "id"),
        sa.CheckConstraint("term IN (1, 2)", name="term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    grade: Mapped[int] = mapped_column(default=0)
    class_code: Mapped[str] = mapped_column(sa.String(16), default="")
    class_name: Mapped[str] = mapped_column(sa.String(40), default="")
    seat: Mapped[int] = mapped_column(default=0)
    cluster: Mapped[str] = mapped_column(sa.String(10), default="")
    """群別代碼."""
    department: Mapped[str] = mapped_column(sa.String(20), default="")
    """科班學程別代碼."""
    division: Mapped[str] = mapped_column(sa.String(10), default="")
    """部別代碼."""
    class_kind: Mapped[str] = mapped_column(sa.String(10), default="")
    """班別 (central-rosters 4.13)."""
    status: Mapped[str] = mapped_column(sa.String(40), default="在學")
    """學籍狀態: text, not a code (central-rosters 4.18)."""
    change: Mapped[ChangeKind] = mapped_column(
        sa.Enum(ChangeKind, native_enum=False, length=16), default=ChangeKind.NONE
    )
    changed_on: Mapped[date | None]
    """學籍異動日期."""
    details: Mapped[dict] = mapped_column(Json, default=dict)
    """Rarer columns of the roster 學生資料 and 學生借讀資料 by key (`record_kinds.yaml`)."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class PostLevel(enum.StrEnum):
    """Levels of a school's own posts: codes 1 to 3 of 幹部等級 (central-rosters 4.1)."""

    SCHOOL = "1"
    CLASS = "2"
    CLUB = "3"


class OfficerPost(Base):
    """A post that a student held. What was taken back stays, with the reason."""

    __tablename__ = "officer_post"
    __table_args__ = (
        # a student's posts, and the same post entered twice
        sa.Index("ix_officer_post_student", "student_id", "academic_year", "term"),
        sa.Index("ix_officer_post_term", "school_id", "academic_year", "term", "id"),
        sa.CheckConstraint("ends_on >= starts_on", name="order"),
        sa.CheckConstraint("term IN (1, 2)", name="term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    level: Mapped[PostLevel] = mapped_column(sa.Enum(PostLevel, native_enum=False, length=8))
    unit: Mapped[str] = mapped_column(sa.String(60))
    """單位名稱."""
    duty: Mapped[str] = mapped_column(sa.String(60))
    """擔任職務."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CourseRecord(Base):
    """What a student took in a term and how it ended, of one of the kinds of `record_kinds`."""

    __tablename__ = "course_record"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "academic_year", "term", "kind", "subject_key"),
        sa.Index("ix_course_record_term", "school_id", "academic_year", "term", "id"),
        # the grid of a course, and the bands of its class
        sa.Index("ix_course_record_course", "course_id", "kind"),
        sa.CheckConstraint("term IN (1, 2)", name="term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    """Of the term in which it is handed in; the term of the course itself, where it is another
    one, stands in `details`."""
    term: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    subject_key: Mapped[str] = mapped_column(sa.String(160))
    """What is recorded once: course code (or name), grade, term of the course. Of a removed record
    its own number, so that the place is free again."""
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    """The roster course, where it was taken in one of this school."""
    code: Mapped[str] = mapped_column(sa.String(23), default="")
    subject: Mapped[str] = mapped_column(sa.String(100))
    grade: Mapped[int]
    credits: Mapped[int]
    """修課學分, or 修課節數 in the kinds of the night division."""
    score: Mapped[Decimal | None] = mapped_column(Score)
    passed: Mapped[bool | None]
    """As the teacher or an import says; None = decided by the pass mark."""
    makeup_score: Mapped[Decimal | None] = mapped_column(Score)
    makeup_passed: Mapped[bool | None]
    counted: Mapped[int] = mapped_column(default=1)
    """是否採計學分: 1, 2 or 3 (central-rosters 4.8)."""
    pass_mark: Mapped[int | None]
    """Of this student in this subject; None = the school's rule."""
    note: Mapped[str] = mapped_column(sa.Text, default="")
    """質性文字描述."""
    details: Mapped[dict] = mapped_column(Json, default=dict)
    """The kind's own columns by key, as text."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CourseFreeze(Base):
    """The registry froze the records of a course (or, without course, of a whole term)."""

    __tablename__ = "course_freeze"
    __table_args__ = (
        sa.Index("ix_course_freeze_term", "school_id", "academic_year", "term"),
        sa.Index("ix_course_freeze_course", "course_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    frozen_by_name: Mapped[str] = mapped_column(sa.String(60), default="")
    thawed_at: Mapped[datetime | None]
    thawed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    thaw_reason: Mapped[str] = mapped_column(sa.String(500), default="")


class CaseArea(enum.StrEnum):
    """What a student says is wrong; whose case it is follows from it."""

    BASIC = "basic"
    POSTS = "posts"
    COURSES = "courses"


class CaseState(enum.StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CORRECTED = "corrected"


class RecordCase(Base):
    """A student's report of an error and what came of it."""

    __tablename__ = "record_case"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "page_key"),
        sa.Index("ix_record_case_queue", "school_id", "state", "area", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    area: Mapped[CaseArea] = mapped_column(sa.Enum(CaseArea, native_enum=False, length=10))
    academic_year: Mapped[int]
    term: Mapped[int]
    subject_id: Mapped[int | None]
    """The post or course record that it is about, if one was named."""
    about: Mapped[str] = mapped_column(sa.String(200), default="")
    """A copy of what it was called then."""
    text: Mapped[str] = mapped_column(sa.Text)
    reported_at: Mapped[datetime]
    state: Mapped[CaseState] = mapped_column(sa.Enum(CaseState, native_enum=False, length=10))
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_by_name: Mapped[str] = mapped_column(sa.String(60), default="")
    answered_at: Mapped[datetime | None]
    page_key: Mapped[str | None] = mapped_column(sa.String(32))
