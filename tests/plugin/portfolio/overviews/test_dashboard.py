"""The dashboard: figures that add up, what waits, and a constant number of statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.actor import Role
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.portfolio.operations import selection
from plugin.portfolio.queries.overviews import dashboard
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass
from tests.factories import (
    actor_of,
    make_class,
    make_course,
    make_staff,
    make_student,
    make_teacher,
)
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.world import World


def crowd(world: World, students: int, *, classes: int = 1) -> None:
    """Many students, each with an outcome that waits; written past the operations."""
    with db.writing() as session:
        rooms = [
            SchoolClass(
                school_id=world.school.id, academic_year=115, grade=1 + n % 3,
                code=f"z{n:04d}", name=f"大班{n}",
            )
            for n in range(classes)
        ]  # fmt: skip
        people = [
            Person(
                school_id=world.school.id, kind=PersonKind.STUDENT, number=f"z{n:06d}",
                name=f"學生{n}", created_at=clock.now(),
            )
            for n in range(students)
        ]  # fmt: skip
        session.add_all([*rooms, *people])
        session.flush()
        for n, one in enumerate(people):
            room = rooms[n % classes]
            session.add(ClassSeat(class_id=room.id, student_id=one.id, seat=n + 1))
            session.add(
                Outcome(
                    school_id=world.school.id, student_id=one.id, course_id=world.course.id,
                    academic_year=115, term=1, title=f"作品{n}", state=OutcomeState.SENT,
                    started_at=clock.now(), sent_at=clock.now() + timedelta(seconds=n),
                )
            )  # fmt: skip
    db._close_reads()


def test_grades_add_up(world: World) -> None:
    second = make_class(world.school, grade=2)
    make_student(world.school, second)
    done = world.certified()
    world.sent()
    world.draft()
    selection.select(world.pupil, done.id)
    selection.lock(world.pupil, 115)
    experience_world.sent(world, "work")
    one, two = dashboard.grades(world.clerk, 115)
    assert (one.grade, one.students, one.senders) == (1, 1, 1)
    assert (one.count("certified"), one.count("sent"), one.count("draft")) == (1, 1, 1)
    assert (one.confirmed, one.confirmed_experiences, one.experience_senders) == (1, 0, 1)
    assert (two.grade, two.students, two.senders, two.confirmed) == (2, 1, 0, 0)
    assert dashboard.grades(world.clerk, 114) == []


def test_classes_by_key(world: World) -> None:
    crowd(world, 7, classes=7)
    seen, after = [], None
    while True:
        page = dashboard.classes(world.clerk, 115, after=after, limit=3)
        seen += [one.outcomes.code for one in page.items]
        if page.next is None:
            break
        after = page.next
    whole = dashboard.classes(world.clerk, 115, limit=100).items
    assert seen == [one.outcomes.code for one in whole]
    assert len(seen) == len(set(seen)) == 8
    assert dashboard.classes(world.clerk, 115, after="nonsense", limit=100).items == whole


def test_teachers_by_what_waits_for_them(world: World) -> None:
    busy = make_teacher(world.school, name="忙老師")
    course = make_course(world.school, teacher=busy, students=[world.student])
    first = world.sent(course_id=course.id)
    world.sent(course_id=course.id)
    world.sent()
    world.certified()
    one, two = dashboard.teachers(world.clerk, 115).items
    assert (one.teacher.id, one.waiting, one.decided) == (busy.id, 2, 0)
    assert one.since == first.sent_at
    assert (two.teacher.id, two.waiting, two.decided) == (world.teacher.id, 1, 1)
    page = dashboard.teachers(world.clerk, 115, limit=1)
    rest = dashboard.teachers(world.clerk, 115, limit=1, after=page.next)
    assert [one.teacher.id for one in (*page.items, *rest.items)] == [busy.id, world.teacher.id]
    assert rest.next is None


def test_what_has_waited_longest(world: World, clock: Any) -> None:
    sent = []
    for _ in range(3):
        sent.append(world.sent().id)
        clock.advance(hours=1)
    assert [one.outcome.id for one in dashboard.oldest(world.clerk, limit=2)] == sent[:2]


def test_as_many_statements_for_200_as_for_5(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any], counted: Callable[[], Any]
) -> None:
    act_as(world.clerk)
    crowd(world, 5)
    with counted() as few:
        assert client.get("/dashboard").status_code == 200
    with db.writing() as session:
        session.execute(
            sa.update(Person).where(Person.number.like("z%")).values(number="y" + Person.number)
        )
        session.execute(
            sa.update(SchoolClass)
            .where(SchoolClass.code.like("z%"))
            .values(code="y" + SchoolClass.code)
        )
    crowd(world, 200, classes=30)
    with counted() as many:
        page = client.get("/dashboard").text
    assert len(many) == len(few)
    assert "各班進度" in page


class TestPage:
    def test_charts_with_their_tables(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        crowd(world, 4)
        world.certified()
        world.sent()
        act_as(world.clerk)
        page = client.get("/dashboard").text
        assert page.count('role="img"') == 2
        assert page.count("以表格檢視") == 2
        assert "已認證" in re.search(r"<svg.*?</svg>", page, re.S)[0]
        assert not re.search(r"<svg[^>]*>(?:(?!</svg>).)*style=", page, re.S)

    def test_nothing_yet(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(world.clerk)
        assert "這個學年度還沒有班級" in client.get("/dashboard?year=110").text
        for args in ("classes=x", "teachers=x_y", "teachers=5", "classes=_", "year=x"):
            assert client.get(f"/dashboard?{args}").status_code == 200

    @pytest.mark.parametrize(
        ("role", "buttons"),
        [(Role.REGISTRY, 2), (Role.STUDENT_AFFAIRS, 1), (Role.ADMINISTRATOR, 0)],
    )
    def test_who_may_remind_whom(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any], role: Role,
        buttons: int,
    ) -> None:  # fmt: skip
        act_as(actor_of(make_staff(world.school, role)))
        assert client.get("/dashboard").text.count('name="whom"') == buttons

    def test_the_press(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(world.clerk)
        page = client.get("/dashboard").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        form = {"csrf_token": token, "whom": "students"}
        after = client.post("/dashboard/remind", data=form, follow_redirects=True).text
        assert "今天已提醒 1 人" in after
