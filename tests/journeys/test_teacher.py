"""A teacher: looks at what students sent, certifies, returns, and does many at once."""

from __future__ import annotations

from playwright.sync_api import Frame, expect

from tests.journeys.acts import menu, send_outcome
from tests.journeys.browser import Someone, axe, runs_off
from tests.journeys.stack import Stack

TITLES = ("函數圖形專題", "統計圖表解讀", "數列與級數筆記", "機率實驗紀錄")


def by_keyboard(someone: Someone, frame: Frame) -> None:
    """From the queue to its third item without a mouse: look, certify, return with a reason."""
    heading = frame.get_by_role("heading", level=1)
    press = frame.locator("#main-content").press
    search = frame.get_by_label("學生、課程、名稱或簡述")
    search.fill("整理一學期的實作紀錄")
    search.press("Enter")
    expect(frame.get_by_text("符合條件的成果有 4 件")).to_be_visible()
    press("j")
    expect(heading).to_have_text(TITLES[0])
    pages = frame.locator("main img.lc-preview")
    expect(pages).to_have_count(2)
    frame.get_by_role("region", name=f"「{TITLES[0]}.pdf」的內容").press("End")
    # Drawn here, in the page: pictures of the PDF's pages, also the one further down.
    frame.wait_for_function(
        "() => [...document.querySelectorAll('img.lc-preview')].every(p => p.naturalWidth > 100)"
    )
    press("?")
    expect(frame.get_by_role("dialog", name="鍵盤快速鍵")).to_be_visible()
    assert axe(frame) == []
    someone.page.keyboard.press("a")  # nothing is decided behind a dialog
    someone.page.keyboard.press("Escape")
    expect(heading).to_have_text(TITLES[0])
    press("a")
    expect(frame.locator(".lc-message")).to_contain_text(f"已認證「{TITLES[0]}」")
    expect(heading).to_have_text(TITLES[1])

    press("r")
    reason = frame.get_by_label("退回原因")
    expect(reason).to_be_focused()
    someone.page.keyboard.press("Tab")
    someone.page.keyboard.press("Enter")
    expect(frame.locator(".govuk-error-summary")).to_contain_text("退回")  # a reason is needed
    assert axe(frame) == []
    press("r")
    someone.page.keyboard.type("a j ")  # typed, not obeyed
    someone.page.keyboard.press("Escape")
    press("3")
    expect(reason).to_have_value("a j\n檔案內容與成果簡述不符，請修正後再送出。")
    reason.fill("請補上圖表的資料來源。")
    someone.page.keyboard.press("Tab")
    someone.page.keyboard.press("Enter")
    expect(frame.locator(".lc-message")).to_contain_text(f"已退回「{TITLES[1]}」")
    expect(heading).to_have_text(TITLES[2])
    press("u")
    expect(heading).to_have_text(TITLES[1])
    expect(frame.get_by_role("heading", name="更正這個決定")).to_be_visible()
    assert runs_off(frame) == 0


def test_a_queue_is_worked_off(someone: Someone, stack: Stack) -> None:
    someone.watch.expected = {422}
    student = stack.hinted("從上傳第一件成果開始")
    course = stack.course(student, "MAT")
    for title in TITLES:
        send_outcome(someone, student, course, title)

    frame = someone.launch(stack.teacher_of(course), course)
    menu(frame, "認證")
    expect(frame.locator("main")).to_contain_text("待認證")
    by_keyboard(someone, frame)

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
