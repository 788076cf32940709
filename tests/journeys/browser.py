"""A person at a browser: in the LMS, in the tool's frame, with an eye on all that happens."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Page,
    Playwright,
    Request,
    Response,
)
from playwright.sync_api import (
    TimeoutError as TooLate,
)

from scripts.house import ROOT
from tests.journeys.stack import Stack

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP = {"width": 1280, "height": 900}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "var" / "pictures"
SESSION = re.compile(r"/s/[A-Za-z0-9_-]{32}")
UNDER_WAY = re.compile(r"/lti/(login|launch)\b")
"""The stations of a launch. An installation's page lies under /lti/ too, and is where it ends."""
LAUNCH_SECONDS = 90
"""How long a launch may take on a machine that does much else."""
BLOCKED, ALLOWED = 2, 1
"""Chromium's content setting values."""


@dataclass
class Watch:
    """What a browser asked for and complained of."""

    stack: Stack
    requests: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    """HTTP statuses of the tool that this journey provokes; Chromium complains of them."""

    def attach(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.requests.append(request))
        context.on("response", self._answered)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("console", lambda line: self._said(line.type, line.text))

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.url}")

    def _said(self, kind: str, text: str) -> None:
        provoked = any(f"status of {status}" in text for status in self.expected)
        if kind in {"error", "warning"} and not provoked and "crbug" not in text:
            self.faults.append(f"console: {text}")

    def to_tool(self) -> list[Request]:
        """Requests to the tool, but not to its front-end files."""
        return [r for r in self.requests if self.is_tool(r.url) and "/static/" not in r.url]

    def is_tool(self, url: str) -> bool:
        return url.startswith(self.stack.url)

    def cookies_sent(self) -> list[str]:
        """Cookie headers of the requests to the tool; a request without has an empty one."""
        return [r.all_headers().get("cookie", "") for r in self.to_tool()]

    def strangers(self) -> list[str]:
        """Requests to anybody but the tool and its LMS."""
        known = (self.stack.url, self.stack.lms_url, self.stack.sso_url)
        return [
            r.url
            for r in self.requests
            if urlsplit(r.url).scheme in {"http", "https"} and not r.url.startswith(known)
        ]

    def leaks(self) -> list[str]:
        """Requests to other origins that carry a session's path in their address or Referer."""
        return [
            f"{r.url} from {r.all_headers().get('referer', '')}"
            for r in self.requests
            if urlsplit(r.url).scheme in {"http", "https"}
            and not self.is_tool(r.url)
            and SESSION.search(r.url + r.all_headers().get("referer", ""))
        ]


@dataclass
class Someone:
    """A person of the LMS with a browser of their own."""

    stack: Stack
    context: BrowserContext
    page: Page
    watch: Watch

    def become(self, person: dict[str, str]) -> None:
        """Press this person's button on the LMS's first page."""
        self.page.goto(f"{self.stack.lms_url}/")
        self.page.locator(f"form:has(input[value='{person['id']}']) button").click()
        self.page.locator(".me").wait_for()

    def launch(self, person: dict[str, str], course_id: str, title: str = "學習歷程") -> Frame:
        """Log in, open the course, open the activity: the tool in the course page's frame."""
        self.become(person)
        return self.open(course_id, title)

    def open(self, course_id: str, title: str = "學習歷程") -> Frame:
        """Open an activity of a course as whoever is logged in."""
        self.page.goto(f"{self.stack.lms_url}/course/{course_id}")
        self.page.locator(".tiles a", has_text=title).first.click()
        return self.frame()

    def frame(self) -> Frame:
        """The tool's frame in this page, once a page of the tool is in it."""
        return tool_frame(self.page, self.stack)


def tool_frame(page: Page, stack: Stack) -> Frame:
    """The frame of the tool in a page of the LMS, once one of its own pages has come."""
    page.bring_to_front()  # a page behind others may not be painted while the machine is busy
    begun, lost = time.monotonic(), False
    while True:
        # Asked for anew each time: what a frame shows may come from another process than before.
        frame = frame_in(page)
        try:
            frame.wait_for_url(
                lambda url: url.startswith(stack.url) and not UNDER_WAY.search(url), timeout=5_000
            )
            frame.locator("#main-content").wait_for(timeout=5_000)
            return frame
        except TooLate as late:
            late_by = time.monotonic() - begun
            if late_by > LAUNCH_SECONDS:
                raise AssertionError(_what_came(page, stack, frame)) from late
            if late_by > LAUNCH_SECONDS / 3 and not lost and stack.last_launch()[0] == "OK":
                # The tool has let the person in, and the debugger still speaks of the frame as it
                # was two sites ago: it has lost the frame when it changed its process.
                lost = True
                PICTURES.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=PICTURES / "lost-frame.png", timeout=10_000)
                page.reload()


def _what_came(page: Page, stack: Stack, frame: Frame) -> str:
    """For the reader of a failed run: what the browser shows and what the tool noted."""
    try:
        shown = frame.locator("body").inner_text(timeout=2_000)[:500]
    except TooLate:
        shown = "nothing that can be read"
    frames = [one.url[:100] for one in page.frames]
    return f"no page of the tool, but {shown!r}; frames {frames}; noted {stack.last_launch()}"


def axe(frame: Frame | Page) -> list[tuple[str, list[str]]]:
    """What axe finds wrong in this frame, by the rules of WCAG 2.2 A and AA."""
    # By the debugger, not by a script element: the page's CSP stays as it is.
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
    options = {"runOnly": RULES, "resultTypes": ["violations"], "iframes": False}
    found = frame.evaluate("(options) => axe.run(document, options)", options)
    return [
        (one["id"], [" ".join(map(str, node["target"])) for node in one["nodes"]])
        for one in found["violations"]
    ]


def runs_off(frame: Frame | Page) -> int:
    """CSS pixels by which a page is wider than its frame."""
    return int(
        frame.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


def at_size(page: Page, width: int, height: int) -> None:
    """Make the window so large, and wait until the tool's frame has followed and is painted."""
    page.set_viewport_size({"width": width, "height": height})
    box = page.locator("iframe.tool")
    if not box.count():
        return
    inner = box.evaluate("(one) => [one.clientWidth, one.clientHeight]")
    frame_in(page).wait_for_function(
        """([width, height]) => {
          if (innerWidth !== width || innerHeight !== height) return false;
          const next = requestAnimationFrame;
          return new Promise((done) => next(() => next(() => done(true))));
        }""",
        arg=inner,
    )


def frame_in(page: Page) -> Frame:
    """The frame of the tool in a page of the LMS, whatever it shows."""
    frame = page.locator("iframe.tool").element_handle().content_frame()
    assert frame is not None
    return frame


def picture(page: Page, name: str, widths: tuple[int, ...] = (1280, 390)) -> None:
    """Save the page at each width, with all of the tool's page, as var/pictures/NAME-WIDTH.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    box = page.locator("iframe.tool")
    for width in widths:
        at_size(page, width, 900)
        if box.count():
            # As high as what is in it; then the window as high as the LMS's page. A picture of
            # more than the window would make Chromium lay the frame out anew, too narrow.
            height = frame_in(page).evaluate("document.documentElement.scrollHeight")
            box.evaluate("(one, height) => { one.style.height = `${height + 2}px` }", height)
        at_size(page, width, page.evaluate("document.documentElement.scrollHeight"))
        page.screenshot(path=PICTURES / f"{name}-{width}.png")
        if box.count():
            box.evaluate("(one) => { one.style.height = '' }")
    at_size(page, 1280, 900)


@contextmanager
def visitors(chromium: Browser, stack: Stack) -> Iterator[Callable[[], Someone]]:
    """Gives people with a fresh browser each; at the end nothing may have gone wrong in any."""
    watches: list[Watch] = []
    with ExitStack() as open_contexts:

        def someone() -> Someone:
            context = chromium.new_context(
                viewport=DESKTOP,  # type: ignore[arg-type]
                locale="zh-TW",
                timezone_id="Asia/Taipei",
            )
            context.set_default_timeout(20_000)
            open_contexts.callback(context.close)
            watch = Watch(stack)
            watch.attach(context)
            watches.append(watch)
            return Someone(stack, context, context.new_page(), watch)

        yield someone
    assert [fault for watch in watches for fault in watch.faults] == []


@contextmanager
def browser_with(
    playwright: Playwright,
    stack: Stack,
    profile: Path,
    *,
    cookies: str = "no third-party",
) -> Iterator[Someone]:
    """A Chromium of its own.

    Args:
        profile: a new folder.
        cookies: ``no third-party``; ``lms only``: everybody's cookies are blocked but the LMS's
            own, without which nobody could log in there; ``not in the frame``: as in a browser
            that knows no partitioned cookies, the tool has its own in a window of its own only.
    """
    exceptions = {
        "no third-party": {},
        "lms only": {f"{stack.lms_url},*": {"setting": ALLOWED}},
        "not in the frame": {f"{stack.url},{stack.lms_url}": {"setting": BLOCKED}},
    }[cookies]
    preferences: dict[str, object] = {
        "block_third_party_cookies": True,
        "cookie_controls_mode": 1,
        "default_content_setting_values": {"cookies": BLOCKED if cookies == "lms only" else 1},
        "content_settings": {"exceptions": {"cookies": exceptions}},
    }
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=executable(),
        args=ARGUMENTS,
        viewport=DESKTOP,  # type: ignore[arg-type]
        locale="zh-TW",
        timezone_id="Asia/Taipei",
    )
    context.set_default_timeout(20_000)
    watch = Watch(stack)
    watch.attach(context)
    try:
        yield Someone(stack, context, context.pages[0], watch)
    finally:
        context.close()


def executable() -> str:
    """Debian's Chromium."""
    found = os.environ.get("LICHENG_CHROMIUM") or shutil.which("chromium")
    assert found, "Chromium is missing: apt-get install chromium"
    return found
