"""What a school is made of: people, roles, classes, courses."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json


class SchoolKind(enum.StrEnum):
    """Kind of tenant: switches modules on and picks books and words (SPEC, intro)."""

    GENERAL = "general"  # 普高
    TECHNICAL = "technical"  # 技高
    COMPREHENSIVE = "comprehensive"  # 綜高
    SPECIALISED = "specialised"  # 單科
    NIGHT = "night"  # 進修部
    UNIVERSITY = "university"  # 技專校院
    ISSUING_OFFICE = "issuing_office"  # 核發機關
    PROGRAMME_OFFICE = "programme_office"  # 計畫辦公室


class School(Base):
    """A tenant."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    """學校代碼, 6 characters, may hold a letter (central-rosters.md §1)."""
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[SchoolKind] = mapped_column(sa.Enum(SchoolKind, native_enum=False, length=20))
    settings: Mapped[dict] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]


class PersonKind(enum.StrEnum):
    STUDENT = "student"
    STAFF = "staff"
    PARENT = "parent"
    APPLICANT = "applicant"  # came by a mailed code and is on no roster


class Person(Base):
    """A person as the school knows them; launch people are bound to this row."""

    __tablename__ = "person"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "number"),
        sa.Index("ix_person_school_email", "school_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    kind: Mapped[PersonKind] = mapped_column(sa.Enum(PersonKind, native_enum=False, length=10))
    number: Mapped[str] = mapped_column(sa.String(32))
    """學號 or staff number; what the LMS sends as `lis.person_sourcedid` (idnumber)."""
    name: Mapped[str] = mapped_column(sa.String(60))
    email: Mapped[str | None] = mapped_column(sa.String(254))
    """Lower case."""
    national_id: Mapped[str | None] = mapped_column(Encrypted)
    birthday: Mapped[str | None] = mapped_column(Encrypted)
    """ISO date, encrypted at rest (SPEC §7)."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class RoleGrant(Base):
    """A school-side role held by a person, from a day to a day, given by somebody."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    revoked_reason: Mapped[str] = mapped_column(sa.String(200), default="")


class SchoolClass(Base):
    """A class 班級 in one academic year."""

    __tablename__ = "school_class"
    __table_args__ = (sa.UniqueConstraint("school_id", "academic_year", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    """ROC year, e.g. 115."""
    grade: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(16))
    """Sorts the manifest, e.g. `101`."""
    name: Mapped[str] = mapped_column(sa.String(40))
    homeroom_teacher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class ClassSeat(Base):
    """A student's seat 座號 in a class."""

    __tablename__ = "class_seat"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "seat"),
        sa.UniqueConstraint("class_id", "student_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    seat: Mapped[int]


class Course(Base):
    """A roster course 科目 in one term, as teachers and students know it."""

    __tablename__ = "course"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "academic_year", "term", "number"),
        sa.CheckConstraint("term IN (1, 2)", name="term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(64))
    """The school's own course number, e.g. `115-1-CHI101`; the LMS sends it as
    `lis.course_section_sourcedid` (course idnumber)."""
    code: Mapped[str] = mapped_column(sa.String(23))
    """The 23-character course code (central-rosters.md §5)."""
    name: Mapped[str] = mapped_column(sa.String(100))
    grade: Mapped[int]
    credits: Mapped[int]
    """修課學分 of the term; 0 = carries none."""
    periods: Mapped[int] = mapped_column(default=0)
    """修課節數, counted in the night division instead of credits."""
    syllabus_url: Mapped[str | None] = mapped_column(sa.String(500))
    """Where the course's syllabus 科目教學大綱 can be read: an https address outside Licheng."""


class TeachingKind(enum.StrEnum):
    RECORD = "record"  # the teacher of record 任課教師
    CO = "co"  # 協同
    SUBSTITUTE = "substitute"  # 代理人


class CourseTeacher(Base):
    """Who may certify in a course (SPEC, Who certifies)."""

    __tablename__ = "course_teacher"
    __table_args__ = (sa.UniqueConstraint("course_id", "person_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[TeachingKind] = mapped_column(sa.Enum(TeachingKind, native_enum=False, length=10))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Enrolment(Base):
    """A student takes a course."""

    __tablename__ = "enrolment"
    __table_args__ = (sa.UniqueConstraint("course_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)


class Guardian(Base):
    """A parent of a named student."""

    __tablename__ = "guardian"
    __table_args__ = (sa.UniqueConstraint("parent_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class WindowKind(enum.StrEnum):
    """The windows of the calendar (SPEC §1, Calendar)."""

    BASIC_DATA = "basic_data"
    POSTS = "posts"
    COURSE_RECORDS = "course_records"
    COUNSELLING = "counselling"
    OUTCOME_UPLOAD = "outcome_upload"
    CERTIFICATION = "certification"
    EXPERIENCE_UPLOAD = "experience_upload"
    SELECTION = "selection"
    SUBMISSION = "submission"
    RECEIPT = "receipt"


class Window(Base):
    """When something is open. `term` 0 = the whole academic year; `grade` 0 = all grades."""

    __tablename__ = "window"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "academic_year", "term", "kind", "grade"),
        sa.CheckConstraint("closes_at > opens_at", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    academic_year: Mapped[int]
    term: Mapped[int]
    kind: Mapped[WindowKind] = mapped_column(sa.Enum(WindowKind, native_enum=False, length=20))
    grade: Mapped[int] = mapped_column(default=0)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]


class Rule(Base):
    """A school's own value of a rule, from an academic year on (SPEC, Rules are data)."""

    __tablename__ = "rule"
    __table_args__ = (sa.UniqueConstraint("school_id", "name", "from_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    from_year: Mapped[int]
    value: Mapped[dict] = mapped_column(Json)
    source: Mapped[str] = mapped_column(sa.String(200))
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]


import plugin.school.calendar_models  # noqa: E402  (its tables stand on the ones above)
import plugin.school.importing.models  # noqa: E402, F401
