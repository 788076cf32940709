"""An applicant without any account: from the public page to the confirmed application."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from plugin.demo import office_papers
from scripts import applicant
from tests.journeys.browser import SESSION, Someone, picture
from tests.journeys.certifying import (
    KEEP,
    NEXT,
    PAPERS,
    SCHOOL,
    area,
    basics,
    consent,
    enter,
    essays,
    follow,
    hand_up,
    number_on,
    somebody,
    sound,
)
from tests.journeys.stack import Stack

PHONE = 390


def test_from_the_public_page_to_the_status_of_the_case(someone: Someone, stack: Stack) -> None:
    page, (national_id, email) = someone.page, somebody()
    someone.watch.expected = {422}
    page.goto(area(stack))
    sound(page)
    follow(page, page.get_by_role("link", name="申請認證", exact=True).first)
    sound(page)
    page.get_by_role("link", name="開始線上申請").click()

    # A wrong answer to the question asks another; what was typed stays.
    page.get_by_label("身分證統一編號").fill(national_id)
    page.get_by_label("電子信箱").fill(email)
    page.locator("#answer").fill("不是這個")
    page.wait_for_timeout(applicant.READING_SECONDS * 1000)
    page.get_by_role("button", name="寄送驗證碼").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(page.get_by_label("電子信箱")).to_have_value(email)
    sound(page)
    page.locator("#answer").fill(applicant.answer(applicant.question_in(page.content())))
    page.wait_for_timeout(applicant.READING_SECONDS * 1000)
    page.get_by_role("button", name="寄送驗證碼").click()
    expect(page.locator("main")).not_to_contain_text(email)  # masked
    sound(page)
    page.get_by_label("驗證碼").fill(applicant.code_for(stack.house.mail, email))
    page.get_by_role("button", name="提交").click()
    assert SESSION.search(page.url)
    sound(page)

    follow(page, page.get_by_role("button", name="開始申請"))
    sound(page)
    consent(page)
    expect(page.get_by_label("電子信箱")).to_have_value(email)  # as it was proved
    basics(page, "林若水")
    _school_by_keyboard(page)
    sound(page)
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("環境素養說明")
    expect(page.locator("main")).to_contain_text("您的案件編號是")
    number = number_on(page)

    _count_and_keep(page)
    essays(page)
    sound(page)
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("上傳文件")
    for name in PAPERS[:-1]:
        hand_up(page, name)
    sound(page)
    page.get_by_role("button", name=NEXT).click()

    # One document is missing still: a link leads to its place.
    missing = page.locator(".govuk-error-summary a")
    expect(missing).to_have_count(1)
    missing.click()
    hand_up(page, PAPERS[-1])
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("送出前請檢查答案")
    sound(page)
    page.get_by_role("link", name="修改 職稱").click()
    page.get_by_label("職稱").fill("環教組長")
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("main")).to_contain_text("環教組長")
    expect(page.locator(".govuk-warning-text")).to_contain_text("鎖定")
    picture(page, "certification-check")
    page.get_by_role("button", name="確認送出申請").click()
    expect(page.locator("main")).to_contain_text("已受理")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    sound(page)
    picture(page, "certification-case")

    page.goto(f"{area(stack)}/status")
    page.get_by_label("案件編號").fill(number)
    page.get_by_label("身分證統一編號").fill(national_id)
    page.get_by_role("button", name="查詢", exact=True).click()
    expect(page.locator("main")).to_contain_text("已受理")
    expect(page.locator("main")).not_to_contain_text("林若水")
    sound(page)
    assert someone.watch.strangers() == []


def _school_by_keyboard(page: Page) -> None:
    """A short name, two keys: the school of the list."""
    field = page.get_by_label("現職學校全銜")
    field.press_sequentially("青小", delay=30)
    expect(page.get_by_role("option").first).to_contain_text(SCHOOL)
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value(re.compile(SCHOOL))


def _count_and_keep(page: Page) -> None:
    """Marks and blanks are not counted; what is written is kept while one writes."""
    answer = page.locator("textarea[name=essay1]")
    answer.fill("雨，下 了。")
    expect(page.locator("main").get_by_text("目前 3 字").first).to_be_visible()
    expect(page.locator("[data-autosave-status]")).to_contain_text("已自動儲存")
    page.reload()
    expect(answer).to_have_value("雨，下 了。")


def test_the_rest_on_a_phone(arrive: Callable[[], Someone]) -> None:
    national_id, email = somebody()
    first, second = arrive(), arrive()
    page = enter(first, national_id, email)
    page.get_by_role("button", name="開始申請").click()
    consent(page, "不同意公開")
    basics(page, "蘇守默")
    page.get_by_label("現職學校全銜").fill("990101")
    page.get_by_role("button", name=NEXT).click()
    number = number_on(page)
    essays(page)
    page.get_by_role("button", name=NEXT).click()
    hand_up(page, "experience")
    page.get_by_role("button", name=KEEP).click()
    first.context.close()

    page = second.page
    page.set_viewport_size({"width": PHONE, "height": 844})
    enter(second, national_id, email)
    page.get_by_role("link", name=number).click()
    page.get_by_role("link", name="繼續填寫").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("上傳文件")
    expect(page.locator("input[name=experience-ref]")).to_have_count(1)
    for name in PAPERS[1:]:
        hand_up(page, name)
    sound(page)
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("main")).to_contain_text(office_papers.essays()["essay5"][:30])
    sound(page)
    page.get_by_role("button", name="確認送出申請").click()
    expect(page.locator("main")).to_contain_text("已受理")
    sound(page)
