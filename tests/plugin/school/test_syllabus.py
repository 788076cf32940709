"""The link to a course's syllabus: what may stand there, who sets it, on the course's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.school import operations, queries, syllabus
from plugin.school.models import Course, School
from plugin.school.syllabus_forms import SyllabusForm
from plugin.trail import chain
from plugin.trail.models import AuditEvent
from tests.factories import actor_of, make_course, make_school, make_staff, make_student

GOOD = "https://course.example.edu.tw/syllabus?id=1&lang=zh#top"


@pytest.fixture
def school(app: Any) -> School:
    return make_school()


@pytest.fixture
def registry(school: School) -> Actor:
    return actor_of(make_staff(school, Role.REGISTRY))


def stored(course: Course) -> str | None:
    db._close_reads()
    found = queries.course(course.school_id, course.id)
    assert found is not None
    return found.syllabus_url


@pytest.mark.parametrize(
    "text",
    [GOOD, "https://a-b.tw:8443/大綱.pdf", "https://課程.台灣/", "HTTPS://EXAMPLE.TW"],
)
def test_addresses_that_may_stand(text: str) -> None:
    assert syllabus.is_address(text)


WRONG = [
    "http://example.edu.tw/",
    "javascript:alert(1)",
    "//example.edu.tw/",
    "example.edu.tw",
    "https://",
    "https://intranet/",
    "https://school.example@evil.example/",
    "https://school.example\\@evil.example/",
    "https://example.tw:port/",
    "https://[::1/",
    "https://ex ample.tw/",
    "https://example.tw/\u202egnp.exe",
    'https://example.tw/"onclick',
    "https://example.tw/\n",
    "https://example.tw/" + "x" * syllabus.LONGEST,
]


@pytest.mark.parametrize("text", WRONG)
def test_addresses_that_may_not(text: str) -> None:
    assert not syllabus.is_address(text)


def test_the_operation_does_not_rely_on_the_form(school: School, registry: Actor) -> None:
    course = make_course(school)
    for text in WRONG[:9]:
        with pytest.raises(InvalidInput) as refused:
            operations.set_syllabus(registry, course.id, text)
        assert "url" in refused.value.fields
    assert stored(course) is None


def test_set_and_taken_away_with_a_line_that_holds_no_address(
    school: School, registry: Actor
) -> None:
    course = make_course(school)
    operations.set_syllabus(registry, course.id, f" {GOOD} ")
    assert stored(course) == GOOD
    operations.set_syllabus(registry, course.id, "")
    assert stored(course) is None
    query = sa.select(AuditEvent).where(AuditEvent.verb == "course.syllabus")
    lines = db.reading().scalars(query.order_by(AuditEvent.id))
    assert [one.detail for one in lines] == [
        {"before": False, "after": True},
        {"before": True, "after": False},
    ]
    assert list(chain.verify()) == []


def test_only_the_registry_sets_it_and_only_in_its_own_school(
    school: School, registry: Actor
) -> None:
    course, other = make_course(school), make_course(make_school())
    for who in (make_staff(school, Role.TEACHER), make_student(school)):
        with pytest.raises(NotAllowed):
            operations.set_syllabus(actor_of(who), course.id, GOOD)
    with pytest.raises(NotFound):
        operations.set_syllabus(registry, other.id, GOOD)
    assert stored(course) is None
    assert stored(other) is None


def test_a_students_courses_with_a_syllabus(school: School, registry: Actor) -> None:
    student = make_student(school)
    late = make_course(school, students=[student], term=2)
    early = make_course(school, students=[student])
    left = make_course(school, students=[student])
    make_course(school, students=[student])
    for one in (late, early, left, make_course(school)):
        operations.set_syllabus(registry, one.id, GOOD)
    operations.enrol(registry, left.id, student.id, active=False)
    db._close_reads()
    found = queries.syllabuses_of_student(student.id)
    assert [one.id for one in found] == [early.id, late.id]


class TestPages:
    def test_from_the_course_page_and_back(
        self, client: FlaskClient, school: School, registry: Actor, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(registry)
        course = make_course(school)
        page, form = f"/school/courses/{course.id}", f"/school/courses/{course.id}/syllabus"
        assert f'href="{form}"' in client.get(page).text

        answer = post(client, form, url="http://example.edu.tw/")
        assert answer.status_code == 422
        assert "請填完整的網址，以 https:// 開頭。" in answer.text
        assert 'value="http://example.edu.tw/"' in answer.text, "what was typed is kept"
        assert stored(course) is None

        answer = post(client, form, url=GOOD)
        assert (answer.status_code, answer.headers["Location"]) == (302, page)
        (link,) = re.findall(r"<a [^>]*course\.example[^>]*>.*?</a>", client.get(page).text)
        assert 'rel="noopener noreferrer"' in link
        assert "科目教學大綱（離開歷程，在新視窗開啟）" in link
        assert GOOD.replace("&", "&amp;") in client.get(form).text

        assert post(client, form, url="").status_code == 302
        assert stored(course) is None

    def test_another_schools_course_is_not_there(
        self, client: FlaskClient, school: School, registry: Actor, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(registry)
        mine, other = make_course(school), make_course(make_school())
        form = f"/school/courses/{other.id}/syllabus"
        assert client.get(form).status_code == 404
        page = f"/school/courses/{mine.id}/syllabus"
        assert post(client, form, page, url=GOOD).status_code == 404
        assert stored(other) is None

    @pytest.mark.parametrize("role", [Role.TEACHER, Role.HOMEROOM, Role.COUNSELLOR])
    def test_not_for_others(
        self, client: FlaskClient, school: School, role: Role, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(actor_of(make_staff(school, role)))
        address = f"/school/courses/{make_course(school).id}/syllabus"
        assert client.get(address).status_code == 403


def test_the_form_says_what_is_meant(app: Any) -> None:
    with app.test_request_context(method="POST", data={"url": "ftp://example.tw"}):
        form = SyllabusForm(meta={"csrf": False})
        assert not form.validate()
        assert form.url.errors == ["請填完整的網址，以 https:// 開頭。"]
    with app.test_request_context(method="POST", data={"url": " "}):
        assert SyllabusForm(meta={"csrf": False}).validate()


def post(client: FlaskClient, address: str, page: str = "", **values: str) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page or address).text)
    assert found
    return client.post(address, data={"csrf_token": found[1], **values})
