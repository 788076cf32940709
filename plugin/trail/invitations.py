"""Appointments as mail programs and calendars take them in: iCalendar (RFC 5545, RFC 5546)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parseaddr

import icalendar
from flask import current_app

from plugin import clock
from plugin.settings import Settings

REQUEST, CANCEL = "REQUEST", "CANCEL"


@dataclass(frozen=True)
class Invitation:
    """What a notice brings into the calendar of whoever gets it.

    Mail is read on the way: neither summary nor description nor place hold personal data, and each
    recipient's copy names no other recipient.

    :param uid: the appointment's, the same for everybody and for every change of it.
    :param sequence: higher with each change; what a calendar has newer it keeps.
    :param starts_at: aware.
    :param organiser: the house that calls, in words.
    :param cancelled: it is called off, or whoever gets this has no more to do with it.
    """

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    summary: str
    place: str
    organiser: str
    description: str = ""
    cancelled: bool = False


def written(invitation: Invitation, recipient: str) -> str:
    """The calendar object for one recipient's mailbox.

    Times stand in Taipei's zone with its definition, so that programs without a table of zones
    read them; no answer is asked for, as nobody reads what comes to the product's own address.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    starts = invitation.starts_at.astimezone(clock.TAIPEI)
    event = icalendar.Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=invitation.minutes))
    event.add("summary", invitation.summary)
    event.add("location", invitation.place)
    if invitation.description:
        event.add("description", invitation.description)
    event.add("status", "CANCELLED" if invitation.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    organiser = icalendar.vCalAddress("mailto:" + parseaddr(settings.mail_from)[1])
    organiser.params["CN"] = invitation.organiser
    event.add("organizer", organiser)
    attendee = icalendar.vCalAddress("mailto:" + recipient)
    attendee.params |= {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    event.add("attendee", attendee)
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Licheng//Licheng//ZH")
    calendar.add("method", CANCEL if invitation.cancelled else REQUEST)
    calendar.add_component(event)
    calendar.add_missing_timezones(first_date=date(starts.year, 1, 1))
    return calendar.to_ical().decode()


def method_of(text: str) -> str:
    """Whether a calendar object asks or calls off, which the mail's part has to say as well."""
    return str(icalendar.Calendar.from_ical(text)["METHOD"])
