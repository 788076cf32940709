"""Review: who looks at a case, what they declare, what they think; oral examination; meeting."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.certification.models.cases import enum_of
from plugin.db import Base, Encrypted, Json


class ReviewVerdict(enum.StrEnum):
    FIT = "fit"
    CORRECT = "correct"  # fit after correction
    ORAL = "oral"  # an oral examination first
    UNFIT = "unfit"


class ReviewerProfile(Base):
    """What must be known of a reviewer before a case is given to them."""

    __tablename__ = "certification_reviewer_profile"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    organisation_code: Mapped[str] = mapped_column(sa.String(16), default="")
    """School of service by code; "" when it was typed freely."""
    organisation: Mapped[str] = mapped_column(sa.String(120))
    co_authors: Mapped[str] = mapped_column(Encrypted, default="")
    """Names of people they have published with, one a line."""
    expertise: Mapped[str] = mapped_column(sa.String(200), default="")
    changed_at: Mapped[datetime]


class Assignment(Base):
    """A reviewer of a case. Its files open after the declaration; a conflict ends it."""

    __tablename__ = "certification_assignment"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "reviewer_id"),
        sa.Index("ix_certification_assignment_own", "reviewer_id", "ended_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"))
    reviewer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    tie_breaker: Mapped[bool] = mapped_column(default=False)
    """Asked because the others disagree (second opinion)."""
    due_on: Mapped[date]
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    declared_at: Mapped[datetime | None]
    conflict: Mapped[str] = mapped_column(sa.String(20), default="")
    """`same_school`, `kin`, `co_author`, `other`; "" = declared to have none."""
    conflict_words: Mapped[str] = mapped_column(Encrypted, default="")
    ended_at: Mapped[datetime | None]
    """Conflict, or taken away."""
    ended_words: Mapped[str | None] = mapped_column(Encrypted)
    """Why it was taken away."""
    reminded_at: Mapped[datetime | None]
    """When the office last reminded them of the sheet."""


class Score(Base):
    """A reviewer's sheet; nobody sees another's before handing in their own."""

    __tablename__ = "certification_score"

    assignment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("certification_assignment.id"), primary_key=True, autoincrement=False
    )
    marks: Mapped[dict] = mapped_column(Json, default=dict)
    """Criterion → points (`criteria.yaml`)."""
    total: Mapped[int | None]
    verdict: Mapped[ReviewVerdict | None] = mapped_column(enum_of(ReviewVerdict))
    comment: Mapped[str] = mapped_column(Encrypted, default="")
    """Told to the applicant with the decision."""
    aside: Mapped[str] = mapped_column(Encrypted, default="")
    """For the office only."""
    saved_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    reopened_words: Mapped[str | None] = mapped_column(Encrypted)
    """Why the office gave it back after it was handed in."""


class Oral(Base):
    """An oral examination or demonstration 展示/口試."""

    __tablename__ = "certification_oral"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(20))
    """`display`, `performance`, `commentary`, `oral`, `film`, `other` (辦法 §10 III)."""
    place: Mapped[str] = mapped_column(sa.String(200))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    assessors: Mapped[str] = mapped_column(sa.String(200), default="")
    uid: Mapped[str] = mapped_column(sa.String(64))
    """Of the calendar invitation; a change has the same and a higher `sequence`."""
    sequence: Mapped[int] = mapped_column(default=0)
    result: Mapped[str] = mapped_column(sa.String(10), default="")
    """`pass`, `fail`, `absent`; "" while it has not taken place."""
    result_words: Mapped[str] = mapped_column(Encrypted, default="")
    cancelled_at: Mapped[datetime | None]
    made_at: Mapped[datetime]


class Meeting(Base):
    """A meeting of the committee 審查小組會議; its decisions are carried out together."""

    __tablename__ = "certification_meeting"
    __table_args__ = (sa.Index("ix_certification_meeting_school", "school_id", "held_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(sa.String(100))
    held_on: Mapped[date]
    time: Mapped[str] = mapped_column(sa.String(40), default="")
    """From when to when, as it is written."""
    place: Mapped[str] = mapped_column(sa.String(100), default="")
    chair: Mapped[str] = mapped_column(sa.String(60), default="")
    recorder: Mapped[str] = mapped_column(sa.String(60), default="")
    present: Mapped[str] = mapped_column(sa.Text, default="")
    """Those present who are no reviewers here, a name a line."""
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    """Other matters, a matter a line."""
    minutes_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    made_at: Mapped[datetime]
    closing_at: Mapped[datetime | None]
    """Since then nothing of it changes any more; the queue carries its resolutions out."""
    closing_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    closed_at: Mapped[datetime | None]
    """Its decisions have been carried out and mailed."""


class MeetingMember(Base):
    """A reviewer who was present at a meeting."""

    __tablename__ = "certification_meeting_member"

    meeting_id: Mapped[int] = mapped_column(
        sa.ForeignKey("certification_meeting.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )


class MeetingItem(Base):
    """A case before a meeting, and what was resolved."""

    __tablename__ = "certification_meeting_item"
    __table_args__ = (sa.UniqueConstraint("meeting_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_meeting.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    resolution: Mapped[str] = mapped_column(sa.String(20), default="")
    """`certify`, `certify_exempt` (also §10 III: no demonstration), `refuse`, `correct`, `oral`,
    `exempt`, `defer` (`resolutions.py`); "" none yet."""
    words: Mapped[str] = mapped_column(Encrypted, default="")
    position: Mapped[int] = mapped_column(default=0)
    """In the agenda's order; gaps do not matter."""
    items: Mapped[dict] = mapped_column(Json, default=dict)
    """With `correct`: name of the form's field → what is to be corrected."""
    withdrawn: Mapped[list] = mapped_column(Json, default=list)
    """Ids of members who declared at the meeting that they withdraw 迴避; from the closing on, all
    who did or had to."""
    done_at: Mapped[datetime | None]
    left_words: Mapped[str] = mapped_column(sa.String(500), default="")
    """Why it could not be carried out at the closing; the case stayed as it was."""
