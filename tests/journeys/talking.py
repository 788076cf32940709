"""The conversation beside a page, as a person at a browser uses it."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator, expect

from tests.journeys.acts import upload


class Talk:
    """The panel (a sheet on phones), open."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.opener = frame.get_by_role("link", name="對話", exact=True)
        self.panel = frame.get_by_role("dialog", name="對話")
        self.words = self.panel.get_by_label("要辦什麼事？")
        self.opener.click()
        expect(self.words).to_be_focused()

    @property
    def answer(self) -> Locator:
        """The newest thing that was said."""
        return self.panel.get_by_role("log").get_by_role("listitem").last

    def say(self, words: str, *wanted: str) -> None:
        """Type something and press Enter; the answer must contain what is wanted."""
        self.words.fill(words)
        self.words.press("Enter")
        self._hear(*wanted)

    def press(self, label: str, *wanted: str) -> None:
        """Press a button of the newest answer."""
        self.answer.get_by_role("button", name=label, exact=True).click()
        self._hear(*wanted)

    def give(self, name: str, content: bytes, *wanted: str) -> None:
        """Hand a file over."""
        self.panel.get_by_label("附上檔案").set_input_files([upload(name, content)])
        self._hear(*wanted)

    def _hear(self, *wanted: str) -> None:
        for one in wanted:
            expect(self.answer).to_contain_text(one)
        expect(self.panel.locator("[data-talk-status]")).to_have_text("")
        expect(self.words).to_be_focused()  # ready for the next
