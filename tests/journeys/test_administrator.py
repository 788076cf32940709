"""An LMS administrator: one link installs the tool, one code makes the first administrator."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.acts import menu
from tests.journeys.browser import Someone, axe, frame_in, runs_off
from tests.journeys.stack import Stack

SCHOOL, NAME = "990002", "白鷺高級中學"


def test_one_link_installs_and_one_code_makes_an_administrator(
    someone: Someone, stack: Stack
) -> None:
    house, page = stack.house, someone.page
    if SCHOOL not in house.flask("school", "list"):
        house.flask("school", "create", SCHOOL, NAME, "general")
    link = house.flask("school", "invite", SCHOOL).split()[-1]
    administrator = stack.person("admin")

    someone.become(administrator)
    page.goto(f"{stack.lms_url}/admin/tools")
    before = page.locator(".tool-card").count()
    page.get_by_label("工具註冊網址").fill(link)
    page.get_by_role("button", name="加入 LTI Advantage").click()
    # The demo school's tool is on the same domain; this one is to be another.
    page.get_by_role("link", name="註冊為新的工具").click()
    frame = someone.frame()
    expect(frame.locator("main")).to_contain_text(NAME)
    assert axe(frame) == []
    assert runs_off(frame) == 0
    frame.get_by_role("button", name="確認安裝").click()
    code = frame.locator("#claim-code").inner_text()
    assert axe(frame) == []
    frame.get_by_role("button", name="完成，關閉這個畫面").click()

    # The LMS heard that the tool is done and shows it, not yet active.
    expect(page.locator(".tool-card")).to_have_count(before + 1)
    card = page.locator(".tool-card").last
    expect(card).to_contain_text("待啟用")
    card.get_by_role("button", name="啟用").click()
    expect(page.locator(".tool-card").last).to_contain_text("已啟用")
    try:
        _claim_and_look(someone, stack, code)
    finally:
        page.goto(f"{stack.lms_url}/admin/tools")
        page.locator(".tool-card").last.get_by_role("button", name="刪除").click()
        expect(page.locator(".tool-card")).to_have_count(before)


def _claim_and_look(someone: Someone, stack: Stack, code: str) -> None:
    page = someone.page
    page.goto(f"{stack.lms_url}/course/900")
    page.locator(".row form button", has_text="直接加入").last.click()
    frame = someone.frame()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("您的帳號還沒有配對")
    assert axe(frame) == []
    frame.get_by_role("textbox").last.fill("AAAA-BBBB-CCCC")
    someone.watch.expected = {422, 400}
    frame.get_by_role("button", name="認領").click()
    expect(frame.locator(".govuk-error-summary")).to_be_visible()
    assert axe(frame) == []
    frame.get_by_role("textbox").last.fill(code.lower().replace("-", " "))
    frame.get_by_role("button", name="認領").click()
    expect(frame.locator(".lc-message")).to_contain_text("系統管理者")
    menu(frame, "平臺連線")
    expect(frame.locator("main")).to_contain_text(stack.lms_url)
    expect(frame.locator("main")).to_contain_text("使用中")
    frame.get_by_role("button", name="建立安裝連結").click()
    expect(frame.locator("#invitation-link")).to_have_value(re.compile("/lti/register/"))
    assert axe(frame) == []
    assert frame_in(page) == frame
