"""Which meeting, and which case on its agenda, a sentence means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from forms.said import day_said
from plugin.actor import Actor
from plugin.certification.models import CertificationCase, Meeting
from plugin.certification.queries import meeting_cases, named
from plugin.certification.queries import meetings as queries
from plugin.certification.queries.meetings import Line
from plugin.certification.skills import found, verbs
from plugin.certification.skills import meetings_titles as titles
from plugin.errors import Conflict
from plugin.skills import Asked, WhichOne
from plugin.skills.replies import Button, Link

_POINTED = re.compile(r"[#＃](\d{1,9})\b")
_TIMES = re.compile(r"第\s*([\d一二三四五六七八九十]+)\s*次")


def tag(meeting: Meeting) -> str:
    """What names a meeting behind the title of a button."""
    return f"#{meeting.id}"


def about(meeting: Meeting) -> str:
    """Subject of a form about a meeting."""
    return f"meeting:{meeting.id}"


def about_item(line: Line) -> str:
    """Subject of a form about a case on an agenda."""
    return f"item:{line.item.id}"


def one(
    actor: Actor,
    asked: Asked,
    title: Any,
    fits: Callable[[Meeting], bool] = lambda one: one.closing_at is None,
) -> Meeting:
    """The meeting that is meant: by its mark, the case that it has before it, its name, its day.

    :param fits: of those that are not over.
    :raises NotFound: no such meeting or case of this office. :raises Conflict: none fits.
    :raises WhichOne: several do.
    """
    pointed = _POINTED.search(asked.words)
    if pointed:
        return queries.seen(actor, int(pointed[1]))
    some = [each.meeting for each in queries.unfinished(actor) if fits(each.meeting)]
    if not some:
        raise Conflict(
            _("目前沒有可以「%(title)s」的會議。", title=title),
            remedy=_("可以說「%(title)s」。", title=titles.CALL),
        )
    some = _called(asked, some) or some
    if len(some) == 1:
        return some[0]
    number = found.number_in(asked)
    raise WhichOne(
        _("「%(title)s」是哪一場會議？", title=title),
        offers=[
            (label(each), f"{title} {number}{tag(each)}") for each in some[: found.OFFERED]
        ],
    )  # fmt: skip


def label(meeting: Meeting) -> str:
    """A meeting with its day."""
    return _("%(name)s（%(where)s）", name=meeting.name, where=day_said(meeting.held_on))


def _called(asked: Asked, some: list[Meeting]) -> list[Meeting]:
    """Those whose name, number or day is in the sentence."""
    words, day = _plain(asked.words), str(asked.slots.get("date", ""))
    times = _TIMES.search(asked.words)
    known = [each for each in some if _plain(each.name) in words]
    if not known and times:
        known = [each for each in some if f"第{_plain(times[1])}次" in _plain(each.name)]
    return known or [each for each in some if each.held_on.isoformat() == day]


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())


def case_in(actor: Actor, asked: Asked) -> CertificationCase | None:
    """The case whose number is in the sentence. :raises NotFound: there is no such case here."""
    number = found.number_in(asked)
    if not number:
        return None
    case = named.handled(actor, number)
    if case is None:
        raise found.unknown(number)
    return case


def on_agenda(actor: Actor, case: CertificationCase) -> tuple[Meeting, Line]:
    """The meeting that has the case before it and may still be changed.

    :raises Conflict: none has.
    """
    for meeting, item in meeting_cases.of_case(actor, case):
        if meeting.closing_at is None:
            return queries.item_seen(actor, item.id)
    raise Conflict(
        _("案件 %(number)s 還沒有排入會議的議程。", number=case.number),
        remedy=_("可以說「%(title)s」。", title=f"{titles.ADD} {case.number}"),
    )


def still_open(meeting: Meeting) -> Meeting:
    """:raises Conflict: its closing has begun."""
    if meeting.closing_at is not None:
        raise Conflict(_("這場會議已經結案，不能再修改。"))
    return meeting


def to_resolve(actor: Actor, meeting: Meeting) -> list[Line]:
    """Cases on the agenda without a whole resolution; never one's own."""
    return [each for each in queries.agenda(actor, meeting) if not each.own and not each.whole]


def resolve_button(line: Line) -> Button:
    """A case to resolve on, to press."""
    words = f"{titles.RESOLVE} {line.case.number}"
    return Button(words, words)


def button(title: Any, meeting: Meeting) -> Button:
    """What can be done with a meeting, to press."""
    return Button(title, f"{title} {tag(meeting)}")


def page(meeting: Meeting) -> Link:
    """The office's page of a meeting."""
    return Link(_("開啟會議"), "certification.meeting", {"sitting_id": meeting.id})


def means(*wanted: str) -> Callable[[Actor, Asked], bool]:
    """Whether the words are about a meeting, and one of these is meant; "": somebody looks."""

    def suits(_actor: Actor, asked: Asked) -> bool:
        if verbs.of(verbs.OFFICE, asked.words) != "meeting":
            return False
        return verb(asked) in wanted

    return suits


def verb(asked: Asked) -> str:
    """What is to be done with a meeting; "": it is looked at."""
    if found.says(rf"{verbs.LISTS}|[還尚]缺|還沒|看.*(議程|紀錄|決議)|會議紀錄", asked):
        return ""
    return verbs.of(verbs.MEETING, asked.words)
