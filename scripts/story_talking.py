"""The chapter of the story in which the whole main job is done by talking, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lti.platform.browser import Browser, Page

if TYPE_CHECKING:
    from scripts.story import Story

STUDENT = "1150105"
TEACHER = "101"
"""Of 國語文, LMS id."""
TITLE = "說出來的讀書心得"
SUMMARY = "用對話上傳：讀〈師說〉後，寫下自己對從師問學的看法。"


class Talk:
    """One person in the conversation, as a browser without script shows it."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self.browser = browser
        self.page = browser.get(page.link(href="/assistant"))

    def say(self, words: str, *wanted: str, file: tuple[str, bytes] | None = None) -> None:
        """Say something; the page must then contain what is wanted."""
        files = {"file": (file[0], file[1], "application/pdf")} if file else None
        form = self.page.form(field="words")
        self.page = self.browser.submit(self.page, form, {"words": words}, files=files)
        self._expect(words, wanted)

    def press(self, label: str, *wanted: str) -> None:
        """Press a button of the last answer."""
        self.page = self.browser.submit(self.page, self.page.form(button=label), button=label)
        self._expect(label, wanted)

    def _expect(self, said: str, wanted: tuple[str, ...]) -> None:
        from scripts.story import expect

        expect(self.page, 200, f"saying {said!r}", *wanted)


def main_job(story: Story) -> None:
    """Upload, certify, select and lock, not one form of a page."""
    student = Talk(*story.launch(STUDENT, "CHI-101"))
    student.say(f"我要上傳國語文課的成果，標題是{TITLE}", TITLE)
    student.say(SUMMARY, "文件檔")
    path = story.files["chi-reading"]
    student.say("", "已收到", "SHA-256", file=("心得.pdf", path.read_bytes()))
    student.press("跳過", "AI")
    student.press("跳過", "請確認以下內容", TITLE, SUMMARY)
    student.press("送出認證", "已收到並送出認證")
    story.tell(f"{STUDENT} handed an outcome in by talking, file included")
    teacher = Talk(*story.launch(TEACHER, "CHI-101"))
    teacher.say(f"認證「{TITLE}」", TITLE)
    teacher.press("認證成果", "已認證")
    story.tell("the teacher certified it by talking")
    student.say("我的成果怎麼樣了", "已認證", TITLE)
    student.say(f"勾選「{TITLE}」", TITLE)
    student.say("確認並鎖定", "請確認以下內容")
    student.press("儲存勾選", "鎖定")
    story.tell(f"{STUDENT} selected it by talking and locked the selection")


def manifest(story: Story, registry: str) -> None:
    """The registry asks for the manifest, and is led to the submission that has the very PDF."""
    from scripts.story import StoryFailed, expect

    browser, page = story.launch(registry, "office")
    if "/welcome/" in page.url:
        page = browser.get(page.link(text="首頁"))
    talk = Talk(browser, page)
    talk.say("給我提交名冊的 PDF", "名冊")
    lead = [href for _text, href in talk.page.links if "/submissions/" in href]
    if not lead:
        raise StoryFailed(f"no link of the answer leads to the submission: {talk.page.links}")
    shown = expect(browser.get(lead[-1]), 200, "the submission", "PDF")
    if not any(
        browser.get(href).content.startswith(b"%PDF") for text, href in shown.links if "PDF" in text
    ):
        raise StoryFailed("the submission's page has no PDF")
    story.tell("the registry asked for the manifest by talking and was led to its PDF")
