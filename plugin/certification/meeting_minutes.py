"""From a meeting to its minutes 會議紀錄."""

from __future__ import annotations

from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _

from plugin.actor import Actor
from plugin.certification import completeness, letterhead, resolutions
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import Meeting
from plugin.certification.queries import meetings as queries
from plugin.certification.queries.meetings import Line
from plugin.school import queries as schools
from reports.atomic import atomic_file
from reports.certification.minutes import Minutes, MinutesItem, minutes_pdf

NONE_YET = "（尚未決議）"


def write(target: Path, actor: Actor, meeting: Meeting) -> None:
    """Write the PDF, whole or not at all.

    :raises FontMissing: a font of the house is not installed. :raises OSError: the disk.
    """
    content = minutes_pdf(of(actor, meeting))
    with atomic_file(target) as out:
        out.write(content)


def draft(actor: Actor, meeting: Meeting) -> bytes:
    """The minutes as they would be now, marked as a draft; nothing of it is kept.

    :raises FontMissing: a font of the house is not installed.
    """
    return minutes_pdf(of(actor, meeting, draft=True))


def of(actor: Actor, meeting: Meeting, *, draft: bool = False) -> Minutes:
    """What stands in the minutes. An own case of whoever looks at a draft is left out."""
    with force_locale("zh_Hant_TW"):  # a paper of the office, whoever reads it
        return _of(actor, meeting, draft)


def _of(actor: Actor, meeting: Meeting, draft: bool) -> Minutes:
    some = queries.agenda(actor, meeting)
    authority, _signer = letterhead.authority(schools.school(meeting.school_id))
    return Minutes(
        office=authority,
        name=meeting.name,
        held_on=meeting.held_on,
        time=meeting.time,
        place=meeting.place,
        chair=meeting.chair,
        recorder=meeting.recorder,
        present=(*(one.name for one in queries.members(meeting)), *queries.guests(meeting)),
        items=tuple(_item(one) for one in some if not one.own),
        notes=tuple(meeting.notes.splitlines()),
        draft=draft,
    )


def _item(line: Line) -> MinutesItem:
    item, case = line.item, line.case
    words = [item.words] if item.words else []
    if item.resolution == "correct" and item.items:
        labels = completeness.labels(case)
        words += [f"{_short(labels.get(name, name))}：{said}" for name, said in item.items.items()]
    known = resolutions.RESOLUTIONS.get(item.resolution)
    return MinutesItem(
        case_number=case.number,
        name=case.name,
        category=_short(dict(CATEGORIES)[case.category.value]),
        path=_short(dict(PATHS)[case.path.value]),
        resolution=str(known) if known is not None else NONE_YET,
        words="\n".join(words),
        withdrawn=tuple(one.name for one in line.withdrawn),
        left=_("結案時未能執行：%(why)s", why=item.left_words) if item.left_words else "",
    )


def _short(label: object) -> str:
    """Without what stands in brackets, as the article of the regulation: columns are narrow."""
    return str(label).partition("（")[0].rstrip("。")
