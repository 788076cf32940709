"""The chapter of the story in which the whole main job is done by talking, over HTTP."""

from __future__ import annotations

import time

from lti.platform.browser import Browser, Page
from scripts.telling import Story, StoryFailed, expect

STUDENT = "1150105"
TEACHER = "101"
"""Of 國語文, LMS id."""
TITLE = "說出來的讀書心得"
SUMMARY = "用對話上傳：讀〈師說〉後，寫下自己對從師問學的看法。"
GRADES = "115 學年度一、二年級"
BUILD_SECONDS = 180
"""How long the submission may take to be built."""


class Talk:
    """One person in the conversation, as a browser without script shows it."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self.browser = browser
        self.page = browser.get(page.link(href="/assistant"))

    def say(self, words: str, *wanted: str, file: tuple[str, bytes] | None = None) -> None:
        """Say something; the answer must then contain what is wanted."""
        files = {"file": (file[0], file[1], "application/pdf")} if file else None
        form = self.page.form(field="words")
        self.page = self.browser.submit(self.page, form, {"words": words}, files=files)
        self._expect(words or "a file", wanted)

    def press(self, label: str, *wanted: str) -> None:
        """Press a button of the last answer."""
        form = next(
            (one for one in self.page.forms if [text for *_, text in one.buttons] == [label]), None
        )
        if form is None:
            self._fail(f"no button {label!r}")
        else:
            self.page = self.browser.submit(self.page, form, button=label)
            self._expect(label, wanted)

    def wait_for(self, words: str) -> None:
        """Look again until the last answer contains these words."""
        deadline = time.monotonic() + BUILD_SECONDS
        while words not in self.answer:
            if time.monotonic() > deadline:
                self._fail(f"{words!r} never came")
            time.sleep(1)
            self.page = self.browser.get(self.page.url)

    @property
    def answer(self) -> str:
        """The last thing that was said, as HTML."""
        return self.page.text.rpartition('id="latest"')[2].partition("</li>")[0]

    def _expect(self, said: str, wanted: tuple[str, ...]) -> None:
        expect(self.page, 200, f"saying {said!r}")
        missing = [one for one in wanted if one not in self.answer]
        if missing:
            self._fail(f"saying {said!r}: the answer lacks {missing}")

    def _fail(self, why: str) -> None:
        raise StoryFailed(f"{why}; it is {' '.join(self.answer.split())[:1500]}")


def main_job(story: Story) -> None:
    """Upload, certify, select and lock, not one form of a page."""
    student = Talk(*story.launch(STUDENT, "CHI-101"))
    student.say(f"我要上傳國語文課的成果，標題是{TITLE}", TITLE)
    student.say(SUMMARY, "文件檔")
    path = story.files["chi-reading"]
    student.say("", "已收到", "SHA-256", file=("心得.pdf", path.read_bytes()))
    student.press("跳過", "AI")
    student.press("跳過", "請確認以下內容", TITLE, SUMMARY)
    student.press("送出認證", "已收到並送出認證", "收件回條")
    story.tell(f"{STUDENT} handed an outcome in by talking, file included: {TITLE}")
    teacher = Talk(*story.launch(TEACHER, "CHI-101"))
    teacher.say(f"認證「{TITLE}」", "請確認以下內容", TITLE)
    teacher.press("認證成果", "已認證 1 件", TITLE)
    story.tell("the teacher of 國語文 certified it by talking")
    student.say("我的成果怎麼樣了", "已認證", TITLE)
    student.say(f"我要勾選「{TITLE}」", "要先儲存，還是確認並鎖定？")
    student.press("確認並鎖定", "請確認以下內容", TITLE)
    student.press("儲存勾選", "勾選已確認並鎖定")
    story.tell(f"{STUDENT} selected it by talking and locked the selection")


def manifest(story: Story, registry: str) -> bytes:
    """The registry checks, makes a new version and asks for its manifest; the PDF."""
    browser, page = story.launch(registry, "office")
    if "/welcome/" in page.url:
        page = browser.get(page.link(text="首頁"))
    talk = Talk(browser, page)
    talk.say("幫我預檢", "是哪個年級、哪個梯次？")
    talk.press(GRADES, "請確認以下內容")
    talk.press("開始預檢", "0 項必須處理")
    story.tell("registry checked by talking what would be handed in")
    talk.press("建立提交", "是哪個年級、哪個梯次？")
    talk.press(GRADES, "請確認以下內容", "凍結後不能更改")
    talk.press("開始製作", "已開始建立提交", "製作名冊與檔案包")
    talk.wait_for("已完成")
    story.tell("registry began a submission by talking, and saw there that it was done")
    talk.say("給我提交名冊的 PDF", "下載提交名冊")
    page = expect(browser.get(talk.page.link(text="下載提交名冊")), 200, "the submission")
    found = [browser.get(href).content for text, href in page.links if "提交名冊（PDF" in text]
    if not found or not found[0].startswith(b"%PDF"):
        raise StoryFailed(f"no PDF of the manifest behind {page.links}")
    story.tell(f"the registry was led to the manifest ({len(found[0]) // 1024} KiB)")
    return found[0]
