"""Every page that a role can reach: sound, quiet, accessible, and as narrow as a phone.

Set LICHENG_PICTURES=1 to keep a picture of each at 1280 and 390 px in var/pictures/.
"""

from __future__ import annotations

import json
import os
import re

import pytest

from plugin.demo.plan import OFFICE_ACTIVITY, OFFICE_COURSE_ID
from tests.journeys.browser import Someone, at_size, axe, picture, runs_off
from tests.journeys.crawl import walk
from tests.journeys.stack import Stack

OFFICE, PARENTS = "900", "901"
"""Courses of the demo LMS where staff and parents meet the tool."""

ROLES = {
    # role: user name in the LMS, or words of the hint; the course, None for one of their own
    "student": ("七件已認證", None),
    "student-new": ("從上傳第一件成果開始", None),
    "student-done": ("已勾選並確認", None),
    "teacher": ("teacher1", None),
    "registry": ("registry1", OFFICE),
    "affairs": ("affairs1", OFFICE),
    "counsellor": ("counsellor1", OFFICE),
    "administrator": ("admin", OFFICE),
    "parent": ("parent1", PARENTS),
    "issuing-office": ("office2", OFFICE_COURSE_ID),
    "reviewer": ("reviewer3", OFFICE_COURSE_ID),
}

OF_PLATFORMS = {
    "/connections",
    "/connections/check",
    "/connections/launches",
    "/connections/manual",
    "/connections/services",
    "/connections/switches",
    "/connections/registrations/N/exceptions",
}
"""What an administrator has for the LMS; a walk that misses one has walked past it."""


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of(role: str, someone: Someone, stack: Stack) -> None:
    name, course = ROLES[role]
    person = stack.person(name) if name.isascii() else stack.hinted(name)
    title = OFFICE_ACTIVITY if course == OFFICE_COURSE_ID else "學習歷程"
    frame = someone.launch(person, course or stack.course(person), title)
    wrong: dict[str, object] = {}
    kinds = []
    for kind in walk(frame):
        found: dict[str, object] = {}
        if not frame.locator("h1").count():
            found["no heading"] = frame.url
        at_size(someone.page, 390, 844)
        found["wider than a phone, px"] = runs_off(frame)
        found["axe at 390"] = kind not in kinds and axe(frame)
        if os.environ.get("LICHENG_PICTURES"):
            number = f"-{kinds.count(kind) + 1}" if kind in kinds else ""
            picture(someone.page, f"{role}{re.sub(r'[^A-Za-z]+', '-', kind)}{number}")
        at_size(someone.page, 1280, 900)
        found["wider than the frame, px"] = runs_off(frame)
        found["axe at 1280"] = kind not in kinds and axe(frame)
        found["faults"] = someone.watch.faults[:]
        someone.watch.faults.clear()
        if any(found.values()):
            wrong[f"{kind} {len(kinds)}"] = {key: value for key, value in found.items() if value}
        kinds.append(kind)
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)
    assert len(kinds) > 1
    if role == "administrator":
        assert set(kinds) >= OF_PLATFORMS
    assert someone.watch.leaks() == []
