"""Reminders: who still must act, on which days, once, also after downtime and a kill."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, jobs, schedule, tenancy
from plugin.actor import Role
from plugin.portfolio.models import SelectionKind
from plugin.portfolio.operations import selection
from plugin.school import lastday, operations, reminding
from plugin.school.calendar_models import ReminderRun
from plugin.school.models import PersonKind, Window, WindowKind
from plugin.school.operations import reminding as sending
from plugin.trail.models import Message, OutboundMail
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    at,
    make_class,
    make_person,
    make_rule,
    make_staff,
    make_student,
    make_window,
)
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.world import World, make_world

UPLOAD, CERTIFY = WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION
CLOSES = at(2026, 11, 30, 17)
"""A Monday; today is Friday the 20th."""


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(windows=False)
    make_window(made.school, UPLOAD, opens_at=at(2026, 11, 2, 8), closes_at=CLOSES)
    return made


def remind() -> int:
    with tenancy.across("a test"):
        return sending.remind()


def told(person_id: int) -> list[str]:
    query = sa.select(Message.subject).where(Message.person_id == person_id)
    return list(db.reading().scalars(query.order_by(Message.id)))


class TestDays:
    def test_seven_three_and_one_once_each(self, world: World, clock: FrozenClock) -> None:
        world.draft()
        clock.set(at(2026, 11, 20, 0))
        counted: dict[Any, int] = {}
        while clock() < CLOSES + timedelta(hours=3):
            if n := remind():
                counted[clock().astimezone().date().isoformat()] = n
                assert clock() == clock().replace(minute=0)
            clock.advance(hours=2)
        subjects = told(world.student.id)
        assert [text[-6:] for text in subjects] == ["還有 7 天截止"[-6:], " 3 天截止", " 1 天截止"]
        assert sum(counted.values()) == 3
        mails = db.reading().scalars(sa.select(OutboundMail.subject)).all()
        assert len([one for one in mails if "課程學習成果上傳" in one]) == 3

    def test_not_before_the_morning(self, world: World, clock: FrozenClock) -> None:
        world.draft()
        clock.set(at(2026, 11, 23, 7, 59))
        assert remind() == 0
        clock.set(at(2026, 11, 23, 8))
        assert remind() == 1
        assert remind() == 0, "the same hour again"

    def test_after_downtime_the_nearest_only(self, world: World, clock: FrozenClock) -> None:
        world.draft()
        clock.set(at(2026, 11, 29, 11))  # nothing ran since before the first
        assert remind() == 1
        assert told(world.student.id) == ["「課程學習成果上傳」還有 1 天截止"]

    def test_a_missed_day_is_made_up_with_what_is_left(
        self, world: World, clock: FrozenClock
    ) -> None:
        world.draft()
        clock.set(at(2026, 11, 24, 10))
        assert remind() == 1
        assert told(world.student.id) == ["「課程學習成果上傳」還有 6 天截止"]

    def test_the_school_names_the_days(self, world: World, clock: FrozenClock) -> None:
        world.draft()
        make_rule(world.school, reminding.RULE, [10])
        assert remind() == 1
        clock.set(at(2026, 11, 29, 10))
        assert remind() == 0

    def test_a_moved_closing_is_a_new_one(self, world: World, clock: FrozenClock) -> None:
        world.draft()
        clock.set(at(2026, 11, 23, 9))
        assert remind() == 1
        operations.set_window(
            world.clerk, UPLOAD, YEAR, at(2026, 11, 2, 8), at(2026, 11, 30, 18), term=1
        )
        assert remind() == 0, "an hour later on the same day"
        operations.set_window(
            world.clerk, UPLOAD, YEAR, at(2026, 11, 2, 8), at(2026, 12, 7, 17), term=1
        )
        clock.set(at(2026, 11, 30, 9))
        assert remind() == 1

    def test_neither_before_it_opens_nor_after_it_closes(
        self, world: World, clock: FrozenClock
    ) -> None:
        world.draft()
        with db.writing() as session:
            session.execute(sa.update(Window).values(opens_at=at(2026, 11, 29, 12)))
        clock.set(at(2026, 11, 29, 9))
        assert remind() == 0
        clock.set(CLOSES)
        assert remind() == 0

    def test_by_the_clock_of_the_house(self, world: World, clock: FrozenClock) -> None:
        world.draft()
        clock.set(at(2026, 11, 23, 8))
        job = schedule.tick("calendar.remind")
        assert schedule.tick("calendar.remind") == job, "one hour, one job"
        jobs.run(job)
        assert len(told(world.student.id)) == 1


class TestWho:
    """Each kind's own people, and nobody who has nothing to do."""

    def waiting(self, world: World, kind: WindowKind) -> list[int]:
        task = reminding.task_of(kind)
        assert task is not None
        slots = reminding.closing(timedelta(days=60), school_id=world.school.id)
        found = [
            reminding.waiting(task, slot, after=0, limit=100) for slot in slots if slot.kind is kind
        ]
        assert found, "its window is open"
        return sorted(person for people in found for person in people)

    def test_outcomes(self, world: World) -> None:
        make_student(world.school, world.school_class)
        assert self.waiting(world, UPLOAD) == []
        mine = world.draft()
        assert self.waiting(world, UPLOAD) == [world.student.id]
        from plugin.portfolio.operations import outcomes

        outcomes.send(world.pupil, mine.id)
        assert self.waiting(world, UPLOAD) == []

    def test_certification(self, world: World) -> None:
        make_window(world.school, CERTIFY)
        assert self.waiting(world, CERTIFY) == []
        world.sent()
        assert self.waiting(world, CERTIFY) == [world.teacher.id]

    def test_selection(self, world: World) -> None:
        make_window(world.school, CERTIFY)
        make_window(world.school, WindowKind.SELECTION)
        make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
        one = world.certified()
        selection.select(world.pupil, one.id)
        assert self.waiting(world, WindowKind.SELECTION) == [world.student.id]
        selection.lock(world.pupil, YEAR)
        assert self.waiting(world, WindowKind.SELECTION) == []
        sent = experience_world.sent(world, "work")
        selection.select(world.pupil, sent.id, SelectionKind.EXPERIENCE)
        assert self.waiting(world, WindowKind.SELECTION) == [world.student.id], "each by itself"

    def test_experiences(self, world: World) -> None:
        make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
        experience_world.draft(world, "work")
        assert self.waiting(world, WindowKind.EXPERIENCE_UPLOAD) == [world.student.id]

    def test_staff(self, world: World) -> None:
        officer = make_staff(world.school, Role.STUDENT_AFFAIRS)
        for kind in (WindowKind.POSTS, WindowKind.COURSE_RECORDS, WindowKind.SUBMISSION):
            make_window(world.school, kind)
        assert self.waiting(world, WindowKind.POSTS) == [officer.id]
        assert self.waiting(world, WindowKind.COURSE_RECORDS) == [world.teacher.id]
        assert self.waiting(world, WindowKind.SUBMISSION) == [world.registry.id]

    def test_a_grade_with_its_own_window_is_told_of_that(
        self, world: World, clock: FrozenClock
    ) -> None:
        third = make_student(world.school, make_class(world.school, grade=3))
        world.draft()
        _draft_of(world, third.id)
        make_window(
            world.school, UPLOAD, grade=3, opens_at=at(2026, 11, 2), closes_at=at(2026, 12, 20)
        )
        clock.set(at(2026, 11, 23, 9))
        assert remind() == 1
        assert (len(told(world.student.id)), told(third.id)) == (1, [])
        clock.set(at(2026, 12, 13, 9))
        assert remind() == 1
        assert len(told(third.id)) == 1

    def test_somebody_with_more_time_is_told_by_their_own(
        self, world: World, clock: FrozenClock
    ) -> None:
        other = make_student(world.school, world.school_class)
        world.draft()
        _draft_of(world, other.id)
        until = at(2026, 12, 10, 17)
        for holder in (
            {"student_id": world.student.id},
            {"class_id": make_class(world.school).id},
        ):
            operations.extend_window(world.clerk, UPLOAD, YEAR, until, "公假", term=1, **holder)
        for table in (Message, OutboundMail):
            with db.writing() as session:
                session.execute(sa.delete(table))
        clock.set(at(2026, 11, 23, 9))
        assert remind() == 1
        assert (told(world.student.id), len(told(other.id))) == ([], 1)
        clock.set(at(2026, 12, 3, 9))
        assert remind() == 1
        assert len(told(world.student.id)) == 1

    def test_two_extensions_until_the_same_moment_tell_once(
        self, world: World, clock: FrozenClock
    ) -> None:
        world.draft()
        until = at(2026, 12, 10, 17)
        operations.extend_window(
            world.clerk, UPLOAD, YEAR, until, "公假", term=1, class_id=world.school_class.id
        )
        with db.writing() as session:
            from plugin.school.calendar_models import WindowExtension

            session.add(
                WindowExtension(
                    school_id=world.school.id, academic_year=YEAR, term=1, kind=UPLOAD,
                    student_id=world.student.id, until=until, reason="公假", given_by_name="",
                    given_at=clock(),
                )
            )  # fmt: skip
        clock.set(at(2026, 12, 3, 9))
        assert remind() == 1

    def test_schools_apart(self, world: World, clock: FrozenClock) -> None:
        elsewhere = make_world(windows=False)
        elsewhere_draft = _draft_of(elsewhere, elsewhere.student.id)
        world.draft()
        clock.set(at(2026, 11, 23, 9))
        assert remind() == 1, "the other school has set no window"
        assert told(elsewhere.student.id) == []
        assert elsewhere_draft


class TestMany:
    def test_in_portions_and_on_after_a_kill(
        self, world: World, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = [make_person(world.school, PersonKind.STUDENT) for _ in range(7)]
        for one in people:
            _draft_of(world, one.id)
        monkeypatch.setattr(sending, "CHUNK", 3)
        clock.set(at(2026, 11, 23, 9))
        portions = 0
        real = sending.notify

        def dies(*args: Any, **kwargs: Any) -> int:
            nonlocal portions
            portions += 1
            found = real(*args, **kwargs)
            if portions == 2:
                raise KeyboardInterrupt  # within the transaction: the portion is not told
            return found

        monkeypatch.setattr(sending, "notify", dies)
        with pytest.raises(KeyboardInterrupt):
            remind()
        assert [len(told(one.id)) for one in people] == [1, 1, 1, 0, 0, 0, 0]
        assert remind() == 4
        assert [len(told(one.id)) for one in people] == [1] * 7
        run = db.reading().scalars(sa.select(ReminderRun)).one()
        assert (run.told, run.finished_at is not None) == (7, True)

    def test_questions_do_not_grow_with_people(self, world: World, clock: FrozenClock) -> None:
        clock.set(at(2026, 11, 23, 9))
        seen = []

        def count() -> int:
            seen.clear()
            remind()
            return len(seen)

        @sa.event.listens_for(db.engine(), "before_cursor_execute")
        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("INSERT"):  # a line in each inbox is the work itself
                seen.append(statement)

        _draft_of(world, world.student.id)
        one = count()
        for _ in range(30):
            _draft_of(world, make_person(world.school, PersonKind.STUDENT).id)
        with db.writing() as session:
            session.execute(sa.delete(ReminderRun))
        assert count() <= one, "thirty times the people, the same statements"


class TestTheLastDay:
    def test_whoever_must_act_sees_it_on_every_page(
        self, world: World, clock: FrozenClock, client: Any, act_as: Any
    ) -> None:
        clock.set(CLOSES - timedelta(hours=23))
        act_as(world.pupil)
        assert "最後一天" not in client.get("/school/calendar").text
        _draft_of(world, world.student.id)
        page = client.get("/school/calendar").text
        assert "最後一天：「課程學習成果上傳」" in page
        assert "前往處理" in page
        act_as(world.clerk)
        assert "最後一天" not in client.get("/school/calendar").text
        act_as(world.pupil)
        clock.set(CLOSES)
        assert "最後一天" not in client.get("/school/calendar").text

    def test_it_is_asked_of_this_person_alone(self, world: World, clock: FrozenClock) -> None:
        """Not of the whole school: in the database the question ends at their own rows."""
        clock.set(CLOSES - timedelta(hours=2))
        _draft_of(world, make_person(world.school, PersonKind.STUDENT).id)
        seen: list[str] = []

        @sa.event.listens_for(db.engine(), "before_cursor_execute")
        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "FROM person" in statement and "outcome" in statement:
                seen.append(statement)

        assert lastday.calls(world.pupil) == []
        _draft_of(world, world.student.id)
        assert len(lastday.calls(world.pupil)) == 1
        assert seen
        assert not any("IN (SELECT" in one for one in seen)

    def test_a_teacher_with_waiting_work(self, world: World, clock: FrozenClock) -> None:
        world.sent()
        make_window(world.school, CERTIFY, opens_at=at(2026, 11, 2), closes_at=CLOSES)
        clock.set(CLOSES - timedelta(hours=2))
        (call,) = lastday.calls(world.master)
        assert (call.endpoint, "等待認證" in call.text) == ("portfolio.certification_queue", True)
        assert lastday.calls(actor_of(make_staff(world.school, Role.REGISTRY))) == []

    def test_with_more_time_the_last_day_is_a_later_one(
        self, world: World, clock: FrozenClock
    ) -> None:
        world.draft()
        until = at(2026, 12, 10, 17)
        operations.extend_window(
            world.clerk, UPLOAD, YEAR, until, "公假", term=1, student_id=world.student.id
        )
        clock.set(CLOSES - timedelta(hours=2))
        assert lastday.calls(world.pupil) == []
        clock.set(until - timedelta(hours=2))
        assert len(lastday.calls(world.pupil)) == 1


def test_one_room_a_kind(app: Flask) -> None:
    with pytest.raises(ValueError, match="twice"):
        reminding.registers(
            UPLOAD, (Role.STUDENT,), lambda _slot: sa.select(Message.person_id),
            words="x", path="/", endpoint="x",
        )  # fmt: skip


def _draft_of(world: World, student_id: int) -> int:
    """A draft of somebody, without its files."""
    from plugin import clock as now
    from plugin.portfolio.models import Outcome, OutcomeState

    with db.writing() as session:
        made = Outcome(
            school_id=world.school.id, student_id=student_id, course_id=world.course.id,
            academic_year=YEAR, term=1, state=OutcomeState.DRAFT, started_at=now.now(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id
