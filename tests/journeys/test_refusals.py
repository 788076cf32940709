"""Launches and sessions that are no good (any more): a clear page each, in the reader's words."""

from __future__ import annotations

from urllib.parse import parse_qsl

from playwright.sync_api import expect

from tests.journeys.acts import menu
from tests.journeys.browser import Someone, at_size, axe, frame_in, runs_off
from tests.journeys.stack import Stack

POST_AGAIN = """([action, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, {method: "post", action, target: "again"});
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    Object.assign(field, {type: "hidden", name, value});
    form.append(field);
  }
  const fresh = document.createElement("iframe");
  Object.assign(fresh, {name: "again", className: "tool"});
  document.querySelector("iframe.tool").replaceWith(fresh);
  document.body.append(form);
  form.submit();
}"""


def test_a_launch_posted_a_second_time_is_refused(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("七件已認證")
    someone.launch(student, stack.course(student))
    launch = next(r for r in someone.watch.requests if r.url.endswith("/lti/launch"))
    fields = parse_qsl(launch.post_data or "")
    assert dict(fields)["id_token"]
    someone.watch.expected = {400, 401, 403, 409}
    someone.page.evaluate(POST_AGAIN, [launch.url, fields])
    frame = frame_in(someone.page)
    frame.wait_for_url("**/lti/launch")
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    text = frame.locator("main").inner_text()
    assert "重新" in text  # what to do: open it anew from the course
    assert "id_token" not in text
    assert axe(frame) == []
    at_size(someone.page, 390, 844)
    assert runs_off(frame) == 0


def test_an_expired_session_says_so(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("七件已認證")
    frame = someone.launch(student, stack.course(student))
    stack.forget_sessions()
    someone.watch.expected = {401}
    frame.get_by_role("link", name="我的學習成果").first.click()
    frame.wait_for_url("**/outcomes*")
    expect(frame.get_by_role("heading", level=1)).not_to_have_text("首頁")
    expect(frame.locator("main")).to_contain_text("重新")
    assert axe(frame) == []


def test_the_language_is_changed_on_the_page_and_kept(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("七件已認證")
    frame = someone.launch(student, stack.course(student))
    menu(frame, "我的學習成果")
    at = frame.url
    frame.get_by_role("button", name="English").click()
    frame.wait_for_function("() => document.documentElement.lang.startsWith('en')")
    assert frame.url == at  # the same page
    assert axe(frame) == []
    frame.locator(".lc-brand").click()
    frame.wait_for_function("() => document.documentElement.lang.startsWith('en')")
    frame.get_by_role("button", name="中文").click()
    frame.wait_for_function("() => document.documentElement.lang.startsWith('zh')")
    expect(frame.get_by_role("heading", level=1)).to_have_text("首頁")


def test_the_lms_says_in_which_language_to_begin(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("七件已認證")
    someone.become(student)
    someone.page.get_by_role("button", name="English").click()
    frame = someone.open(stack.course(student))
    assert frame.evaluate("document.documentElement.lang").startswith("en")
