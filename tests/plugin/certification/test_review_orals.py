"""Appointments of the review: invitations on the wire, changes, who hears of what."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.certification.models import CaseState, CertificationCase, Letter, Oral, OralAssessor
from plugin.certification.operations import applying, orals, reviewers
from plugin.certification.queries import letter_facts
from plugin.certification.queries import orals as queries
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school.models import School
from plugin.trail.models import AuditEvent, Message, OutboundMail
from tests.factories import FrozenClock, at
from tests.factories.certification import (
    events_of,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
)
from tests.factories.school import actor_of, make_staff
from tests.plugin.trail import test_mail
from tests.plugin.trail.test_mail import Sink

S = CaseState
WHEN, LATER = at(2026, 12, 7, 14, 30), at(2026, 12, 9, 9)
APPLICANT = "applicant@example.org"
sink = test_mail.sink


@dataclass(frozen=True)
class Got:
    """An appointment as a calendar takes it out of a mail that arrived."""

    to: str
    method: str
    uid: str
    sequence: int
    starts: datetime
    ends: datetime
    place: str
    status: str


@dataclass
class Box:
    """The mailboxes of everybody: what came since one looked last."""

    app: Flask
    wake: Any
    sink: Sink
    clock: FrozenClock

    def look(self) -> dict[str, Got]:
        """Mailbox → its appointment; a mail without one is passed over."""
        self.clock.advance(minutes=1)  # mail leaves every minute
        quiet = self.app.extensions["licheng.wake"]
        self.app.extensions["licheng.wake"] = self.wake
        try:
            test_mail.send_due()
        finally:
            self.app.extensions["licheng.wake"] = quiet
        found: dict[str, Got] = {}
        for to, mail in self.sink.mails:
            part = mail.get_body(("calendar",))
            if part is None:
                continue
            calendar = icalendar.Calendar.from_ical(part.get_content())
            (event,) = calendar.walk("VEVENT")
            assert part.get_param("method") == calendar["METHOD"]
            assert event["ATTENDEE"] == f"mailto:{to[0]}"
            assert to[0] not in found, "one mail each"
            found[to[0]] = Got(
                to[0], str(calendar["METHOD"]), str(event["UID"]), event["SEQUENCE"],
                event.decoded("DTSTART"), event.decoded("DTEND"), str(event["LOCATION"]),
                str(event["STATUS"]),
            )  # fmt: skip
        self.sink.mails.clear()
        return found


@pytest.fixture
def box(app: Flask, sink: Sink, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Box:
    """Letters stay rows (their PDFs are tested elsewhere); mail goes over the wire."""
    wake = app.extensions["licheng.wake"]
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)
    return Box(app, wake, sink, clock)


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


@pytest.fixture
def case(applicant: Actor, box: Box) -> CertificationCase:
    return make_case(applicant, S.REVIEW)


def member(office: School, name: str, **profile: str) -> Actor:
    actor = actor_of(make_staff(office, Role.REVIEWER, name=name, email=mailbox(name)))
    reviewers.set_profile(actor, actor.person_id or 0, **{"organisation": "別的學校"} | profile)
    return actor


def mailbox(name: str) -> str:
    return f"{ord(name[0]):x}@committee.example"


def ids(*people: Actor) -> list[int]:
    return [one.person_id or 0 for one in people]


def test_everybody_has_it_in_their_calendar(
    office: School, clerk: Actor, applicant: Actor, case: CertificationCase, box: Box
) -> None:
    some = [member(office, "張評審"), member(office, "李評審")]
    row = orals.call(
        clerk, case.id, "oral", "第一會議室", WHEN, 20, "外聘專家", "請帶教案。", members=ids(*some)
    )
    got = box.look()
    assert set(got) == {APPLICANT, mailbox("張"), mailbox("李")}
    for one in got.values():
        assert (one.method, one.status) == ("REQUEST", "CONFIRMED")
        assert (one.uid, one.sequence, one.place) == (row.uid, 0, "第一會議室")
        assert (one.starts, one.ends - one.starts) == (WHEN, timedelta(minutes=20))
    rows = db.reading().query(OutboundMail).all()
    for one in rows:
        for private in (case.name, "張評審", "李評審", "外聘專家"):
            assert private not in one.subject + one.body + (one.calendar or "")
    (arranged,) = queries.of_case(case)
    assert arranged.names == "張評審、李評審、外聘專家"
    for actor in some:
        (invited,) = queries.to_assess(actor)
        assert (invited.oral.id, invited.case.number) == (row.id, case.number)
    assert queries.to_assess(applicant) == []


def test_another_time_has_a_higher_sequence_and_a_letter(
    office: School, clerk: Actor, applicant: Actor, case: CertificationCase, box: Box
) -> None:
    stays, goes, comes = (member(office, name) for name in ("留評審", "去評審", "來評審"))
    first = orals.call(
        clerk, case.id, "oral", "第一會議室", WHEN, 20, members=ids(stays, goes)
    )  # fmt: skip
    before = box.look()
    row = orals.change(
        clerk,
        case.id,
        "oral",
        "第二會議室",
        LATER,
        30,
        words="場地整修。",
        members=ids(stays, comes),
    )
    got = box.look()
    assert set(got) == {APPLICANT, mailbox("留"), mailbox("去"), mailbox("來")}
    for one in got.values():
        assert one.uid == before[APPLICANT].uid
        assert one.sequence > before[APPLICANT].sequence
    assert got[mailbox("去")].method == "CANCEL"
    for name in (APPLICANT, mailbox("留"), mailbox("來")):
        assert (got[name].method, got[name].starts) == ("REQUEST", LATER)
        assert (got[name].place, got[name].ends - LATER) == ("第二會議室", timedelta(minutes=30))
    kept = db.reading().get_one(CertificationCase, case.id)
    assert (kept.state, kept.returns_to) == (S.ORAL, S.REVIEW)
    assert [one.event for one in events_of(case)] == ["call_oral", "change_oral"]
    assert "場地整修。" in events_of(case)[-1].words
    # each letter says what its own step decided, also when it is made late
    letters = db.reading().query(Letter).filter_by(case_id=case.id).order_by(Letter.id).all()
    assert [letter_facts.read(one)["place"] for one in letters] == ["第一會議室", "第二會議室"]
    assert [one.moved for one in queries.of_case(case)] == [False, True]
    assert queries.to_assess(goes) == []
    orals.change(clerk, case.id, "oral", "第三會議室", LATER, 30, members=ids(stays, comes))
    assert box.look()[mailbox("留")].sequence == row.sequence + 1 == first.sequence + 2


def test_of_other_assessors_only_they_hear(
    office: School, clerk: Actor, applicant: Actor, case: CertificationCase, box: Box
) -> None:
    stays, goes, comes = (member(office, name) for name in ("留評審", "去評審", "來評審"))
    when = ("oral", "第一會議室", WHEN, 20)
    orals.call(clerk, case.id, *when, members=ids(stays, goes))
    box.look()
    row = orals.change(clerk, case.id, *when, "外聘", members=ids(stays, comes))
    got = box.look()
    assert {to: one.method for to, one in got.items()} == {
        mailbox("去"): "CANCEL",
        mailbox("來"): "REQUEST",
    }
    assert {one.sequence for one in got.values()} == {row.sequence} == {1}
    assert [one.event for one in events_of(case)] == ["call_oral"]
    assert db.reading().query(Letter).filter_by(case_id=case.id).count() == 1
    assert db.reading().query(AuditEvent).filter_by(verb="certification.oral.assessors").count()
    with pytest.raises(InvalidInput, match="沒有任何變更"):
        orals.change(clerk, case.id, *when, "外聘", members=ids(comes, stays))
    with pytest.raises(InvalidInput) as refusal:
        orals.change(clerk, case.id, *when, "", "給申請者的話", members=ids(stays))
    assert set(refusal.value.fields) == {"words"}
    assert box.look() == {}


def test_called_off_or_withdrawn_it_leaves_the_calendars(
    office: School, clerk: Actor, applicant: Actor, case: CertificationCase, box: Box
) -> None:
    one = member(office, "張評審")
    when = ("oral", "第一會議室", WHEN, 20)
    ends: dict[str, Callable[[], Any]] = {
        S.REVIEW: lambda: orals.call_off(clerk, case.id, "場地有變。"),
        S.WITHDRAWN: lambda: applying.withdraw(applicant, case.id),
    }
    for state, end in ends.items():
        row = orals.call(clerk, case.id, *when, members=ids(one))
        assert {got.method for got in box.look().values()} == {"REQUEST"}
        end()
        got = box.look()
        assert set(got) == {APPLICANT, mailbox("張")}
        assert {(x.method, x.uid, x.sequence, x.status) for x in got.values()} == {
            ("CANCEL", row.uid, 1, "CANCELLED")
        }
        assert db.reading().get_one(CertificationCase, case.id).state == state
        assert queries.to_assess(one) == []
        assert queries.standing(case) is None
    said = db.reading().query(Message).filter_by(person_id=applicant.person_id).all()
    assert any("場地有變。" in line.body for line in said)


def test_a_result_is_no_appointment_any_more(
    office: School, clerk: Actor, case: CertificationCase, clock: FrozenClock, box: Box
) -> None:
    one = member(office, "張評審")
    orals.call(clerk, case.id, "oral", "第一會議室", WHEN, 20, members=ids(one))
    box.look()
    clock.set(WHEN + timedelta(minutes=5))
    with pytest.raises(Conflict, match="時間已經到了"):
        orals.change(clerk, case.id, "oral", "第二會議室", WHEN, 20, members=ids(one))
    # who really sat there may still be put right, and nobody is invited to what has begun
    orals.change(clerk, case.id, "oral", "第一會議室", WHEN, 20, "代理人")
    assert box.look() == {}
    orals.end(clerk, case.id, "pass", "良好。")
    assert box.look() == {}
    with pytest.raises(Conflict):
        orals.change(clerk, case.id, "oral", "第二會議室", LATER, 20, "代理人")
    (arranged,) = queries.of_case(case)
    assert (arranged.names, arranged.oral.result) == ("代理人", "pass")


def test_conflicts_hold_for_assessors(
    office: School, clerk: Actor, applicant: Actor, case: CertificationCase, box: Box
) -> None:
    free = member(office, "閒評審")
    same = member(office, "同評審", organisation="歷程測試國民小學", organisation_code="193301")
    author = member(office, "著評審", co_authors=case.name)
    kin = member(office, "親評審")
    unknown = actor_of(make_staff(office, Role.REVIEWER, name="未評審"))
    asked = reviewers.assign(clerk, case.id, ids(kin, free))
    reviewers.declare(kin, asked[0].id, "kin")
    when = ("oral", "第一會議室", WHEN, 20)
    for bad in (same, author, kin, unknown):
        with pytest.raises(InvalidInput):
            orals.call(clerk, case.id, *when, members=ids(free, bad))
    for nobody in (applicant, clerk, member(make_office(), "外評審")):
        with pytest.raises(Conflict):
            orals.call(clerk, case.id, *when, members=ids(nobody))
    with pytest.raises(InvalidInput) as refusal:
        orals.call(clerk, case.id, *when)
    assert set(refusal.value.fields) == {"members"}
    assert db.reading().query(Oral).count() == db.reading().query(OralAssessor).count() == 0
    orals.call(clerk, case.id, *when, members=ids(free))
    for bad in (same, author, kin, unknown):
        with pytest.raises(InvalidInput):
            orals.change(clerk, case.id, *when, members=ids(bad))


def test_who_may_arrange_in_every_state(
    office: School, clerk: Actor, applicant: Actor, clock: FrozenClock, box: Box
) -> None:
    """Each act × each person × each state: the office alone, and only where it can follow."""
    one = member(office, "張評審")
    when = ("oral", "第一會議室", WHEN, 20, "外聘")
    acts: dict[str, tuple[set[S], Callable[[Actor, int], Any]]] = {
        "call": ({S.REVIEW}, lambda who, at: orals.call(who, at, *when)),
        "change": ({S.ORAL}, lambda who, at: orals.change(who, at, *when, members=ids(one))),
        "call off": ({S.ORAL}, lambda who, at: orals.call_off(who, at, "改期。")),
    }
    strangers = {
        "applicant": applicant,
        "assessor": one,
        "administrator": actor_of(make_staff(office, Role.ADMINISTRATOR)),
        "other office": make_clerk(make_office()),
    }
    for state in S:
        case = make_case(applicant, state, returns_to=S.REVIEW if state is S.ORAL else None)
        if state is S.ORAL:
            with db.writing() as session:
                row = Oral(
                    case_id=case.id, form="oral", place="舊地點", starts_at=WHEN, minutes=20,
                    assessors="", uid=f"u{case.id}", made_at=clock(),
                )  # fmt: skip
                session.add(row)
                session.flush()
                session.add(OralAssessor(oral_id=row.id, person_id=one.person_id or 0))
        for what, (states, act) in acts.items():
            for who, actor in strangers.items():
                with pytest.raises((NotFound, NotAllowed)):
                    act(actor, case.id)
                assert events_of(case) == [], (what, who)
            if state not in states:
                with pytest.raises((Conflict, NotFound)):
                    act(clerk, case.id)
                assert events_of(case) == [], (what, state)
        for what, (states, act) in acts.items():
            if state in states:
                act(clerk, case.id)
                assert events_of(case), what


class TestPages:
    def test_arranged_changed_called_off(
        self, office: School, clerk: Actor, applicant: Actor, case: CertificationCase, box: Box,
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        one = member(office, "張評審")
        member(office, "著評審", co_authors=case.name)
        act_as(clerk)
        here = f"/certification/office/{case.id}"
        shown = client.get(f"{here}/oral").text
        assert "不能評審的委員" in shown
        given = {
            "way": "oral", "day": "120/12/1", "time": "9:30", "minutes": "20", "place": "會議室",
        }  # fmt: skip
        assert "請選評審的委員" in post(client, f"{here}/oral", **given).text
        given["members"] = str(one.person_id)
        assert post(client, f"{here}/oral", **given).status_code == 302
        changed = client.get(f"{here}/oral/change").text
        assert 'value="會議室"' in changed
        assert re.search(rf'value="{one.person_id}"[^>]* checked', changed)
        assert post(client, f"{here}/oral/change", **given).status_code == 422
        given["place"] = "大禮堂"
        assert post(client, f"{here}/oral/change", **given).status_code == 302
        review = client.get(f"{here}/review").text
        assert "已改期" in review
        assert "大禮堂" in review
        act_as(applicant)
        own = client.get(f"/certification/cases/{case.id}").text
        assert "到「大禮堂」進行口試" in own
        assert "張評審" not in own
        act_as(one)
        assert "大禮堂" in client.get("/certification/reviews").text
        assert "大禮堂" in client.get("/").text
        act_as(clerk)
        assert post(client, f"{here}/oral/off", words="改期").status_code == 302
        assert client.get(f"{here}/oral/change").status_code == 409
        act_as(one)
        assert "大禮堂" not in client.get("/certification/reviews").text


def post(client: FlaskClient, address: str, **values: Any) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found, address
    return client.post(address, data={"csrf_token": found[1], **values})
