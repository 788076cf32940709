"""A student's outcomes opened from the gradebook, and the pages that links in a course lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plugin.actor import Actor, Role
from plugin.portfolio.operations import certification
from tests.factories import actor_of, enrol, make_course, make_student, make_teacher
from tests.plugin.portfolio.world import World, make_world


@pytest.fixture
def master(world: World) -> Actor:
    """The teacher, come in from the course's LMS page."""
    return replace(world.master, course_ids=(world.course.id,))


@pytest.fixture
def open_(client: Any, act_as: Any, world: World) -> Any:
    """Opens the review page as somebody, of the world's student unless another is given."""

    def perform(actor: Actor, student_id: int | str | None = None) -> Any:
        act_as(actor)
        wanted = world.student.id if student_id is None else student_id
        return client.get("/review", query_string={"student": wanted})

    return perform


def test_the_one_that_waits_is_opened(world: World, master: Actor, open_: Any) -> None:
    world.certified()
    sent = world.sent()
    answer = open_(master)
    assert answer.status_code == 302
    assert answer.location == f"/certification/{sent.id}"


def test_several_are_listed_of_this_student_only(
    world: World, master: Actor, open_: Any, client: Any
) -> None:
    for title in ("第一件", "第二件"):
        world.sent(title=title)
    other = make_student(world.school, world.school_class, 2)
    enrol(other, world.course)
    theirs = replace(world, student=other)
    theirs.sent(title="別人的")
    answer = open_(master)
    assert answer.location == f"/certification?course={world.course.id}&student={world.student.id}"
    page = client.get(answer.location).text
    assert "第一件" in page
    assert "第二件" in page
    assert "別人的" not in page
    assert f"只列出 {world.student.name} 的成果" in page


def test_nothing_waits_but_there_was_something(world: World, master: Actor, open_: Any) -> None:
    world.certified(title="已經認證的")
    returned = world.sent(title="退回的")
    certification.return_(world.master, returned.id, "請修改")
    world.draft(title="還在寫的")
    page = open_(master)
    assert page.status_code == 200
    assert "目前沒有這位學生待認證的成果" in page.text
    assert "已經認證的" in page.text
    assert "退回的" in page.text
    assert "還在寫的" not in page.text, "a draft is the student's own"


def test_nothing_at_all(world: World, master: Actor, open_: Any) -> None:
    page = open_(master)
    assert page.status_code == 200
    assert "這位學生在這門課還沒有送出成果" in page.text


def test_somebody_who_does_not_take_the_course(world: World, master: Actor, open_: Any) -> None:
    other = make_student(world.school, name="不修這門課的人")
    page = open_(master, other.id)
    assert page.status_code == 200
    assert "不在這門課的修課名單" in page.text
    assert other.name not in page.text


def test_of_this_course_only(world: World, master: Actor, open_: Any) -> None:
    second = make_course(world.school, teacher=world.teacher, students=[world.student])
    world.sent(course_id=second.id, title="另一門課的")
    assert "另一門課的" not in open_(master).text


def test_a_teacher_of_another_course_is_refused(world: World, open_: Any) -> None:
    world.sent()
    stranger = replace(
        actor_of(make_teacher(world.school), Role.TEACHER), course_ids=(world.course.id,)
    )
    assert open_(stranger).status_code == 403


@pytest.mark.parametrize("who", ["pupil", "clerk"])
def test_it_is_for_teachers(world: World, open_: Any, who: str) -> None:
    actor = replace(getattr(world, who), course_ids=(world.course.id,))
    assert open_(actor).status_code == 403


def test_a_course_that_nobody_has_matched(world: World, open_: Any) -> None:
    page = open_(world.master)
    assert page.status_code == 404
    assert "還沒有對應到校內課程" in page.text


@pytest.mark.parametrize("student", ["", "0", "x", "teacher", "another school"])
def test_whoever_is_no_student_here(world: World, master: Actor, open_: Any, student: str) -> None:
    named: dict[str, int] = {"teacher": world.teacher.id}
    if student == "another school":
        elsewhere = make_world()
        elsewhere.sent(title="別校的")
        named[student] = elsewhere.student.id
    page = open_(master, named.get(student, student))
    assert page.status_code == 404
    assert "別校的" not in page.text


def test_a_students_outcomes_of_one_course(world: World, client: Any, act_as: Any) -> None:
    second = make_course(world.school, teacher=world.teacher, students=[world.student], name="數學")
    world.sent(title="國文的")
    world.sent(course_id=second.id, title="數學的")
    act_as(world.pupil)
    page = client.get(f"/outcomes?course={second.id}").text
    assert "「數學」的學習成果" in page
    assert "數學的" in page
    assert "國文的" not in page
    assert f"/outcomes/new?course={second.id}" in page
    form = client.get(f"/outcomes/new?course={second.id}").text
    assert f'value="{second.id}" checked' in form or f'value="{second.id}" selected' in form


@pytest.mark.parametrize("course", ["x", "", "999999999"])
def test_a_course_of_somebody_else_is_no_filter(
    world: World, client: Any, act_as: Any, course: str
) -> None:
    world.sent(title="國文的")
    act_as(world.pupil)
    assert "國文的" in client.get(f"/outcomes?course={course}").text
