"""The one transaction in which a package's records become rows of this school."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.portfolio import receipt_notices
from plugin.portfolio.models import (
    Decision,
    ExchangeArrival,
    ExchangeCourse,
    ExchangeIn,
    Experience,
    ExperienceState,
    InState,
    Outcome,
    OutcomeState,
    Verdict,
)
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.operations.exchange.arrivals import CourseOfOrigin, Taken, told_of
from plugin.portfolio.operations.exchange.arriving_posts import TakenPost
from plugin.portfolio.operations.found import hold_student
from plugin.school.models import Course
from plugin.trail.chain import record
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile


@dataclass(frozen=True)
class Ready:
    """A new record of a student whose files wait in the vault, by slot."""

    student_id: int
    taken: Taken
    files: Mapping[str, int]


@dataclass(frozen=True)
class ReadyPost:
    """A new officer post of a student."""

    student_id: int
    taken: TakenPost


def take_all(
    actor: Actor, exchange_in_id: int, ready: Sequence[Ready], posts: Sequence[ReadyPost] = ()
) -> bool:
    """Enter everything, or nothing. False: somebody was faster, or it is no longer wanted."""
    people = {one.student_id for one in ready} | {one.student_id for one in posts}
    with db.writing() as session:
        found = session.get_one(
            ExchangeIn, exchange_in_id, with_for_update=db.HELD, populate_existing=True
        )
        if found.state is not InState.TAKING:
            return False
        now = clock.now()
        for student_id in sorted(people):
            hold_student(session, student_id)
        courses: dict[CourseOfOrigin, Course] = {}
        made: list[tuple[Ready, Outcome | Experience]] = []
        for one in ready:
            if one.taken.course is not None:
                course = courses.get(one.taken.course)
                if course is None:
                    course = _course(session, found, one.taken.course)
                    courses[one.taken.course] = course
                made.append((one, _outcome(session, found, one, course, now)))
            else:
                made.append((one, _experience(session, found, one, now)))
        session.flush()
        session.add_all(_arrival(found, one, row, now) for one, row in made)
        session.add_all(_post(found, one, now) for one in posts)
        file_ids = sorted({file_id for one in ready for file_id in one.files.values()})
        for begin in range(0, len(file_ids), 200):
            vault.keep(actor, file_ids[begin : begin + 200])
        found.state, found.taken_at = InState.TAKEN, now
        record(
            actor, "exchange.taken", "exchange_in", found.id,
            outcomes=sum(isinstance(row, Outcome) for _one, row in made),
            experiences=sum(isinstance(row, Experience) for _one, row in made),
            posts=len(posts), files=len(file_ids), students=sorted(people),
        )  # fmt: skip
        receipt_notices.exchange_checked(found)
        receipt_notices.arrived(found.school_id, people)
        return True


def _outcome(
    session: Session, found: ExchangeIn, one: Ready, course: Course, now: datetime
) -> Outcome:
    taken = one.taken
    at = taken.certified_at or now
    row = Outcome(
        school_id=found.school_id,
        student_id=one.student_id,
        course_id=course.id,
        academic_year=taken.academic_year,
        term=taken.term,
        grade=course.grade,
        title=taken.title,
        summary=taken.summary,
        ai_note=taken.ai_note,
        document_file_id=one.files.get("document"),
        media_file_id=one.files.get("media"),
        # what the other school did not certify nobody here can: its teachers are not ours
        state=OutcomeState.CERTIFIED if taken.certified else OutcomeState.OVERDUE,
        started_at=now,
        sent_at=taken.sent_at or now,
        decided_at=at if taken.certified else None,
    )
    session.add(row)
    session.flush()
    if taken.certified:
        document, media = taken.item.document, taken.item.media
        session.add(
            Decision(
                outcome_id=row.id,
                verdict=Verdict.CERTIFIED,
                reason=taken.certified_note
                or _("原就讀學校（%(code)s）認證", code=taken.origin_code),
                by_id=None,  # nobody of this school
                by_name=taken.certified_by or _("原就讀學校 %(code)s", code=taken.origin_code),
                at=at,
                course_id=course.id,
                title=row.title,
                summary=row.summary,
                document_sha256=document.sha256 if document else None,
                media_sha256=media.sha256 if media else None,
            )
        )
    return row


def _experience(session: Session, found: ExchangeIn, one: Ready, now: datetime) -> Experience:
    taken = one.taken
    row = Experience(
        school_id=found.school_id,
        student_id=one.student_id,
        kind=taken.item.kind,
        academic_year=taken.academic_year,
        term=taken.term,
        title=taken.title,
        details=dict(taken.details),
        summary=taken.summary,
        link=taken.link,
        ai_note=taken.ai_note,
        document_file_id=one.files.get("document"),
        media_file_id=one.files.get("media"),
        state=ExperienceState.SENT,
        started_at=now,
        sent_at=taken.sent_at or now,
    )
    session.add(row)
    return row


def _post(found: ExchangeIn, one: ReadyPost, now: datetime) -> ExchangePost:
    taken = one.taken
    return ExchangePost(
        exchange_in_id=found.id,
        student_id=one.student_id,
        item_key=taken.key,
        origin_code=taken.origin_code or found.origin_code,
        academic_year=taken.academic_year,
        term=taken.term,
        level=taken.level,
        unit=taken.unit,
        duty=taken.duty,
        starts_on=taken.starts_on,
        ends_on=taken.ends_on,
        made_at=taken.made_at,
        arrived_at=now,
    )


def _arrival(
    found: ExchangeIn, one: Ready, row: Outcome | Experience, now: datetime
) -> ExchangeArrival:
    return ExchangeArrival(
        exchange_in_id=found.id,
        student_id=one.student_id,
        outcome_id=row.id if isinstance(row, Outcome) else None,
        experience_id=row.id if isinstance(row, Experience) else None,
        item_key=one.taken.key,
        origin_code=one.taken.origin_code or found.origin_code,
        details=told_of(one.taken.item),
        arrived_at=now,
    )


def _course(session: Session, found: ExchangeIn, wanted: CourseOfOrigin) -> Course:
    """The other school's course as one of ours, entered once however many students bring it."""
    text = "|".join(str(part) for part in (wanted.code, wanted.name, wanted.grade, wanted.credits))
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    number = f"X-{wanted.origin_code}-{wanted.code or 'NONE'}-{mark}"[:64]
    there = session.scalar(
        sa.select(Course).where(
            Course.school_id == found.school_id,
            Course.academic_year == wanted.academic_year,
            Course.term == wanted.term,
            Course.number == number,
        )
    )
    if there is not None:
        return there
    made = Course(
        school_id=found.school_id,
        academic_year=wanted.academic_year,
        term=wanted.term,
        number=number,
        code=wanted.code,
        name=wanted.name,
        grade=wanted.grade,
        credits=wanted.credits,
        periods=wanted.periods,
    )
    session.add(made)
    session.flush()
    session.add(
        ExchangeCourse(
            course_id=made.id,
            origin_code=wanted.origin_code or found.origin_code,
            exchange_in_id=found.id,
        )
    )
    return made


def waiting_file(student_id: int, sha256: str, slot: str, since: datetime) -> int | None:
    """A file that an earlier attempt of this work has put there already."""
    query = sa.select(StoredFile.id).where(
        StoredFile.owner_id == student_id,
        StoredFile.sha256 == sha256,
        StoredFile.slot == slot,
        StoredFile.created_at >= since,
        StoredFile.expires_at.is_not(None),
    )
    return db.reading().scalar(query.order_by(StoredFile.id.desc()).limit(1))
