"""Who gets through which door of the academic records: role × relation × school."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from plugin.actor import Actor, Role
from plugin.portfolio.models import CaseArea
from plugin.portfolio.operations.academic import cases, workbooks
from tests.factories import actor_of, make_course, make_staff, make_student, make_teacher
from tests.plugin.portfolio.academic.school import TERM, Records, make_records

OK, NO, NONE, OUT = "ok", "no", "none", "out"
STATUS = {200: OK, 302: OK, 409: OK, 422: OK, 403: NO, 404: NONE, 401: OUT}

PEOPLE = (
    "owner", "classmate", "foreign student", "teacher", "other teacher", "foreign teacher",
    "registry", "foreign registry", "affairs", "foreign affairs", "parent", "other parent",
    "foreign parent", "homeroom", "other homeroom", "counsellor", "other counsellor",
    "administrator", "unbound", "nobody",
)  # fmt: skip


def row(**said: str) -> dict[str, str]:
    """What each person meets; whoever is not named is refused by role."""
    named = {key.replace("_", " "): value for key, value in said.items()}
    assert set(named) <= set(PEOPLE), named
    return {who: named.get(who, OUT if who == "nobody" else NO) for who in PEOPLE}


STUDENTS = row(owner=OK, classmate=OK, foreign_student=OK)
OWN = row(owner=OK, classmate=NONE, foreign_student=NONE)
TEACHERS = row(teacher=OK, other_teacher=OK, foreign_teacher=OK)
COURSE = row(teacher=OK, other_teacher=NONE, foreign_teacher=NONE)
AFFAIRS = row(affairs=OK, foreign_affairs=OK)
OURS = row(affairs=OK, foreign_affairs=NONE)
REGISTRIES = row(registry=OK, foreign_registry=OK)
KEPT = row(registry=OK, foreign_registry=NONE)
READERS = row(
    parent=OK, other_parent=NONE, foreign_parent=NONE, homeroom=OK, other_homeroom=NONE,
    counsellor=OK, other_counsellor=NONE, registry=OK, foreign_registry=NONE,
)  # fmt: skip
OFFICES = row(registry=OK, foreign_registry=OK, affairs=OK, foreign_affairs=OK)

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/academic/mine"): STUDENTS,
    ("GET", "/academic/mine/report"): STUDENTS,
    ("POST", "/academic/mine/report"): STUDENTS,
    ("GET", "/academic/records"): STUDENTS,
    ("GET", "/academic/records/<record>"): OWN,
    ("GET", "/academic/children"): row(parent=OK, other_parent=OK, foreign_parent=OK),
    ("GET", "/academic/of/<person>"): READERS,
    ("GET", "/academic/of/<person>/<record>"): READERS,
    ("GET", "/academic/posts"): AFFAIRS,
    ("GET", "/academic/posts/new"): AFFAIRS,
    ("POST", "/academic/posts/new"): AFFAIRS,
    ("GET", "/academic/posts/grid"): AFFAIRS,
    ("POST", "/academic/posts/grid"): AFFAIRS,
    ("GET", "/academic/posts/<post>"): OURS,
    ("POST", "/academic/posts/<post>"): OURS,
    ("GET", "/academic/posts/<post>/remove"): OURS,
    ("POST", "/academic/posts/<post>/remove"): OURS,
    ("GET", "/academic/cases"): OFFICES,
    # a report about posts is student affairs' alone
    ("GET", "/academic/cases/<case>"): row(
        affairs=OK, foreign_affairs=NONE, registry=NONE, foreign_registry=NONE
    ),
    ("POST", "/academic/cases/<case>"): row(
        affairs=OK, foreign_affairs=NONE, registry=NONE, foreign_registry=NONE
    ),
    ("GET", "/academic/basics"): REGISTRIES,
    ("POST", "/academic/basics/fill"): REGISTRIES,
    ("GET", "/academic/basics/<person>"): KEPT,
    ("POST", "/academic/basics/<person>"): KEPT,
    ("GET", "/academic/courses"): REGISTRIES,
    ("POST", "/academic/courses/freeze"): REGISTRIES,
    ("GET", "/academic/courses/thaw"): REGISTRIES,
    ("POST", "/academic/courses/thaw"): REGISTRIES,
    ("GET", "/academic/courses/<course>/thaw"): KEPT,
    ("POST", "/academic/courses/<course>/thaw"): KEPT,
    ("GET", "/academic/of/<person>/new/<kind>"): KEPT,
    ("POST", "/academic/of/<person>/new/<kind>"): KEPT,
    ("GET", "/academic/change/<record>"): KEPT,
    ("POST", "/academic/change/<record>"): KEPT,
    ("GET", "/academic/change/<record>/remove"): KEPT,
    ("POST", "/academic/change/<record>/remove"): KEPT,
    ("GET", "/academic/checks"): OFFICES,
    ("GET", "/academic/workbooks"): OFFICES,
    ("POST", "/academic/workbooks"): OFFICES,
    # of grades: the registry's alone
    ("GET", "/academic/workbooks/<workbook>"): row(
        registry=OK, foreign_registry=NONE, affairs=NONE, foreign_affairs=NONE
    ),
    ("GET", "/academic/workbooks/<workbook>/changes"): row(
        registry=OK, foreign_registry=NONE, affairs=NONE, foreign_affairs=NONE
    ),
    ("POST", "/academic/workbooks/<workbook>/changes/table"): row(
        registry=OK, foreign_registry=NONE, affairs=NONE, foreign_affairs=NONE
    ),
    ("GET", "/academic/teaching"): TEACHERS,
    ("GET", "/academic/teaching/<course>"): COURSE,
    ("POST", "/academic/teaching/<course>"): COURSE,
}


def people(school: Records) -> dict[str, Actor | None]:
    foreign = make_records(windows=False)
    other = make_student(school.world.school)
    elsewhere = make_teacher(school.world.school)
    make_course(school.world.school, teacher=elsewhere)
    everything = frozenset({Role.STUDENT, Role.REGISTRY, Role.STUDENT_AFFAIRS, Role.TEACHER})
    return {
        "owner": school.pupil,
        "classmate": actor_of(school.mate),
        "foreign student": foreign.pupil,
        "teacher": school.master,
        "other teacher": actor_of(elsewhere),
        "foreign teacher": foreign.master,
        "registry": school.clerk,
        "foreign registry": foreign.clerk,
        "affairs": school.affairs,
        "foreign affairs": foreign.affairs,
        "parent": school.parent(),
        "other parent": school.parent(other),
        "foreign parent": replace(foreign.parent(), child_ids=(school.world.student.id,)),
        "homeroom": school.homeroom(),
        "other homeroom": actor_of(make_staff(school.world.school), Role.HOMEROOM),
        "counsellor": school.counsellor(),
        "other counsellor": school.counsellor(other),
        "administrator": actor_of(make_staff(school.world.school, Role.ADMINISTRATOR)),
        "unbound": Actor(school_id=school.world.school.id, roles=everything),
        "nobody": None,
    }


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/academic"):
            path = re.sub(r"<int:(\w+)_id>", r"<\1>", rule.rule)
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


def test_access(client: FlaskClient, school: Records, act_as: Callable[[Any], Any]) -> None:
    """Every person at every door; a POST without a field is refused by the form."""
    record, post = school.enter(), school.post()
    case = cases.report(school.pupil, CaseArea.POSTS, TERM, "有誤", subject_id=post.id)
    workbook = workbooks.begin(school.clerk, "retakes", TERM, "ordinary", "97")
    ids = {
        "<record>": record.id, "<post>": post.id, "<case>": case.id, "<workbook>": workbook.id,
        "<person>": school.world.student.id, "<course>": school.world.course.id, "<kind>": "retake",
    }  # fmt: skip
    wrong = []
    for who, actor in people(school).items():
        act_as(actor)
        token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inbox").text)
        for (verb, path), said in MATRIX.items():
            address = path
            for name, value in ids.items():
                address = address.replace(name, str(value))
            form = {"csrf_token": token[1] if token else ""} if verb == "POST" else None
            answer = client.open(address, method=verb, data=form)
            met = STATUS.get(answer.status_code, str(answer.status_code))
            if met != said[who]:
                wrong.append(f"{who}: {verb} {path} is {met}, not {said[who]}")
    assert wrong == []


def test_a_reader_does_not_see_anothers_record_by_the_address_of_their_own(
    client: FlaskClient, school: Records, act_as: Callable[[Any], Any]
) -> None:
    theirs = school.enter(who=school.mate)
    for actor in (school.parent(), school.counsellor(), school.clerk):
        act_as(actor)
        page = client.get(f"/academic/of/{school.world.student.id}/{theirs.id}")
        assert page.status_code == 404


def test_a_removed_record_is_nobodys_to_see(
    client: FlaskClient, school: Records, act_as: Callable[[Any], Any]
) -> None:
    from plugin.portfolio.operations.academic import posts, records

    record, post = school.enter(subject="誤登的科目"), school.post(unit="誤登的社團")
    records.remove(school.clerk, record.id, "誤登")
    posts.remove(school.affairs, post.id, "誤登")
    student = school.world.student.id
    for actor, doors in (
        (school.pupil, ["/academic/mine", "/academic/records"]),
        (school.parent(), [f"/academic/of/{student}"]),
        (school.affairs, ["/academic/posts"]),
    ):
        act_as(actor)
        for door in doors:
            assert "誤登" not in client.get(door).text
    act_as(school.pupil)
    assert client.get(f"/academic/records/{record.id}").status_code == 404
    act_as(school.affairs)
    assert client.get(f"/academic/posts/{post.id}").status_code == 404
