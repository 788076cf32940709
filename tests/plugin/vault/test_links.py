"""Addresses of files tell nothing, end when they are taken back, and leave a trace when used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock as clocks
from plugin import db
from plugin.actor import Actor, Role
from plugin.trail.models import AuditEvent
from plugin.vault import links, operations, queries
from plugin.vault.models import FileOpening, StoredFile
from tests.factories import FrozenClock, actor_of, make_school, make_staff
from tests.plugin.vault.conftest import HandIn, pdf_bytes

NAME = "王小明_B123456789.pdf"


@pytest.fixture
def file(hand_in: HandIn) -> StoredFile:
    return hand_in(NAME, content=pdf_bytes())


@pytest.fixture
def present(app: Flask, student: Actor) -> Iterator[dict[int, Actor]]:
    """Running sessions, by number; the student's is 7."""
    running = {7: replace(student, launch_session_id=7)}
    before = app.extensions[links.READER]
    app.extensions[links.READER] = lambda _school, session: running.get(session)
    yield running
    app.extensions[links.READER] = before


def openings(file: StoredFile) -> list[FileOpening]:
    query = sa.select(FileOpening).where(FileOpening.file_id == file.id)
    return list(db.reading().scalars(query.order_by(FileOpening.id)))


class TestTheAddress:
    def test_tells_no_name_and_nobody(
        self, file: StoredFile, student: Actor, bare: FlaskClient
    ) -> None:
        for address in (links.url(file, student), links.page_url(file, student, 1)):
            assert unquote(address).isascii()
            assert "B123456789" not in address
            assert "pdf" not in address
        answer = bare.get(links.url(file, student))
        assert answer.status_code == 200
        assert "filename*=UTF-8''%E7%8E%8B" in answer.headers["Content-Disposition"]

    def test_two_people_have_different_ones(self, file: StoredFile, student: Actor) -> None:
        other = replace(student, person_id=(student.person_id or 0) + 1)
        first, second = links.url(file, student), links.url(file, other)
        assert len(first) == len(second)
        assert first[: len("/files/") + 8] != second[: len("/files/") + 8]


class TestTakenBack:
    def test_by_the_file(
        self, file: StoredFile, hand_in: HandIn, student: Actor, bare: FlaskClient
    ) -> None:
        other = hand_in("photo.jpg")
        before, kept = links.url(file, student), links.url(other, student)
        operations.end_links(student, [file.id, None])
        refused = bare.get(before)
        assert refused.status_code == 403
        assert "這個檔案連結已失效。" in refused.text
        assert NAME not in refused.text
        assert bare.get(kept).status_code == 200
        again = queries.files([file.id])[file.id]
        assert bare.get(links.url(again, student)).status_code == 200

    def test_not_by_another_school(
        self, file: StoredFile, student: Actor, bare: FlaskClient
    ) -> None:
        stranger = actor_of(make_staff(make_school(), Role.ADMINISTRATOR))
        address = links.url(file, student)
        operations.end_links(stranger, [file.id])
        assert bare.get(address).status_code == 200

    @pytest.mark.parametrize(
        ("now", "status"),
        [
            (lambda one: one, 200),
            (lambda one: replace(one, roles=one.roles | {Role.TEACHER}), 200),
            (lambda one: replace(one, roles=frozenset()), 403),
            (lambda one: replace(one, person_id=None), 403),
            (lambda _one: None, 403),
        ],
        ids=["as it was", "a role more", "a role gone", "no person any more", "session ended"],
    )
    def test_by_what_became_of_its_session(
        self,
        file: StoredFile,
        present: dict[int, Actor],
        bare: FlaskClient,
        now: Callable[[Actor], Any],
        status: int,
    ) -> None:
        address = links.url(file, present[7])
        page = links.page_url(file, present[7], 1)
        present[7] = now(present[7])
        assert bare.get(address).status_code == status
        assert bare.get(page).status_code == status


class TestLent:
    @pytest.fixture
    def address(self, file: StoredFile, student: Actor) -> str:
        """A link that somebody outside got."""
        lending = operations.begin_lending(student, "test:1", clocks.now() + timedelta(days=90))
        assert operations.lend(student, lending, [file.id, file.id]) == 1
        assert operations.lend(student, lending, [file.id]) == 0
        return links.lent_url(lending.id, file.id)

    def test_opens_for_whoever_has_it(
        self, address: str, file: StoredFile, bare: FlaskClient, clock: FrozenClock
    ) -> None:
        assert address.startswith("http")
        assert unquote(address).isascii()
        clock.advance(days=80)
        answer = bare.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "filename*=UTF-8''%E7%8E%8B" in answer.headers["Content-Disposition"]
        (one,) = openings(file)
        assert (one.reader_id, one.link_id is None) == (None, False)

    def test_expires(
        self, address: str, file: StoredFile, bare: FlaskClient, clock: FrozenClock
    ) -> None:
        clock.advance(days=91)
        refused = bare.get(address)
        assert refused.status_code == 403
        assert "這個檔案連結已失效。" in refused.text
        assert openings(file) == []

    def test_is_not_open_before_files_are_named(
        self, file: StoredFile, student: Actor, bare: FlaskClient
    ) -> None:
        lending = operations.begin_lending(student, "test:2", clocks.now() + timedelta(days=9))
        assert bare.get(links.lent_url(lending.id, file.id)).status_code == 403

    def test_is_taken_back(self, address: str, student: Actor, bare: FlaskClient) -> None:
        stranger = actor_of(make_staff(make_school(), Role.REGISTRY))
        assert operations.revoke(stranger, "test:1") == 0
        assert bare.get(address).status_code == 200
        assert operations.revoke(student, "test:1") == 1
        assert bare.get(address).status_code == 403
        assert operations.revoke(student, "test:1") == 0
        said = [one.verb for one in db.reading().scalars(sa.select(AuditEvent))]
        assert said.count("file_lending.lend") == said.count("file_lending.revoke") == 1

    def test_ends_with_its_file(
        self, address: str, file: StoredFile, student: Actor, bare: FlaskClient
    ) -> None:
        operations.discard(student, file.id)
        assert bare.get(address).status_code == 404


class TestOpenings:
    def test_each_is_noted_once_in_ten_minutes(
        self, file: StoredFile, student: Actor, bare: FlaskClient, clock: FrozenClock
    ) -> None:
        address = links.url(file, student)
        bare.get(address, headers={"Range": "bytes=0-99"})
        bare.get(address, headers={"Range": "bytes=100-199"})
        bare.get(links.page_url(file, student, 2))
        clock.advance(minutes=11)
        bare.get(address)
        noted = openings(file)
        assert [one.reader_id for one in noted] == [student.person_id] * 2
        assert noted[1].at - noted[0].at == timedelta(minutes=11)
        kept = {column.name for column in FileOpening.__table__.columns}
        assert kept == {"id", "school_id", "file_id", "reader_id", "link_id", "at"}

    def test_a_refused_one_is_not(
        self, file: StoredFile, student: Actor, bare: FlaskClient, clock: FrozenClock
    ) -> None:
        address = links.url(file, student)
        clock.advance(hours=3)
        assert bare.get(address).status_code == 403
        assert openings(file) == []

    def test_who_sees_them(
        self,
        file: StoredFile,
        student: Actor,
        bare: FlaskClient,
        client: FlaskClient,
        act_as: Callable[[Any], Any],
    ) -> None:
        school_id = student.school_id or 0
        teacher = replace(student, person_id=actor_of(_staff(school_id)).person_id)
        bare.get(links.url(file, teacher))
        act_as(student)
        page = client.get("/openings/mine").text
        assert NAME in page
        assert f"#{teacher.person_id}" in page
        assert client.get("/openings").status_code == 403
        act_as(actor_of(_staff(school_id, Role.ADMINISTRATOR)))
        page = client.get(f"/openings?file={file.id}").text
        assert f"#{teacher.person_id}" in page
        assert NAME not in page
        assert "還沒有人開啟過檔案" in client.get("/openings/mine").text
        act_as(actor_of(make_staff(make_school(), Role.ADMINISTRATOR)))
        assert "還沒有人開啟過檔案" in client.get("/openings").text


def _staff(school_id: int, *roles: Role) -> Any:
    from plugin.school.models import School

    return make_staff(db.reading().get_one(School, school_id), *roles)
