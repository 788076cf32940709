"""How a story is told: a browser without a screen, one line a step, and what went wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from lti.platform.browser import Browser, Page
from lti.platform.process import log_in
from plugin.demo.work import Work
from scripts.house import House


class StoryFailed(Exception):
    """Something was not as it should be; the message says what was expected and what came."""

    code = "story.failed"


@dataclass
class Story:
    """Tells what happens, one numbered line a step."""

    house: House
    steps: int = 0
    pool: dict[str, Work] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def tell(self, text: str) -> None:
        """One step has succeeded."""
        self.steps += 1
        print(f"{self.steps:3}  {text}", flush=True)

    def launch(self, person: str, course: str) -> tuple[Browser, Page]:
        """Log in at the LMS, open a course by its short name, open the tool in its frame."""
        browser = log_in(Browser(), self.house.lms_url, person)
        home = browser.get(self.house.lms_url)
        page = browser.get(home.link(text=course, href="/course/"))
        page = browser.get(page.link(href="/activity/"))
        return browser, expect(browser.get(page.frames[0]), 200, f"launch of {person}")


def expect(page: Page, status: int, what: str, *words: str) -> Page:
    """The page, if it has this status and contains these words.

    Raises:
        StoryFailed: with the page's own words.
    """
    missing = [word for word in words if word not in page.text]
    if page.status != status or missing:
        said = " ".join(
            re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page.text, flags=re.S).split()
        )
        raise StoryFailed(
            f"{what}: wanted {status} with {words}, got {page.status} at {page.url} "
            f"without {missing}\n{said[:1500]}"
        )
    return page
