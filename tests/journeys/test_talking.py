"""The main job by talking, in the browser: with a file, from four people's hands."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.journeys.acts import pdf, upload
from tests.journeys.browser import Someone, at_size, axe, runs_off
from tests.journeys.stack import Stack
from tests.journeys.talking import Talk
from tests.journeys.test_every_page import OFFICE

TITLE = "說出來的單擺實驗"


def test_from_the_file_to_the_manifest_by_talking(
    arrive: Callable[[], Someone], stack: Stack
) -> None:
    person = stack.person("s1150111")
    course = stack.course(person, "PHY")
    student = arrive()
    frame = student.launch(person, course)
    talk = _uploads(Talk(frame))

    teacher = arrive()
    deciding = Talk(teacher.launch(stack.teacher_of(course), course))
    deciding.say(f"認證「{TITLE}」", "請確認以下內容", TITLE)
    deciding.press("認證成果", "已認證 1 件")

    talk.say("我的成果怎麼樣了", "已認證", TITLE)
    assert axe(frame) == []  # with bars and a table
    talk.say(f"我要勾選「{TITLE}」", "要先儲存，還是確認並鎖定？")
    talk.press("確認並鎖定", "請確認以下內容", TITLE)
    talk.press("儲存勾選", "勾選已確認並鎖定")

    office = arrive()
    frame = office.launch(stack.person("registry1"), OFFICE)
    _hands_in(Talk(frame))
    manifest = frame.get_by_role("link", name="提交名冊（PDF）")
    expect(manifest).to_be_visible()
    with office.page.expect_download() as begun:
        manifest.click()
    told = subprocess.run(["pdftotext", begun.value.path(), "-"], capture_output=True, check=True)
    assert TITLE in "".join(told.stdout.decode().split())
    assert [someone.watch.leaks() for someone in (student, teacher, office)] == [[], [], []]


def _uploads(talk: Talk) -> Talk:
    """An outcome with its file; in the middle the page is opened anew."""
    talk.say(f"幫我上傳物理課的成果，標題是{TITLE}", TITLE, "請用幾句話簡述")
    talk.say("截止日是哪天？", "回到「上傳課程學習成果」")
    assert axe(talk.frame) == []
    talk.frame.goto(talk.frame.url)
    talk = Talk(talk.frame)
    expect(talk.answer).to_contain_text("請用幾句話簡述")
    talk.say("量測不同擺長的週期，並討論誤差。", "文件檔")
    talk.give("單擺.pdf", pdf(), "已收到「單擺.pdf」", "SHA-256")
    talk.press("跳過", "AI")
    talk.press("跳過", "請確認以下內容", TITLE, "單擺.pdf")
    assert axe(talk.frame) == []
    assert runs_off(talk.frame) == 0
    talk.press("送出認證", "已收到並送出認證", "收件回條")
    return talk


def _hands_in(talk: Talk) -> None:
    """預檢, then a submission, whose progress becomes a link to its page."""
    grade = "115 學年度一、二年級"
    talk.say("幫我預檢", "是哪個年級、哪個梯次？")
    talk.press(grade, "請確認以下內容")
    talk.press("開始預檢", "0 項必須處理")
    talk.press("建立提交", "是哪個年級、哪個梯次？")
    talk.press(grade, "請確認以下內容", "凍結後不能更改")
    talk.press("開始製作", "已開始建立提交", "製作名冊與檔案包")
    made = talk.answer.get_by_role("link", name="看提交")
    expect(made).to_be_visible(timeout=90_000)  # by itself, beside the words
    assert axe(talk.frame) == []
    made.click()


def test_on_a_phone_it_is_a_sheet_and_the_keyboard_is_enough(
    someone: Someone, stack: Stack
) -> None:
    student = stack.person("s1150112")
    frame = someone.launch(student, stack.course(student, "CHI"))
    press = someone.page.keyboard.press
    talk = Talk(frame)
    press("Escape")
    expect(talk.panel).to_be_hidden()
    expect(talk.opener).to_be_focused()

    at_size(someone.page, 390, 844)
    press("Enter")
    expect(talk.words).to_be_focused()
    assert talk.panel.evaluate("(one) => one.matches(':modal')")
    talk.say("我要交國文作業", "這件成果叫什麼名稱？")
    assert axe(frame) == []
    assert runs_off(frame) == 0
    someone.page.keyboard.type("赤壁賦筆記")
    press("Enter")
    expect(talk.answer).to_contain_text("請用幾句話簡述")
    someone.page.keyboard.type("整理作者的心境轉折。")
    press("Enter")
    expect(talk.answer.get_by_role("button", name="跳過")).to_be_visible()
    press("Shift+Tab")
    expect(talk.answer.get_by_role("button", name="跳過")).to_be_focused()
    press("Enter")
    expect(talk.answer).to_contain_text("影音檔")
    expect(talk.words).to_be_focused()
    press("Escape")
    expect(talk.panel).to_be_hidden()
    expect(talk.opener).to_be_focused()


def test_without_script_the_page_does_the_same(
    someone: Someone, stack: Stack, chromium: Browser
) -> None:
    student = stack.person("s1150113")
    frame = someone.launch(student, stack.course(student, "ART"))
    Talk(frame).panel.get_by_role("link", name="整頁開啟").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("對話")
    expect(frame.get_by_role("link", name="對話", exact=True)).to_have_count(0)
    assert axe(frame) == []
    assert runs_off(frame) == 0

    plain = chromium.new_context(java_script_enabled=False, locale="zh-TW")
    mine = [one for one in someone.context.cookies(stack.url) if "partitionKey" in one]
    plain.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": stack.url} for one in mine]
    )
    page = plain.new_page()
    page.goto(frame.url)
    answer = page.get_by_role("log").get_by_role("listitem").last

    def say(words: str, wanted: str, *files: tuple[str, bytes]) -> None:
        page.get_by_label("要辦什麼事？").fill(words)
        page.get_by_label("附上檔案").set_input_files([upload(*one) for one in files])
        page.get_by_role("button", name="送出", exact=True).click()
        expect(answer).to_contain_text(wanted)

    say("幫我上傳美術課的成果，標題是靜物素描", "請用幾句話簡述")
    say("三張鉛筆素描，練習明暗。", "文件檔")
    say("", "已收到「素描.pdf」", ("素描.pdf", pdf()))
    for wanted in ("AI", "請確認以下內容"):
        answer.get_by_role("button", name="跳過").click()
        expect(answer).to_contain_text(wanted)
    answer.get_by_role("button", name="送出認證").click()
    expect(answer).to_contain_text("已收到並送出認證：「靜物素描」")
    plain.close()
