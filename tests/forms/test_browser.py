"""The pages in Chromium: axe, width of a phone, and what the scripts promise."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.forms.gallery import LONG, gallery_app

CHROMIUM = os.environ.get("LICHENG_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PDF = {"name": "心得.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 text"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gallery_app(WTF_CSRF_ENABLED=False), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    # A refused upload answers 422, which Chromium reports as a failed resource.
    assert [one for one in complaints if "422" not in one and "ERR_" not in one] == []


def violations(chromium: Browser, address: str, path: str, width: int) -> tuple[list[Any], int]:
    context = chromium.new_context(
        base_url=address, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    page.goto(path)
    page.add_script_tag(url="/axe.js")
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    return [
        (one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]
    ], wide


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path",
    ["/gallery", "/page", "/confirm", "/error/HTTP_404", "/error/UNEXPECTED", "/walk/check"],
)
def test_axe_finds_nothing_and_nothing_runs_off_the_side(
    chromium: Browser, address: str, path: str, width: int
) -> None:
    assert violations(chromium, address, path, width) == ([], width)


@pytest.mark.parametrize("path", ["/gallery", "/page"])
def test_pages_fit_the_frame_of_a_course_page(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == 800


def test_axe_finds_nothing_in_a_form_with_errors(page: Page) -> None:
    page.goto("/page")
    page.locator("#document-input, #document").first.wait_for()
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    source = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
    page.evaluate(source.read_text(encoding="utf-8") + "; 0")
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    assert [one["id"] for one in found["violations"]] == []


def test_the_counter_counts_characters_and_not_code_units(page: Page) -> None:
    page.goto("/page")
    page.locator("#summary").fill("𤧟" * 99 + "\n" + "堃")
    line = page.locator("#summary-count")
    expect(line).to_have_text("目前 101 字，超過 1 字")
    page.locator("#summary").fill("𤧟堃 ")
    expect(line).to_have_text("目前 2 字，還可輸入 98 字")


def fill(page: Page, title: str = "讀書心得") -> None:
    page.locator("#course").check()
    page.locator("#title").fill(title)
    page.locator("#summary").fill("一學期的閱讀紀錄")


def test_an_upload_arrives_and_the_message_is_seen_once(page: Page) -> None:
    page.goto("/page")
    fill(page)
    page.locator("input[type=file]").set_input_files(files=[PDF])
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lc-message")).to_have_text("已收到")
    page.reload()
    expect(page.locator(".lc-message")).to_have_count(0)


def test_a_mistake_keeps_the_file_and_the_page_goes_on_working(page: Page) -> None:
    page.goto("/page")
    fill(page, title="")
    page.locator("input[type=file]").set_input_files(files=[PDF])
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lc-kept")).to_contain_text("心得.pdf")
    expect(page.locator("#summary-count")).to_contain_text("目前 8 字")
    page.locator("#title").fill("讀書心得")
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lc-message")).to_have_text("已收到")


def test_a_lost_connection_leaves_what_was_typed(page: Page) -> None:
    page.goto("/page")
    fill(page)
    page.locator("input[type=file]").set_input_files(files=[PDF])
    page.route(
        "**/page",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    page.get_by_role("button", name="送出").click()
    expect(page.locator("[data-upload-status]")).to_contain_text("連線中斷")
    assert page.locator("#title").input_value() == "讀書心得"
    page.unroute("**/page")
    page.wait_for_timeout(1100)  # the button ignores a second press within one second
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lc-message")).to_have_text("已收到")


def test_a_file_over_the_limit_is_not_sent(page: Page) -> None:
    page.goto("/page")
    fill(page)
    large = {**PDF, "buffer": b"%PDF" + b"0" * (4 * 1024 * 1024)}
    page.locator("input[type=file]").set_input_files(files=[large])
    page.get_by_role("button", name="送出").click()
    expect(page.locator("[data-upload-status]")).to_contain_text("超過大小上限")


def test_without_script_the_same_form_works(chromium: Browser, address: str) -> None:
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/page")
    fill(page)
    page.locator("#document").set_input_files(files=[PDF])
    page.get_by_role("button", name="送出").click()
    expect(page.locator(".lc-message")).to_have_text("已收到")
    page.goto("/gallery")
    expect(page.locator("[data-tick-all]")).not_to_be_visible()
    context.close()


def test_rows_are_ticked_at_once_and_by_range(page: Page) -> None:
    page.goto("/gallery")
    count = page.locator("[data-tick-count]")
    ticks = page.locator("[data-tick]")
    certify = page.get_by_role("button", name="認證所選")
    expect(certify).to_have_attribute("aria-disabled", "true")
    ticks.nth(0).focus()
    page.keyboard.press("Space")
    expect(count).to_have_text("已選取 1 筆")
    ticks.nth(2).click(modifiers=["Shift"])
    expect(count).to_have_text("已選取 3 筆")
    expect(page.locator("[data-tick-all]")).to_be_checked()
    page.locator("[data-tick-all]").uncheck()
    expect(count).to_have_text("已選取 0 筆")
    page.locator("[data-tick-all]").focus()
    page.keyboard.press("Space")
    expect(certify).to_have_attribute("aria-disabled", "false")


def test_a_key_presses_its_button_but_not_while_somebody_types(page: Page) -> None:
    page.goto("/gallery")
    page.evaluate(
        """() => {
          window.pressed = [];
          const form = document.querySelector("form[method=post]:has(table)");
          form.addEventListener("submit", (event) => {
            event.preventDefault();
            window.pressed.push(event.submitter.value);
          });
        }"""
    )
    page.keyboard.press("a")
    assert page.evaluate("window.pressed") == []  # nothing is ticked
    page.locator("[data-tick]").first.check()
    page.keyboard.press("a")
    page.locator("#filter-q").press("r")
    assert page.evaluate("window.pressed") == ["certify"]


def test_a_job_is_followed_until_its_result_is_there(page: Page) -> None:
    page.goto("/job")
    expect(page.get_by_text("排隊中")).to_be_visible()
    expect(page.get_by_role("link", name="下載提交名冊")).to_be_visible(timeout=15_000)
    assert page.locator("progress").count() == 0


def test_the_lms_is_told_to_close_the_window_and_nobody_else(page: Page, address: str) -> None:
    page.goto("/gallery")
    page.evaluate(
        "window.got = []; window.addEventListener('message', (one) => window.got.push(one.data))"
    )
    child = address.replace("127.0.0.1", "localhost")
    for origin in ("https://another.example", address):
        with page.expect_popup() as opened:
            page.evaluate("(url) => { window.open(url) }", f"{child}/close?origin={origin}")
        opened.value.get_by_role("button", name="完成").click()
        # The other origin's message is refused by the browser, not by us: nothing arrives.
    page.wait_for_function("window.got.length > 0")
    assert page.evaluate("window.got") == [{"subject": "org.imsglobal.lti.close"}]


def test_a_long_list_is_narrowed_by_typing(page: Page) -> None:
    page.goto("/long")
    page.locator("#course-search").fill("台 1")
    expect(page.locator("[data-search-status]")).to_have_text("符合 8 項")
    assert page.locator("#course option").all_inner_texts()[1:3] == ["臺1", "臺11"]
    page.locator("#course").select_option("11")
    page.locator("#course-search").fill("北")
    assert page.locator("#course").input_value() == "11"  # what is chosen stays chosen


def test_many_boxes_are_narrowed_by_typing_and_what_is_ticked_stays(page: Page) -> None:
    page.goto("/many")
    page.get_by_label("北2", exact=True).check()
    page.locator("#students-search").fill("台 1")
    expect(page.locator("[data-search-status]")).to_have_text("符合 8 項 · 已選 1 項")
    shown = page.locator(".govuk-checkboxes__item:visible").all_inner_texts()
    assert [one.strip() for one in shown][:3] == ["臺1", "北2", "臺11"]
    page.locator("#students-search").press("Enter")  # sends nothing
    expect(page).to_have_url(re.compile("/many$"))
    assert (
        page.locator("#students-search").bounding_box()["y"]
        > (page.get_by_text("學生", exact=True).first.bounding_box()["y"])
    )


def test_leaving_with_unsent_words_asks_first(page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/page")
    page.locator("#title").press_sequentially("草稿")
    page.goto("/gallery")
    assert asked == ["beforeunload"]


def test_on_a_phone_a_row_reads_as_labelled_lines(chromium: Browser, address: str) -> None:
    context = chromium.new_context(base_url=address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/gallery")
    cell = page.locator("td[data-label=名稱]").first
    label = cell.evaluate("(one) => getComputedStyle(one, '::before').content")
    assert label == '"名稱"'
    box = cell.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert LONG in cell.inner_text()
    context.close()


def test_paper_shows_no_address_since_it_may_hold_a_session(page: Page) -> None:
    page.emulate_media(media="print")
    page.goto("/gallery")
    page.evaluate("document.querySelector('.govuk-link').setAttribute('href', '/s/token/x')")
    shown = page.evaluate(
        """() => [...document.querySelectorAll("a")]
          .map((one) => getComputedStyle(one, "::after").content)
          .filter((words) => words !== "none" && words !== "normal" && words !== '""')"""
    )
    assert shown == []
    expect(page.locator(".lc-bulk")).not_to_be_visible()
    expect(page.locator(".lc-receipt")).to_be_visible()


def test_targets_are_large_enough_for_a_finger(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/gallery")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input[type=checkbox], select, .lc-who a")]
          .filter((one) => one.offsetParent !== null)
          .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24)
          .map(([html]) => html)"""
    )
    assert small == []
