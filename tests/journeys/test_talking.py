"""The main job by talking, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Frame, expect

from tests.journeys.acts import pdf, upload
from tests.journeys.browser import Someone, at_size, axe, runs_off
from tests.journeys.stack import Stack


class Talk:
    """The panel beside a page."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        frame.get_by_role("link", name="對話", exact=True).click()
        self.panel = frame.get_by_role("dialog", name="對話")
        self.words = self.panel.get_by_label("要辦什麼事？")
        expect(self.words).to_be_focused()

    def say(self, words: str, *wanted: str) -> None:
        self.words.fill(words)
        self.words.press("Enter")
        self._hear(*wanted)

    def press(self, label: str, *wanted: str) -> None:
        self.panel.get_by_role("button", name=label, exact=True).click()
        self._hear(*wanted)

    def give(self, name: str, content: bytes, *wanted: str) -> None:
        self.panel.get_by_label("附上檔案").set_input_files([upload(name, content)])
        self._hear(*wanted)

    def _hear(self, *wanted: str) -> None:
        answer = self.panel.get_by_role("log").get_by_role("listitem").last
        for one in wanted:
            expect(answer).to_contain_text(one)
        expect(self.panel.get_by_role("status")).to_have_text("")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_outcome_is_handed_in_by_talking(someone: Someone, stack: Stack, width: int) -> None:
    student = stack.hinted("從上傳第一件成果開始")
    frame = someone.launch(student, stack.course(student, "PHY"))
    at_size(someone.page, width, 844)
    talk = Talk(frame)
    title = f"說的單擺實驗 {width}"
    talk.say(f"幫我上傳物理課的成果，標題是{title}", title, "簡述")
    talk.say("截止日是哪天？", "回到「上傳課程學習成果」")
    talk.say("量測不同擺長的週期，並討論誤差。", "文件檔")
    talk.give("單擺.pdf", pdf(), "已收到", "SHA-256")
    talk.press("跳過", "AI")
    talk.press("跳過", "請確認以下內容", title)
    assert axe(frame) == []
    assert runs_off(frame) == 0
    talk.press("送出認證", "已收到並送出認證", "收件回條")
    talk.say("我的成果怎麼樣了", "待認證", title)
    assert axe(frame) == []
    frame.get_by_role("dialog", name="對話").get_by_role("button", name="關閉").click()
    expect(talk.panel).to_be_hidden()
    assert someone.watch.leaks() == []


def test_without_script_the_page_does_the_same(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("從上傳第一件成果開始")
    frame = someone.launch(student, stack.course(student, "PHY"))
    talk = Talk(frame)
    talk.panel.get_by_role("link", name="整頁開啟").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("對話")
    assert axe(frame) == []
    assert runs_off(frame) == 0
