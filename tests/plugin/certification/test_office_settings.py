"""How an office numbers its cases, and the address by which an applicant comes in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.certification import case_numbers
from plugin.certification.models import CaseState, CertificationCase
from plugin.certification.operations import office_setting
from plugin.errors import InvalidInput, NotAllowed
from plugin.school.models import Person, PersonKind, School
from plugin.trail.models import AuditEvent, OutboundMail
from tests.factories.certification import (
    NATIONAL_ID,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
)
from tests.factories.school import actor_of, make_person
from tests.plugin.certification.applying_world import list_schools
from tests.plugin.certification.applying_world import opened as opened_by

PAGE = "/certification/case-number"


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> School:
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)
    return make_office()


def post(client: FlaskClient, address: str, **values: str) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found, f"no form on {address}"
    return client.post(address, data={"csrf_token": found[1], **values})


@pytest.mark.parametrize(
    "pattern",
    [
        "EE{year}-{serial:05}",
        "MOE-{year}-{serial}",
        "EE{year}A-{serial:09}",
    ],
)
def test_good_patterns(app: Flask, pattern: str) -> None:
    assert case_numbers.fault(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "EE{serial:05}",
        "EE{year}",
        "EE{serial:05}-{year}",
        "EE{year}{serial:05}",
        "EE{year}-{serial:05}號",
        "ee{year}-{serial:05}",
        "{year}-{serial:05}",
        "EE{year:4}-{serial:05}",
        "EE{year}-{serial:x}",
        "EE{year}-{serial!r}",
        "EE{year}-{serial.real}",
        "EE{year}-{year}-{serial}",
        "EE{year}-{serial}-{serial}",
        "EE{year-{serial}",
        "E" * 30 + "{year}-{serial:05}",
    ],
)
def test_patterns_that_repeat_or_cannot_be_typed(app: Flask, office: School, pattern: str) -> None:
    assert case_numbers.fault(pattern)
    with pytest.raises(InvalidInput):
        office_setting.set_case_number(make_clerk(office), pattern)


def test_the_next_case_has_the_new_pattern_and_the_series_goes_on(
    client: FlaskClient, office: School, act_as: Callable[[Any], Any]
) -> None:
    list_schools(office)
    first = opened(office)
    assert first.number == "EE115-00001"
    act_as(make_clerk(office))
    assert "EE115-00002" in client.get(PAGE).text
    assert PAGE in client.get("/certification/letterhead").text
    refused = post(client, PAGE, pattern="EE{serial}")
    assert refused.status_code == 422
    assert "EE{serial}" in refused.text
    assert post(client, PAGE, pattern="MOE{year}-{serial:04}").status_code == 302
    assert "MOE115-0002" in client.get(PAGE).text
    assert opened(office).number == "MOE115-0002"
    assert db.reading().get_one(CertificationCase, first.id).number == "EE115-00001"
    line = db.reading().query(AuditEvent).filter_by(
        verb="certification.case_number.settings"
    ).one()  # fmt: skip
    assert line.detail["pattern"] == "MOE{year}-{serial:04}"


def test_only_the_office_sets_it(office: School) -> None:
    with pytest.raises(NotAllowed):
        office_setting.set_case_number(make_applicant(office), case_numbers.PATTERN)


def test_another_address_for_who_comes_by_a_code(
    client: FlaskClient, office: School, act_as: Callable[[Any], Any]
) -> None:
    person = make_person(
        office, PersonKind.APPLICANT, national_id=NATIONAL_ID, email="applicant@example.org"
    )
    case = make_case(actor_of(person, Role.APPLICANT), CaseState.RECEIVED)
    clerk: Actor = act_as(make_clerk(office))
    here, desk = f"/certification/cases/{case.id}/address", f"/certification/office/{case.id}"
    assert here in client.get(desk).text
    refused = post(client, here, email="new@example.org")
    assert refused.status_code == 422
    done = post(client, here, email="New@Example.org", how="person")
    assert done.headers["Location"].endswith(desk)
    assert "new@example.org" in client.get(desk).text
    assert db.reading().get_one(Person, person.id).email == "new@example.org"
    mail = db.reading().query(OutboundMail).one()
    assert (mail.recipient, case.number in mail.body) == ("new@example.org", True)
    line = db.reading().query(AuditEvent).filter_by(verb="certification.address").one()
    assert (line.actor_id, line.detail) == (clerk.person_id, {"how": "person"})


def test_who_comes_through_a_launch_is_changed_at_school(
    client: FlaskClient, office: School, act_as: Callable[[Any], Any]
) -> None:
    case = make_case(make_applicant(office), CaseState.RECEIVED)
    act_as(make_clerk(office))
    here, desk = f"/certification/cases/{case.id}/address", f"/certification/office/{case.id}"
    assert here not in client.get(desk).text
    assert client.get(here).headers["Location"].endswith(desk)


def opened(office: School) -> CertificationCase:
    return opened_by(make_applicant(office))
