"""Platform storage, in a real Chromium: a tool of another origin puts and gets data."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Frame, Page, sync_playwright
from werkzeug.serving import make_server

from lti.platform.testing import FakePlatform
from tests.journeys.browser import ARGUMENTS, executable

ASK = """([frame, target, message]) => new Promise((done) => {
  const around = window.opener || window.parent;
  const there = frame ? around.frames[frame] : around;
  const wait = setTimeout(() => done(null), 1500);
  addEventListener("message", (event) => {
    if (event.data.message_id !== message.message_id) return;
    clearTimeout(wait);
    done({...event.data, origin: event.origin});
  });
  there.postMessage(message, target);
})"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def site() -> Iterator[str]:
    """A web site of its own origin that shows an empty page to whoever comes."""
    app = Flask("site")
    app.add_url_rule("/page", "page", lambda: "<title>page</title>")
    app.add_url_rule("/login", "login", lambda: "<title>tool</title>", methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def tool() -> Iterator[str]:
    with site() as url:
        yield url


@pytest.fixture(params=["canvas", "generic"])
def lms(request: Any, tmp_path: Path, tool: str) -> Iterator[FakePlatform]:
    with FakePlatform(tmp_path / "lms", mode=request.param) as platform:
        platform.add_tool(tool, login="/login")
        yield platform


def open_activity(chromium: Browser, lms: FakePlatform) -> Page:
    page = chromium.new_context().new_page()
    page.goto(f"{lms.url}/")
    page.locator("form:has(input[value='3']) button").click()
    page.goto(f"{lms.url}/activity/{lms.activity().id}")
    return page


def tool_in(page: Page, tool: str) -> Frame:
    box = page.locator("iframe.tool").element_handle()
    assert box is not None
    frame = box.content_frame()
    assert frame is not None
    frame.wait_for_url(f"{tool}/**")
    return frame


def ask(frame: Frame, target: str, subject: str, *, box: str = "", **fields: Any) -> Any:
    message = {"subject": subject, "message_id": "m-1"} | fields
    return frame.evaluate(ASK, [box, target, message])


def test_a_tool_puts_and_gets_in_the_named_frame_at_the_origin_of_sign_on(
    chromium: Browser, lms: FakePlatform, tool: str
) -> None:
    page = open_activity(chromium, lms)
    frame = tool_in(page, tool)
    name = lms.mode.frame_name
    told = ask(frame, "*", "lti.capabilities")
    assert told["subject"] == "lti.capabilities.response"
    offered = {one["subject"]: one.get("frame", "") for one in told["supported_messages"]}
    assert offered == {"lti.capabilities": "", "lti.put_data": name, "lti.get_data": name}
    put = ask(frame, lms.sso_url, "lti.put_data", box=name, key="state", value="s-1")
    assert put == {
        "subject": "lti.put_data.response",
        "message_id": "m-1",
        "key": "state",
        "value": "s-1",
        "origin": lms.sso_url,
    }
    got = ask(frame, lms.sso_url, "lti.get_data", box=name, key="state")
    assert (got["subject"], got["value"]) == ("lti.get_data.response", "s-1")
    assert ask(frame, lms.sso_url, "lti.get_data", box=name, key="other")["value"] is None
    ask(frame, lms.sso_url, "lti.put_data", box=name, key="state", value=None)
    assert ask(frame, lms.sso_url, "lti.get_data", box=name, key="state")["value"] is None


def test_a_frame_of_another_origin_hears_nothing(chromium: Browser, tmp_path: Path) -> None:
    with site() as tool, FakePlatform(tmp_path / "lms", mode="canvas") as lms:
        lms.add_tool(tool, login="/login")
        frame = tool_in(open_activity(chromium, lms), tool)
        # The page around is of the LMS's first origin, the storage of its second.
        assert lms.url != lms.sso_url
        name = lms.mode.frame_name
        assert ask(frame, lms.url, "lti.put_data", box=name, key="k", value="v") is None
        refused = ask(frame, lms.url, "lti.put_data", key="k", value="v")
        assert refused["error"]["code"] == "unsupported_subject"


def test_data_of_one_tool_is_not_anothers(chromium: Browser, lms: FakePlatform, tool: str) -> None:
    name = lms.mode.frame_name
    with site() as other:
        lms.add_tool(other, login="/login")
        page = open_activity(chromium, lms)
        second = lms.activity()
        first = next(a for a in lms.lms.state.activities_of("2") if a.id != second.id)
        frame = tool_in(page, other)
        ask(frame, lms.sso_url, "lti.put_data", box=name, key="k", value="of the other")
        page.goto(f"{lms.url}/activity/{first.id}")
        frame = tool_in(page, tool)
        assert ask(frame, lms.sso_url, "lti.get_data", box=name, key="k")["value"] is None


@pytest.mark.parametrize(
    ("subject", "fields", "code"),
    [
        ("lti.put_data", {"key": "k", "value": 7}, "bad_request"),
        ("lti.put_data", {"value": "v"}, "bad_request"),
        ("lti.get_data", {"key": ""}, "bad_request"),
        ("lti.put_data", {"key": "k", "value": "v" * 5000}, "storage_exhaustion"),
        ("lti.dance", {}, "unsupported_subject"),
    ],
)
def test_what_is_wrong_is_said_with_a_code(
    chromium: Browser,
    lms: FakePlatform,
    tool: str,
    subject: str,
    fields: dict[str, Any],
    code: str,
) -> None:
    frame = tool_in(open_activity(chromium, lms), tool)
    said = ask(frame, lms.sso_url, subject, box=lms.mode.frame_name, **fields)
    assert said["subject"] == f"{subject}.response"
    assert said["error"]["code"] == code


def test_an_origin_that_is_no_tools_is_refused(
    chromium: Browser, lms: FakePlatform, tool: str
) -> None:
    page = open_activity(chromium, lms)
    frame = tool_in(page, tool)
    with site() as stranger:
        frame.goto(f"{stranger}/page")
        said = ask(frame, lms.sso_url, "lti.put_data", box=lms.mode.frame_name, key="k", value="v")
        assert said["error"]["code"] == "wrong_origin"


def test_it_can_be_announced_and_stay_silent(
    chromium: Browser, lms: FakePlatform, tool: str
) -> None:
    lms.faults.storage_silent = True
    frame = tool_in(open_activity(chromium, lms), tool)
    name = lms.mode.frame_name
    assert ask(frame, lms.sso_url, "lti.put_data", box=name, key="k", value="v") is None


def test_it_stores_where_all_cookies_are_blocked(
    chromium: Browser, lms: FakePlatform, tool: str, tmp_path: Path
) -> None:
    """Without localStorage what was put lives as long as the page."""
    page = chromium.new_context().new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked'); }})"
    )
    page.goto(f"{lms.url}/")
    page.locator("form:has(input[value='3']) button").click()
    page.goto(f"{lms.url}/activity/{lms.activity().id}")
    frame, name = tool_in(page, tool), lms.mode.frame_name
    ask(frame, lms.sso_url, "lti.put_data", box=name, key="k", value="v")
    assert ask(frame, lms.sso_url, "lti.get_data", box=name, key="k")["value"] == "v"


@pytest.mark.parametrize("mode", ["moodle", "brightspace", "blackboard"])
def test_others_have_no_storage(tmp_path: Path, mode: str) -> None:
    with FakePlatform(tmp_path / "lms", mode=mode) as lms:
        lms.add_tool()
        assert "lti_storage_target" not in lms.login_fields("student1")
        page = lms.browser("student1").get(f"{lms.url}/activity/{lms.activity().id}")
        assert "storage.js" not in page.text
