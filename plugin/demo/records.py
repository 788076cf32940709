"""What the demo school's offices and teachers entered: basic data, officer posts, grades."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from plugin import clock
from plugin.actor import Actor, Role
from plugin.demo.plan import Plan, PlannedCourse, PlannedPerson
from plugin.demo.roster import Rows
from plugin.portfolio.models import CaseArea, PostLevel
from plugin.portfolio.operations.academic import basics, cases, freezing, grids, posts, records
from plugin.portfolio.operations.academic.grids import GridRow
from plugin.portfolio.operations.academic.posts import PostInput
from plugin.school import queries
from plugin.school.terms import Term

Happening = tuple[datetime, Callable[[], object]]

DUTIES = ("班長", "副班長", "學藝股長", "衛生股長", "體育股長", "總務股長")
CLUBS = (("天文社", ("社長", "副社長")), ("熱音社", ("社長", "公關")))
SCHOOL_POSTS = (("學生會", "會長"), ("學生會", "副會長"), ("畢聯會", "總召"))
GRADED = ("CHI", "MAT")
"""The subjects whose grades of this term are entered already."""
FROZEN = 2
"""Courses of the term before that the registry has frozen, from the first."""


def happenings(plan: Plan, rows: Rows, now: datetime) -> Iterator[Happening]:
    """Everything up to `now`, each with the moment at which it happened."""
    clerk = rows.actor(_with(plan, Role.REGISTRY), frozenset({Role.REGISTRY}))
    affairs = rows.actor(_with(plan, Role.STUDENT_AFFAIRS), frozenset({Role.STUDENT_AFFAIRS}))
    opened = now - timedelta(days=40)
    yield opened, lambda: _basics(plan, rows, clerk)
    yield opened + timedelta(days=1), lambda: _posts(plan, rows, affairs)
    chance = random.Random(f"成績{plan.term.academic_year}")
    for n, course in enumerate(one for one in plan.courses if one.subject in GRADED):
        at = now - timedelta(days=10) + timedelta(hours=n)
        students = plan.class_of(course.class_code).students
        yield at, lambda c=course, s=students: _grades(plan, rows, c, s, chance)  # type: ignore[misc]
    first = plan.classes[0].students[0]
    yield now - timedelta(days=8), lambda: _retake(plan, rows, clerk)
    yield now - timedelta(days=7), lambda: _freeze(plan, rows, clerk)
    yield now - timedelta(days=6), lambda: _report(plan, rows, first, affairs)
    second = plan.classes[0].students[1]
    yield now - timedelta(days=1), lambda: _open_report(plan, rows, second)


def _basics(plan: Plan, rows: Rows, clerk: Actor) -> None:
    for one in queries.classes(rows.school_id, plan.term.academic_year):
        basics.fill_class(clerk, rows.school_id, one.id, plan.term)


def _posts(plan: Plan, rows: Rows, affairs: Actor) -> None:
    """Class officers of every class, two clubs, three of the whole school."""
    term = plan.term
    end = date(term.last_day.year, 6, 30) if term.term == 2 else term.last_day
    made = []
    for one in plan.classes:
        made += [
            _post(rows, student, term, PostLevel.CLASS, one.name, duty, end)
            for student, duty in zip(one.students, DUTIES, strict=False)
        ]
    for (unit, duties), one in zip(CLUBS, plan.classes, strict=False):
        made += [
            _post(rows, student, term, PostLevel.CLUB, unit, duty, end)
            for student, duty in zip(one.students[8:], duties, strict=False)
        ]
    upper = next(one for one in plan.classes if one.grade == 2)
    for (unit, duty), student in zip(SCHOOL_POSTS, upper.students[10:], strict=False):
        made.append(_post(rows, student, term, PostLevel.SCHOOL, unit, duty, end))
    posts.add_many(affairs, made)


def _post(
    rows: Rows, student: PlannedPerson, term: Term, level: PostLevel, unit: str, duty: str,
    end: date,
) -> PostInput:  # fmt: skip
    who = rows.people[student.number]
    return PostInput(who, term, level, unit, duty, term.first_day, end)


def _grades(
    plan: Plan, rows: Rows, course: PlannedCourse, students: tuple[PlannedPerson, ...],
    chance: random.Random,
) -> None:  # fmt: skip
    teacher = _actor(rows, plan.person(course.teacher))
    typed = []
    for student in students:
        score = min(100.0, max(8.0, round(chance.gauss(74, 13), 1)))
        texts = {"score": f"{score:g}", "makeup_score": "", "note": ""}
        if score < 60:
            texts["makeup_score"] = str(chance.choice((45, 58, 60, 66)))
        elif score >= 92:
            texts["note"] = "主動發問，作業按時完成"
        typed.append(GridRow(rows.people[student.number], texts))
    grids.save(teacher, rows.courses[course.number], typed)


def _retake(plan: Plan, rows: Rows, clerk: Actor) -> None:
    """One of the second grade passes a retake, another had a course counted when coming."""
    upper = next(one for one in plan.classes if one.grade == 2)
    before = plan.term.academic_year - 1
    head = {"grade": "1", "credits": "4", "due_year": str(before), "due_term": "1"}
    who = rows.people[upper.students[0].number]
    records.enter(
        clerk,
        who,
        plan.term,
        "retake",
        {**head, "subject": "數學（一）", "method": "3", "score": "74.5"},
    )
    other = rows.people[upper.students[1].number]
    records.enter(clerk, other, plan.term, "transfer",
                  {**head, "subject": "國語文（一）", "identity": "1", "score": "81"})  # fmt: skip


def _freeze(plan: Plan, rows: Rows, clerk: Actor) -> None:
    done = [one for one in plan.courses if one.subject == "CHI"][:FROZEN]
    freezing.freeze(clerk, plan.term, [rows.courses[one.number] for one in done])


def _report(plan: Plan, rows: Rows, student: PlannedPerson, affairs: Actor) -> None:
    case = cases.report(
        _actor(rows, student),
        CaseArea.POSTS,
        plan.term,
        "開學時我也擔任教師節活動的主持人，沒有列出。",
    )
    cases.answer(affairs, case.id, "活動主持人不屬於幹部，可以登錄在多元表現。", corrected=False)


def _open_report(plan: Plan, rows: Rows, student: PlannedPerson) -> None:
    cases.report(
        _actor(rows, student),
        CaseArea.BASIC,
        plan.term,
        "學籍資料的科班學程別代碼空白，請協助確認。",
    )


def _actor(rows: Rows, person: PlannedPerson) -> Actor:
    roles = queries.roles_of(rows.school_id, rows.people[person.number], clock.today())
    return rows.actor(person, roles)


def _with(plan: Plan, role: Role) -> PlannedPerson:
    return next(one for one in plan.staff if role in one.roles)
