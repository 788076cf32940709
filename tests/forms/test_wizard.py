"""The wizard: every step is kept, back and forth, until the whole is sent."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict

from forms.drafts import Draft, DraftKey
from forms.files import StagedFile
from forms.wizard import CHECK, Incomplete, UnknownStep, Wizard
from tests.forms.support import MemoryDrafts, MemoryStage, OutcomeForm

KEY = DraftKey("p1", "outcome.upload", "new")
WHAT = {"course": "chi", "title": "讀書心得", "made_on": "115/11/30"}
FILES = {"document-ref": "s-1", "summary": "一學期的閱讀紀錄"}


@pytest.fixture
def store() -> MemoryDrafts:
    return MemoryDrafts()


@pytest.fixture
def wizard(context: Flask, store: MemoryDrafts) -> Wizard:
    stage = MemoryStage()
    stage.files["s-1"] = StagedFile("s-1", "心得.pdf", 1048577)

    def build(data: Any) -> OutcomeForm:
        return OutcomeForm(data, stage=stage, meta={"csrf": False})

    return Wizard(build, store, person="p1")


def data(**values: Any) -> MultiDict[str, Any]:
    return MultiDict(values)


def test_the_walk_begins_at_the_first_group(wizard: Wizard) -> None:
    assert wizard.keys == ["what", "files", "extra", CHECK]
    assert wizard.resume() == "what"
    assert wizard.previous("what") is None


def test_each_step_is_kept_and_the_next_one_opens(wizard: Wizard, store: MemoryDrafts) -> None:
    assert not wizard.post("what", data(**WHAT)).errors
    assert store.kept[KEY].values == {
        "course": ["chi"],
        "title": ["讀書心得"],
        "made_on": ["115/11/30"],
    }
    assert wizard.resume() == "files"
    assert wizard.form().title.data == "讀書心得"


def test_refused_words_are_kept_but_the_step_is_not_done(wizard: Wizard) -> None:
    form = wizard.post("what", data(title="名稱", made_on="某天"))
    assert set(form.errors) == {"course", "made_on"}
    assert wizard.resume() == "what"
    assert wizard.form().made_on._value() == "某天"


def test_only_the_group_that_was_sent_is_judged_and_changed(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    form = wizard.post("files", data(**FILES, title="偷改", course="phy"))
    assert not form.errors
    assert wizard.form().title.data == "讀書心得"


def test_going_back_and_breaking_an_answer_reopens_the_step(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    wizard.post("files", data(**FILES))
    wizard.post("what", data(course="chi", title=""))
    assert wizard.resume() == "what"
    assert [step.done for step in wizard.steps("what")] == [False, True, False]


def test_only_optional_groups_may_be_skipped(wizard: Wizard) -> None:
    assert not wizard.may_skip("what")
    with pytest.raises(Incomplete):
        wizard.skip("what")
    wizard.post("what", data(**WHAT))
    wizard.post("files", data(**FILES))
    wizard.skip("extra")
    assert wizard.resume() == CHECK


def test_an_answer_changed_at_the_end_leads_back_to_the_end(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    wizard.post("files", data(**FILES))
    wizard.skip("extra")
    assert wizard.after("what") == "files"
    assert wizard.after("what", changing=True) == CHECK


def test_the_last_page_reads_every_answer_back(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    wizard.post("files", data(**FILES))
    rows = {row.name: (row.value, row.step) for one in wizard.sections() for row in one.rows}
    assert rows["course"] == ("國語文", "what")
    assert rows["made_on"] == ("民國115年11月30日", "what")
    assert rows["document"] == ("心得.pdf · 1.01 MB", "files")
    assert rows["remark"] == ("", "extra")
    assert [one.done for one in wizard.sections()] == [True, True, False]


def test_an_unfinished_form_is_not_sent(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    with pytest.raises(Incomplete) as missing:
        wizard.finish()
    assert missing.value.first == "files"


def test_a_rule_between_fields_is_asked_in_its_group_and_at_the_end(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    wizard.post("files", data(**FILES))
    form = wizard.post("extra", data(ai_use="y", remark=""))
    assert form.errors == {"remark": ["請說明如何使用 AI 工具。"]}
    with pytest.raises(Incomplete) as missing:
        wizard.finish()
    assert missing.value.first == "extra"
    wizard.post("extra", data(ai_use="y", remark="用來檢查錯字"))
    assert wizard.finish().data["remark"] == "用來檢查錯字"


def test_a_file_gone_from_the_stage_is_asked_for_again(wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    wizard.post("files", data(**FILES))
    wizard.skip("extra")
    wizard._build(None).meta.stage.files.clear()
    with pytest.raises(Incomplete) as missing:
        wizard.finish()
    assert missing.value.first == "files"
    assert wizard.resume() == "files"


def test_a_draft_of_an_older_version_keeps_its_words(wizard: Wizard, store: MemoryDrafts) -> None:
    store.save(Draft(KEY, "0", {"title": ["舊的名稱"]}, ("what", "files", "extra")))
    assert wizard.form().title.data == "舊的名稱"
    assert wizard.resume() == "what"


def test_people_and_subjects_have_drafts_of_their_own(context: Flask, store: MemoryDrafts) -> None:
    def build(found: Any) -> OutcomeForm:
        return OutcomeForm(found, stage=MemoryStage(), meta={"csrf": False})

    Wizard(build, store, person="p1").post("what", data(**WHAT))
    assert Wizard(build, store, person="p2").form().title.data is None
    assert Wizard(build, store, person="p1", subject="outcome:7").form().title.data is None
    assert Wizard(build, store, person="p1").form().title.data == "讀書心得"


def test_an_unknown_step(wizard: Wizard) -> None:
    with pytest.raises(UnknownStep):
        wizard.post("nowhere", data())


def send(browser: FlaskClient, step: str, **values: Any) -> Any:
    return browser.post(f"/walk/{step}", data=values, content_type="multipart/form-data")


def test_the_walk_over_http(site: Flask, browser: FlaskClient) -> None:
    assert browser.get("/walk/").location == "/walk/what"
    assert send(browser, "what", course="chi").status_code == 422
    assert send(browser, "what", **WHAT).location == "/walk/files"
    pdf = (io.BytesIO(b"%PDF-1.7"), "心得.pdf")
    again = send(browser, "files", document=pdf, summary="")
    assert again.status_code == 422
    assert "心得.pdf" in again.get_data(as_text=True)
    page = html.fromstring(browser.get("/walk/files").data)
    ref = page.cssselect('input[name="document-ref"]')[0].get("value")
    assert page.cssselect(".govuk-back-link")[0].get("href") == "/walk/what"
    assert page.cssselect('[aria-current="step"]')[0].text_content().strip().startswith("2.")
    following = send(browser, "files", **{"document-ref": ref, "summary": "閱讀紀錄"})
    assert following.location == "/walk/extra"
    assert send(browser, "extra", skip="y").location == "/walk/check"

    check = html.fromstring(browser.get("/walk/check").data)
    changes = [link.get("href") for link in check.cssselect(".govuk-summary-list__actions a")]
    assert "/walk/what?change=1#title" in changes
    assert "國語文" in check.text_content()
    back = browser.post("/walk/what?change=1", data={**WHAT, "title": "新的名稱"})
    assert back.location == "/walk/check"

    assert send(browser, "check").location == "/page"
    assert site.extensions["done"][0]["title"] == "新的名稱"
    assert site.extensions["store"].kept == {}


def test_sending_too_early_leads_to_what_is_missing(site: Flask, browser: FlaskClient) -> None:
    send(browser, "what", **WHAT)
    assert send(browser, "check").location == "/walk/files"
    assert site.extensions["done"] == []
    assert browser.get("/walk/").location == "/walk/files"


def test_a_refusing_operation_leaves_the_draft(site: Flask, wizard: Wizard) -> None:
    wizard.post("what", data(**WHAT))
    assert wizard.draft().values["title"] == ["讀書心得"]
    wizard.forget()
    assert wizard.draft().values == {}
