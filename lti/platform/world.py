"""The people and courses of the LMS, read from a JSON file.

The file is written by whoever sets the scene (the demo seed writes the same people to the school's
own roster and here)::

    {"site": {"name": "青田學習平臺", "short": "青田", "description": "…"},
     "people": [{"id": "3", "username": "s1110101", "family_name": "張", "given_name": "小明",
                 "email": "s1110101@qingtian.test", "idnumber": "1110101", "role": "student",
                 "group": "學生 一年甲班", "hint": "上傳學習成果"}],
     "courses": [{"id": "2", "shortname": "CHI101", "fullname": "國語文", "idnumber": "…",
                  "members": {"3": "student", "33": "teacher"}}]}

``role`` and the values of ``members`` are the LMS's own role names (``ROLES``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROLES = ("student", "teacher", "noneditingteacher", "manager", "admin", "parent")
"""LMS role names. A counsellor is a ``noneditingteacher``: Moodle has no role of that name."""

STAFF_ROLES = frozenset({"teacher", "noneditingteacher", "manager", "admin"})
"""Those who launch as Instructor (capability mod/lti:manage in Moodle)."""

SITE_ROLES = frozenset({"manager", "admin"})
"""Roles of the whole site: they enter every course without being enrolled in it."""


@dataclass(frozen=True)
class Person:
    """One account of the LMS. ``id`` becomes ``sub``: unique only within this issuer."""

    id: str
    username: str
    family_name: str
    given_name: str
    email: str = ""
    idnumber: str = ""
    role: str = "student"
    group: str = ""
    hint: str = ""

    def display_name(self, locale: str = "zh_tw") -> str:
        """Name in the viewer's order: 吳怡君, or 怡君 吳 under an English interface."""
        if locale.startswith("zh"):
            return f"{self.family_name}{self.given_name}"
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True)
class Course:
    """One course; ``idnumber`` travels as lis.course_section_sourcedid."""

    id: str
    shortname: str
    fullname: str
    idnumber: str = ""
    members: dict[str, str] = field(default_factory=dict)


class World:
    """People and courses by id; reads its file again when that has changed."""

    def __init__(self, source: Path | dict[str, Any] | None = None) -> None:
        self._file = source if isinstance(source, Path) else None
        self._stamp: int | None = None
        self.site: dict[str, str] = {}
        self.people: dict[str, Person] = {}
        self.courses: dict[str, Course] = {}
        if self._file is None:
            self._take(source if isinstance(source, dict) else sample())
        else:
            self._take({"people": [], "courses": []})
            self.refresh()

    def refresh(self) -> None:
        """Read the people file if it appeared or changed since the last look."""
        if self._file is None or not self._file.exists():
            return
        stamp = self._file.stat().st_mtime_ns
        if stamp != self._stamp:
            self._take(json.loads(self._file.read_text(encoding="utf-8")))
            self._stamp = stamp

    def _take(self, data: dict[str, Any]) -> None:
        self.site = {
            "name": "青田學習平臺",
            "short": "青田",
            "description": "示範用的學習平臺",
            **data.get("site", {}),
        }
        self.people = {str(p["id"]): Person(**{**p, "id": str(p["id"])}) for p in data["people"]}
        self.courses = {str(c["id"]): Course(**{**c, "id": str(c["id"])}) for c in data["courses"]}
        for role in self._roles_used():
            if role not in ROLES:
                raise ValueError(f"unknown LMS role {role!r}; known: {', '.join(ROLES)}")

    def _roles_used(self) -> Iterable[str]:
        yield from (person.role for person in self.people.values())
        for course in self.courses.values():
            yield from course.members.values()

    def person(self, key: str) -> Person:
        """The person with this id or user name.

        Raises:
            KeyError: nobody has it.
        """
        if key in self.people:
            return self.people[key]
        for person in self.people.values():
            if person.username == key:
                return person
        raise KeyError(key)

    def role_in(self, person: Person, course: Course) -> str | None:
        """The LMS role of ``person`` in ``course``, None for a stranger to it."""
        if person.role in SITE_ROLES:
            return person.role
        return course.members.get(person.id)

    def courses_of(self, person: Person) -> list[Course]:
        """The courses the person may enter."""
        return [course for course in self.courses.values() if self.role_in(person, course)]

    def enrolled(self, course: Course) -> list[tuple[Person, str]]:
        """Enrolled people with their role; site roles appear only if enrolled."""
        return [
            (self.people[person_id], role)
            for person_id, role in course.members.items()
            if person_id in self.people
        ]


def sample() -> dict[str, Any]:
    """A class of twelve with staff: enough for tests, and for a first look without a seed."""
    surnames = "張吳陳林黃李王蔡劉許鄭謝"
    given = [
        "小明",
        "怡君",
        "冠宇",
        "詩涵",
        "家豪",
        "雅婷",
        "承恩",
        "佳穎",
        "俊傑",
        "欣怡",
        "宗翰",
        "淑芬",
    ]
    students = [
        {
            "id": str(3 + n),
            "username": f"student{n + 1}",
            "family_name": surnames[n],
            "given_name": name,
            "email": f"student{n + 1}@qingtian.test",
            "idnumber": f"S{n + 1:03}",
            "role": "student",
            "group": "學生",
        }
        for n, name in enumerate(given)
    ]
    staff = [
        ("2", "admin", "管", "理員", "ADM001", "admin", "平臺管理者"),
        ("33", "teacher1", "周", "美玲", "T001", "teacher", "教師"),
        ("34", "teacher2", "許", "建國", "T002", "noneditingteacher", "教師"),
        ("35", "counsellor1", "鄭", "心怡", "C001", "noneditingteacher", "輔導"),
        ("36", "manager1", "蕭", "志明", "M001", "manager", "行政"),
        ("37", "parent1", "張", "大同", "", "parent", "家長"),
    ]
    people = students + [
        {
            "id": id_,
            "username": username,
            "family_name": family,
            "given_name": name,
            "email": f"{username}@qingtian.test",
            "idnumber": idnumber,
            "role": role,
            "group": group,
        }
        for id_, username, family, name, idnumber, role, group in staff
    ]
    members = {student["id"]: "student" for student in students}
    members |= {"33": "teacher", "34": "noneditingteacher", "35": "noneditingteacher"}
    return {
        "people": people,
        "courses": [
            {
                "id": "2",
                "shortname": "CHI101",
                "fullname": "CHI101 國語文",
                "idnumber": "113-1-CHI101",
                "members": members | {"37": "parent"},
            },
            {
                "id": "3",
                "shortname": "PHY101",
                "fullname": "PHY101 基礎物理",
                "idnumber": "113-1-PHY101",
                "members": {"3": "student", "4": "student", "34": "teacher"},
            },
        ],
    }
