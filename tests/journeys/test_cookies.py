"""Launches in a cross-site frame, whatever the browser does with cookies."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Frame, Playwright, expect

from tests.journeys.browser import SESSION, Someone, browser_with, tool_frame
from tests.journeys.stack import Stack

SET_A_COOKIE = """() => {
  try { document.cookie = "probe=1; Secure; SameSite=None"; return document.cookie; }
  catch (refused) { return ""; }
}"""


def session_of(frame: Frame) -> str:
    found = SESSION.search(frame.url)
    assert found, frame.url
    return found[0]


def test_where_third_party_cookies_are_blocked_the_partitioned_one_binds_the_session(
    playwright: Playwright, stack: Stack, tmp_path: Path
) -> None:
    student = stack.hinted("從上傳第一件成果開始")
    with browser_with(playwright, stack, tmp_path / "profile") as someone:
        frame = someone.launch(student, stack.course(student, "CHI"))
        assert "probe" not in frame.evaluate(SET_A_COOKIE)  # an ordinary cookie is refused
        frame.get_by_role("navigation").get_by_role("link").nth(1).click()
        frame.wait_for_load_state()
        pages = [r for r in someone.watch.to_tool() if SESSION.search(r.url)]
        assert len(pages) >= 2
        for request in pages:
            assert "licheng_browser=" in request.all_headers().get("cookie", ""), request.url
        assert someone.watch.leaks() == []
        # Bound to this browser: the address alone opens nothing.
        stranger = stack_page(playwright, someone, frame.url)
        assert stranger == 401
        assert someone.watch.faults == []


def stack_page(playwright: Playwright, someone: Someone, url: str) -> int:
    """Status of a page asked for by somebody who knows only its address."""
    request = playwright.request.new_context()
    try:
        return request.get(url).status
    finally:
        request.dispose()


def test_with_every_cookie_of_the_tool_blocked_two_tabs_are_two_people(
    playwright: Playwright, stack: Stack, tmp_path: Path
) -> None:
    first, second = stack.hinted("從上傳第一件成果開始"), stack.hinted("七件已認證")
    with browser_with(playwright, stack, tmp_path / "profile", cookies="lms only") as someone:
        one = someone.launch(first, stack.course(first, "CHI"))
        assert one.evaluate(SET_A_COOKIE) == ""
        other_tab = Someone(stack, someone.context, someone.context.new_page(), someone.watch)
        two = other_tab.launch(second, stack.course(second, "MAT"))
        assert session_of(one) != session_of(two)
        for frame, person in ((one, first), (two, second), (one, first)):
            frame.locator(".lc-brand").click()
            frame.wait_for_load_state()
            expect(frame.locator(".lc-who__person")).to_have_text(
                person["family_name"] + person["given_name"]
            )
        assert set(someone.watch.cookies_sent()) == {""}
        assert someone.watch.leaks() == []
        assert someone.watch.faults == []
        assert tool_frame(someone.page, stack) == one
