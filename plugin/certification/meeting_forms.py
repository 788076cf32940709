"""The forms of meetings with what can be chosen in them, for the pages and for the conversation."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from plugin import clock
from plugin.actor import Actor
from plugin.certification import resolutions
from plugin.certification.forms.meetings import MeetingForm, ResolutionForm
from plugin.certification.models import Meeting
from plugin.certification.operations.meetings import Facts
from plugin.certification.queries import meeting_cases, meetings, review
from plugin.school.terms import ROC

PLAIN = ("name", "held_on", "time", "place", "chair", "recorder", "present", "notes")
"""Fields of a meeting that are kept as they are said."""


def offer_members(form: MeetingForm, actor: Actor, one: Meeting | None) -> None:
    """Who may be ticked as present: the committee, and whoever was present already."""
    seated = meetings.members(one) if one is not None else []
    known = {who.person_id: who.name for who in seated}
    known |= {who.person.id: who.person.name for who in review.committee(actor.school_id or 0)}
    form.members.choices = [(str(person_id), name) for person_id, name in known.items()]


def said(one: Meeting | None) -> dict[str, Any]:
    """What stands in the form at first."""
    if one is None:
        year = clock.today().year - ROC
        return {"name": _("%(year)s 年度第　次審查小組會議", year=year)}
    members = [str(who.person_id) for who in meetings.members(one)]
    return {name: getattr(one, name) for name in PLAIN} | {"members": members}


def read(form: MeetingForm) -> Facts:
    """What was said, for the operation."""
    assert form.held_on.data is not None
    return Facts(
        name=form.name.data or "",
        held_on=form.held_on.data,
        time=form.time.data or "",
        place=form.place.data or "",
        chair=form.chair.data or "",
        recorder=form.recorder.data or "",
        members=[int(one) for one in form.members.data or ()],
        present=form.present.data or "",
        notes=form.notes.data or "",
    )


def offer_resolutions(form: ResolutionForm, one: Meeting, line: meetings.Line) -> None:
    """What may be resolved on a case, what may be corrected in it, and who may withdraw."""
    form.resolution.choices = list(resolutions.offered(line.case).items())
    form.resolution.RADIOS_UP_TO = len(form.resolution.choices)  # all of them at a glance
    form.asked.choices = list(meeting_cases.correctable(line.case).items())
    known = {who.person_id for who in line.withdrawn if who.known}
    form.withdrawn.choices = [
        (str(who.person_id), who.name)
        for who in meetings.members(one)
        if who.person_id not in known
    ]
