"""Which roles a person holds on which day, and who may give them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from plugin import db
from plugin.actor import Actor, Role, system
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school import operations, queries
from plugin.school.models import PersonKind, TeachingKind
from tests.factories import (
    actor_of,
    make_class,
    make_course,
    make_parent,
    make_person,
    make_school,
    make_staff,
    make_student,
    make_teacher,
)

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school()


@pytest.fixture
def administrator(school: Any) -> Actor:
    return actor_of(make_staff(school, Role.ADMINISTRATOR))


def roles(person: Any, on: date = TODAY) -> frozenset[Role]:
    return queries.roles_of(person.school_id, person.id, on)


def test_a_student_is_a_student_and_nothing_else(school: Any) -> None:
    assert roles(make_student(school)) == {Role.STUDENT}
    assert roles(make_student(school, active=False)) == frozenset()


def test_staff_without_anything_hold_nothing(school: Any) -> None:
    assert roles(make_teacher(school)) == frozenset()


def test_teaching_makes_a_teacher_a_class_a_homeroom_teacher(school: Any) -> None:
    teacher, co, homeroom = (make_teacher(school) for _ in range(3))
    make_course(school, teacher=teacher, co_teacher=co)
    make_class(school, homeroom=homeroom)
    assert roles(teacher) == {Role.TEACHER}
    assert roles(co) == {Role.TEACHER}
    assert roles(homeroom) == {Role.HOMEROOM}
    assert roles(homeroom, TODAY + 365 * DAY) == frozenset(), "a class is of one year"


def test_a_substitute_is_one_while_it_lasts(school: Any, administrator: Actor) -> None:
    who, course = make_teacher(school), make_course(school)
    operations.assign_teacher(
        administrator,
        course.id,
        who.id,
        TeachingKind.SUBSTITUTE,
        starts_on=TODAY,
        ends_on=TODAY + DAY,
    )
    assert roles(who) == {Role.SUBSTITUTE, Role.TEACHER}
    for on, may in (
        (TODAY - DAY, False),
        (TODAY, True),
        (TODAY + DAY, True),
        (TODAY + 2 * DAY, False),
    ):
        assert queries.may_certify(who.id, course.id, on) is may
        assert (Role.SUBSTITUTE in roles(who, on)) is may


def test_a_parent_stands_for_somebody(school: Any) -> None:
    assert roles(make_parent(school)) == frozenset()
    child = make_student(school)
    parent = make_parent(school, child)
    assert roles(parent) == {Role.PARENT}
    assert [one.id for one in queries.children_of(school.id, parent.id)] == [child.id]


def test_staff_may_be_parents_too(school: Any, administrator: Actor) -> None:
    teacher = make_staff(school, Role.REGISTRY)
    operations.add_guardian(administrator, teacher.id, make_student(school).id)
    assert roles(teacher) == {Role.REGISTRY, Role.PARENT}


def test_a_grant_holds_from_its_first_day_to_its_last(school: Any, administrator: Actor) -> None:
    person = make_teacher(school)
    operations.grant_role(
        administrator,
        person.id,
        Role.REGISTRY,
        starts_on=TODAY + DAY,
        ends_on=TODAY + 3 * DAY,
        reason="代理",
    )
    held = [Role.REGISTRY in roles(person, TODAY + n * DAY) for n in range(5)]
    assert held == [False, True, True, True, False]


def test_revoking_ends_at_once_and_the_grant_stays_on_record(
    school: Any, administrator: Actor
) -> None:
    person = make_teacher(school)
    grant = operations.grant_role(administrator, person.id, Role.REGISTRY, reason="註冊組長")
    operations.revoke_role(administrator, grant.id, "職務異動")
    assert roles(person) == frozenset()
    (kept, _holder), *_rest = queries.grants(school.id, person_id=person.id)
    assert (kept.reason, kept.revoked_reason) == ("註冊組長", "職務異動")
    with pytest.raises(Conflict):
        operations.revoke_role(administrator, grant.id)


def test_a_role_is_not_given_twice(school: Any, administrator: Actor) -> None:
    person = make_teacher(school)
    operations.grant_role(administrator, person.id, Role.COUNSELLOR)
    with pytest.raises(Conflict):
        operations.grant_role(administrator, person.id, Role.COUNSELLOR)


@pytest.mark.parametrize("role", [Role.STUDENT, Role.HOMEROOM, Role.SUBSTITUTE, Role.PARENT])
def test_what_the_roster_says_is_not_given(school: Any, administrator: Actor, role: Role) -> None:
    with pytest.raises(InvalidInput):
        operations.grant_role(administrator, make_teacher(school).id, role)


@pytest.mark.parametrize("kind", [PersonKind.STUDENT, PersonKind.PARENT])
def test_only_staff_are_given_roles(school: Any, administrator: Actor, kind: PersonKind) -> None:
    with pytest.raises(InvalidInput):
        operations.grant_role(administrator, make_person(school, kind).id, Role.REGISTRY)


def test_days_in_wrong_order_are_refused(school: Any, administrator: Actor) -> None:
    with pytest.raises(InvalidInput):
        operations.grant_role(
            administrator, make_teacher(school).id, Role.REGISTRY, ends_on=TODAY - DAY
        )


def test_the_last_administrator_cannot_go(school: Any, administrator: Actor) -> None:
    (first, _), *_rest = queries.grants(school.id)
    with pytest.raises(Conflict):
        operations.revoke_role(administrator, first.id)
    operations.grant_role(administrator, make_teacher(school).id, Role.ADMINISTRATOR)
    operations.revoke_role(administrator, first.id)
    assert roles_of_all(school) == 1


def roles_of_all(school: Any) -> int:
    return len(queries.people_holding(school.id, Role.ADMINISTRATOR, TODAY))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_gives_roles(school: Any, role: Role) -> None:
    person = make_teacher(school)
    actor = Actor(school_id=school.id, person_id=person.id, roles=frozenset({role}))
    with pytest.raises(NotAllowed):
        operations.grant_role(actor, person.id, Role.ADMINISTRATOR)


def test_a_launch_person_without_a_school_person_is_not_the_system(school: Any) -> None:
    stranger = Actor(school_id=school.id, launch_person_id=1, roles=frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(NotAllowed):
        operations.grant_role(stranger, make_teacher(school).id, Role.REGISTRY)


def test_a_refused_operation_leaves_nothing(school: Any, administrator: Actor) -> None:
    person = make_teacher(school)
    with pytest.raises(RuntimeError), db.writing():
        operations.grant_role(administrator, person.id, Role.REGISTRY)
        raise RuntimeError
    assert queries.grants(school.id, person_id=person.id) == []


class TestSeparation:
    """Two schools in one installation: neither exists for the other."""

    @pytest.fixture
    def other(self, app: Flask) -> Any:
        return make_school()

    def test_no_operation_reaches_into_another_school(
        self, school: Any, other: Any, administrator: Actor
    ) -> None:
        teacher, student = make_teacher(other), make_student(other)
        course, one = make_course(other), make_class(other)
        own_student, own_course = make_student(school), make_course(school)
        own_class, own_teacher = make_class(school), make_teacher(school)
        staff = make_staff(other, Role.REGISTRY)
        (grant, _holder), *_rest = queries.grants(other.id, person_id=staff.id)
        act = administrator
        for attempt in (
            lambda: operations.grant_role(act, teacher.id, Role.REGISTRY),
            lambda: operations.revoke_role(act, grant.id),
            lambda: operations.seat_student(act, one.id, own_student.id, 1),
            lambda: operations.seat_student(act, own_class.id, student.id, 1),
            lambda: operations.assign_teacher(act, course.id, own_teacher.id),
            lambda: operations.assign_teacher(act, own_course.id, teacher.id),
            lambda: operations.enrol(act, course.id, own_student.id),
            lambda: operations.enrol(act, own_course.id, student.id),
            lambda: operations.add_guardian(act, make_parent(school).id, student.id),
            lambda: operations.add_guardian(act, make_parent(other).id, own_student.id),
            lambda: operations.add_class(act, 115, 1, "X", "X", homeroom_teacher_id=teacher.id),
        ):
            with pytest.raises(NotFound):
                attempt()

    def test_an_administrator_is_one_in_their_own_school_only(
        self, school: Any, other: Any, administrator: Actor
    ) -> None:
        assert administrator.person_id is not None
        assert queries.roles_of(other.id, administrator.person_id, TODAY) == frozenset()

    def test_no_query_shows_another_school(self, school: Any, other: Any) -> None:
        teacher = make_staff(other, Role.REGISTRY)
        one = make_class(other, homeroom=teacher)
        student = make_student(other, one)
        course = make_course(other, teacher=teacher, students=[student])
        mine = school.id
        assert queries.person(mine, student.id) is None
        assert queries.people(mine, [student.id, teacher.id]) == {}
        assert queries.person_by_number(mine, student.number) is None
        assert queries.search_people(mine, student.name).items == ()
        assert queries.course(mine, course.id) is None
        assert queries.courses(mine, 115).items == ()
        assert queries.classes(mine, 115) == []
        assert queries.school_class(mine, one.id) is None
        assert queries.homeroom_classes(mine, teacher.id, 115) == []
        assert queries.grants(mine) == []
        assert queries.people_holding(mine, Role.REGISTRY, TODAY) == []
        assert queries.children_of(mine, student.id) == []
        with pytest.raises(NotFound):
            queries.grant(mine, queries.grants(other.id)[0][0].id)

    def test_a_teacher_of_another_school_certifies_nothing_here(
        self, school: Any, other: Any
    ) -> None:
        stranger = make_teacher(other)
        course = make_course(school, teacher=stranger)  # however that row came there
        assert not queries.may_certify(stranger.id, course.id, TODAY)

    def test_the_system_must_name_its_school(self, school: Any) -> None:
        with pytest.raises(NotAllowed):
            operations.add_person(system(None), PersonKind.STAFF, "T1", "陳")
        made = operations.add_person(system(school.id), PersonKind.STAFF, "T1", "陳")
        assert made.school_id == school.id
