"""What people of the journeys do again and again."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from PIL import Image
from playwright.sync_api import Frame

from tests.journeys.browser import Someone


def pdf(pages: int = 2) -> bytes:
    """A real PDF file with some empty pages."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(out)
    return out.getvalue()


def picture_file() -> bytes:
    """A real PNG file."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "#0b5a4a").save(out, "PNG")
    return out.getvalue()


def upload(name: str, content: bytes) -> dict[str, Any]:
    """A file as Playwright puts it into a field."""
    kind = {"pdf": "application/pdf", "png": "image/png"}.get(name.rpartition(".")[2], "")
    return {"name": name, "mimeType": kind or "application/octet-stream", "buffer": content}


def menu(frame: Frame, words: str) -> None:
    """Follow an entry of the main menu."""
    bar = frame.get_by_role("navigation", name="主選單")
    toggle = bar.get_by_role("button", name="選單")
    if toggle.is_visible() and toggle.get_attribute("aria-expanded") != "true":
        toggle.click()
    bar.get_by_role("link", name=words, exact=True).click()
    frame.locator("h1").wait_for()


def fill_outcome(frame: Frame, title: str, summary: str = "整理一學期的實作紀錄。") -> None:
    """Open the form for an outcome and fill what is typed; the launch's course is chosen."""
    menu(frame, "我的學習成果")
    frame.get_by_role("link", name="上傳學習成果").click()
    frame.get_by_label("成果名稱").fill(title)
    frame.get_by_label("成果簡述").fill(summary)


def send_outcome(
    someone: Someone, person: dict[str, str], course: str, title: str, link: str = "學習歷程"
) -> Frame:
    """A student launches from a course, uploads a PDF and sends it; the outcome's page."""
    frame = someone.launch(person, course, link)
    fill_outcome(frame, title)
    frame.locator("input[type=file]").first.set_input_files([upload(f"{title}.pdf", pdf())])
    frame.get_by_role("button", name="送出認證").click()
    frame.get_by_role("heading", name="收件回條").first.wait_for()
    return frame
