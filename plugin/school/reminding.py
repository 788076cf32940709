"""Who still must act before a window closes: each room says so of its own kinds of work.

    reminding.registers(
        WindowKind.SELECTION, (Role.STUDENT,), _unconfirmed,
        endpoint="portfolio.selection", path="/selection", words=_l("…"),
    )

`_unconfirmed(slot)` is a SELECT of person ids; `slot.conditions(…)` narrows it to those whose
window this is. One room may register one kind, so that nobody hears twice of the same closing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.school import extensions, queries, rules, windows
from plugin.school.calendar_models import WindowExtension
from plugin.school.models import ClassSeat, Person, SchoolClass, Window, WindowKind

RULE = "reminder.days_before"
MORNING = time(8)
"""When a day's reminders go out, in Taipei."""

LAST_DAY = timedelta(days=1)
MOST_DAYS = timedelta(days=61)
"""The rule takes up to 60 days."""


@dataclass(frozen=True)
class Slot:
    """One closing: of a window, or of an extension of it.

    :param others: grades that have windows of their own, when this is that of all grades.
    """

    school_id: int
    kind: WindowKind
    academic_year: int
    term: int
    grade: int
    opens_at: datetime
    closes_at: datetime
    others: tuple[int, ...] = ()
    extension: WindowExtension | None = None

    @property
    def extension_id(self) -> int:
        return self.extension.id if self.extension is not None else 0

    def conditions(
        self, *, student: Any = None, course: Any = None, grade: Any = None
    ) -> list[sa.ColumnElement[bool]]:
        """Conditions on a room's rows: those whose closing this is.

        :param student, course, grade: columns of the rows; without a grade it is that of the
            student's class in the year.
        """
        found: list[sa.ColumnElement[bool]] = []
        if student is not None or course is not None:
            later = extensions.held_by(
                self.school_id, self.kind, self.academic_year, self.term, self.closes_at,
                student=student, course=course, before_id=self.extension_id,
            )  # fmt: skip
            found.append(~later)
        if self.extension is not None:
            return [_is_holder(self.extension, student, course), *found]
        if grade is not None:
            if self.grade or self.others:
                found.append(grade == self.grade if self.grade else grade.not_in(self.others))
        elif student is not None and self.grade:
            found.append(student.in_(self._seated((self.grade,))))
        elif student is not None and self.others:
            found.append(student.not_in(self._seated(self.others)))
        return found

    def _seated(self, grades: Sequence[int]) -> sa.Select[int]:
        return (
            sa.select(ClassSeat.student_id)
            .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
            .where(
                SchoolClass.school_id == self.school_id,
                SchoolClass.academic_year == self.academic_year,
                SchoolClass.grade.in_(grades),
            )
        )


Who = Callable[[Slot], "sa.Select[Any]"]


@dataclass(frozen=True)
class Task:
    """What somebody still has to do before a kind of window closes.

    :param words: one sentence, e.g. 您還有尚未送出的課程學習成果草稿。
    :param path: where the inbox leads. :param endpoint: where the banner leads.
    """

    kind: WindowKind
    roles: frozenset[Role]
    who: Who
    words: Any
    path: str
    endpoint: str


_tasks: dict[WindowKind, Task] = {}


def registers(
    kind: WindowKind, roles: Sequence[Role], who: Who, *, words: Any, path: str, endpoint: str
) -> None:
    """Say who still must act in a kind of window.

    :raises ValueError: another room has said so already.
    """
    task = Task(kind, frozenset(roles), who, words, path, endpoint)
    known = _tasks.setdefault(kind, task)
    if known.who is not who:
        raise ValueError(f"{kind} is registered twice")


def task_of(kind: WindowKind) -> Task | None:
    """What is to be done in a kind of window; None when no room has said."""
    return _tasks.get(kind)


def tasks_for(actor: Actor) -> list[Task]:
    """The tasks that somebody with these roles may have."""
    return [one for one in _tasks.values() if actor.has(*one.roles)]


def waiting(task: Task, slot: Slot, *, after: int, limit: int) -> list[int]:
    """People who still must act, by id, each once; active people of the school only."""
    people = task.who(slot).subquery()
    (column,) = people.c
    query = (
        sa.select(Person.id)
        .where(
            Person.school_id == slot.school_id,
            Person.active,
            Person.id > after,
            Person.id.in_(sa.select(column)),
        )
        .order_by(Person.id)
        .limit(limit)
    )
    return list(db.reading().scalars(query))


def must_act(task: Task, slot: Slot, person_id: int) -> bool:
    """Whether one person still must act. Asked of this person alone, not of the whole school:
    every page asks it on the busiest day."""
    people = task.who(slot).subquery()
    (column,) = people.c
    query = sa.select(Person.id).where(
        Person.id == person_id,
        Person.school_id == slot.school_id,
        Person.active,
        sa.exists().where(column == person_id),
    )
    return db.reading().scalar(query) is not None


def closing(before: timedelta, *, school_id: int | None = None) -> list[Slot]:
    """Windows and extensions that are open and close within a time, the nearest first.

    Two statements, however many there are; across schools unless one is named.
    """
    now = clock.now()
    soon = (Window.opens_at <= now, Window.closes_at > now, Window.closes_at <= now + before)
    given = (
        WindowExtension.revoked_at.is_(None),
        WindowExtension.until > now,
        WindowExtension.until <= now + before,
    )
    here = [Window.school_id == school_id] if school_id is not None else []
    there = [WindowExtension.school_id == school_id] if school_id is not None else []
    session = db.reading()
    found = [_of_window(one) for one in session.scalars(sa.select(Window).where(*soon, *here))]
    for one in session.scalars(sa.select(WindowExtension).where(*given, *there)):
        slot = _of_extension(one)
        if slot is not None:
            found.append(slot)
    return sorted(found, key=lambda slot: (slot.closes_at, slot.school_id, slot.extension_id))


def due(slot: Slot, now: datetime) -> int | None:
    """The reminder that is due: the nearest whose morning has come; None before the first.

    One that was missed is not made up for once a nearer one is due.
    """
    numbers = rules.value(slot.school_id, RULE, slot.academic_year).value
    days = numbers if isinstance(numbers, list) else []
    closes_on = slot.closes_at.astimezone(clock.TAIPEI).date()
    reached = [
        one
        for one in days
        if now >= datetime.combine(closes_on - timedelta(days=one), MORNING, clock.TAIPEI)
    ]
    return min(reached, default=None)


def _of_window(window: Window) -> Slot:
    others: tuple[int, ...] = ()
    if not window.grade:
        rows = windows.of_year(window.school_id, window.academic_year)
        yearly = window.kind in windows.YEARLY  # there a batch's window has the batch for its term
        others = tuple(
            sorted(
                {
                    one.grade
                    for one in rows
                    if one.kind == window.kind and one.grade and (yearly or one.term == window.term)
                }
            )
        )
    return Slot(
        window.school_id, window.kind, window.academic_year, window.term, window.grade,
        window.opens_at, window.closes_at, others,
    )  # fmt: skip


def _of_extension(given: WindowExtension) -> Slot | None:
    """The closing of an extension; None where the window itself closes later by now."""
    rows = [
        one
        for one in windows.of_year(given.school_id, given.academic_year)
        if (one.kind, one.term) == (given.kind, given.term)
    ]
    grade = _grade_of(given)
    own = next((one for one in rows if one.grade == grade), None)
    window = own or next((one for one in rows if one.grade == 0), None)
    if window is None or given.until <= window.closes_at or clock.now() < window.opens_at:
        return None
    return Slot(
        given.school_id, given.kind, given.academic_year, given.term, window.grade,
        window.opens_at, given.until, extension=given,
    )  # fmt: skip


def _grade_of(given: WindowExtension) -> int:
    if given.class_id is not None:
        one = queries.school_class(given.school_id, given.class_id)
        return one.grade if one else 0
    if given.course_id is not None:
        course = queries.course(given.school_id, given.course_id)
        return course.grade if course else 0
    student_id = given.student_id or 0
    placed = queries.class_of([student_id], given.academic_year).get(student_id)
    return placed.grade if placed else 0


def _is_holder(given: WindowExtension, student: Any, course: Any) -> sa.ColumnElement[bool]:
    if given.student_id is not None and student is not None:
        return sa.and_(student == given.student_id)
    if given.class_id is not None and student is not None:
        seats = sa.select(ClassSeat.student_id).where(ClassSeat.class_id == given.class_id)
        return sa.and_(student.in_(seats))
    if given.course_id is not None and course is not None:
        return sa.and_(course == given.course_id)
    return sa.false()
