"""Sessions begun by a mailed code: bound to their browser, ending, never more than an applicant."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Role
from plugin.entrance import loading
from plugin.entrance.models import LaunchSession
from plugin.entrance.operations import sessions, visiting
from plugin.entrance.session import VISITOR
from plugin.entrance.tokens import digest
from plugin.errors import NotFound
from plugin.school.models import PersonKind, School
from tests.factories import FrozenClock, make_school, make_staff, make_student
from tests.factories.certification import make_office
from tests.factories.school import make_parent, make_person

BROWSER = "a-browser-of-the-tests"


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def visitor(office: School) -> Any:
    return make_person(office, PersonKind.APPLICANT, email="w@example.org", name="w***@example.org")


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    client.set_cookie(VISITOR, BROWSER)
    return client


def begin(person: Any, browser: str = BROWSER) -> str:
    return visiting.begin(person.school_id, person.id, digest(browser))


def test_a_visit_is_a_session_in_the_path_and_nobody_may_frame_it(
    browser: FlaskClient, visitor: Any
) -> None:
    token = begin(visitor)
    page = browser.get(f"/s/{token}/")
    assert page.status_code == 200
    assert "w***@example.org" in page.text
    assert "申請人" in page.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    row = db.reading().query(LaunchSession).one()
    assert token not in str(vars(row)), "only a digest is stored"
    assert row.registration_id is None


def test_the_address_is_worthless_in_another_browser(
    app: Flask, browser: FlaskClient, visitor: Any
) -> None:
    token = begin(visitor)
    for cookie in (None, "another-browser-of-the-tests"):
        other = app.test_client()
        if cookie is not None:
            other.set_cookie(VISITOR, cookie)
        assert other.get(f"/s/{token}/").status_code == 401
    assert browser.get(f"/s/{token}/").status_code == 200


def test_two_devices_at_once(app: Flask, browser: FlaskClient, visitor: Any) -> None:
    first, second = begin(visitor), begin(visitor, "the-second-device-here")
    phone = app.test_client()
    phone.set_cookie(VISITOR, "the-second-device-here")
    assert browser.get(f"/s/{first}/").status_code == 200
    assert phone.get(f"/s/{second}/").status_code == 200
    row = db.reading().query(LaunchSession).filter_by(token_digest=digest(first)).one()
    sessions.end(row.id)
    assert browser.get(f"/s/{first}/").status_code == 401
    assert phone.get(f"/s/{second}/").status_code == 200, "leaving ends one session, not both"
    visiting.end_all(visitor.school_id, visitor.id)
    assert phone.get(f"/s/{second}/").status_code == 401


def test_a_visit_ends_by_rest_and_by_age(
    browser: FlaskClient, visitor: Any, clock: FrozenClock
) -> None:
    token = begin(visitor)
    for _hour in range(11):
        clock.advance(hours=1)
        assert browser.get(f"/s/{token}/").status_code == 200, "who works on stays in"
    clock.advance(hours=1)
    assert browser.get(f"/s/{token}/").status_code == 401, "but not for ever"
    resting = begin(visitor)
    clock.advance(hours=2)
    page = browser.get(f"/s/{resting}/")
    assert page.status_code == 401
    assert "學習平臺" not in page.text, "no words of an LMS for somebody who came by mail"
    assert "驗證碼" in page.text


def test_leaving_says_how_to_come_in_again(browser: FlaskClient, visitor: Any) -> None:
    token = begin(visitor)
    form = browser.get(f"/s/{token}/").text
    secret = form.split('name="csrf_token" value="')[1].split('"')[0]
    left = browser.post(f"/s/{token}/leave", data={"csrf_token": secret})
    assert left.status_code == 200
    assert "學習平臺" not in left.text
    assert browser.get(f"/s/{token}/").status_code == 401


def test_no_grant_widens_a_visit(app: Flask, office: School) -> None:
    people = [make_staff(office, role) for role in Role]
    people += [make_student(office), make_parent(office, make_student(office))]
    for person in people:
        begin(person)
        row = db.reading().query(LaunchSession).filter_by(person_id=person.id).one()
        actor = loading.link_reader(office.id, row.id)
        assert actor is not None
        assert actor.roles == {Role.APPLICANT}
        assert (actor.launch_person_id, actor.course_ids, actor.child_ids) == (None, (), ())


def test_no_page_of_the_house_opens_beyond_an_applicant(
    browser: FlaskClient, office: School
) -> None:
    boss = make_staff(office, Role.ADMINISTRATOR, Role.REGISTRY, Role.ISSUING_OFFICE)
    token = begin(boss)
    for path in ("/school/people", "/connections", "/accounts"):
        assert browser.get(f"/s/{token}{path}").status_code == 403, path
    for path in ("/welcome", "/welcome/onward"):
        assert browser.get(f"/s/{token}{path}").status_code == 302, path
    for path in ("/terms", "/welcome/select", "/welcome/review", "/welcome/course"):
        assert browser.get(f"/s/{token}{path}").status_code in {403, 404}, path
    own = browser.get(f"/s/{token}/privacy")
    assert own.status_code == 200
    assert boss.name in own.text


def test_whoever_is_no_longer_active_is_out(browser: FlaskClient, visitor: Any) -> None:
    token = begin(visitor)
    with db.writing() as session:
        session.get_one(type(visitor), visitor.id).active = False
    assert browser.get(f"/s/{token}/").status_code == 401
    with pytest.raises(NotFound):
        begin(visitor)


def test_nobody_visits_another_school(app: Flask, office: School) -> None:
    stranger = make_student(make_school())
    with pytest.raises(NotFound):
        visiting.begin(office.id, stranger.id, digest(BROWSER))
