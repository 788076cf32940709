"""The issuing office and its reviewers: from the queue to the certificate."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Frame, Page, expect

from plugin.demo import office_papers
from tests.journeys.acts import menu
from tests.journeys.browser import Someone, at_size, picture
from tests.journeys.certifying import (
    NEXT,
    PAPERS,
    basics,
    consent,
    enter,
    essays,
    follow,
    hand_up,
    number_on,
    office,
    paper,
    somebody,
    sound,
)

REVIEWERS = {"reviewer1": "方以文", "reviewer2": "柯玉華"}
COLLEAGUE = "史明珠"
"""Serves at the applicant's school."""
COMMENT = "計畫具體，成果與計畫相符。"


def test_from_the_queue_to_the_certificate(arrive: Callable[[], Someone]) -> None:
    applicant, clerk = arrive(), arrive()
    number = _apply(applicant)
    frame = office(clerk, "office1")
    _open(frame, number)
    sound(frame)
    frame.get_by_role("button", name="開始程序審查").click()
    expect(frame.locator("main")).to_contain_text("程序審查")

    # Exactly what is ticked opens for the applicant.
    frame.locator("input[name=item][value=plan]").check()
    follow(frame, frame.get_by_role("button", name="要求補正勾選的項目…"))
    frame.get_by_role("textbox", name="環境教育計畫").fill("請補上年度與職掌分工。")
    sound(frame)
    frame.locator("form[method=post] button.govuk-button").last.click()
    expect(frame.locator("main")).to_contain_text("待補正")
    _correct(applicant.page)

    _open(frame, number)
    expect(frame.locator("main")).to_contain_text("第 2 版")
    follow(frame, frame.get_by_role("link", name="通過，通知繳費…"))
    sound(frame)
    frame.locator("form[method=post] button.govuk-button").last.click()
    expect(frame.locator("main")).to_contain_text("待繳費")
    follow(frame, frame.get_by_role("link", name="確認繳費…"))
    sound(frame)
    today = frame.evaluate("new Date().toLocaleDateString('en-CA', {timeZone: 'Asia/Taipei'})")
    frame.get_by_label("入帳日").fill(today)
    frame.get_by_label("金額").fill("1045")
    frame.get_by_label("匯款、轉帳").check()
    frame.get_by_role("button", name="確認繳費").click()
    expect(frame.locator("main")).to_contain_text("委員審查")

    _open(frame, number)
    frame.get_by_role("link", name="委員審查", exact=True).click()
    frame.get_by_role("link", name="指派審查委員…").click()
    expect(frame.get_by_role("checkbox", name=COLLEAGUE)).to_have_count(0)
    frame.get_by_text("不能指派的委員").click()
    expect(frame.locator("details")).to_contain_text("與申請者同校服務")
    for name in REVIEWERS.values():
        frame.get_by_role("checkbox", name=name).check()
    sound(frame)
    frame.locator("form[method=post] button.govuk-button").last.click()
    expect(frame.locator("main")).to_contain_text("尚未聲明")
    for username in REVIEWERS:
        _review(office(arrive(), username), number)

    frame.goto(frame.url)
    expect(frame.locator("main")).to_contain_text("意見一致")
    sound(frame)
    picture(clerk.page, "certification-review")
    frame.get_by_role("link", name="通過認證…").click()
    expect(frame.get_by_label("給申請者的審查意見")).to_have_value(re.compile(COMMENT))
    frame.get_by_role("button", name="通過並核發證書").click()
    expect(frame.locator("main")).to_contain_text("證書字號")
    menu(frame, "證書")
    sound(frame)

    page = applicant.page
    page.reload()
    expect(page.locator("main")).to_contain_text(COMMENT)
    page.get_by_role("link", name="我的證書").click()
    follow(page, page.locator("main").get_by_role("link", name="環教字第"))
    sound(page)
    picture(page, "certification-mine")


def test_a_conflict_closes_the_case_and_a_sheet_is_handed_in(
    arrive: Callable[[], Someone],
) -> None:
    essay = office_papers.essays()["essay1"][:20]
    one, other = arrive(), arrive()
    one.watch.expected = {404}
    frame = office(one, "reviewer1")
    address, number = _waiting(frame)
    expect(frame.locator("main")).not_to_contain_text(essay)
    sound(frame)
    frame.get_by_role("link", name="聲明有無迴避…").click()
    frame.get_by_label("配偶或親屬").check()
    sound(frame)
    frame.get_by_role("button", name="送出聲明").click()
    expect(frame.locator("main")).to_contain_text("已登錄迴避")
    frame.goto(f"{address}/score")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("找不到")
    frame.goto(address)
    expect(frame.locator("main")).not_to_contain_text(essay)

    frame = office(other, "reviewer2")
    menu(frame, "審查案件")
    frame.get_by_role("link", name=number).click()
    frame.get_by_role("link", name="聲明有無迴避…").click()
    frame.get_by_label("沒有，可以公正審查").check()
    frame.get_by_role("button", name="送出聲明").click()
    expect(frame.locator("main")).to_contain_text(essay)
    sound(frame)
    follow(frame, frame.get_by_role("link", name="填寫審查表"))
    frame.locator("input[name^=mark_]").first.fill("17")
    expect(frame.locator("[data-autosave-status]")).to_contain_text("已自動儲存")
    frame.goto(frame.url)
    expect(frame.locator("input[name^=mark_]").first).to_have_value("17")
    at_size(other.page, 390, 844)
    _fill_sheet(frame)
    sound(frame)
    frame.get_by_role("button", name="交回審查表").click()
    expect(frame.locator("main")).to_contain_text("已交回")
    expect(frame.get_by_role("link", name="填寫審查表")).to_have_count(0)
    sound(frame)


def _apply(someone: Someone) -> str:
    page = enter(someone, *somebody())
    page.get_by_role("button", name="開始申請").click()
    consent(page)
    basics(page, "林若水")
    page.get_by_label("現職學校全銜").fill("990101")
    page.get_by_role("button", name=NEXT).click()
    essays(page)
    page.get_by_role("button", name=NEXT).click()
    for name in PAPERS:
        hand_up(page, name)
    page.get_by_role("button", name=NEXT).click()
    page.get_by_role("button", name="確認送出申請").click()
    expect(page.locator("main")).to_contain_text("已受理")
    return number_on(page)


def _correct(page: Page) -> None:
    """The applicant sees what is asked, and nothing else is open."""
    page.reload()
    page.get_by_role("link", name="開始補正").click()
    expect(page.locator("main")).to_contain_text("請補上年度與職掌分工。")
    expect(page.locator("input[type=file]")).to_have_count(1)
    sound(page)
    page.locator("input[type=file][name=plan]").set_input_files(paper("lesson_plan"))
    expect(page.locator("main")).to_contain_text("已保留的檔案：ee-lesson_plan.pdf")
    follow(page, page.get_by_role("button", name=NEXT))
    expect(page.locator("main")).to_contain_text("送出前請檢查答案")
    sound(page)
    page.get_by_role("button", name="送出補正").click()
    expect(page.locator("main")).to_contain_text("補正已送出")


def _open(frame: Frame, number: str) -> None:
    """By the queue, as the office finds a case."""
    menu(frame, "認證案件")
    frame.get_by_label("案件編號或姓名").fill(number)
    follow(frame, frame.get_by_role("button", name="套用"))
    sound(frame)
    frame.get_by_role("link", name=number, exact=True).click()
    expect(frame.get_by_role("heading", level=1)).to_contain_text(number)


def _waiting(frame: Frame) -> tuple[str, str]:
    """Address and number of a case of this reviewer's about which nothing is declared."""
    menu(frame, "審查案件")
    sound(frame)
    row = frame.get_by_role("row").filter(has_text="尚未聲明").first
    number = row.get_by_role("link").inner_text()
    row.get_by_role("link").click()
    frame.wait_for_load_state()
    return frame.url, number


def _review(frame: Frame, number: str) -> None:
    menu(frame, "審查案件")
    frame.get_by_role("link", name=number).click()
    frame.get_by_role("link", name="聲明有無迴避…").click()
    frame.get_by_label("沒有，可以公正審查").check()
    frame.get_by_role("button", name="送出聲明").click()
    follow(frame, frame.get_by_role("link", name="填寫審查表"))
    _fill_sheet(frame)
    frame.get_by_role("button", name="交回審查表").click()
    expect(frame.locator("main")).to_contain_text("已交回")


def _fill_sheet(frame: Frame) -> None:
    expect(frame.get_by_role("button", name="交回審查表")).to_be_visible()
    for one in frame.locator("input[name^=mark_]").all():
        one.fill("18")
    frame.get_by_label("適合", exact=True).check()
    frame.get_by_label("給申請者的意見").fill(COMMENT)
