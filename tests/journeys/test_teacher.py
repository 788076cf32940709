"""A teacher: looks at what students sent, certifies, returns, and does many at once."""

from __future__ import annotations

from playwright.sync_api import Frame, expect

from tests.journeys.acts import menu, send_outcome
from tests.journeys.browser import Someone, axe, runs_off
from tests.journeys.stack import Stack

TITLES = ("函數圖形專題", "統計圖表解讀", "數列與級數筆記", "機率實驗紀錄")


def title_of(frame: Frame) -> str:
    return frame.get_by_role("heading", level=1).inner_text().splitlines()[-1].strip()


def test_a_queue_is_worked_off(someone: Someone, stack: Stack) -> None:
    someone.watch.expected = {422}
    student = stack.hinted("從上傳第一件成果開始")
    course = stack.course(student, "MAT")
    for title in TITLES:
        send_outcome(someone, student, course, title)

    frame = someone.launch(stack.teacher_of(course), course)
    menu(frame, "認證")
    expect(frame.locator("main")).to_contain_text("待認證")
    frame.get_by_role("link", name=TITLES[0]).click()
    pages = frame.locator("main img.lc-preview")
    expect(pages).to_have_count(2)
    pages.first.scroll_into_view_if_needed()
    # Drawn here, in the page: a picture of the PDF's first page.
    frame.wait_for_function("() => document.querySelector('img.lc-preview').naturalWidth > 100")
    frame.get_by_role("button", name="是，認證").wait_for()
    frame.locator("h1").click()
    someone.page.keyboard.press("a")
    expect(frame.locator(".lc-message")).to_contain_text(f"已認證「{TITLES[0]}」")

    menu(frame, "認證")
    frame.get_by_role("link", name=TITLES[1]).click()
    frame.get_by_role("button", name="退回給學生").click()
    expect(frame.locator(".govuk-error-summary")).to_contain_text("退回")  # a reason is needed
    assert axe(frame) == []
    frame.get_by_label("退回原因").fill("請補上圖表的資料來源。")
    frame.get_by_role("button", name="退回給學生").click()
    expect(frame.locator(".lc-message")).to_contain_text(f"已退回「{TITLES[1]}」")

    menu(frame, "認證")
    for title in TITLES[2:]:
        frame.get_by_role("row").filter(has_text=title).get_by_role("checkbox").check()
    expect(frame.locator("[data-tick-count]")).to_have_text("已選取 2 筆")
    frame.get_by_role("button", name="認證選取的成果").click()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("批次認證前確認")
    for title in TITLES[2:]:
        expect(frame.get_by_role("link", name=title)).to_be_visible()
    assert axe(frame) == []
    assert runs_off(frame) == 0
    frame.get_by_role("button", name="確認認證 2 件").click()
    expect(frame.locator(".lc-message")).to_contain_text("完成 2 件，未完成 0 件")
    assert axe(frame) == []

    # The student reads why.
    frame = someone.launch(student, course)
    menu(frame, "我的學習成果")
    frame.get_by_role("link", name=TITLES[1]).click()
    expect(frame.get_by_text("請補上圖表的資料來源。").first).to_be_visible()
