"""OneRoster's tables as rows of our kinds: ids resolved to the numbers that a school writes.

What other rows refer to (sessions, courses, classes, users, roles, birthdays) is kept by id;
enrollments and results, the long tables, are read row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from plugin import clock
from plugin.school.importing import index
from plugin.school.importing.definition import Context, importables
from plugin.school.importing.oneroster import (
    Bundle,
    Record,
    day,
    deleted,
    grade_of,
    listed,
    terms,
)
from plugin.school.importing.tables import RawRow, Table
from plugin.school.models import TeachingKind

PARENTS = frozenset({"parent", "guardian", "relative"})
FINAL = ("學期成績", "學期學業成績", "總成績", "final")
"""Words of a line item or its category that make its results the grades of the term."""
SEAT = ("metadata.seatNumber", "metadata.seat", "metadata.座號")
CREDITS = ("metadata.credits", "metadata.學分")


@dataclass(frozen=True)
class Taught:
    """A class of OneRoster: one of ours, or a course in each of its terms."""

    record: Record
    number: str
    homeroom: bool
    terms: list[tuple[int, int]]


class _Joined:
    """What is referred to, by id."""

    def __init__(self, bundle: Bundle, context: Context) -> None:
        self.bundle, self.context = bundle, context
        self.ours = _our_orgs(bundle, index.school_code(context))
        self.sessions = {
            one["sourcedId"]: terms(one) for _n, one in bundle.read("academicSessions")
        }
        self.courses = {one["sourcedId"]: one for _n, one in bundle.read("courses")}
        self.classes = {one["sourcedId"]: self._taught(one) for _n, one in bundle.read("classes")}
        self.roles: dict[str, set[str]] = {}
        for _n, one in bundle.read("roles"):
            if not deleted(one) and self.here(one.get("orgSourcedId", "")):
                self.roles.setdefault(one["userSourcedId"], set()).add(one["role"].lower())
        self.users = {one["sourcedId"]: one for _n, one in bundle.read("users")}
        self.births = {
            one["sourcedId"]: (one["birthDate"], number)
            for number, one in bundle.read("demographics")
            if one["birthDate"]
        }

    def here(self, org: str) -> bool:
        """Whether an organisation is this school (or nothing is said)."""
        return not org or not self.ours or bool(self.ours & set(listed(org)))

    def _taught(self, one: Record) -> Taught:
        sessions = listed(one.get("termSourcedIds", ""))
        found = sorted({term for key in sessions for term in self.sessions.get(key, [])})
        return Taught(
            one,
            one.get("classCode") or one["sourcedId"],
            one.get("classType", "").lower() == "homeroom",
            found or [(self.context.academic_year, self.context.term)],
        )

    def roles_of(self, user: Record) -> set[str]:
        """Roles by `roles.csv`, or of 1.1 by the user's own column."""
        own = {one.lower() for one in listed(user.get("role", ""))}
        return self.roles.get(user["sourcedId"], set()) | own

    def number_of(self, user_id: str) -> str:
        """學號 or staff number; the id itself where the user is not in the file."""
        user = self.users.get(user_id)
        return (user.get("identifier") or user["sourcedId"]) if user else user_id


def tables_of(bundle: Bundle, context: Context) -> Iterator[Table]:
    """Our tables, of what the bundle has."""
    joined = _Joined(bundle, context)
    if "users" in bundle.modes:
        seats = dict(_seats(joined))
        person = {"number": "identifier", "name": "familyName", "email": "email"}
        yield bundle.table("users", "teachers", person, lambda: _staff(joined))
        yield bundle.table("users", "students", person, lambda: _students(joined, seats))
        yield bundle.table("users", "parents", person, lambda: _parents(joined))
    if "classes" in bundle.modes:
        titles = {"name": "title", "grade": "grades", "code": "classCode"}
        yield bundle.table("classes", "classes", titles, lambda: _classes(joined))
        titles = {"name": "title", "grade": "grades", "number": "classCode"}
        yield bundle.table("classes", "courses", titles, lambda: _courses(joined))
    if "enrollments" in bundle.modes:
        pair = {"course": "classSourcedId", "student": "userSourcedId", "teacher": "userSourcedId"}
        yield bundle.table("enrollments", "course_teachers", pair, lambda: _teaching(joined))
        yield bundle.table("enrollments", "enrolments", pair, lambda: _enrolled(joined))
    if {"results", "lineItems"} <= set(bundle.modes):
        pair = {"score": "score", "student_number": "studentSourcedId"}
        yield bundle.table("results", "grades", pair, lambda: _results(joined))


def _our_orgs(bundle: Bundle, code: str) -> set[str]:
    """Ids of the organisations that are this school; empty where the file has one school only."""
    schools = [one for _n, one in bundle.read("orgs") if one["type"].lower() == "school"]
    mine = {one["sourcedId"] for one in schools if one.get("identifier", "").upper() == code}
    if mine or len(schools) > 1:
        return mine or {"\x00"}
    return set()


def _people(joined: _Joined) -> Iterator[tuple[int, Record, set[str], str]]:
    """(row, user, roles, why it is left out)"""
    for number, user in joined.bundle.read("users"):
        roles = joined.roles_of(user)
        org = user.get("primaryOrgSourcedId") or user.get("orgSourcedIds", "")
        reason = "" if joined.here(org) else _("不是本校的資料")
        yield number, user, roles, reason


def _person(number: int, user: Record, joined: _Joined, reason: str, **more: str) -> RawRow:
    cells = {"number": joined.number_of(user["sourcedId"]), "name": _full_name(user), **more}
    if "email" in user:
        cells["email"] = user["email"]
    off = deleted(user) or user.get("enabledUser", "true").lower() == "false"
    return RawRow(number, {key: text for key, text in cells.items() if text}, not off, reason)


def _full_name(user: Record) -> str:
    family, given = user.get("familyName", ""), user.get("givenName", "")
    if (family + given).isascii():
        return f"{given} {family}".strip()
    return family + given


def _staff(joined: _Joined) -> Iterator[RawRow]:
    for number, user, roles, reason in _people(joined):
        if roles - PARENTS - {"student"}:
            yield _person(number, user, joined, reason)
        elif not roles:
            yield RawRow(number, {}, left_out=_("沒有角色的使用者"))


def _students(joined: _Joined, seats: dict[str, dict[str, str]]) -> Iterator[RawRow]:
    for number, user, roles, reason in _people(joined):
        if "student" not in roles:
            continue
        row = _person(number, user, joined, reason, **seats.get(user["sourcedId"], {}))
        birth = joined.births.get(user["sourcedId"])
        if birth is None:
            yield row
            continue
        column = joined.bundle.places["demographics"]["birthDate"]
        place = f"demographics.csv {column}{birth[1]}"
        cells = {**row.cells, "birthday": birth[0]}
        yield RawRow(number, cells, row.active, reason, {"birthday": place})


def _seats(joined: _Joined) -> Iterator[tuple[str, dict[str, str]]]:
    """Class and seat by user: only where the source tells a seat, for OneRoster knows none."""
    for _n, one in joined.bundle.read("enrollments"):
        taught = joined.classes.get(one["classSourcedId"])
        seat = next((one[key] for key in SEAT if key in one), "")
        if taught and taught.homeroom and seat and not deleted(one):
            place = {"class_code": taught.number, "seat": seat, "year": str(taught.terms[0][0])}
            yield one["userSourcedId"], place


def _parents(joined: _Joined) -> Iterator[RawRow]:
    for number, user, roles, reason in _people(joined):
        agents = listed(user.get("agentSourcedIds", ""))
        if roles & PARENTS:
            children = [one for one in agents if _is(joined, one, {"student"})]
            for child in children:
                yield _person(number, user, joined, reason, student=joined.number_of(child))
        elif "student" in roles:
            for agent in agents:
                parent = joined.users.get(agent)
                back = listed(parent.get("agentSourcedIds", "")) if parent else []
                if parent and _is(joined, agent, PARENTS) and user["sourcedId"] not in back:
                    child = joined.number_of(user["sourcedId"])
                    yield _person(number, parent, joined, reason, student=child)


def _is(joined: _Joined, user_id: str, roles: frozenset[str] | set[str]) -> bool:
    user = joined.users.get(user_id)
    return user is not None and bool(joined.roles_of(user) & roles)


def _classes(joined: _Joined) -> Iterator[RawRow]:
    homeroom: dict[str, str] = {}
    for _n, one in joined.bundle.read("enrollments"):
        taught = joined.classes.get(one["classSourcedId"])
        first = one.get("primary", "true").lower() == "true" and one["role"].lower() == "teacher"
        if taught and taught.homeroom and first and not deleted(one):
            homeroom[one["classSourcedId"]] = joined.number_of(one["userSourcedId"])
    for number, one in joined.bundle.read("classes"):
        taught = joined.classes[one["sourcedId"]]
        if not taught.homeroom:
            continue
        cells = {
            "code": taught.number,
            "name": one["title"],
            "grade": grade_of(one.get("grades", "")),
        }
        cells |= {"homeroom": homeroom.get(one["sourcedId"], "")}
        reason = "" if joined.here(one.get("schoolSourcedId", "")) else _("不是本校的資料")
        for year in sorted({term[0] for term in taught.terms}):
            full = {**cells, "year": str(year)}
            yield RawRow(number, _filled(full), not deleted(one), reason)


def _courses(joined: _Joined) -> Iterator[RawRow]:
    plan = index.plan_credits(joined.context)
    for number, one in joined.bundle.read("classes"):
        taught = joined.classes[one["sourcedId"]]
        if taught.homeroom:
            continue
        course = joined.courses.get(one["courseSourcedId"], {})
        code = course.get("courseCode", "")
        code = code if len(code) == 23 else ""
        grade = grade_of(one.get("grades") or course.get("grades", ""))
        told = next((row[key] for row in (one, course) for key in CREDITS if key in row), "")
        reason = "" if joined.here(one.get("schoolSourcedId", "")) else _("不是本校的資料")
        for year, term in taught.terms:
            cells = {
                "year": str(year),
                "term": str(term),
                "number": taught.number,
                "name": one.get("title") or course.get("title", ""),
                "code": code,
                "grade": grade,
                "credits": told or _planned(plan.get(code.upper(), ""), grade, term),
            }
            yield RawRow(number, _filled(cells), not deleted(one), reason)


def _planned(credits_: str, grade: str, term: int) -> str:
    """Credits of one term of a plan's six characters; A to D are 1 to 4 of paired courses."""
    if len(credits_) != 6 or grade not in {"1", "2", "3"}:
        return ""
    one = credits_[(int(grade) - 1) * 2 + term - 1]
    return one if one.isdigit() else str("ABCD".index(one) + 1)


def _in_courses(joined: _Joined, roles: set[str]) -> Iterator[tuple[int, Record, str, int, int]]:
    """(row, enrollment, course number, year, term) of what is no homeroom."""
    for number, one in joined.bundle.read("enrollments"):
        if one["role"].lower() not in roles or not joined.here(one.get("schoolSourcedId", "")):
            continue
        taught = joined.classes.get(one["classSourcedId"])
        if taught is None:
            here = (joined.context.academic_year, joined.context.term)
            yield (number, one, one["classSourcedId"], *here)
        elif not taught.homeroom:
            for year, term in taught.terms:
                yield number, one, taught.number, year, term


def _teaching(joined: _Joined) -> Iterator[RawRow]:
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    for number, one, course, year, term in _in_courses(joined, {"teacher"}):
        first = one.get("primary", "true").lower() == "true"
        ends = day(one.get("endDate", ""))
        cells = {
            "course": course,
            "teacher": joined.number_of(one["userSourcedId"]),
            "kind": (TeachingKind.RECORD if first else TeachingKind.CO).value,
            "starts_on": one.get("beginDate", "")[:10],
            "ends_on": yesterday if deleted(one) else (ends.isoformat() if ends else ""),
            "year": str(year),
            "term": str(term),
        }
        yield RawRow(number, _filled(cells))


def _enrolled(joined: _Joined) -> Iterator[RawRow]:
    for number, one, course, year, term in _in_courses(joined, {"student"}):
        student = joined.number_of(one["userSourcedId"])
        cells = {"course": course, "student": student, "year": str(year), "term": str(term)}
        yield RawRow(number, cells, not deleted(one))


def _results(joined: _Joined) -> Iterator[RawRow]:
    """Grades of the term; results of single assignments are not those."""
    known = next((one for one in importables() if one.kind == "grades"), None)
    keys = set(known.sheet.by_key) if known else set()
    kinds = {one["sourcedId"]: one["title"] for _n, one in joined.bundle.read("categories")}
    final = {
        one["sourcedId"]: one["classSourcedId"]
        for _n, one in joined.bundle.read("lineItems")
        if _says_final(one["title"]) or _says_final(kinds.get(one.get("categorySourcedId", ""), ""))
    }
    for number, one in joined.bundle.read("results"):
        taught = joined.classes.get(final.get(one["lineItemSourcedId"], ""))
        if taught is None:
            yield RawRow(number, {}, left_out=_("不是學期成績的項目"))
            continue
        year, term = taught.terms[-1]
        cells = {
            "student_number": joined.number_of(one["studentSourcedId"]),
            "course_number": taught.number,
            "year": str(year),
            "term": str(term),
            "score": one.get("score", ""),
        }
        yield RawRow(number, {key: text for key, text in _filled(cells).items() if key in keys})


def _says_final(text: str) -> bool:
    plain = text.casefold()
    return any(word in plain for word in FINAL)


def _filled(cells: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in cells.items() if text}
