"""The application where no script runs: every step by its buttons."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.journeys.browser import DESKTOP, Someone, Watch
from tests.journeys.certifying import (
    KEEP,
    NEXT,
    PAPERS,
    SCHOOL,
    basics,
    consent,
    enter,
    essays,
    paper,
    somebody,
)
from tests.journeys.stack import Stack


def test_the_application_by_its_buttons_alone(chromium: Browser, stack: Stack) -> None:
    context = chromium.new_context(
        java_script_enabled=False,
        viewport=DESKTOP,  # type: ignore[arg-type]
        locale="zh-TW",
        timezone_id="Asia/Taipei",
    )
    context.set_default_timeout(20_000)
    watch = Watch(stack)
    watch.attach(context)
    try:
        _apply(Someone(stack, context, context.new_page(), watch))
    finally:
        context.close()
    assert watch.faults == []


def _apply(someone: Someone) -> None:
    page = enter(someone, *somebody())
    page.get_by_role("button", name="開始申請").click()
    consent(page)
    basics(page, "林若水")
    # A short name that several schools fit: the page comes back with them to choose from.
    page.get_by_label("現職學校全銜").fill("國民小學")
    page.get_by_role("button", name=NEXT).click()
    page.get_by_label(SCHOOL).check()
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("環境素養說明")
    essays(page)
    page.get_by_role("button", name=KEEP).click()
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("上傳文件")
    for name in PAPERS:
        page.locator(f"input[type=file][name={name}]").set_input_files(paper(name))
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("main")).to_contain_text("資料都填齊了")
    page.get_by_role("button", name="確認送出申請").click()
    expect(page.locator("main")).to_contain_text("已受理")
