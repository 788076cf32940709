"""The script that speaks with a platform's storage, in Chromium, between two real origins.

The platform is a page of ours on another origin which answers well, badly or not at all.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from markupsafe import escape
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

SCRIPT = Path(__file__).resolve().parents[3] / "assets" / "js" / "lti-storage.js"
CHROMIUM = os.environ.get("LICHENG_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

PLATFORM = """<!doctype html><title>platform</title>
<script>
const mode = new URLSearchParams(location.search).get("mode"), kept = {state_1: "the proof"};
const seen = window.seen = [];
window.addEventListener("message", (event) => {
  const said = event.data;
  if (!String(said.subject).startsWith("lti.")) return;
  seen.push({subject: said.subject, key: said.key, value: said.value, origin: event.origin});
  if (mode === "silent") return;
  const answer = {subject: said.subject + ".response", message_id: said.message_id, key: said.key};
  if (said.subject === "lti.get_data") answer.value = kept[said.key];
  if (mode === "error") { answer.error = {code: "bad_request", message: "no"}; }
  if (mode === "another id") answer.message_id = "x";
  if (mode === "another subject") answer.subject = "lti.close.response";
  if (mode === "not text") answer.value = {a: 1};
  event.source.postMessage(answer, event.origin);
});
</script>"""


def tool() -> Flask:
    """Pages with what the real ones have for the script, and where they lead."""
    app = Flask("tool")

    @app.get("/<errand>")
    def page(errand: str) -> str:
        data = " ".join(f'data-{k}="{escape(v)}"' for k, v in request.args.items())
        lead = (
            '<a href="/arrived/put">on</a>'
            if errand == "put"
            else '<form method="post" action="/answer"><input name="proof" data-answer></form>'
        )
        return (
            f'<!doctype html><title>t</title><div data-lti-storage="{errand}" {data}>{lead}</div>'
            '<script src="/js/storage.js"></script>'
        )

    @app.get("/arrived/put")
    def arrived() -> str:
        return "arrived"

    @app.post("/answer")
    def answer() -> str:
        return f"answer: [{escape(request.form['proof'])}]"

    @app.get("/js/storage.js")
    def script() -> tuple[str, dict[str, str]]:
        return SCRIPT.read_text(encoding="utf-8"), {"Content-Type": "text/javascript"}

    return app


def platform() -> Flask:
    app = Flask("platform")

    @app.get("/course")
    def course() -> str:
        named = f'<iframe name="lti_storage" src="/keeper?mode={request.args["mode"]}"></iframe>'
        around = PLATFORM if request.args["keeper"] == "_parent" else named
        frame = escape(request.args["tool"])
        # The tool's frame comes when the keeper is there, as on a real page.
        return (
            f"{around}<script>addEventListener('load', () => {{"
            "const made = document.createElement('iframe'); made.name = 'tool';"
            "made.src = document.body.dataset.tool; document.body.append(made); });</script>"
            f'<body data-tool="{frame}">'
        )

    @app.get("/keeper")
    def keeper() -> str:
        return PLATFORM

    return app


@pytest.fixture(scope="module")
def origins() -> Iterator[tuple[str, str]]:
    """(tool, platform): other hosts, so other sites."""
    servers: list[BaseWSGIServer] = []
    threads = []
    for app in (tool(), platform()):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        servers.append(server)
        threads.append(threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True))
        threads[-1].start()
    yield (
        f"http://localhost:{servers[0].server_port}",
        f"http://127.0.0.1:{servers[1].server_port}",
    )
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def open_tool(
    page: Page,
    origins: tuple[str, str],
    errand: str,
    *,
    mode: str = "good",
    target: str = "_parent",
    keeper: str = "",
    origin: str = "",
) -> None:
    """The tool's page in a frame of the platform's."""
    said = {
        "target": target,
        "origin": origin or origins[1],
        "key": "state_1",
        "wait": "400",
        "value": "put proof",
    }
    address = f"{origins[0]}/{errand}?{urlencode(said)}"
    query = {"mode": mode, "keeper": keeper or target, "tool": address}
    page.goto(f"{origins[1]}/course?{urlencode(query)}")


def text(page: Page, words: str) -> None:
    expect(page.frame_locator("iframe[name=tool]").locator("body")).to_have_text(words)


def heard(page: Page, frame: str = "") -> list[dict[str, str]]:
    where = page.frame(name=frame) if frame else page
    assert where is not None
    found: list[dict[str, str]] = where.evaluate("seen")
    return found


@pytest.mark.parametrize("target", ["_parent", "lti_storage"])
def test_the_proof_is_put_and_the_login_goes_on(page, origins, target):
    open_tool(page, origins, "put", target=target)
    text(page, "arrived")
    keeper = "" if target == "_parent" else target
    put = {"subject": "lti.put_data", "key": "state_1", "value": "put proof"}
    assert heard(page, keeper) == [put | {"origin": origins[0]}]


@pytest.mark.parametrize("target", ["_parent", "lti_storage"])
def test_the_proof_is_asked_for_and_cleared(page, origins, target):
    open_tool(page, origins, "get", target=target)
    text(page, "answer: [the proof]")
    keeper = "" if target == "_parent" else target
    asked, cleared = heard(page, keeper)
    assert asked["subject"] == "lti.get_data"
    assert (cleared["subject"], cleared["key"], cleared["value"]) == (
        "lti.put_data",
        "state_1",
        None,
    )


@pytest.mark.parametrize("errand", ["put", "get"])
@pytest.mark.parametrize("mode", ["silent", "error", "another id", "another subject"])
def test_whatever_the_platform_does_the_launch_goes_on(page, origins, errand, mode):
    open_tool(page, origins, errand, mode=mode)
    text(page, "arrived" if errand == "put" else "answer: []")
    assert heard(page)


def test_an_answer_that_is_no_text_is_none(page, origins):
    open_tool(page, origins, "get", mode="not text")
    text(page, "answer: []")


def test_a_frame_that_is_not_there(page, origins):
    open_tool(page, origins, "get", target="nobody", keeper="_parent")
    text(page, "answer: []")
    assert heard(page) == []


def test_nothing_is_said_to_another_origin_than_the_platforms(page, origins):
    """A page around us that is not the platform learns nothing, and is not believed."""
    open_tool(page, origins, "get", origin="https://lms.example")
    text(page, "answer: []")
    assert heard(page) == []


def test_a_window_of_its_own_waits_for_nobody(page, origins):
    said = {"target": "_parent", "origin": origins[1], "key": "k", "wait": "600000", "value": "v"}
    page.goto(f"{origins[0]}/put?{urlencode(said)}")
    expect(page.locator("body")).to_have_text("arrived")
