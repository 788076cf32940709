"""Remind with one press: just those who still must act, nobody twice in a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed
from plugin.portfolio.models import Reminder
from plugin.portfolio.operations.found import ForeignRecord, audited, missing
from plugin.portfolio.queries.overviews import dashboard, duties, matrix
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.school import queries as school_queries
from plugin.school.models import School
from plugin.school.terms import term_of
from plugin.trail.chain import record
from plugin.trail.notify import notify

SEND = "portfolio.remind"
STUDENTS, TEACHERS = "students", "teachers"
CHUNK = 500
"""People in one transaction."""

Todo = tuple[int, tuple[Duty, ...]]
"""A person, and what they still must do."""


@dataclass(frozen=True)
class Reminded:
    """How many were told, and how many had been told today already."""

    told: int = 0
    already: int = 0

    def __add__(self, other: Reminded) -> Reminded:
        return Reminded(self.told + other.told, self.already + other.already)


@audited
def remind_class(actor: Actor, class_id: int) -> Reminded:
    """The homeroom teacher reminds those of a class who still must act.

    :raises NotFound: not the actor's class of this year.
    """
    assert actor.school_id is not None
    assert actor.person_id is not None
    year = term_of(clock.today()).academic_year
    mine = school_queries.homeroom_classes(actor.school_id, actor.person_id, year)
    one = next((each for each in mine if each.id == class_id), None)
    if one is None:
        raise ForeignRecord("school_class", class_id)
    lines = matrix.of_class(one, school_queries.students_of_class(class_id), acting_only=True)
    with db.writing():
        done = tell(actor, [(line.student.id, line.duties) for line in lines])
        record(
            actor, "reminder.class", "school_class", class_id,
            told=done.told, already=done.already,
        )  # fmt: skip
    return done


def remind_school(actor: Actor, whom: str) -> int:
    """Remind everybody of the school who still must act, in the queue.

    :param whom: `students` or `teachers`; student affairs remind students only.
    :returns: the job's id.
    """
    if whom not in {STUDENTS, TEACHERS}:
        raise missing()
    if not actor.has(Role.REGISTRY) and (whom == TEACHERS or not actor.has(Role.STUDENT_AFFAIRS)):
        raise NotAllowed(_("您的身分不能提醒這些人。"), remedy=_("提醒教師請洽註冊組。"))
    with db.writing():
        record(actor, "reminder.begin", "school", actor.school_id, whom=whom)
        return jobs.enqueue(actor, SEND, {"whom": whom})


def work(run: jobs.Run) -> Reminded:
    """The job: a slice of the school at a time. Taken over after a kill it begins anew, and whom
    it has told it does not tell again."""
    assert run.school_id is not None
    year = term_of(clock.today()).academic_year
    whom, done = run.args["whom"], Reminded()
    if whom == TEACHERS:
        waiting = dashboard.teachers_with_waiting(run.school_id, year)
        for start in range(0, len(waiting), CHUNK):
            some = waiting[start : start + CHUNK]
            with db.writing():
                done += tell(run.actor, [(one, (Duty.CERTIFY,)) for one in some])
            run.progress(start + len(some), len(waiting))
    else:
        after, seen, total = 0, 0, dashboard.seated(run.school_id, year)
        while seats := matrix.slice_of(run.school_id, year, after=after, limit=CHUNK):
            with db.writing():
                done += tell(run.actor, _of_students(run.school_id, year, seats))
            after, seen = seats[-1].seat_id, seen + len(seats)
            run.progress(seen, max(total, seen))
    with db.writing():
        record(
            run.actor, "reminder.school", "school", run.school_id,
            whom=whom, told=done.told, already=done.already,
        )  # fmt: skip
    return done


def tell(actor: Actor, people: Sequence[Todo]) -> Reminded:
    """Tell those who have not been told today; within the caller's transaction.

    Who has the same to do gets the same message, so that a whole slice is a few messages.
    """
    todo = {person_id: mine for person_id, mine in people if mine}
    if not todo:
        return Reminded()
    with db.writing() as session:
        # Two presses at the same moment must not tell the same people: one waits for the other.
        session.get(School, actor.school_id, with_for_update=db.HELD)
        today = clock.today()
        already = set(
            session.scalars(
                sa.select(Reminder.person_id).where(
                    Reminder.day == today, Reminder.person_id.in_(list(todo))
                )
            )
        )
        rest = {one: mine for one, mine in todo.items() if one not in already}
        session.add_all(
            Reminder(
                school_id=actor.school_id,
                person_id=person_id,
                day=today,
                duties=[one.value for one in mine],
                by_id=actor.person_id,
                at=clock.now(),
            )
            for person_id, mine in rest.items()
        )
        session.flush()
        for mine, ids in _alike(rest).items():
            _notify(actor, ids, mine)
    return Reminded(len(rest), len(todo) - len(rest))


def _of_students(school_id: int, year: int, seats: Iterable[matrix.Seated]) -> list[Todo]:
    seats = list(seats)
    figures = matrix.figures([one.student_id for one in seats], year)
    seasons = duties.seasons(school_id, year, {one.student_id: one.grade for one in seats})
    return [
        (one.student_id, duties.of(figures[one.student_id], seasons[one.student_id]))
        for one in seats
    ]


def _alike(people: Mapping[int, tuple[Duty, ...]]) -> dict[tuple[Duty, ...], list[int]]:
    found: dict[tuple[Duty, ...], list[int]] = defaultdict(list)
    for person_id, mine in people.items():
        found[mine].append(person_id)
    return found


def _notify(actor: Actor, person_ids: list[int], mine: tuple[Duty, ...]) -> None:
    assert actor.school_id is not None
    lines = "\n".join(f"• {duties.WORDS[one]}" for one in mine)
    teacher = mine == (Duty.CERTIFY,)
    subject = (
        _("提醒：有課程學習成果等待認證") if teacher else _("提醒：學習歷程檔案還有事項未完成")
    )
    body = _("還需要完成：\n\n%(lines)s\n\n期限請看平臺首頁。", lines=lines)
    notify(
        person_ids,
        subject,
        body,
        "/certification" if teacher else "/timeline",
        school_id=actor.school_id,
        mail=True,
    )
