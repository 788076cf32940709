"""What an LMS administrator does to install the tool, by a browser without a screen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from lti.platform.browser import Browser, Page
from lti.platform.process import log_in


class NotInstalled(Exception):
    """A step of the installation did not do what it should; the message says which."""

    code = "install.failed"


def install(
    lms_url: str,
    people_file: Path,
    invitation: str,
    tell: Callable[[str], None] = lambda _text: None,
    *,
    but: Collection[str] = (),
) -> Browser:
    """Paste the invitation link, confirm in the tool's frame, activate, add it to every course.

    Courses without idnumber are no lessons: they get the school desk, by deep linking.
    Returns the administrator's browser.

    Args:
        but: ids of courses that are another tenant's.

    Raises:
        NotInstalled: the tool or the LMS refused.
    """
    world = json.loads(people_file.read_text(encoding="utf-8"))
    admin = _administrator(lms_url, world)
    _register(admin, lms_url, invitation, tell)
    _furnish(admin, lms_url, world, but)
    tell("activated and added to every course")
    return admin


def install_beside(
    lms_url: str, people_file: Path, invitation: str, course_id: str, title: str
) -> None:
    """Another tenant on the same LMS: registered as a tool of its own, added to one course.

    Raises:
        NotInstalled: the tool or the LMS refused.
    """
    admin = _administrator(lms_url, json.loads(people_file.read_text(encoding="utf-8")))
    _register(admin, lms_url, invitation, lambda _text: None)
    page = admin.get(f"{lms_url}/course/{course_id}")
    newest = [form for form in page.forms if "/add/" in form.action][-1]
    _expect(admin.submit(page, newest, {"title": title}), "adding to a course")


def _register(admin: Browser, lms_url: str, invitation: str, tell: Callable[[str], None]) -> None:
    page = admin.get(f"{lms_url}/admin/tools")
    page = admin.submit(page, page.form(action="/admin/tools/register"), {"url": invitation})
    if new := next((href for text, href in page.links if text == "註冊為新的工具"), None):
        page = admin.get(new)
    # Where the registration opens in a tab of its own (Brightspace) there is a link instead.
    address = page.frames[0] if page.frames else page.link(text="註冊頁")
    frame = _expect(admin.get(address), "the tool's registration page")
    tell("registration page opened in the LMS's frame")
    done = _expect(admin.submit(frame, frame.form(field="registration_token")), "registration")
    tell(f"registered: {done.title}")
    page = admin.get(f"{lms_url}/admin/tools")
    _expect(admin.submit(page, page.form(button="啟用")), "activation")


@dataclass(frozen=True)
class ByHand:
    """What the LMS gives in return for a tool that was typed in."""

    client_id: str
    deployment_id: str
    issuer: str
    auth_login_url: str
    token_url: str
    key_set_url: str


def type_in(
    lms_url: str, people_file: Path, tool_url: str, connect: Callable[[ByHand], object]
) -> None:
    """Where there is no dynamic registration (Blackboard): type the tool in, have what the LMS
    shows in return entered in Licheng (`connect`), add the tool to every course.

    Raises:
        NotInstalled: the tool or the LMS refused.
    """
    world = json.loads(people_file.read_text(encoding="utf-8"))
    admin = _administrator(lms_url, world)
    page = admin.get(f"{lms_url}/admin/tools")
    typed = {
        "name": "歷程 Licheng",
        "login": f"{tool_url}/lti/login",
        "launch": f"{tool_url}/lti/launch",
        "jwks": f"{tool_url}/lti/jwks",
    }
    page = _expect(admin.submit(page, page.form(action="/by-hand"), typed), "the tool by hand")
    shown = dict(re.findall(r"<dt>([^<]+)</dt><dd><code>([^<]+)</code>", page.text))
    names = ("Client ID", "Deployment ID", "Issuer", "登入網址", "權杖網址", "金鑰網址")
    if missing := [name for name in names if name not in shown]:
        raise NotInstalled(f"the LMS's page of tools does not show {', '.join(missing)}")
    connect(ByHand(*(unescape(shown[name]) for name in names)))
    _furnish(admin, lms_url, world)


def _furnish(
    admin: Browser, lms_url: str, world: dict[str, Any], but: Collection[str] = ()
) -> None:
    """Into every course with it."""
    for course in world["courses"]:
        if not course.get("idnumber") and course["id"] not in but:
            _add_desk(admin, lms_url, course["id"])
    page = admin.get(f"{lms_url}/admin/tools")
    page = admin.submit(
        page, page.form(button="加到所有課程"), {"title": "學習歷程", "but": list(but)}
    )
    _expect(page, "adding to courses")


def remove_tools(lms_url: str, people_file: Path) -> None:
    """Delete every tool of the demo LMS: their addresses are those of an earlier run."""
    admin = _administrator(lms_url, json.loads(people_file.read_text(encoding="utf-8")))
    page = admin.get(f"{lms_url}/admin/tools")
    while any(form.action.endswith("/delete") for form in page.forms):
        page = admin.submit(page, page.form(action="/delete"))


def _administrator(lms_url: str, world: dict[str, Any]) -> Browser:
    person = next(person for person in world["people"] if person["role"] == "admin")
    admin = Browser()
    # It opens what stands in the LMS's frames in a window of its own, and says so as browsers do:
    # there is no page around the tool whose storage could be asked.
    admin.http.headers["Sec-Fetch-Dest"] = "document"
    return log_in(admin, lms_url, person["id"])


def _add_desk(admin: Browser, lms_url: str, course_id: str) -> None:
    """Choose 校務桌 in the tool's own page, save it in the LMS."""
    course = admin.get(f"{lms_url}/course/{course_id}")
    page = admin.get(course.link(href="/choose/"))
    page = _expect(admin.get(page.frames[0]), "choosing content")
    page = _expect(admin.submit(page, page.form(field="item"), {"item": "desk"}), "the choice")
    page = _expect(admin.submit(page, page.form(field="JWT")), "the tool's answer")
    _expect(admin.submit(page, page.form(button="儲存")), "saving the activity")


def _expect(page: Page, what: str) -> Page:
    if page.status != 200:
        raise NotInstalled(f"{what}: {page.status} {page.title}\n{page.text[:2000]}")
    return page
