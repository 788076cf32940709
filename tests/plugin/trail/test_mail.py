"""Telling people: the inbox, and mail on the wire of a real SMTP server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from plugin import db, schedule
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.trail import operations, queries
from plugin.trail.invitations import Invitation
from plugin.trail.models import Message, OutboundMail
from plugin.trail.notify import PersonalSubject, notify
from tests.factories import FrozenClock, actor_of, at, make_school, make_student, make_teacher


class Sink:
    """Takes mail as a real server does; `answers` are given to RCPT, in turn."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answers: list[str] = []

    async def handle_RCPT(self, _s: Any, _x: Any, envelope: Any, address: str, _o: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(
            (envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default))
        )
        return "250 OK"


@pytest.fixture
def sink(app: Flask) -> Iterator[Sink]:
    handler = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    configure(app, port)
    yield handler
    controller.stop()


def configure(app: Flask, port: int) -> None:
    app.extensions["licheng.settings"] = replace(
        app.extensions["licheng.settings"], mail_host="127.0.0.1", mail_port=port
    )


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school()


def tell(school: Any, *people: Any, subject: str = "課程學習成果已認證", mail: bool = True) -> int:
    with db.writing():
        return notify(
            [one.id for one in people],
            subject,
            "您的成果已由任課教師認證。",
            "/outcomes/12",
            school_id=school.id,
            mail=mail,
        )


def send_due() -> None:
    """What the clock does each minute; jobs run at once in tests."""
    schedule.tick("trail.mail")
    db._close_reads()


def mails() -> list[OutboundMail]:
    return list(db.reading().scalars(sa.select(OutboundMail).order_by(OutboundMail.id)))


def test_a_notice_reaches_inbox_and_mailbox(school: Any, sink: Sink) -> None:
    student = make_student(school, name="王堃", email="wang@school.example")
    assert tell(school, student) == 1
    (message,) = queries.inbox(school.id, student.id).items
    assert (message.subject, message.path, message.read_at) == (
        "課程學習成果已認證",
        "/outcomes/12",
        None,
    )
    send_due()
    ((to, mail),) = sink.mails
    assert to == ["wang@school.example"]
    assert mail["Subject"] == "［學習歷程］課程學習成果已認證"
    text = mail.get_content()
    assert "您的成果已由任課教師認證。" in text
    assert "學習平臺" in text
    assert "http" not in text, "no link into a session leaves by mail"
    assert "王堃" not in mail.as_string()
    (row,) = mails()
    assert row.sent_at is not None
    send_due()
    assert len(sink.mails) == 1


def test_without_mail_only_the_inbox(school: Any, sink: Sink) -> None:
    without_address = make_student(school, email="")
    tell(school, without_address)
    tell(school, make_student(school), mail=False)
    send_due()
    assert sink.mails == []
    assert len(db.reading().scalars(sa.select(Message)).all()) == 2


def test_people_of_other_schools_and_inactive_ones_are_left_out(school: Any) -> None:
    assert tell(school, make_student(make_school()), make_student(school, active=False)) == 0
    assert mails() == []


@pytest.mark.parametrize("subject", ["王小明的成果", "學號 1150101 的成果"])
def test_a_subject_with_personal_data_is_a_mistake(school: Any, subject: str) -> None:
    student = make_student(school, name="王小明", number="1150101")
    with pytest.raises(PersonalSubject):
        tell(school, student, subject=subject)
    assert db.reading().scalars(sa.select(Message)).all() == []


def test_a_subject_cannot_bring_headers(school: Any, sink: Sink) -> None:
    tell(school, make_student(school), subject="成果\r\nBcc: all@school.example")
    send_due()
    ((to, mail),) = sink.mails
    assert len(to) == 1
    assert mail["Bcc"] is None


def test_a_notice_is_told_only_if_the_change_is_kept(school: Any) -> None:
    student = make_student(school)
    with pytest.raises(RuntimeError), db.writing():
        tell(school, student)
        raise RuntimeError
    assert queries.unread(school.id, student.id) == 0
    assert mails() == []


def test_a_server_that_is_away_is_tried_again_ever_more_patiently(
    app: Flask, school: Any, clock: FrozenClock
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        configure(app, probe.getsockname()[1])
        tell(school, make_student(school))
        waits = []
        for _try in range(5):
            send_due()
            (row,) = mails()
            assert row.sent_at is None
            assert row.failed_at is None
            waits.append(row.next_try_at - clock())
            clock.set(row.next_try_at)
    assert waits == [timedelta(minutes=n) for n in (1, 2, 4, 8, 16)]
    assert row.last_error.startswith("ConnectionRefusedError")
    assert operations.wait_after(100) == timedelta(hours=6)


def test_mail_leaves_once_the_server_is_back(school: Any, sink: Sink, clock: FrozenClock) -> None:
    sink.answers = ["451 come back later"]
    tell(school, make_student(school))
    send_due()
    assert sink.mails == []
    assert mails()[0].last_error == "SMTPRecipientsRefused 451"
    send_due()
    assert mails()[0].tries == 1, "not before its time"
    clock.advance(minutes=2)
    send_due()
    assert len(sink.mails) == 1
    assert mails()[0].tries == 2


def test_a_refused_address_stops_only_its_own_mail(
    school: Any, sink: Sink, clock: FrozenClock
) -> None:
    sink.answers = ["550 no such user"]
    tell(school, make_student(school), make_student(school))
    send_due()
    clock.advance(hours=12)
    send_due()
    refused, sent = mails()
    assert refused.failed_at is not None
    assert refused.tries == 1
    assert "@" not in refused.last_error
    assert sent.sent_at is not None
    assert len(sink.mails) == 1


def test_an_address_that_is_none_is_given_up(school: Any, sink: Sink) -> None:
    tell(school, make_student(school, email="not an address\r\nX: y"))
    send_due()
    assert mails()[0].failed_at is not None
    assert sink.mails == []


def test_after_days_it_is_given_up(app: Flask, school: Any, clock: FrozenClock) -> None:
    tell(school, make_student(school))
    mail_id = mails()[0].id
    for _try in range(operations.GIVE_UP_AFTER):
        assert operations.claim_mail(mail_id) is not None
        operations.mail_refused(mail_id, "TimeoutError", for_good=False)
        clock.advance(hours=7)
    assert operations.claim_mail(mail_id) is None
    db._close_reads()
    assert mails()[0].failed_at is not None


def test_a_mail_is_sent_by_one_worker(school: Any) -> None:
    tell(school, make_student(school))
    mail_id = mails()[0].id
    assert operations.claim_mail(mail_id) is not None
    assert operations.claim_mail(mail_id) is None


class TestInbox:
    def test_reading_one_and_all(self, school: Any) -> None:
        student = make_student(school)
        actor = actor_of(student)
        for _n in range(3):
            tell(school, student, mail=False)
        first = queries.inbox(school.id, student.id).items[0]
        operations.read_message(actor, first.id)
        operations.read_message(actor, first.id)
        assert queries.unread(school.id, student.id) == 2
        assert operations.read_all(actor) == 2
        assert queries.unread(school.id, student.id) == 0

    def test_nobody_reads_anothers(self, school: Any) -> None:
        student = make_student(school)
        tell(school, student, mail=False)
        message = queries.inbox(school.id, student.id).items[0]
        for stranger in (
            actor_of(make_teacher(school)),
            actor_of(make_student(make_school())),
            Actor(school_id=school.id),
        ):
            with pytest.raises(NotFound):
                operations.read_message(stranger, message.id)
        operations.read_all(actor_of(make_student(school)))
        assert queries.unread(school.id, student.id) == 1

    def test_pages(self, school: Any) -> None:
        student = make_student(school)
        for _n in range(5):
            tell(school, student, mail=False)
        first = queries.inbox(school.id, student.id, limit=3)
        second = queries.inbox(school.id, student.id, int(first.next or 0), limit=3)
        assert len(first.items) == 3
        assert len(second.items) == 2
        assert second.next is None


class TestAppointments:
    """A mail may bring an appointment along, whichever room sends it."""

    @pytest.fixture
    def student(self, school: Any) -> Any:
        return make_student(school, name="王堃", email="wang@school.example")

    def call(self, school: Any, student: Any, **change: Any) -> None:
        invitation = Invitation(
            uid="0f" * 16, sequence=3, starts_at=at(2026, 12, 7, 14, 30), minutes=50,
            summary="諮詢；第 1 次, 導師室", place="導師室（二樓）", organiser="輔導室",
            description="請帶\n學習歷程。",
        )  # fmt: skip
        with db.writing():
            notify(
                [student.id], "諮詢", "請準時到。",
                school_id=school.id, mail=True, calendar=replace(invitation, **change),
            )  # fmt: skip

    def test_a_calendar_reads_it(self, app: Flask, school: Any, student: Any, sink: Sink) -> None:
        self.call(school, student)
        send_due()
        ((_to, mail),) = sink.mails
        assert mail.get_body(("plain",)).get_content().startswith("請準時到。")
        shown = mail.get_body(("calendar",))
        (attached,) = mail.iter_attachments()
        assert attached.get_filename() == "invite.ics"
        for part in (shown, attached):
            assert part.get_content_type() == "text/calendar"
            assert part.get_param("method") == "REQUEST"
            raw = part.get_payload(decode=True)
            assert raw.count(b"\n") == raw.count(b"\r\n") > 10
            assert max(len(line) for line in raw.split(b"\r\n")) <= 75, "RFC 5545, 3.1"
            calendar = icalendar.Calendar.from_ical(raw.decode())
            assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
            assert [str(one["TZID"]) for one in calendar.walk("VTIMEZONE")] == ["Asia/Taipei"]
            (event,) = calendar.walk("VEVENT")
            assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("0f" * 16, 3, "CONFIRMED")
            assert event["DTSTART"].params["TZID"] == "Asia/Taipei"
            assert event.decoded("DTSTART") == at(2026, 12, 7, 14, 30)
            assert event.decoded("DTEND") == at(2026, 12, 7, 15, 20)
            assert (event["SUMMARY"], event["LOCATION"], event["DESCRIPTION"]) == (
                "諮詢；第 1 次, 導師室", "導師室（二樓）", "請帶\n學習歷程。",
            )  # fmt: skip
            sender = app.extensions["licheng.settings"].mail_from
            assert event["ORGANIZER"].removeprefix("mailto:") in sender
            assert event["ORGANIZER"].params["CN"] == "輔導室"
            assert event["ATTENDEE"] == "mailto:wang@school.example"
            assert event["ATTENDEE"].params["RSVP"] == "FALSE"
            assert "王堃" not in raw.decode()

    def test_called_off(self, school: Any, student: Any, sink: Sink) -> None:
        self.call(school, student, cancelled=True, sequence=4)
        send_due()
        ((_to, mail),) = sink.mails
        shown = mail.get_body(("calendar",))
        assert shown.get_param("method") == "CANCEL"
        calendar = icalendar.Calendar.from_ical(shown.get_content())
        (event,) = calendar.walk("VEVENT")
        assert calendar["METHOD"] == "CANCEL"
        assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("0f" * 16, 4, "CANCELLED")

    def test_each_has_an_own_copy(self, school: Any, student: Any, sink: Sink) -> None:
        other = make_student(school, email="lin@school.example")
        with db.writing():
            notify(
                [student.id, other.id], "諮詢", "請準時到。", school_id=school.id, mail=True,
                calendar=Invitation("u", 0, at(2026, 12, 7, 14), 30, "諮詢", "導師室", "輔導室"),
            )  # fmt: skip
        send_due()
        for to, mail in sink.mails:
            calendar = icalendar.Calendar.from_ical(mail.get_body(("calendar",)).get_content())
            (event,) = calendar.walk("VEVENT")
            assert event["ATTENDEE"] == f"mailto:{to[0]}"  # one, or it would be a list
        assert len(sink.mails) == 2
