"""The demo school on paper: who, which classes, which courses; and the LMS's view of the same."""

from __future__ import annotations

from collections import Counter

import pytest

from lti.platform.world import World
from plugin.demo import office
from plugin.demo.lms import people_file
from plugin.demo.plan import CLUB, make_plan
from plugin.school.terms import Term


@pytest.fixture(params=[Term(115, 1), Term(115, 2), Term(120, 1)], ids=str)
def term(request: pytest.FixtureRequest) -> Term:
    found: Term = request.param
    return found


def test_three_grades_of_classes_of_twenty(term: Term) -> None:
    plan = make_plan(term)
    assert [one.code for one in plan.classes] == ["101", "102", "103", "201", "202", "203", "301"]
    assert {len(one.students) for one in plan.classes} == {20}
    numbers = [student.number for student in plan.students]
    assert len(set(numbers)) == len(numbers) == 140


def test_the_same_term_gives_the_same_school(term: Term) -> None:
    assert make_plan(term) == make_plan(term)


def test_course_codes_are_whole_and_start_with_the_intake(term: Term) -> None:
    plan = make_plan(term)
    for course in plan.courses:
        assert len(course.code) == 23
        assert course.code.startswith(str(term.academic_year - course.grade + 1) + "990001H11101")
        assert (course.code[16] == "8") == (course.subject == CLUB)
        assert (course.credits == 0) == (course.subject == CLUB)


def test_the_term_before_was_taught_to_people_who_were_there(term: Term) -> None:
    plan = make_plan(term)
    assert plan.last_courses
    years = {course.term.academic_year for course in plan.last_courses}
    assert years == {plan.before.academic_year}
    if plan.last_classes:
        then = {s.number for one in plan.last_classes for s in one.students}
        assert then == {s.number for one in plan.classes if one.grade == 2 for s in one.students}


def test_national_ids_are_well_formed() -> None:
    values = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
    for student in make_plan(Term(115, 1)).students:
        letter, digits = student.national_id[0], [int(d) for d in student.national_id[1:]]
        total = values[letter] // 10 + values[letter] % 10 * 9
        weights = [8, 7, 6, 5, 4, 3, 2, 1, 1]
        assert (total + sum(d * w for d, w in zip(digits, weights, strict=True))) % 10 == 0


def test_the_lms_knows_the_same_people_by_the_same_numbers(term: Term) -> None:
    plan = make_plan(term)
    world = World(people_file(plan))
    wanted = {p.number for p in [*plan.students, *plan.staff, plan.parent, *office.STAFF]}
    assert {person.idnumber for person in world.people.values()} == wanted
    roles = Counter(person.role for person in world.people.values())
    assert roles["student"] == 140
    assert roles["admin"] == roles["parent"] == roles["noneditingteacher"] == 1
    lessons = {course.idnumber for course in world.courses.values() if course.idnumber}
    assert lessons == {course.number for course in plan.courses}
    for course in world.courses.values():
        assert set(course.members) <= set(world.people)
