"""The people and courses of the LMS, read from a JSON file.

The file is written by whoever sets the scene (the demo seed writes the same people to the school's
own roster and here)::

    {"site": {"name": "青田學習平臺", "short": "青田", "description": "…"},
     "people": [{"id": "3", "username": "s1110101", "family_name": "張", "given_name": "小明",
                 "email": "s1110101@qingtian.test", "idnumber": "1110101", "role": "student",
                 "group": "學生 一年甲班", "hint": "上傳學習成果"}],
     "courses": [{"id": "2", "shortname": "CHI101", "fullname": "國語文", "idnumber": "…",
                  "members": {"3": "student", "33": "teacher"},
                  "groups": [{"id": "g1", "name": "第一組", "set": "實驗分組", "members": ["3"]}]}]}

``role`` and the values of ``members`` are the LMS's own role names (``ROLES``). ``children`` of a
parent are the ids of those whose work the parent may see; ``groups`` may be left out.
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
    children: list[str] = field(default_factory=list)

    def display_name(self, locale: str = "zh_tw") -> str:
        """Name in the viewer's order: 吳怡君, or 怡君 吳 under an English interface."""
        if locale.startswith("zh"):
            return f"{self.family_name}{self.given_name}"
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True)
class Group:
    """A group of a course; groups of one ``set`` exclude each other."""

    id: str
    name: str
    set: str = ""
    members: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Course:
    """One course; ``idnumber`` travels in the lis claim. ``origins`` are the courses that it was
    copied from, nearest first."""

    id: str
    shortname: str
    fullname: str
    idnumber: str = ""
    members: dict[str, str] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)

    def groups_of(self, person_id: str) -> list[Group]:
        return [group for group in self.groups if person_id in group.members]


def course_from(row: dict[str, Any]) -> Course:
    """A course as the people file (or the LMS's own memory) writes it."""
    groups = [Group(**{**group, "id": str(group["id"])}) for group in row.get("groups", [])]
    return Course(**{**row, "id": str(row["id"]), "groups": groups})


TEST_STUDENT = "test-"
"""Beginning of the id of a course's test student."""


class World:
    """People and courses by id; reads its file again when that has changed."""

    def __init__(self, source: Path | dict[str, Any] | None = None) -> None:
        self._file = source if isinstance(source, Path) else None
        self._stamp: int | None = None
        self.site: dict[str, str] = {}
        self.people: dict[str, Person] = {}
        self.courses: dict[str, Course] = {}
        self._by_username: dict[str, Person] = {}
        self._added: dict[str, Course] = {}
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
        self._by_username = {person.username: person for person in self.people.values()}
        courses = [course_from(row) for row in data["courses"]]
        self.courses = {course.id: course for course in courses} | self._added
        for role in self._roles_used():
            if role not in ROLES:
                raise ValueError(f"unknown LMS role {role!r}; known: {', '.join(ROLES)}")

    def _roles_used(self) -> Iterable[str]:
        yield from (person.role for person in self.people.values())
        for course in self.courses.values():
            yield from course.members.values()

    def add(self, course: Course) -> None:
        """A course that the LMS made itself; it stays when the file is read again."""
        self._added[course.id] = course
        self.courses[course.id] = course

    def person(self, key: str) -> Person:
        """The person with this id or user name.

        Raises:
            KeyError: nobody has it.
        """
        if key in self.people:
            return self.people[key]
        if key.startswith(TEST_STUDENT) and key.removeprefix(TEST_STUDENT) in self.courses:
            return Person(key, key, "測試", "學生", group="測試")
        return self._by_username[key]

    def role_in(self, person: Person, course: Course) -> str | None:
        """The LMS role of ``person`` in ``course``, None for a stranger to it."""
        if person.id == f"{TEST_STUDENT}{course.id}":
            return "student"
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
    children = {"parent1": ["3"]}
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
            "children": children.get(username, []),
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
                "groups": [
                    {"id": "71", "name": "第一組", "set": "報告分組", "members": ["3", "4", "5"]},
                    {"id": "72", "name": "第二組", "set": "報告分組", "members": ["6", "7"]},
                    {"id": "73", "name": "朗讀隊", "members": ["3", "8"]},
                ],
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


def many(students: int, *, teachers: int = 1) -> dict[str, Any]:
    """A world whose course 9 (全校集會) has so many members, beside the people of ``sample``.

    Generated people have ids from 100001, user names ``m00001``…, and e-mail addresses.
    """
    data = sample()
    surnames, given = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐", "子品宥承恩詠晴語彤睿安妤潔翔宇"
    members = {}
    for number in range(1, students + teachers + 1):
        role = "student" if number <= students else "teacher"
        person_id = str(100000 + number)
        data["people"].append(
            {
                "id": person_id,
                "username": f"m{number:05}",
                "family_name": surnames[number % len(surnames)],
                "given_name": given[number % len(given)] + given[number // 7 % len(given)],
                "email": f"m{number:05}@qingtian.test",
                "idnumber": f"M{number:05}",
                "role": role,
                "group": "全校學生" if role == "student" else "全校教師",
            }
        )
        members[person_id] = role
    data["courses"].append(
        {
            "id": "9",
            "shortname": "ALL",
            "fullname": "ALL 全校集會",
            "idnumber": "113-1-ALL",
            "members": members,
        }
    )
    return data
