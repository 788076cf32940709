"""What the portfolio's views have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, flash, g, request, request_started
from flask_babel import gettext as _

from forms.deadline import Deadline
from plugin import clock
from plugin.actor import Actor, Role
from plugin.errors import NotFound, Refusal
from plugin.portfolio.forms import course_label
from plugin.school import extensions, windows
from plugin.school.models import Window, WindowKind
from plugin.school.terms import term_of
from plugin.school.windows import Period
from plugin.vault import links
from plugin.vault.models import StoredFile

FIRST_YEAR = 108
PAGES_SHOWN = 20
"""Pages of a PDF that a preview shows; the rest is a download away."""


def this_year() -> int:
    """The academic year of today."""
    return term_of(clock.today()).academic_year


def asked_year() -> int:
    """`?year=115`, or the academic year of today."""
    year = request.args.get("year", type=int) or this_year()
    return min(max(year, FIRST_YEAR), 200)


def remember_beginning(app: Flask) -> None:
    """Note when each request began: the body of an upload is read only afterwards, and an upload
    that began before the window closed counts."""

    def note(_sender: Flask, **_more: object) -> None:
        g.begun_at = clock.now()

    request_started.connect(note, app, weak=False)


def begun_at() -> datetime:
    """When this request began."""
    found: datetime = g.begun_at
    return found


def deadline(
    actor: Actor, kind: WindowKind, year: int, term: int = 0, grade: int = 0
) -> Deadline | None:
    """A window of the actor's school as the banner shows it; None when it is not set."""
    assert actor.school_id is not None
    own = actor.person_id if actor.has(Role.STUDENT) else None
    window = windows.find(actor.school_id, kind, year, term, grade, student_id=own)
    if window is None:
        return None
    return Deadline(
        windows.LABELS[kind],
        window.closes_at,
        clock.now(),
        window.opens_at,
        extended=window.extended,
        notes=extensions.course_notes(actor, kind, year, term),
    )


def banner_of(window: Window | Period) -> Deadline:
    """A window as its banner shows it, named with its grade or batch."""
    return Deadline(
        windows.title(window),
        window.closes_at,
        clock.now(),
        window.opens_at,
        extended=isinstance(window, Period) and window.extended,
    )


def banners(actor: Actor, kind: WindowKind, year: int) -> list[Deadline]:
    """Every window of a yearly kind, also those of a grade or batch, the next closing first;
    those that are over only when all are."""
    assert actor.school_id is not None
    rows = [one for one in windows.of_year(actor.school_id, year) if one.kind is kind]
    rows.sort(key=lambda one: one.closes_at)
    ahead = [one for one in rows if one.closes_at > clock.now()]
    return [banner_of(one) for one in ahead or rows[-1:]]


def tell(refusal: Refusal) -> None:
    """Show a refusal on the page that follows; what is not there stays a page of its own.

    :raises NotFound: as it was.
    """
    if isinstance(refusal, NotFound):
        raise refusal
    flash(f"{refusal.message}{refusal.remedy}", "error")


@dataclass(frozen=True)
class Shown:
    """A file as a page shows it: facts, links, and how to look at it in place."""

    name: str
    kind: str
    size: int
    sha256: str
    at: datetime
    url: str
    pages: tuple[str, ...] = ()
    more_pages: int = 0

    @property
    def way(self) -> str:
        """`pages`, `picture`, `sound` or `film`."""
        return {"pdf": "pages", "mp3": "sound", "mp4": "film"}.get(self.kind, "picture")


def shown(file: StoredFile | None, actor: Actor) -> Shown | None:
    """A file that the actor has been found allowed to see."""
    if file is None:
        return None
    total = int(file.detail.get("pages", 0)) if file.kind == "pdf" else 0
    pages = tuple(
        links.page_url(file, actor, number) for number in range(1, min(total, PAGES_SHOWN) + 1)
    )
    return Shown(
        file.name,
        file.kind,
        file.size,
        file.sha256,
        file.accepted_at or file.created_at,
        links.url(file, actor),
        pages,
        total - len(pages),
    )


def words_of(refusal: Refusal) -> str:
    """A refusal in one paragraph."""
    rule = _("（規則：%(rule)s）", rule=refusal.rule) if refusal.rule else ""
    return f"{refusal.message}{refusal.remedy}{rule}"


def choices() -> dict[str, object]:
    """Makers of (value, words) pairs for the filters of the pages."""
    everything = ("", _("全部"))
    return {
        "year_choices": lambda years: [(year, _("%(year)s 學年度", year=year)) for year in years],
        "against_choices": lambda others: [
            (one.version, _("第 %(version)s 版", version=one.version)) for one in others
        ],
        "state_choices": lambda states: [(state.value, text) for state, text in states],
        "course_choices": lambda courses: [
            everything,
            *((one.id, course_label(one)) for one in courses),
        ],
        "record_choices": lambda labels: [
            everything,
            ("open", _("待追蹤")),
            *((state.value, label.text) for state, label in labels.items()),
        ],
        "person_choices": lambda people, all_of_them=False: [
            *([everything] if all_of_them else []),
            *((one.id, one.name) for one in people),
        ],
        "class_choices": lambda classes: [everything, *((one.id, one.name) for one in classes)],
        "progress_choices": lambda classes: [(one.class_id, one.name) for one in classes],
    }
