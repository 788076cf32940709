"""Extensions: whose they are, until when, taken back; and open ⇔ what the rules say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin import db
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, WindowClosed
from plugin.portfolio.models import OutcomeState
from plugin.portfolio.operations import certification, deadlines, outcomes
from plugin.school import extensions, operations, windows
from plugin.school.calendar_models import WindowExtension
from plugin.school.models import Window, WindowKind
from plugin.trail.models import AuditEvent, Message
from tests.factories import (
    YEAR,
    FrozenClock,
    at,
    make_class,
    make_course,
    make_school,
    make_student,
    make_window,
)
from tests.plugin.portfolio.world import World, make_world

UPLOAD, CERTIFY = WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION
CLOSES = at(2026, 11, 30, 17)
LATER = at(2026, 12, 4, 17)


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(windows=False)
    for kind in (UPLOAD, CERTIFY):
        make_window(made.school, kind, opens_at=at(2026, 11, 2, 8), closes_at=CLOSES)
    return made


def extend(world: World, kind: WindowKind = UPLOAD, **more: Any) -> WindowExtension:
    given: dict[str, Any] = {"term": 1, "reason": "重大傷病請假", "until": LATER} | more
    return operations.extend_window(world.clerk, kind, YEAR, **given)[0]


class TestForAStudent:
    def test_has_longer_and_nobody_else(self, world: World, clock: FrozenClock) -> None:
        mine, other = world.draft(), make_student(world.school, world.school_class)
        extend(world, student_id=world.student.id)
        clock.set(CLOSES + timedelta(days=1))
        found = windows.find(world.school.id, UPLOAD, YEAR, 1, 1, student_id=world.student.id)
        assert found is not None
        assert (found.closes_at, found.regular, found.extended) == (LATER, CLOSES, True)
        assert not windows.is_open(world.school.id, UPLOAD, YEAR, 1, 1, student_id=other.id)
        assert not windows.is_open(world.school.id, UPLOAD, YEAR, 1, 1)
        assert outcomes.send(world.pupil, mine.id).outcome.state is OutcomeState.SENT

    def test_ends_at_its_second(self, world: World, clock: FrozenClock) -> None:
        mine = world.draft()
        extend(world, student_id=world.student.id)
        clock.set(LATER + timedelta(minutes=20))
        with pytest.raises(WindowClosed) as refusal:
            outcomes.send(world.pupil, mine.id)
        assert "民國115年12月4日（星期五）17:00" in refusal.value.message, "the own time is named"
        assert "作業期程" in refusal.value.remedy, "and by what it is so"

    def test_an_upload_begun_in_the_extended_time_may_finish(
        self, world: World, clock: FrozenClock
    ) -> None:
        extend(world, student_id=world.student.id)
        clock.set(LATER - timedelta(minutes=1))
        mine = world.draft()
        clock.advance(minutes=15)
        assert outcomes.send(world.pupil, mine.id).outcome.state is OutcomeState.SENT

    def test_is_told_and_it_is_audited(self, world: World) -> None:
        extend(world, student_id=world.student.id)
        told = (
            db.reading()
            .scalars(sa.select(Message).where(Message.person_id == world.student.id))
            .all()
        )
        assert ["民國115年12月4日" in one.body for one in told] == [True]
        assert world.student.name not in told[0].subject
        line = (
            db.reading()
            .scalars(sa.select(AuditEvent).where(AuditEvent.verb == "window.extend"))
            .one()
        )
        assert "重大傷病" not in str(line.detail), "why somebody is ill is no matter of the log"

    def test_is_taken_back(self, world: World, clock: FrozenClock) -> None:
        mine = world.draft()
        made = extend(world, student_id=world.student.id)
        clock.set(CLOSES + timedelta(hours=1))
        operations.revoke_extension(world.clerk, made.id, "填錯學生")
        with pytest.raises(WindowClosed):
            outcomes.send(world.pupil, mine.id)
        shown = extensions.page(world.school.id, YEAR).items
        assert [(one.holder, one.stands) for one in shown] == [(world.student.name, False)]
        with pytest.raises(Conflict):
            operations.revoke_extension(world.clerk, made.id, "再一次")


class TestForAClass:
    def test_counts_for_everybody_in_it(self, world: World, clock: FrozenClock) -> None:
        other = make_student(world.school, make_class(world.school, grade=1))
        extend(world, class_id=world.school_class.id)
        clock.set(CLOSES)
        held = [
            windows.is_open(world.school.id, UPLOAD, YEAR, 1, 1, student_id=one)
            for one in (world.student.id, other.id)
        ]
        assert held == [True, False]


class TestForACourse:
    def test_its_teacher_may_still_decide(self, world: World, clock: FrozenClock) -> None:
        mine, elsewhere = world.sent(), make_course(world.school, teacher=world.teacher)
        extend(world, CERTIFY, course_id=world.course.id)
        clock.set(CLOSES + timedelta(hours=1))
        assert deadlines.mark_overdue() == 0, "it waits for its teacher, not for the registry"
        assert not windows.is_open(world.school.id, CERTIFY, YEAR, 1, 1, course_id=elsewhere.id)
        certification.certify(world.master, mine.id)
        notes = extensions.course_notes(world.master, CERTIFY, YEAR, 1)
        assert len(notes) == 1
        assert world.course.name in notes[0]

    def test_is_overdue_when_it_ends_and_the_item_can_still_be_extended(
        self, world: World, clock: FrozenClock
    ) -> None:
        mine = world.sent()
        extend(world, CERTIFY, course_id=world.course.id)
        clock.set(LATER)
        assert deadlines.mark_overdue() == 1
        deadlines.extend(world.clerk, [mine.id], LATER + timedelta(days=2))
        certification.certify(world.master, mine.id)


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "change", "field"),
        [
            (UPLOAD, {"until": CLOSES}, "until"),
            (UPLOAD, {"until": at(2026, 11, 19)}, "until"),
            (UPLOAD, {"reason": "  "}, "reason"),
            (UPLOAD, {"reason": "很" * 201}, "reason"),
            (UPLOAD, {"term": 2}, "window"),
            (WindowKind.POSTS, {}, "window"),
            (CERTIFY, {}, "window"),
        ],
    )
    def test_with_the_field(
        self, world: World, kind: WindowKind, change: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            extend(world, kind, student_id=world.student.id, **change)
        assert set(refusal.value.fields) == {field}

    def test_for_nobody_for_two_and_for_staff(self, world: World) -> None:
        both = {"student_id": world.student.id, "class_id": world.school_class.id}
        for holders in ({}, both, {"student_id": world.teacher.id}):
            with pytest.raises(InvalidInput):
                extend(world, **holders)

    def test_for_another_school_and_by_others(self, world: World) -> None:
        elsewhere = make_world(windows=False)
        for holder in (
            {"student_id": elsewhere.student.id},
            {"class_id": elsewhere.school_class.id},
        ):
            with pytest.raises(NotFound):
                extend(world, **holder)
        made = extend(world, student_id=world.student.id)
        with pytest.raises(NotFound):
            operations.revoke_extension(elsewhere.clerk, made.id, "誤")
        for actor in (world.pupil, world.master):
            with pytest.raises(NotAllowed):
                operations.extend_window(
                    actor, UPLOAD, YEAR, LATER, "請假", term=1, student_id=world.student.id
                )

    def test_beyond_certification_only_with_a_word(self, world: World) -> None:
        with pytest.raises(operations.Unconfirmed, match="來不及認證"):
            extend(world, student_id=world.student.id, confirmed=False)
        assert extensions.page(world.school.id, YEAR).items == ()


DAY = timedelta(days=1)
BASE = at(2026, 11, 1)
days = st.integers(0, 40)


@st.composite
def spans(draw: Any) -> tuple[datetime, datetime]:
    opens = BASE + DAY * draw(days)
    return opens, opens + DAY * draw(st.integers(1, 20))


CASES = st.fixed_dictionaries(
    {
        "windows": st.dictionaries(st.tuples(st.integers(1, 2), st.integers(0, 3)), spans()),
        "extended": st.lists(
            st.tuples(
                st.sampled_from(["student", "other", "class", "elsewhere"]),
                st.integers(1, 2), days, st.booleans(),
            ),
            max_size=5,
        ),
        "grade": st.integers(1, 3),
        "term": st.integers(1, 2),
        "now": days,
    }
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=CASES)
def test_open_means_open(app: Flask, clock: FrozenClock, case: dict[str, Any]) -> None:
    """Open ⇔ opened, and before the later of the grade's closing and what the student was given."""
    school, ids = _stage(case["grade"])
    with db.writing() as session:
        session.execute(sa.delete(WindowExtension))
        session.execute(sa.delete(Window))
        for (term, grade), (opens, closes) in case["windows"].items():
            session.add(
                Window(
                    school_id=school, academic_year=YEAR, term=term, kind=UPLOAD, grade=grade,
                    opens_at=opens, closes_at=closes,
                )
            )  # fmt: skip
        for who, term, day, revoked in case["extended"]:
            column = "class_id" if who in {"class", "elsewhere"} else "student_id"
            session.add(
                WindowExtension(
                    school_id=school, academic_year=YEAR, term=term, kind=UPLOAD,
                    until=BASE + DAY * day, reason="假", given_by_name="", given_at=BASE,
                    revoked_at=BASE if revoked else None, **{column: ids[who]},
                )
            )  # fmt: skip
    now = BASE + DAY * case["now"]
    clock.set(now)
    term, grade = case["term"], case["grade"]
    window = case["windows"].get((term, grade)) or case["windows"].get((term, 0))
    given_to = [
        BASE + DAY * day
        for who, of, day, revoked in case["extended"]
        if who in {"student", "class"} and of == term and not revoked
    ]
    expected = window is not None and window[0] <= now < max([window[1], *given_to])
    asked = {"term": term, "grade": grade, "student_id": ids["student"]}
    assert windows.is_open(school, UPLOAD, YEAR, **asked) is expected
    if not expected:
        with pytest.raises(WindowClosed):
            windows.require_open(school, UPLOAD, YEAR, **asked)


_stages: dict[tuple[int, int], tuple[int, dict[str, int]]] = {}


def _stage(grade: int) -> tuple[int, dict[str, int]]:
    """A school with two students in two classes, made once in each database."""
    key = (id(db.engine()), grade)
    if key not in _stages:
        school = make_school()
        mine, elsewhere = make_class(school, grade=grade), make_class(school, grade=grade)
        _stages[key] = (
            school.id,
            {
                "student": make_student(school, mine).id,
                "other": make_student(school, elsewhere).id,
                "class": mine.id,
                "elsewhere": elsewhere.id,
            },
        )
    return _stages[key]
