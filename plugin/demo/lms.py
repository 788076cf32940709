"""The same people and courses for the demo LMS: its people file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugin.demo import office
from plugin.demo.plan import (
    OFFICE_COURSE,
    OFFICE_COURSE_ID,
    OFFICE_NAME,
    SCHOOL_NAME,
    Plan,
    PlannedPerson,
)

OFFICE, PARENTS = "office", "parents"
"""LMS courses that are no courses: where staff and parents meet the tool (an LMS such as Moodle
shows an activity only inside a course)."""


def people_file(plan: Plan) -> dict[str, Any]:
    """The content of the LMS's people file; those to begin with come first."""
    first = [p for p in plan.students if p.hint]
    others = [p for p in plan.students if not p.hint]
    stage = [*plan.staff, plan.parent, *office.STAFF]
    people = [
        *(_person(p, "學生（先試試這幾位）") for p in first),
        *map(_person, [*stage, *others]),
    ]
    return {
        "site": {"name": "青田學習平臺", "short": "青田", "description": f"{SCHOOL_NAME}（示範）"},
        "people": people,
        "courses": [*_courses(plan), *_meeting_places(plan)],
    }


def write(plan: Plan, file: Path) -> None:
    """Write the people file in one step, so that the LMS never reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(people_file(plan), ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(file)


def _person(person: PlannedPerson, group: str = "") -> dict[str, str]:
    return {
        "id": _id(person),
        "username": person.username,
        "family_name": person.family,
        "given_name": person.given,
        "email": person.email,
        "idnumber": person.number,
        "role": person.lms_role,
        "group": group or person.group,
        "hint": person.hint,
    }


def _id(person: PlannedPerson) -> str:
    """A small number, as LMSs have them: unique only here."""
    offset = {"T": 100, "A": 200, "P": 300, "E": 400, "R": 500}.get(person.number[0])
    return str(offset + int(person.number[1:])) if offset is not None else person.number


def _courses(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "id": str(1000 + n),
            "shortname": course.number.split("-", 2)[2],
            "fullname": f"{plan.class_of(course.class_code).name} {course.name}",
            "idnumber": course.number,
            "members": {_id(plan.person(course.teacher)): "teacher"}
            | {_id(one): "student" for one in plan.class_of(course.class_code).students},
        }
        for n, course in enumerate(plan.courses)
    ]


def _meeting_places(plan: Plan) -> list[dict[str, Any]]:
    staff = {_id(p): p.lms_role for p in plan.staff if p.lms_role != "admin"}
    return [
        {"id": "900", "shortname": OFFICE, "fullname": "行政與教師空間", "members": staff},
        {
            "id": "901",
            "shortname": PARENTS,
            "fullname": "家長園地",
            "members": {_id(plan.parent): "parent"},
        },
        {
            "id": OFFICE_COURSE_ID,
            "shortname": OFFICE_COURSE,
            "fullname": OFFICE_NAME,
            "members": {_id(one): one.lms_role for one in office.STAFF},
        },
    ]
