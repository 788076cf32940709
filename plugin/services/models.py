"""What is known of an LMS course through its services, and what still has to be told to it."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json


class Progress(enum.StrEnum):
    """How far a student is in a course, in the words of a gradebook column."""

    SUBMITTED = "submitted"  # an outcome is in the teacher's queue
    CERTIFIED = "certified"


class PushState(enum.StrEnum):
    """A score on its way to the LMS."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # tried long enough, or refused for good; an administrator sees it
    SKIPPED = "skipped"  # this platform is not told this progress


class ServiceToken(Base):
    """An access token of a platform, per registration and set of scopes, until it expires."""

    __tablename__ = "service_token"

    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), primary_key=True)
    scopes_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    token: Mapped[str] = mapped_column(Encrypted)
    expires_at: Mapped[datetime]


class CourseMember(Base):
    """Somebody in an LMS course, as its roster last said. Who vanishes is kept, inactive."""

    __tablename__ = "course_member"
    __table_args__ = (sa.UniqueConstraint("launch_context_id", "launch_person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    launch_context_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_context.id"))
    launch_person_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_person.id"), index=True)
    roles: Mapped[list] = mapped_column(Json, default=list)
    """`lti.roles.Role` values as the roster says them. They grant nothing: Moodle's roster calls
    a non-editing teacher a Learner."""
    active: Mapped[bool] = mapped_column(default=True)
    run: Mapped[int] = mapped_column(default=0)
    """Number of the synchronisation that saw them last."""
    first_seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class RosterState(Base):
    """How the roster of an LMS course stands."""

    __tablename__ = "roster_state"

    launch_context_id: Mapped[int] = mapped_column(
        sa.ForeignKey("launch_context.id"), primary_key=True
    )
    run: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    members: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(sa.String(40), default="")
    """`OK`, or the code of the last failure; "" before the first run."""
    detail: Mapped[str] = mapped_column(sa.String(120), default="")
    failures: Mapped[int] = mapped_column(default=0)
    """Failures in a row; the next try is later each time."""
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the clock asks again: tonight, or soon after a failure; None: only when somebody comes
    in or asks."""
    wanted_at: Mapped[datetime | None]
    """When a launch last found it old; a course that nobody opens is not asked for every night."""
    holder: Mapped[str] = mapped_column(sa.String(40), default="")
    lease_until: Mapped[datetime | None]
    """While this has not passed, only `holder` synchronises."""


class GradeColumn(Base):
    """Our one line item in an LMS course, and who is writing into that gradebook now.

    One writer at a time: so no second column is made, and nothing older overtakes a grade.
    """

    __tablename__ = "grade_column"

    launch_context_id: Mapped[int] = mapped_column(
        sa.ForeignKey("launch_context.id"), primary_key=True
    )
    line_item_url: Mapped[str] = mapped_column(sa.String(2048), default="")
    """"" until it is found or made."""
    made_at: Mapped[datetime | None]
    holder: Mapped[str] = mapped_column(sa.String(40), default="")
    lease_until: Mapped[datetime | None]


class GradePush(Base):
    """What a gradebook has to be told of one student; one row a student and course."""

    __tablename__ = "grade_push"
    __table_args__ = (
        sa.UniqueConstraint("launch_context_id", "launch_person_id"),
        sa.Index("ix_grade_push_due", "state", "next_at"),
        sa.Index("ix_grade_push_school", "school_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    launch_context_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_context.id"))
    launch_person_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_person.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """Whose progress it is; an account that is bound to somebody else since is not told it."""
    progress: Mapped[Progress] = mapped_column(sa.Enum(Progress, native_enum=False, length=20))
    """What is to be told. It only ever rises: a grade that was given is never wiped."""
    told: Mapped[Progress | None] = mapped_column(sa.Enum(Progress, native_enum=False, length=20))
    state: Mapped[PushState] = mapped_column(sa.Enum(PushState, native_enum=False, length=20))
    attempts: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(sa.String(40), default="")
    detail: Mapped[str] = mapped_column(sa.String(120), default="")
    wanted_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]


class CourseGroup(Base):
    """A group within an LMS course."""

    __tablename__ = "course_group"
    __table_args__ = (sa.UniqueConstraint("launch_context_id", "group_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    launch_context_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_context.id"))
    group_id: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    set_name: Mapped[str] = mapped_column(sa.String(255), default="")
    active: Mapped[bool] = mapped_column(default=True)


class CourseGroupMember(Base):
    """Who is in a group, as the roster (`group_enrollments`) says."""

    __tablename__ = "course_group_member"

    course_group_id: Mapped[int] = mapped_column(sa.ForeignKey("course_group.id"), primary_key=True)
    launch_person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("launch_person.id"), primary_key=True, index=True
    )


class PlatformNotice(Base):
    """A notice that a platform sent (PNS), once each."""

    __tablename__ = "platform_notice"
    __table_args__ = (sa.UniqueConstraint("registration_id", "notice_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    notice_id: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(60))
    data: Mapped[dict] = mapped_column(Json, default=dict)
    """Ids only; no personal data."""
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ErrandKind(enum.StrEnum):
    """Single messages to a platform, besides rosters and grades."""

    SUBSCRIBE = "subscribe"  # send us your notices (PNS); subject: the deployment
    TERMS = "terms"  # what somebody answered to the terms of use; subject: the answer


class Errand(Base):
    """A single message that a platform has to be told, until it took it."""

    __tablename__ = "service_errand"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject_id"),
        sa.Index("ix_service_errand_due", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    kind: Mapped[ErrandKind] = mapped_column(sa.Enum(ErrandKind, native_enum=False, length=20))
    subject_id: Mapped[int]
    url: Mapped[str] = mapped_column(sa.String(512))
    state: Mapped[PushState] = mapped_column(sa.Enum(PushState, native_enum=False, length=20))
    attempts: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(sa.String(40), default="")
    detail: Mapped[str] = mapped_column(sa.String(120), default="")
    next_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
