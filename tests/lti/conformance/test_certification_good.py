"""The valid launches of the LTI 1.3 certification, over HTTP: each enters, as who it says."""

from __future__ import annotations

import pytest

from lti import vocabulary as v
from tests.lti.conformance.conftest import Bench

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
INSTRUCTOR, LEARNER = LIS + "membership#Instructor", LIS + "membership#Learner"
NAMES = ("name", "given_name", "family_name")
PEOPLE = pytest.mark.parametrize(
    ("person", "role"), [("teacher1", "instructor"), ("student1", "learner")]
)


@PEOPLE
def test_a_plain_launch(bench: Bench, person: str, role: str):
    """As instructor, as learner."""
    assert bench.must_be_in(bench.launch(person)).roles == [role]


@PEOPLE
def test_several_roles(bench: Bench, person: str, role: str):
    """Core §5.3.7: roles of course, institution and system side by side."""
    own = INSTRUCTOR if role == "instructor" else LEARNER
    roles = [own, LIS + "institution/person#Student", LIS + "system/person#User"]
    assert bench.must_be_in(bench.launch(person, **{v.CLAIM_ROLES: roles})).roles == [role]


@PEOPLE
def test_a_role_in_its_short_form(bench: Bench, person: str, role: str):
    """Core §A.2.3: course roles may be written as a bare name."""
    answer = bench.launch(person, **{v.CLAIM_ROLES: [role.title()]})
    assert bench.must_be_in(answer).roles == [role]


@PEOPLE
def test_a_role_that_nobody_knows_beside_one_that_is_known(bench: Bench, person: str, role: str):
    """Core §A.2: unknown roles are passed over."""
    own = INSTRUCTOR if role == "instructor" else LEARNER
    roles = [own, "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper", "壞"]
    assert bench.must_be_in(bench.launch(person, **{v.CLAIM_ROLES: roles})).roles == [role]


def test_only_a_role_that_nobody_knows(bench: Bench):
    answer = bench.launch(**{v.CLAIM_ROLES: ["http://purl.imsglobal.org/vocab/x#Unknown"]})
    assert bench.must_be_in(answer).roles == []


@PEOPLE
def test_no_role(bench: Bench, person: str, role: str):
    """Core §5.3.7: the list may be empty; then nobody is anything."""
    assert bench.must_be_in(bench.launch(person, **{v.CLAIM_ROLES: []})).roles == []


@PEOPLE
def test_only_an_email(bench: Bench, person: str, role: str):
    """The platform shares the e-mail and no name."""
    answer = bench.launch(person, **dict.fromkeys(NAMES, ...))
    assert bench.must_be_in(answer).roles == [role]


@PEOPLE
def test_only_names(bench: Bench, person: str, role: str):
    """The platform shares names and no e-mail."""
    assert bench.must_be_in(bench.launch(person, email=...)).roles == [role]


@PEOPLE
def test_no_personal_data(bench: Bench, person: str, role: str):
    """The platform shares neither names nor e-mail nor number."""
    nothing = dict.fromkeys((*NAMES, "email", v.CLAIM_LIS, v.CLAIM_EXT), ...)
    assert bench.must_be_in(bench.launch(person, **nothing)).roles == [role]


@PEOPLE
def test_without_a_context(bench: Bench, person: str, role: str):
    """Core §5.4.1: the context is optional."""
    session = bench.must_be_in(bench.launch(person, **{v.CLAIM_CONTEXT: ...}))
    assert session.launch_context_id is None


@pytest.mark.parametrize("custom", [{}, {"a": "b", "k": "值", "n": None, "v": "$Unknown.var"}])
def test_custom_parameters(bench: Bench, custom: dict):
    """Core §5.4.6: any names, any texts; unknown variables arrive as they were written."""
    bench.must_be_in(bench.launch(**{v.CLAIM_CUSTOM: custom}))


def test_claims_that_nobody_knows(bench: Bench):
    """Core §5.4.7: extensions of vendors are passed over."""
    bench.must_be_in(bench.launch(**{"https://vendor.example/claim": {"a": [1, {"b": None}]}}))


def test_a_subject_of_full_length(bench: Bench):
    """Oidc §2: up to 255 ASCII characters, whatever they are."""
    bench.must_be_in(bench.launch(sub="a-1_~!' <x>" + "z" * 244))


def test_two_launches_of_one_person_are_two_sessions(bench: Bench):
    assert bench.launch().status_code == 303
    assert bench.launch().status_code == 303


def test_a_platform_with_a_fresh_key(bench: Bench):
    """Security §6.3: keys change; the new one is fetched when it is first seen."""
    bench.lms.rotate_keys()
    bench.must_be_in(bench.launch())
