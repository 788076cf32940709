"""The application's form: what it asks of whom, and in which form it takes answers."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from forms.definition import describe, groups_of
from forms.wizard import Wizard
from plugin import retention
from plugin.actor import Actor
from plugin.certification import agreement, papers
from plugin.certification.forms.application import ApplicationForm
from plugin.certification.forms.filling import (
    answers_of,
    application_form,
    reading_form,
    words_of,
)
from plugin.certification.models import Category, Path
from plugin.certification.papers import Facts
from plugin.drafts.operations import Drafts
from plugin.school import queries
from tests.factories import make_rule
from tests.factories.certification import make_applicant, make_office
from tests.plugin.certification.applying_world import BASICS, CONSENT, ESSAYS, list_schools

COMMON = ["other"]
ADMINISTRATIVE = ["plan", "results", "reference_administrative"]
TEACHING = ["lesson_plan", "supporting", "reference_teaching", "teacher_certificate"]
WANTED = {
    (Path.EDUCATION, category): ["degree", "credits", *COMMON] for category in Category
} | {
    (Path.RECOMMENDED, category): ["recommendation", "statement", *COMMON]
    for category in Category
} | {
    (Path.EXAMINATION, category): ["examination", *COMMON] for category in Category
} | {
    (Path.TRAINING, category): ["training", *COMMON] for category in Category
} | {
    (Path.EXPERIENCE, Category.ADMINISTRATIVE): ["experience", "hours", *ADMINISTRATIVE, *COMMON],
    (Path.EXPERIENCE, Category.TEACHING): ["experience", "hours", *TEACHING, *COMMON],
    (Path.EXPERIENCE, Category.BOTH): [
        "experience", "hours", *ADMINISTRATIVE, *TEACHING, *COMMON,
    ],
    (Path.EXPERTISE, Category.ADMINISTRATIVE): ["works", "topic_hours", *COMMON],
    (Path.EXPERTISE, Category.TEACHING): ["works", "teacher_certificate", *COMMON],
    (Path.EXPERTISE, Category.BOTH): ["works", "topic_hours", "teacher_certificate", *COMMON],
}  # fmt: skip
"""辦法 §10 and seed 000, 四, written down a second time."""


@pytest.fixture
def applicant(app: Flask) -> Actor:
    office = make_office()
    list_schools(office)
    return make_applicant(office)


def form_of(actor: Actor, **said: Any) -> ApplicationForm:
    return application_form(actor, MultiDict(said), csrf=False)


def test_which_documents_each_path_and_category_ask_for() -> None:
    for path, category in itertools.product(Path, Category):
        found = [one.name for one in papers.wanted(Facts(path, category))]
        assert sorted(found) == sorted(WANTED[path, category]), (path, category)
    assert [one.name for one in papers.wanted(Facts())] == COMMON  # nothing is chosen yet


@pytest.mark.parametrize(
    ("designated", "organisation", "wanted"),
    [
        ("yes", "193301", True),
        ("no", "193301", False),
        ("yes", "0199", False),  # a university needs none, by its kind in the list
        ("yes", "不在清單的科技大學", False),  # … or by its name
        ("yes", "不在清單的國中", True),
    ],
)
def test_the_lifelong_learning_filing(
    applicant: Actor, designated: str, organisation: str, wanted: bool
) -> None:
    form = form_of(
        applicant,
        **{**BASICS, "designated": designated, "organisation": organisation, "unlisted": "y"},
    )
    names = [name for group in groups_of(form) for name in group.fields]
    assert ("filing" in names) is wanted


def test_limits_are_those_of_the_manual_and_a_school_may_set_its_own(applicant: Actor) -> None:
    office_id = applicant.school_id or 0
    mebibytes = {
        name: papers.max_bytes(office_id, papers.papers()[name]) // 2**20
        for name in ("hours", "experience", *ADMINISTRATIVE, "filing", *TEACHING[:3])
    }
    assert mebibytes == {
        "hours": 1, "experience": 1, "plan": 5, "results": 20, "filing": 1,
        "reference_administrative": 5, "lesson_plan": 5, "supporting": 15, "reference_teaching": 5,
    }  # fmt: skip
    make_rule(queries.school(office_id), "case.paper.plan.max_bytes", 2 * 2**20)
    assert form_of(applicant).plan.max_bytes == 2 * 2**20


def test_a_good_basic_page_is_taken_and_normalised(applicant: Actor) -> None:
    form = form_of(applicant, **CONSENT, **BASICS)
    assert form.validate_fields([*CONSENT, *BASICS]), form.errors
    basics = form.basics()
    assert (basics.organisation_code, basics.organisation) == ("193301", "歷程測試國民小學")
    assert basics.email == "applicant@example.org"
    assert form.surname_english.data == "WANG"


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("national_id", "A123456788", "a123456789"),
        ("national_id", "A12345678", "A800000014"),  # resident's number, new form
        ("national_id", "AB12345678", "AC01234567"),  # … old form
        ("telephone", "66309988", "02-66309988"),
        ("telephone", "02-66309988 ext 9", "０２-66309988#999"),
        ("mobile", "02-66309988", "0912 345 678"),
        ("email", "nobody", "somebody@example.org"),
        ("surname_english", "王", "O'NEIL"),
        ("birthday", "115/3/8", "1986-03-08"),
        ("birthday", "某天", "民國75年3月8日"),
        ("category", "all", "both"),
    ],
)
def test_formats(applicant: Actor, name: str, bad: str, good: str) -> None:
    assert not form_of(applicant, **{**BASICS, name: bad}).validate_fields([name])
    form = form_of(applicant, **{**BASICS, name: good})
    assert form.validate_fields([name]), form.errors


def test_everything_but_telephone_mobile_and_title_is_required(applicant: Actor) -> None:
    form = form_of(applicant)
    optional = {
        one.name for one in describe(form).fields if not one.required and one.name in BASICS
    }
    assert optional == {"telephone", "mobile", "title"}
    assert not form.validate_fields(CONSENT)
    assert set(form.errors) == set(CONSENT)


def test_the_questions_are_those_of_the_seed(applicant: Actor) -> None:
    form = form_of(applicant)
    assert [form[f"essay{n}"].label.text[:6] for n in range(1, 6)] == [
        "1. 對於現", "2. 現階段", "3. 如何落", "4. 身為環", "5. 身為環",
    ]  # fmt: skip
    assert [value for value, _label in form.theme.plain_choices()] == [
        "ethics", "climate", "sustainability", "disaster", "resources",
    ]  # fmt: skip
    assert (form.essay1.low, form.essay1.high) == (200, 300)


def test_answers_are_kept_and_read_again(applicant: Actor) -> None:
    form = form_of(applicant, **CONSENT, **BASICS, **ESSAYS)
    form.validate_fields(BASICS)
    kept = answers_of(form)
    assert kept["birthday"] == "1986-03-08"
    assert kept["truthful"] is True
    assert kept["organisation_code"] == "193301"
    read = reading_form(json.dumps(kept))
    assert read.organisation.shown() == "歷程測試國民小學（193301）"
    again = application_form(
        applicant,
        MultiDict((name, one) for name, some in words_of(kept, {}).items() for one in some),
        csrf=False,
    )
    assert answers_of(again) == kept


def test_the_wizard_asks_for_more_when_the_category_changes(applicant: Actor) -> None:
    wizard = Wizard(
        lambda data: application_form(applicant, data, csrf=False),
        Drafts(applicant),
        person=str(applicant.person_id),
    )
    wizard.post("consent", MultiDict(CONSENT))
    assert not wizard.post("basics", MultiDict(BASICS)).errors
    assert not wizard.post("essays", MultiDict(ESSAYS)).errors
    assert [one.name for one in wizard.missing()] == ["experience", "hours", "plan", "results"]
    wizard.post("basics", MultiDict({**BASICS, "path": "training"}))
    assert [one.name for one in wizard.missing()] == ["training"]


def test_a_correction_asks_for_its_items_alone(applicant: Actor) -> None:
    form = application_form(
        applicant, MultiDict({**CONSENT, **BASICS}), only={"title", "plan"}, csrf=False
    )
    assert [group.fields for group in groups_of(form)] == [("title",), ("plan",)]


def test_the_notice_holds_from_its_day(app: Flask) -> None:
    now = agreement.current()
    assert now.version == "112.05"
    assert "歷程測試" in agreement.say(now.truthful, "歷程測試")
    for one in (now.truthful, *now.notice, now.publish):
        assert one.zh
        assert one.en


def test_draft_documents_have_a_row_of_the_retention_table(app: Flask) -> None:
    kept = set(retention.row("draft_file").slots)
    assert {one.slot for one in papers.papers().values()} <= kept
