"""What an LMS administrator does to install the tool, by a browser without a screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from lti.platform.browser import Browser, Page
from lti.platform.process import log_in


class NotInstalled(Exception):
    """A step of the installation did not do what it should; the message says which."""

    code = "install.failed"


def administrator_id(people_file: Path) -> str:
    """The LMS id of the first administrator in a people file."""
    people = json.loads(people_file.read_text(encoding="utf-8"))["people"]
    return str(next(person["id"] for person in people if person["role"] == "admin"))


def install(
    lms_url: str, admin_id: str, invitation: str, tell: Callable[[str], None] = lambda _text: None
) -> Browser:
    """Paste the invitation link, confirm in the tool's frame, activate, add it to every course.

    Returns the administrator's browser.

    Raises:
        NotInstalled: the tool or the LMS refused.
    """
    admin = log_in(Browser(), lms_url, admin_id)
    page = admin.get(f"{lms_url}/admin/tools")
    page = admin.submit(page, page.form(action="/admin/tools/register"), {"url": invitation})
    if not page.frames:  # the domain is known: the LMS asks whether to update; make a new one
        page = admin.get(page.link(text="註冊為新的工具"))
    frame = _expect(admin.get(page.frames[0]), "the tool's registration page")
    tell("registration page opened in the LMS's frame")
    done = _expect(admin.submit(frame, frame.form(field="registration_token")), "registration")
    tell(f"registered: {done.title}")
    page = admin.get(f"{lms_url}/admin/tools")
    page = admin.submit(page, page.form(button="啟用"))
    page = admin.submit(page, page.form(button="加到所有課程"), {"title": "學習歷程"})
    _expect(page, "activation")
    tell("activated and added to every course")
    return admin


def _expect(page: Page, what: str) -> Page:
    if page.status != 200:
        raise NotInstalled(f"{what}: {page.status} {page.title}\n{page.text[:2000]}")
    return page
