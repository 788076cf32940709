"""A meeting of the committee is closed by talking: what it will do is read back first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from forms.definition import Form
from plugin.actor import Actor
from plugin.certification import meeting_forms, resolutions
from plugin.certification.forms.talking import CertainForm
from plugin.certification.models import Meeting
from plugin.certification.operations import meeting_closing
from plugin.certification.queries import meetings as queries
from plugin.certification.skills import found, meetings_found, meetings_shown
from plugin.certification.skills import meetings_titles as titles
from plugin.certification.skills.meetings import id_of, meeting_of, on_meeting, titled, typed
from plugin.errors import Conflict
from plugin.jobs import JobState
from plugin.skills import Asked, Going, WhichOne
from plugin.skills.replies import Reply, reply

SHOWN = 5
"""Case numbers in a line of what a closing will do; the agenda has them all."""


def _closable(meeting: Meeting) -> bool:
    """Not closed yet, or its closing has failed and may be gone on with."""
    job = queries.job_of(meeting)
    return meeting.closing_at is None or (job is not None and job.state is JobState.FAILED)


def _to_close(actor: Actor, asked: Asked) -> str:
    one = meetings_found.one(actor, asked, titles.CLOSE, _closable)
    return _closing(actor, meetings_found.about(one))


def _closing(actor: Actor, subject: str) -> str:
    """The meeting, with a mark of all that its closing would carry out: once that changes, it is
    shown anew before it can be confirmed.

    :raises Conflict: it is closed. :raises WhichOne: something is missing, with what to do first.
    """
    meeting = meeting_of(actor, subject)
    if not _closable(meeting):
        raise Conflict(_("這場會議已經結案。"))
    lacks = meeting_closing.unready(actor, meeting) if meeting.closing_at is None else []
    if lacks:
        open_ = meetings_found.to_resolve(actor, meeting)
        first = [meetings_found.resolve_button(one) for one in open_[:SHOWN]]
        first += [meetings_found.button(one, meeting) for one in (titles.EDIT, titles.ADD)]
        raise WhichOne(
            _("還不能結案：%(what)s。", what=_("；").join(lacks)),
            remedy=_("請先補齊，再結案。"),
            offers=[(one.label, one.say) for one in first],
        )
    return f"{meetings_found.about(meeting)}:{_mark(actor, meeting)}"


def _mark(actor: Actor, meeting: Meeting) -> str:
    facts = [typed(getattr(meeting, name)) for name in meeting_forms.PLAIN]
    people = [one.person_id for one in queries.members(meeting)]
    agenda = [
        [
            one.item.id, one.item.resolution, one.item.words, sorted(one.item.items.items()),
            [who.person_id for who in one.withdrawn], one.own, bool(one.obstacle),
        ]
        for one in queries.agenda(actor, meeting)
    ]  # fmt: skip
    told = json.dumps([facts, people, agenda], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _close_form(actor: Actor, subject: str, data: Any) -> CertainForm:
    meeting = meeting_of(actor, subject)
    meta = {"csrf": False, "title": titles.CLOSE, "meeting_id": meeting.id}
    return titled(CertainForm(data, meta=meta), meeting)


def _preview(actor: Actor, form: Form) -> str:
    """What the closing will do, kind by kind, and what it will not."""
    meeting = queries.seen(actor, form.meta.meeting_id)
    every = queries.agenda(actor, meeting)
    lines = [one for one in every if one.item.done_at is None and not one.item.left_words]
    done = [one for one in lines if not one.own and not one.obstacle]
    kinds = list(resolutions.RESOLUTIONS)
    told = []
    for kind, some in groupby(
        sorted(done, key=lambda one: kinds.index(one.item.resolution)),
        key=lambda one: one.item.resolution,
    ):
        numbers = [one.case.number for one in some]
        told.append(
            _("%(resolution)s %(n)s 件（%(which)s）：%(what)s",
              resolution=resolutions.RESOLUTIONS[kind], n=len(numbers), which=_few(numbers),
              what=resolutions.CONSEQUENCES[kind])
        )  # fmt: skip
    told += [
        _("%(number)s 不會執行：%(why)s",
          number=one.case.number,
          why=_("請由其他承辦人結案，或先移出議程。") if one.own else one.obstacle)
        for one in lines
        if one.own or one.obstacle
    ]  # fmt: skip
    departing = [one.case.number for one in done if one.departs]
    if departing:
        told.append(_("與審查結論不同：%(which)s。", which=_few(departing)))
    told.append(_("結案後會議不能再修改。上列決議會逐件執行，寄出公文與通知，並製作會議紀錄。"))
    return "\n\n".join(told)


def _few(numbers: Iterable[str]) -> str:
    some = list(numbers)
    return str(_("、").join(some[:SHOWN])) + (_("等") if len(some) > SHOWN else "")


def _close(actor: Actor, _form: Form, going: Going) -> Reply:
    meeting_id = id_of(going.subject)
    meeting_closing.close(actor, meeting_id)
    meeting = queries.seen(actor, meeting_id)
    told = found.good(_("已結案，正在逐件執行決議；完成後會製作會議紀錄，可以先做別的事。"))
    return reply(told, *meetings_shown.working(actor, meeting))


on_meeting(
    "close", titles.CLOSE, "certification.meeting_close",
    build=_close_form, run=_close, subject=_to_close, stands=_closing, order=57,
    warning=_preview,
)  # fmt: skip
