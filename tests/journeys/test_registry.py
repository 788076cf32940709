"""The registry: windows, progress, and a submission with its printed manifest."""

from __future__ import annotations

import re
import subprocess

import pikepdf
from playwright.sync_api import Browser, expect

from tests.journeys.acts import menu
from tests.journeys.browser import Someone, axe, runs_off
from tests.journeys.stack import Stack
from tests.journeys.test_every_page import OFFICE


def test_a_submission_is_made_and_its_manifest_verified(
    someone: Someone, stack: Stack, chromium: Browser
) -> None:
    frame = someone.launch(stack.person("registry1"), OFFICE)
    expect(frame.get_by_role("heading", level=1)).to_have_text("首頁")
    menu(frame, "作業期程")
    expect(frame.locator("main")).to_contain_text("課程學習成果上傳")
    menu(frame, "進度")
    expect(frame.get_by_role("table").first).to_contain_text("一年一班")
    menu(frame, "提交")
    expect(frame.get_by_role("heading", name="預檢")).to_be_visible()
    expect(frame.get_by_text("預檢通過，可以建立提交。")).to_be_visible()
    frame.get_by_role("button", name=re.compile("建立第 [0-9]+ 版提交")).click()
    # Its page shows the progress and becomes the result by itself.
    manifest = frame.get_by_role("link", name="提交名冊（PDF）")
    expect(manifest).to_be_visible(timeout=90_000)
    assert axe(frame) == []
    assert runs_off(frame) == 0

    with someone.page.expect_download() as begun:
        manifest.click()
    with pikepdf.open(begun.value.path()) as document:
        assert len(document.pages) >= 2
        assert document.Root.MarkInfo.Marked
    number = frame.get_by_role("heading", level=1).inner_text().splitlines()[-1].strip()
    address = re.search(r"http\S+/verify/\S+", frame.locator("main").inner_text())
    assert address
    told = subprocess.run(["pdftotext", begun.value.path(), "-"], capture_output=True, check=True)
    head, token = address[0].rsplit("/", 1)
    # Printed beside the QR code, in lines; pdftotext takes a hyphen at the end of one for a word's.
    printed = re.sub(r"[\s-]", "", told.stdout.decode())
    for part in (head, token[:12]):
        assert part.replace("-", "") in printed

    # Whoever holds the paper follows the QR code: no LMS, no session.
    stranger = chromium.new_context(locale="zh-TW")
    page = stranger.new_page()
    answer = page.goto(address[0])
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator("main")).to_contain_text("本系統確實製作過這份名冊")
    assert axe(page) == []
    stranger.close()
