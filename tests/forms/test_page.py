"""The page door: nothing typed and nothing sent is lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict

from forms.files import RefusedFile, StagedFile
from tests.forms.support import MemoryStage, OutcomeForm, make_app

PDF = b"%PDF-1.7\nreal enough for the stage"
GOOD = {"course": "chi", "title": "讀書心得", "summary": "一學期的閱讀紀錄"}


def upload(content: bytes = PDF, name: str = "心得.pdf") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def post(browser: FlaskClient, path: str = "/page", **values: Any) -> Any:
    return browser.post(path, data=values, content_type="multipart/form-data")


def main_of(response: Any) -> Any:
    return html.fromstring(response.get_data(as_text=True)).find(".//main")


def test_a_whole_form_reaches_the_operation(site: Flask, browser: FlaskClient) -> None:
    response = post(browser, **GOOD, made_on="115/11/30", document=upload())
    assert response.status_code == 302
    (data,) = site.extensions["done"]
    assert data["document"].name == "心得.pdf"
    assert data["made_on"].isoformat() == "2026-11-30"


def test_the_error_summary_links_each_message_to_its_field(browser: FlaskClient) -> None:
    response = post(browser, summary="字" * 101)
    page = main_of(response)
    assert response.status_code == 422
    links = page.cssselect(".govuk-error-summary__list a")
    targets = [link.get("href") for link in links]
    assert targets == ["#course", "#title", "#document", "#summary"]
    for target in targets:
        assert page.cssselect(target), target
    for link in links:
        name = link.get("href")[1:]
        (message,) = page.cssselect(f"#{name}-error")
        assert link.text in message.text_content()
        assert message.text_content().strip().startswith("錯誤")
    assert html.fromstring(response.data).find(".//title").text.startswith("錯誤：")


def test_typed_words_come_back(browser: FlaskClient) -> None:
    page = main_of(post(browser, course="math", made_on="某一天", summary="內容", remark="備註"))
    assert page.cssselect("#made_on")[0].get("value") == "某一天"
    assert page.cssselect("#summary")[0].text.strip() == "內容"
    assert page.cssselect("#remark")[0].get("value") == "備註"
    assert page.cssselect('input[value="math"]')[0].get("checked") is not None


def test_a_file_survives_a_mistake_elsewhere(site: Flask, browser: FlaskClient) -> None:
    page = main_of(post(browser, document=upload()))
    (kept,) = page.cssselect('input[name="document-ref"]')
    assert "心得.pdf" in page.cssselect(".lc-kept")[0].text_content()
    response = post(browser, **GOOD, **{"document-ref": kept.get("value")})
    assert response.status_code == 302
    assert site.extensions["done"][0]["document"].size == len(PDF)
    assert len(site.extensions["stage"].files) == 1


def test_a_refused_file_leaves_the_kept_one_and_the_words(browser: FlaskClient) -> None:
    first = main_of(post(browser, document=upload()))
    ref = first.cssselect('input[name="document-ref"]')[0].get("value")
    response = post(
        browser, **GOOD, **{"document-ref": ref, "document": upload(b"<html>", "假的.pdf")}
    )
    page = main_of(response)
    assert response.status_code == 422
    assert "另存成 PDF" in page.cssselect("#document-error")[0].text_content()
    assert page.cssselect('input[name="document-ref"]')[0].get("value") == ref
    assert page.cssselect("#title")[0].get("value") == "讀書心得"


def test_a_new_file_takes_the_place_of_the_kept_one(site: Flask, browser: FlaskClient) -> None:
    first = main_of(post(browser, document=upload()))
    ref = first.cssselect('input[name="document-ref"]')[0].get("value")
    post(browser, **GOOD, **{"document-ref": ref, "document": upload(PDF + b"2", "新.pdf")})
    assert site.extensions["done"][0]["document"].name == "新.pdf"


def test_a_kept_file_can_be_removed(browser: FlaskClient) -> None:
    first = main_of(post(browser, document=upload()))
    ref = first.cssselect('input[name="document-ref"]')[0].get("value")
    page = main_of(post(browser, **GOOD, **{"document-ref": ref, "document-remove": "y"}))
    assert page.cssselect('input[name="document-ref"]') == []
    assert "請上傳「文件」" in page.cssselect("#document-error")[0].text_content()


def test_a_reference_of_somebody_else_finds_nothing(site: Flask, browser: FlaskClient) -> None:
    page = main_of(post(browser, **GOOD, **{"document-ref": "staged-of-another"}))
    assert site.extensions["done"] == []
    assert "已經過期" in page.cssselect("#document-error")[0].text_content()
    assert page.cssselect('input[name="document-ref"]') == []


def test_an_upload_staged_while_streaming_is_taken_as_it_is(context: Flask) -> None:
    staged = StagedFile("s-1", "a.pdf", 10)
    data: MultiDict[str, Any] = MultiDict({**GOOD, "document": staged})
    form = OutcomeForm(data, stage=MemoryStage(), meta={"csrf": False})
    assert form.validate(), form.errors
    assert form.document.data is staged


def test_an_upload_refused_while_streaming_says_why(context: Flask) -> None:
    refused = RefusedFile("a.heic", "請在手機的設定改成 JPG 再拍。")
    data: MultiDict[str, Any] = MultiDict({**GOOD, "document": refused})
    form = OutcomeForm(data, stage=MemoryStage(), meta={"csrf": False})
    assert not form.validate()
    assert form.errors == {"document": ["請在手機的設定改成 JPG 再拍。"]}


def test_a_form_with_files_needs_a_stage(context: Flask) -> None:
    data: MultiDict[str, Any] = MultiDict({"document-ref": "x"})
    with pytest.raises(TypeError, match="stage"):
        OutcomeForm(data, meta={"csrf": False})


def test_file_names_are_shown_as_text(browser: FlaskClient) -> None:
    page = post(browser, document=upload(name='"><img src=x onerror=alert(1)>.pdf'))
    assert "<img" not in page.get_data(as_text=True)


def test_the_page_posts_with_csrf() -> None:
    browser = make_app().test_client()
    refused = post(browser, **GOOD)
    assert refused.status_code == 400
    page = main_of(browser.get("/page"))
    token = page.cssselect('input[name="csrf_token"]')[0].get("value")
    accepted = post(browser, **GOOD, document=upload(), csrf_token=token)
    assert accepted.status_code == 302


def test_the_upload_script_gets_the_address_and_not_the_page(browser: FlaskClient) -> None:
    values = {**GOOD, "document": upload()}
    response = browser.post(
        "/page",
        data=values,
        content_type="multipart/form-data",
        headers={"X-Licheng-Upload": "1"},
    )
    assert response.status_code == 204
    assert response.headers["X-Licheng-Location"] == "/page"
    assert "已收到" in browser.get("/page").get_data(as_text=True)


def test_addresses_of_assets_do_not_carry_the_session(browser: FlaskClient) -> None:
    page = browser.get("/page", environ_overrides={"SCRIPT_NAME": "/s/token"})
    text = page.get_data(as_text=True)
    assert 'href="/static/' in text
    assert "/s/token/static" not in text


def test_pages_hold_no_inline_script_or_style(browser: FlaskClient) -> None:
    page = html.fromstring(browser.get("/page").data)
    assert page.cssselect("style, [style]") == []
    assert [one for one in page.cssselect("script") if not one.get("src")] == []
    handlers = [name for one in page.iter() for name in one.attrib if name.startswith("on")]
    assert handlers == []
    assert page.cssselect('meta[name="referrer"]')[0].get("content") == "strict-origin"


def test_the_page_speaks_the_language_of_the_reader(browser: FlaskClient) -> None:
    assert html.fromstring(browser.get("/page").data).get("lang") == "zh-Hant-TW"
    assert html.fromstring(browser.get("/page?lang=en").data).get("lang") == "en"
