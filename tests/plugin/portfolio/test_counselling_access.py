"""Who reads and writes counselling records: role × relation × school, for every route.

`ok` the page or the act, `no` refused by role (403), `none` as if it did not exist (404), `out` no
session (401).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.portfolio.models import CounsellorAssignment
from plugin.portfolio.operations.counselling import assigning, phrases
from plugin.portfolio.queries import counselling as reads
from plugin.school.models import SchoolClass
from plugin.trail.models import AuditEvent
from tests.factories import (
    actor_of,
    make_guardian,
    make_parent,
    make_rule,
    make_staff,
    make_student,
)
from tests.plugin.portfolio.consultations import TODAY, Rooms, make_rooms

OK, NO, NONE, OUT = "ok", "no", "none", "out"
STATUS = {200: OK, 302: OK, 422: OK, 403: NO, 404: NONE, 401: OUT}
MARK = "只有本人與諮詢教師知道的事"

PEOPLE = (
    "writer", "next counsellor", "colleague", "foreign counsellor", "student", "classmate",
    "parent", "other parent", "teacher", "homeroom", "registry", "affairs", "administrator",
    "nobody",
)  # fmt: skip


def row(**said: str) -> dict[str, str]:
    """What each person meets; whoever is not named is refused by role."""
    named = {key.replace("_", " "): value for key, value in said.items()}
    assert set(named) <= set(PEOPLE), named
    return {who: named.get(who, OUT if who == "nobody" else NO) for who in PEOPLE}


COUNSELLORS = row(writer=OK, next_counsellor=OK, colleague=OK, foreign_counsellor=OK)
STUDENTS_OWN = row(writer=OK, next_counsellor=OK, colleague=NONE, foreign_counsellor=NONE)
READERS = STUDENTS_OWN
WRITER = row(writer=OK, next_counsellor=NONE, colleague=NONE, foreign_counsellor=NONE)
OFFICE = row(registry=OK, administrator=OK)
TOPICS = COUNSELLORS | {"registry": OK, "administrator": OK}
FAMILY = row(student=OK, classmate=OK, parent=OK, other_parent=OK)

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/counselling"): COUNSELLORS,
    ("GET", "/counselling/students/<person>"): STUDENTS_OWN,
    ("GET", "/counselling/students/<person>/print"): STUDENTS_OWN,
    ("GET", "/counselling/records"): COUNSELLORS,
    ("GET", "/counselling/new"): COUNSELLORS,
    ("POST", "/counselling/new"): COUNSELLORS,
    ("GET", "/counselling/<record>"): READERS,
    ("GET", "/counselling/<record>/edit"): WRITER,
    ("POST", "/counselling/<record>/edit"): WRITER,
    ("POST", "/counselling/<record>/discard"): WRITER,
    ("POST", "/counselling/<record>/followed"): READERS,
    ("GET", "/counselling/<record>/add"): READERS,
    ("POST", "/counselling/<record>/add"): READERS,
    ("GET", "/counselling/<record>/void"): WRITER,
    ("POST", "/counselling/<record>/void"): WRITER,
    ("GET", "/counselling/<record>/print"): READERS,
    ("GET", "/counselling/templates"): COUNSELLORS,
    ("POST", "/counselling/templates"): COUNSELLORS,
    ("GET", "/counselling/templates/<template>"): WRITER,
    ("POST", "/counselling/templates/<template>"): WRITER,
    ("GET", "/counselling/topics"): TOPICS,
    ("POST", "/counselling/topics"): TOPICS,
    ("GET", "/counselling/assignments"): OFFICE,
    ("GET", "/counselling/assignments/new"): OFFICE,
    ("POST", "/counselling/assignments/new"): OFFICE,
    ("GET", "/counselling/mine"): FAMILY,
    ("POST", "/counselling/templates/<template>/drop"): WRITER,
    ("POST", "/counselling/assignments/<assignment>/end"): OFFICE,
}


@pytest.fixture
def rooms(app: Flask) -> Rooms:
    return make_rooms()


def people(rooms: Rooms) -> dict[str, Actor | None]:
    school = rooms.world.school
    follower = make_staff(school, Role.COUNSELLOR, name="接手人")
    assigning.assign(rooms.world.clerk, follower.id, student_ids=[rooms.mates[0].id])
    homeroom = make_staff(school, name="導師人")
    with db.writing() as session:
        of_class = session.get_one(SchoolClass, rooms.world.school_class.id)
        of_class.homeroom_teacher_id = homeroom.id
    pupil = make_student(school)
    return {
        "writer": rooms.me,
        "next counsellor": actor_of(follower),
        "colleague": rooms.colleague,
        "foreign counsellor": make_rooms().me,
        "student": actor_of(rooms.mates[0]),
        "classmate": actor_of(rooms.mates[1]),
        "parent": rooms.family,
        "other parent": replace(actor_of(make_parent(school, pupil)), child_ids=(pupil.id,)),
        "teacher": rooms.world.master,
        "homeroom": actor_of(homeroom),
        "registry": rooms.world.clerk,
        "affairs": actor_of(make_staff(school, Role.STUDENT_AFFAIRS)),
        "administrator": actor_of(make_staff(school, Role.ADMINISTRATOR)),
        "nobody": None,
    }


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/counselling"):
            path = re.sub(r"<int:(\w+)_id>", r"<\1>", rule.rule).replace(
                "<counselling>", "<record>"
            )
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


@pytest.mark.parametrize("who", PEOPLE)
def test_access(client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any], who: str) -> None:
    everybody = people(rooms)
    record = rooms.kept(summary=MARK, follow_up="確認", follow_up_on=TODAY)
    template = phrases.keep_template(rooms.me, "範本", MARK)
    assignment = db.reading().scalars(
        sa.select(CounsellorAssignment.id).where(
            CounsellorAssignment.counsellor_id == rooms.other.id
        )
    ).one()  # fmt: skip
    act_as(everybody[who])
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    met, seen = {}, []
    for verb, path in MATRIX:
        address = (
            path.replace("<record>", str(record.id))
            .replace("<person>", str(rooms.mates[0].id))
            .replace("<template>", str(template.id))
            .replace("<assignment>", str(assignment))
        )
        form = {"csrf_token": token[1] if token else ""} if verb == "POST" else None
        answer = client.open(address, method=verb, data=form)
        met[verb, path] = STATUS.get(answer.status_code, str(answer.status_code))
        if MARK in answer.text:
            seen.append(path)
    assert met == {door: said[who] for door, said in MATRIX.items()}
    if who in {"writer", "next counsellor"}:
        assert "/counselling/<record>" in seen
    elif who == "student":
        assert seen == ["/counselling/mine"]
    else:
        assert seen == []


@pytest.mark.parametrize("who", PEOPLE)
def test_no_other_page_shows_it(
    app: Flask, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any], who: str
) -> None:
    """Every page of every room that takes no argument, or takes what these people can name."""
    everybody = people(rooms)
    record = rooms.kept(summary=MARK, advice=MARK, topic=MARK, place=MARK)
    act_as(everybody[who])
    given = {
        "person_id": rooms.mates[0].id, "class_id": rooms.world.school_class.id,
        "course_id": rooms.world.course.id, "counselling_id": record.id,
    }  # fmt: skip
    shown = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.arguments - set(given):
            continue
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: str(given[found[1]]), rule.rule)
        if MARK.encode() in client.get(path).data:
            shown.add(rule.rule)
    of_writer = {
        "/counselling/<int:counselling_id>", "/counselling/<int:counselling_id>/print",
        "/counselling/<int:counselling_id>/add", "/counselling/students/<int:person_id>",
        "/counselling/students/<int:person_id>/print",
    }  # fmt: skip
    expected = {
        "writer": of_writer
        | {
            "/counselling/records",
            "/counselling/<int:counselling_id>/edit",
            "/counselling/<int:counselling_id>/void",
        },
        "next counsellor": of_writer,
        "student": {"/counselling/mine"},
    }
    assert shown == expected.get(who, set())


class TestGroups:
    def test_a_student_sees_only_the_own_part(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        file_id = rooms.file(name="三人簽到單.pdf")
        rooms.kept(*rooms.mates, advice="大家都先看課程手冊。", document_file_id=file_id)
        for one in rooms.mates:
            act_as(actor_of(one))
            page = client.get("/counselling/mine").text
            assert "大家都先看課程手冊。" in page
            for other in rooms.mates:
                if other is not one:
                    assert other.name not in page
                    assert other.number not in page
            assert "三人簽到單" not in page
            assert "/files/" not in page
            assert "由諮詢教師保存" in page

    def test_an_individual_document_is_the_students_too(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        rooms.kept(document_file_id=rooms.file(name="我的選課單.pdf"))
        act_as(actor_of(rooms.mates[0]))
        page = client.get("/counselling/mine").text
        assert "我的選課單" in page
        link = re.search(r'href="(/files/[^"]+)"', page)
        assert link
        with client.get(link[1]) as answer:
            assert answer.status_code == 200

    def test_another_counsellors_group_names_own_students_only(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        record = rooms.kept(*rooms.mates)
        assigning.assign(rooms.world.clerk, rooms.other.id, student_ids=[rooms.mates[0].id])
        db._close_reads()
        act_as(rooms.colleague)
        for path in (
            f"/counselling/{record.id}",
            f"/counselling/{record.id}/print",
            f"/counselling/{record.id}/add",
            f"/counselling/students/{rooms.mates[0].id}",
            f"/counselling/students/{rooms.mates[0].id}/print",
        ):
            page = client.get(path).text
            assert rooms.mates[0].name in page, path
            assert rooms.mates[1].name not in page, path
            assert rooms.mates[2].name not in page, path


class TestDraftsAndVoid:
    def test_nobody_else_sees_a_draft(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        everybody = people(rooms)
        draft = rooms.draft(summary=MARK)
        act_as(everybody["next counsellor"])
        assert client.get(f"/counselling/{draft.id}").status_code == 404
        assert MARK not in client.get(f"/counselling/students/{rooms.mates[0].id}").text
        act_as(everybody["student"])
        assert MARK not in client.get("/counselling/mine").text

    def test_students_no_longer_see_what_is_void_counsellors_do(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        from plugin.portfolio.operations.counselling import keeping

        record = rooms.kept(summary=MARK)
        keeping.make_void(rooms.me, record.id, "選錯學生")
        act_as(actor_of(rooms.mates[0]))
        page = client.get("/counselling/mine").text
        assert MARK not in page
        assert "選錯學生" not in page
        act_as(rooms.me)
        page = client.get(f"/counselling/students/{rooms.mates[0].id}").text
        assert MARK in page
        assert "選錯學生" in page


class TestParents:
    @pytest.mark.parametrize("allowed", [False, True])
    def test_parents_read_where_the_school_allows(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any], allowed: bool
    ) -> None:
        rooms.kept(summary=MARK)
        if allowed:
            make_rule(rooms.world.school, "counselling.shown_to_parent", True)
        act_as(rooms.family)
        page = client.get("/counselling/mine").text
        assert (MARK in page) is allowed
        assert ("課程諮詢紀錄是否開放家長查看" in page) is not allowed, "the rule is named"
        assert ("學校開放家長查看" in client.get("/").text) is allowed
        read = sa.select(AuditEvent).where(AuditEvent.verb == "counselling.read")
        assert len(db.reading().scalars(read).all()) == allowed

    def test_a_rule_that_begins_later_does_not_count_yet(
        self, rooms: Rooms, client: FlaskClient, act_as: Callable[[Any], Any]
    ) -> None:
        rooms.kept(summary=MARK)
        make_rule(rooms.world.school, "counselling.shown_to_parent", True, from_year=116)
        act_as(rooms.family)
        assert MARK not in client.get("/counselling/mine").text

    def test_only_ones_own_child_and_only_whom_the_launch_lists(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        make_rule(rooms.world.school, "counselling.shown_to_parent", True)
        rooms.kept(rooms.mates[1], summary=MARK)
        act_as(rooms.family)
        for asked in (rooms.mates[1].id, rooms.stranger.id, 987654, "²"):
            assert MARK not in client.get(f"/counselling/mine?child={asked}").text
        make_guardian(rooms.parent, rooms.mates[1])
        assert MARK not in client.get(f"/counselling/mine?child={rooms.mates[1].id}").text
        act_as(replace(rooms.family, child_ids=(rooms.mates[0].id, rooms.mates[1].id)))
        page = client.get(f"/counselling/mine?child={rooms.mates[1].id}").text
        assert MARK in page
        act_as(replace(rooms.family, child_ids=()))
        assert reads.readable_by(replace(rooms.family, child_ids=())) == []
        assert MARK not in client.get("/counselling/mine").text

    def test_a_teacher_who_is_a_parent_reads_as_a_parent_only(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        record = rooms.kept(summary=MARK)
        make_rule(rooms.world.school, "counselling.shown_to_parent", True)
        master = rooms.world.master
        act_as(replace(master, roles=master.roles | {Role.PARENT}, child_ids=(rooms.mates[0].id,)))
        assert MARK in client.get("/counselling/mine").text
        assert client.get(f"/counselling/{record.id}").status_code == 403


class TestTraces:
    def verbs(self, *wanted: str) -> list[tuple[str, str, int | None]]:
        rows = db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb.in_(wanted)))
        return [(one.verb, one.subject_kind, one.actor_id) for one in rows]

    def test_reading_what_another_wrote_and_printing_leave_a_line(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        follower = people(rooms)["next counsellor"]
        assert follower is not None
        record = rooms.kept()
        act_as(rooms.me)
        client.get(f"/counselling/{record.id}")
        client.get(f"/counselling/students/{rooms.mates[0].id}")
        assert self.verbs("counselling.read", "counselling.print") == []
        client.get(f"/counselling/{record.id}/print")
        assert self.verbs("counselling.print") == [
            ("counselling.print", "counselling", rooms.counsellor.id)
        ]
        act_as(follower)
        client.get(f"/counselling/{record.id}")
        client.get(f"/counselling/students/{rooms.mates[0].id}")
        assert self.verbs("counselling.read") == [
            ("counselling.read", "counselling", follower.person_id),
            ("counselling.read", "person", follower.person_id),
        ]

    @pytest.mark.parametrize("who", ["colleague", "foreign counsellor"])
    def test_reaching_for_what_is_not_yours_leaves_a_line(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any], who: str
    ) -> None:
        record = rooms.kept()
        actor = act_as(people(rooms)[who])
        for path in (f"/counselling/{record.id}", f"/counselling/students/{rooms.mates[0].id}"):
            assert client.get(path).status_code == 404
        assert self.verbs("access.foreign") == [
            ("access.foreign", "counselling", actor.person_id),
            ("access.foreign", "person", actor.person_id),
        ]

    def test_no_line_repeats_what_was_said(self, rooms: Rooms) -> None:
        from plugin.portfolio.operations.counselling import keeping

        record = rooms.kept(summary=MARK, advice=MARK, follow_up=MARK, follow_up_on=TODAY)
        keeping.add(rooms.me, record.id, MARK)
        keeping.make_void(rooms.me, record.id, MARK)
        keeping.remind()
        for line in db.reading().scalars(sa.select(AuditEvent)):
            assert MARK not in str(line.detail)
            assert not any(one.name in str(line.detail) for one in rooms.mates)
