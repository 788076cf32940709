"""The off-line viewer: one page and its style sheet, no network, opened from a disk."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from playwright.sync_api import sync_playwright

from reports.dossier import DossierFile, Part
from reports.viewer import STYLE, viewer_css, viewer_html
from tests.journeys.browser import ARGUMENTS, AXE, RULES, executable
from tests.reports.dossiers import NASTY, dossier, entry, said

WAYS = {"pdf": "學習歷程檔案.pdf", "sums": "sha256sum.txt", "data": "records.json"}


def whole():
    odd = DossierFile(
        said("文件檔", "Document"), f"{NASTY}%41#?.png", "png", 10, "cd" * 32,
        "多元表現/01 100% #1?/圖.png",
    )  # fmt: skip
    worse = replace(entry(2), title=NASTY, files=(odd,))
    inside = Part("counselling", said("課程諮詢紀錄"), (entry(9, "talk"),), inside=True)
    one = dossier(entry(1), worse)
    return replace(one, parts=(*one.parts, inside))


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        self.found += [given[key] for key in ("src", "href") if given.get(key)]


def test_everything_is_escaped_and_near():
    page = viewer_html(whole(), **WAYS).decode()
    reader = Links()
    reader.feed(page)
    assert not [one for one in reader.found if re.match(r"[a-z]+:|//", one)]
    assert not [one for _tag, one in reader.tags if any(name.startswith("on") for name in one)]
    assert [tag for tag, _more in reader.tags].count("script") == 1
    assert "多元表現/01 100% #1?/圖.png" in map(unquote, reader.found)
    assert b"url(" not in viewer_css()
    assert b"@import" not in viewer_css()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("viewer")
    (made / "index.html").write_bytes(viewer_html(whole(), **WAYS))
    (made / STYLE).write_bytes(viewer_css())
    return made


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield running
        running.close()


def opened(browser, folder, width=1280, locale="zh-TW"):
    page = browser.new_context(viewport={"width": width, "height": 800}, locale=locale).new_page()
    asked, faults = [], []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: faults.append(one.text))
    page.on("pageerror", lambda one: faults.append(str(one)))
    page.goto((folder / "index.html").as_uri())
    return page, asked, faults


def test_it_works_from_a_disk(browser, folder):
    page, asked, faults = opened(browser, folder)
    assert all(one.startswith("file:") for one in asked)
    assert any(one.endswith(STYLE) for one in asked)
    assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == (
        "rgb(11, 90, 74)"
    )
    # the picture of the odd name is not in this folder: nothing else is amiss
    assert [one for one in faults if "ERR_FILE_NOT_FOUND" not in one] == []


def test_search_by_keyboard_alone(browser, folder):
    page, _asked, _faults = opened(browser, folder)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#search").focus()
    page.keyboard.type("報告 ＰＤＦ")  # full-width letters are the same letters
    assert page.locator("#search-found").inner_text() == "符合 2 筆"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "outcome-1"
    page.locator("#search").focus()
    page.keyboard.press("Escape")
    assert page.locator("article:visible").count() == 3
    page.keyboard.type("沒有這個詞")
    assert page.locator("article:visible").count() == 0


def test_both_languages(browser, folder):
    page, _asked, _faults = opened(browser, folder, locale="en-US")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Learning portfolio" in page.locator("h1").inner_text()
    assert "學習歷程檔案" not in page.locator("h1").inner_text()
    page.get_by_role("button", name="中文").click()
    assert page.locator("h1").inner_text() == "學習歷程檔案"
    assert page.locator("html").get_attribute("lang") == "zh-Hant-TW"


@pytest.mark.parametrize("width", [1280, 390])
def test_no_barriers(browser, folder, width):
    page, _asked, _faults = opened(browser, folder, width)
    page.evaluate(AXE.read_text() + "\n0")
    found = page.evaluate("rules => axe.run({runOnly: rules, preload: false})", RULES)
    assert [one["id"] for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_everything_is_there(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    assert page.locator("article").count() == 3
    assert page.locator("form").is_hidden()
    context.close()
