"""A student: from the course page to a signed receipt, and to six selected outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.journeys.acts import fill_outcome, menu, pdf, send_outcome, upload
from tests.journeys.browser import SESSION, Someone, at_size, axe, browser_with, runs_off
from tests.journeys.stack import Stack


@pytest.mark.parametrize("width", [1280, 390])
def test_a_wrong_file_then_the_right_one_then_the_receipt(
    someone: Someone, stack: Stack, width: int
) -> None:
    student = stack.hinted("從上傳第一件成果開始")
    someone.watch.expected = {422}
    frame = someone.launch(student, stack.course(student, "PHY"))
    at_size(someone.page, width, 844)
    expect(frame.get_by_role("heading", level=1)).to_have_text("首頁")
    title = f"單擺實驗報告 {width}"
    fill_outcome(frame, title)
    expect(frame.get_by_label("基礎物理")).to_be_checked()  # the course of the launch
    page_of_html = b"<!doctype html><title>not a PDF</title>" + b" " * 4000
    document = frame.locator("input[type=file]").first
    document.set_input_files([upload("單擺.pdf", page_of_html)])
    frame.get_by_role("button", name="送出認證").click()

    summary = frame.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("HTML")
    expect(frame.get_by_label("成果名稱")).to_have_value(title)  # nothing typed is lost
    expect(frame.get_by_label("成果簡述")).to_have_value("整理一學期的實作紀錄。")
    assert axe(frame) == []
    assert runs_off(frame) == 0

    frame.locator("input[type=file]").first.set_input_files([upload("單擺.pdf", pdf())])
    frame.get_by_role("button", name="存成草稿").click()
    expect(frame.locator("main")).to_contain_text("草稿")
    expect(frame.get_by_role("heading", level=1)).to_contain_text(title)
    expect(frame.get_by_text("單擺.pdf").first).to_be_visible()
    frame.get_by_role("button", name="送出認證").click()
    expect(frame.get_by_text("已送給任課教師，等待認證")).to_be_visible()
    expect(frame.get_by_role("heading", name="收件回條")).to_be_visible()
    assert axe(frame) == []
    assert runs_off(frame) == 0
    with someone.context.expect_page() as opened:
        frame.get_by_role("link", name="驗證這張回條").click()
    receipt = opened.value
    expect(receipt.get_by_role("heading", level=1)).to_contain_text("回條")
    assert SESSION.search(receipt.url) is None  # public: whoever holds the receipt may look
    assert axe(receipt) == []
    assert someone.watch.leaks() == []


def test_six_are_selected_and_the_seventh_is_refused(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("七件已認證")
    someone.watch.expected = {422, 409}
    frame = someone.launch(student, stack.course(student))
    menu(frame, "勾選")
    ticks = frame.locator("main input[type=checkbox][name=outcome]")
    assert ticks.count() >= 7
    for number in range(7):
        ticks.nth(number).check()
    frame.get_by_role("button", name="先儲存").click()
    message = frame.locator(".lc-message--error, .govuk-error-summary")
    expect(message).to_contain_text("6 件")
    menu(frame, "勾選")
    for number in range(7):
        ticks.nth(number).set_checked(number < 6)
    frame.get_by_role("button", name="先儲存").click()
    expect(frame.locator(".lc-counter")).to_contain_text("6 / 6")
    frame.goto(frame.url)
    assert [one.is_checked() for one in ticks.all()[:7]] == [True] * 6 + [False]
    frame.get_by_role("button", name="確認勾選並鎖定").click()
    expect(frame.get_by_text("鎖定狀態")).to_be_visible()
    assert axe(frame) == []
    frame.get_by_role("button", name="重新開放修改").click()
    expect(frame.get_by_role("button", name="確認勾選並鎖定")).to_be_visible()


def test_with_every_cookie_of_the_tool_blocked_an_outcome_is_handed_in(
    playwright: Playwright, stack: Stack, tmp_path: Path
) -> None:
    student = stack.hinted("從上傳第一件成果開始")
    with browser_with(playwright, stack, tmp_path / "profile", cookies="lms only") as someone:
        course = stack.course(student, "ART")
        frame = send_outcome(someone, student, course, "沒有 Cookie 也收得到")
        expect(frame.get_by_text("已送給任課教師，等待認證")).to_be_visible()
        assert len(someone.watch.to_tool()) > 5
        assert set(someone.watch.cookies_sent()) == {""}
        assert someone.context.cookies(stack.url) == []
        assert someone.watch.leaks() == []
        assert someone.watch.faults == []
