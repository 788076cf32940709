"""The digest: teachers hear by mail what waits for them, as often as the school says.

All of a school's digests of one slot go out in one transaction with the line that says so: after a
kill or downtime they are sent once, or not yet, never twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import clock, db
from plugin.actor import system
from plugin.portfolio.models import CertifyingChoice, DigestRun, Outcome, OutcomeState
from plugin.school import rhythm, rules, windows
from plugin.school.course_queries import valid_on
from plugin.school.models import Course, CourseTeacher, Person, School, WindowKind
from plugin.school.terms import term_of
from plugin.trail.chain import record
from plugin.trail.notify import notify

RULE = "certification.digest"
FROM_HOUR = 7
"""Not before seven in the morning."""
LATE = timedelta(days=3)
"""A slot missed longer ago is not made up for."""


@dataclass(frozen=True)
class Backlog:
    """What waits for one teacher."""

    teacher_id: int
    waiting: int
    since: datetime


def send_due() -> int:
    """Send every school's digest that is due and has not gone out; returns how many teachers were
    told. Safe to run at any time and twice."""
    now = clock.now().astimezone(clock.TAIPEI)
    if now.hour < FROM_HOUR:
        return 0
    today = clock.today()
    told = 0
    for school_id in list(db.reading().scalars(sa.select(School.id).order_by(School.id))):
        slot = _due(school_id, today)
        if slot is not None:
            told += _send(school_id, slot)
    return told


def _due(school_id: int, today: date) -> date | None:
    """The slot whose digest has to go out now."""
    text = str(rules.value(school_id, RULE, term_of(today).academic_year).value)
    slot = rhythm.latest(text, today)
    if slot is None or today - slot > LATE:
        return None
    last = db.reading().scalar(
        sa.select(sa.func.max(DigestRun.slot_on)).where(DigestRun.school_id == school_id)
    )
    if last is None:
        # The first one ever: a rule that was set today makes up for nothing before it.
        return slot if slot == today else None
    return slot if last < slot else None


def _send(school_id: int, slot: date) -> int:
    with db.writing() as session:
        session.get_one(School, school_id, with_for_update=db.HELD)  # two workers: one goes first
        done = sa.select(DigestRun.id).where(
            DigestRun.school_id == school_id, DigestRun.slot_on >= slot
        )
        if session.scalar(done.limit(1)) is not None:
            return 0
        told = 0
        rows = backlogs(school_id)
        choices = {
            one.person_id: one
            for one in session.scalars(
                sa.select(CertifyingChoice)
                .join(Person, Person.id == CertifyingChoice.person_id)
                .where(Person.school_id == school_id)
            )
        }
        for one in rows:
            choice = choices.get(one.teacher_id)
            if choice is not None and not _wants(choice, slot):
                continue
            told += _tell(school_id, one)
            if choice is not None:
                choice.digest_on = slot
        run = DigestRun(school_id=school_id, slot_on=slot, teachers=told, at=clock.now())
        session.add(run)
        session.flush()
        record(
            system(school_id), "certification.digest", "digest_run", run.id,
            slot=slot.isoformat(), teachers=told,
        )  # fmt: skip
        return told


def backlogs(school_id: int) -> list[Backlog]:
    """What waits for each teacher who may decide it today; one query."""
    query = (
        sa.select(
            CourseTeacher.person_id,
            sa.func.count(sa.distinct(Outcome.id)),
            sa.func.min(Outcome.sent_at),
        )
        .join(Course, Course.id == CourseTeacher.course_id)
        .join(Outcome, Outcome.course_id == Course.id)
        .where(
            Course.school_id == school_id,
            Outcome.state == OutcomeState.SENT,
            *valid_on(CourseTeacher, clock.today()),
        )
        .group_by(CourseTeacher.person_id)
        .order_by(CourseTeacher.person_id)
    )
    return [
        Backlog(teacher_id, waiting, since)
        for teacher_id, waiting, since in db.reading().execute(query)
        if since is not None
    ]


def _wants(choice: CertifyingChoice, slot: date) -> bool:
    """Teachers may choose less than the school sends, never more."""
    if choice.digest == "off":
        return False
    if choice.digest == "weekly" and choice.digest_on is not None:
        return choice.digest_on.isocalendar()[:2] < slot.isocalendar()[:2]
    return True


def _tell(school_id: int, one: Backlog) -> int:
    days = (clock.today() - one.since.astimezone(clock.TAIPEI).date()).days
    body = _("您有 %(n)s 件課程學習成果等待認證。", n=one.waiting)
    if days:
        body += _("等得最久的一件已經 %(days)s 天。", days=days)
    term = term_of(clock.today())
    window = windows.find(school_id, WindowKind.CERTIFICATION, term.academic_year, term.term)
    if window is not None and window.closes_at > clock.now():
        body += "\n\n" + _("本學期的認證到 %(until)s 截止。", until=roc_date(window.closes_at))
    body += "\n\n" + _("想少收這封信，請到「認證」的「我的設定」調整。")
    subject = _("有課程學習成果等待您認證")
    return notify([one.teacher_id], subject, body, "/certification", school_id=school_id, mail=True)
