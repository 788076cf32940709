"""Renewal: its window, hours, wizard and decision; reminders, each once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock as clocks
from plugin import db, jobs, schedule
from plugin.actor import Actor
from plugin.certification import completeness
from plugin.certification.certificates import months_before
from plugin.certification.forms.renewal import HOURS
from plugin.certification.models import (
    CaseFile,
    CaseKind,
    CaseState,
    CaseVersion,
    Certificate,
    CertificationCase,
    HourEntry,
    Path,
    Renewal,
)
from plugin.certification.operations import (
    certifying,
    letters,
    processing,
    renewal_reminders,
    renewing,
)
from plugin.certification.queries import renewals, versions
from plugin.errors import Conflict, InvalidInput, NotFound, WindowClosed
from plugin.school.models import School
from plugin.trail.models import Message
from plugin.vault.models import FileState, StoredFile
from tests.factories import FrozenClock, at
from tests.factories.certification import make_applicant, make_case, make_clerk, make_office
from tests.plugin.portfolio.world import pdf, staged

ANSWERS = {"email": "new@example.org", "correct": True, "attended": True, "truthful": True}
ISSUED = at(2026, 11, 20, 9)
"""Holds until 2031-11-19: renewed from 2031-05-19 to 2031-08-19."""
WITHIN = at(2031, 6, 2, 10)


@pytest.fixture(autouse=True)
def _no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (certifying.PRINT, letters.BUILD):
        monkeypatch.setitem(jobs._handlers, kind, lambda run: None)


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def holder(office: School) -> Actor:
    return make_applicant(office)


@pytest.fixture
def one(office: School, holder: Actor) -> Certificate:
    return certifying.certify(make_clerk(office), make_case(holder, CaseState.REVIEW).id)


def learned(who: Actor, hours: float, on: date, *, digital: bool = False, **more: Any) -> HourEntry:
    """A recognised training with its proof, as the ledger keeps it."""
    file_id = _file(who)
    with db.writing() as session:
        entry = HourEntry(
            school_id=who.school_id,
            person_id=who.person_id,
            topic=more.pop("topic", "education"),
            title="環境教育研習",
            provider="環境教育機構",
            provider_kind=more.pop("provider_kind", "institution"),
            approval_number=more.pop("approval_number", "環署訓證字第1號"),
            held_on=on,
            minutes=int(hours * 60),
            digital=digital,
            file_id=file_id,
            made_at=clocks.now(),
        )
        session.add(entry)
        session.flush()
        return entry


def _file(who: Actor) -> int:
    from plugin.vault import operations as vault

    assert who.person_id is not None
    return vault.accept(
        who, staged(pdf(), "證明.pdf"), owner_id=who.person_id, slot="certification.hour_proof",
        max_bytes=1_000_000, kinds=("pdf",), expires_at=clocks.now() + timedelta(days=365),
    ).id  # fmt: skip


def enough(who: Actor) -> list[HourEntry]:
    """Thirty hours: half of them digital, and one digital too many, which does not count."""
    return [
        learned(who, 15, date(2028, 3, 4)),
        learned(who, 15, date(2029, 3, 4), digital=True),
        learned(who, 1, date(2030, 3, 4), digital=True),
    ]


def cases(one: Certificate) -> list[CertificationCase]:
    query = sa.select(CertificationCase).join(Renewal, Renewal.case_id == CertificationCase.id)
    return list(db.reading().scalars(query.where(Renewal.certificate_id == one.id)))


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        (at(2031, 5, 18, 23, 59), False),
        (at(2031, 5, 19, 0, 0), True),
        (at(2031, 8, 19, 23, 59), True),
        (at(2031, 8, 20, 0, 0), False),
    ],
)
def test_the_window_is_from_six_to_three_months_before_the_end(
    clock: FrozenClock, holder: Actor, one: Certificate, moment: datetime, opened: bool
) -> None:
    clock.set(WITHIN)
    enough(holder)
    clock.set(moment)
    if opened:
        assert renewing.apply(holder, one.id, ANSWERS).state is CaseState.RECEIVED
        return
    with pytest.raises(WindowClosed) as refused:
        renewing.apply(holder, one.id, ANSWERS)
    assert "民國120年5月19日" in refused.value.remedy
    assert cases(one) == []


def test_a_last_day_on_a_rest_day_moves(clock: FrozenClock, one: Certificate) -> None:
    with db.writing() as session:
        held = session.merge(one)
        held.expires_on = date(2031, 11, 17)  # three months before: Sunday, 2031-08-17
    window = renewals.window(held)
    assert window is not None
    assert window.closes_on == date(2031, 8, 18)
    assert months_before(date(2031, 5, 31), 3) == date(2031, 2, 28)


def test_a_renewal_carries_its_hours_and_their_proofs(
    clock: FrozenClock, office: School, holder: Actor, one: Certificate
) -> None:
    clock.set(WITHIN)
    entries = enough(holder)
    learned(holder, 99, date(2028, 1, 1), approval_number="")
    learned(holder, 99, date(2026, 1, 1))
    case = renewing.apply(holder, one.id, ANSWERS)
    assert (case.kind, case.state, case.email) == (
        CaseKind.RENEWAL,
        CaseState.RECEIVED,
        "new@example.org",
    )
    assert case.number != db.reading().get_one(CertificationCase, one.case_id).number
    version = db.reading().scalars(sa.select(CaseVersion).filter_by(case_id=case.id)).one()
    said = json.loads(version.answers)
    assert (said["certificate"], said["hours"], said["hours_digital"]) == (one.number, 30, 15)
    files = db.reading().scalars(sa.select(CaseFile).filter_by(version_id=version.id)).all()
    assert {file.slot for file in files} == {f"hours.{entry.id}" for entry in entries[:2]}
    states = db.reading().scalars(
        sa.select(StoredFile.state).where(StoredFile.id.in_([file.file_id for file in files]))
    )
    assert set(states) == {FileState.ACCEPTED}


def test_too_few_hours_are_not_handed_in(
    clock: FrozenClock, holder: Actor, one: Certificate
) -> None:
    clock.set(WITHIN)
    learned(holder, 14.5, date(2028, 3, 4))
    learned(holder, 30, date(2029, 3, 4), digital=True)
    with pytest.raises(InvalidInput) as refused:
        renewing.apply(holder, one.id, ANSWERS)
    assert "0.5" in refused.value.fields["attended"]
    assert cases(one) == []


def test_one_renewal_at_a_time_and_only_ones_own(
    clock: FrozenClock, office: School, holder: Actor, one: Certificate
) -> None:
    clock.set(WITHIN)
    enough(holder)
    for other in (make_clerk(office), make_applicant(office), make_applicant(make_office())):
        with pytest.raises(NotFound):
            renewing.apply(other, one.id, ANSWERS)
    renewing.apply(holder, one.id, ANSWERS)
    with pytest.raises(Conflict):
        renewing.apply(holder, one.id, ANSWERS)
    assert len(cases(one)) == 1


def test_without_expiry_or_after_its_end_nothing_is_renewed(
    clock: FrozenClock, office: School, holder: Actor, one: Certificate
) -> None:
    endless = certifying.certify(
        make_clerk(office), make_case(holder, CaseState.REVIEW, path=Path.RECOMMENDED).id
    )
    certifying.annul(make_clerk(office), one.id, "離職")
    clock.set(WITHIN)
    enough(holder)
    for each in (one, endless):
        with pytest.raises(Conflict):
            renewing.apply(holder, each.id, ANSWERS)


def test_the_wizard_from_the_own_certificate_to_the_new_validity(
    clock: FrozenClock,
    office: School,
    holder: Actor,
    one: Certificate,
    client: FlaskClient,
    act_as: Callable[[Any], Any],
) -> None:
    clock.set(WITHIN)
    act_as(holder)
    mine = client.get("/certification/my-certificates").text
    here = f"/certification/my-certificates/{one.id}/renewal"
    assert here in mine
    first = client.get(here, follow_redirects=True)
    assert "applicant@example.org" in first.text
    _post(client, f"{here}/certificate", email="new@example.org", correct="y")
    refused = _post(client, f"{here}/hours", attended="y")
    assert refused.status_code == 422
    assert "還差 30 小時" in refused.text
    enough(holder)
    assert "已採計 30 小時" in client.get(f"{here}/hours").text
    assert _post(client, f"{here}/hours", attended="y").status_code == 302
    assert _post(client, f"{here}/declaration", truthful="y").status_code == 302
    assert "送出展延申請" in client.get(f"{here}/check").text
    done = _post(client, f"{here}/check")
    assert done.status_code == 302
    (case,) = cases(one)
    shown = client.get(f"/certification/my-certificates/{one.id}").text
    assert f"/certification/cases/{case.id}" in shown
    filed = client.get(f"/certification/cases/{case.id}").text
    assert one.number in filed
    assert "研習證明" in filed
    assert "hours." not in filed
    assert client.get(f"{here}/hours").status_code == 302
    assert client.get(f"{here}/nothing").status_code in {302, 404}
    with db.writing() as session:
        session.get_one(CertificationCase, case.id).state = CaseState.REVIEW
    certifying.certify(make_clerk(office), case.id)
    again = db.reading().get_one(Certificate, one.id)
    assert again.expires_on == date(2036, 11, 19)
    page = client.get(f"/certification/my-certificates/{one.id}").text
    assert "民國125年11月19日" in page
    assert "民國125年5月19日" in page


def test_a_correction_of_the_hours_makes_the_next_version(
    clock: FrozenClock,
    office: School,
    holder: Actor,
    one: Certificate,
    client: FlaskClient,
    act_as: Callable[[Any], Any],
) -> None:
    clock.set(WITHIN)
    bad, *_rest = enough(holder)
    case = renewing.apply(holder, one.id, ANSWERS)
    clerk = make_clerk(office)
    processing.take(clerk, case.id)
    act_as(clerk)
    desk = client.get(f"/certification/office/{case.id}").text
    assert re.findall(r'name="item" value="([^"]+)"', desk) == [HOURS]
    with pytest.raises(InvalidInput):
        processing.ask_correction(clerk, case.id, {"email": "請更正。"})
    at_desk = f"/certification/office/{case.id}/correct?item={HOURS}"
    asked = {f"item_{HOURS}": "第一筆的證明看不清楚。"}
    assert _post(client, at_desk, **asked).status_code == 302
    assert _state(case) is CaseState.CORRECTION

    act_as(holder)
    assert "第一筆的證明看不清楚。" in client.get(f"/certification/cases/{case.id}").text
    begin = client.get(f"/certification/cases/{case.id}/correction/begin")
    here = begin.headers["Location"]
    assert "第一筆的證明看不清楚。" in client.get(here).text
    with db.writing() as session:
        session.get_one(HourEntry, bad.id).ended_at = clocks.now()
    declared = {"attended": "y", "truthful": "y"}
    refused = _post(client, here, **declared)
    assert refused.status_code == 422
    assert "還差 15 小時" in refused.text
    again = learned(holder, 16, date(2028, 3, 4))
    assert _post(client, here, attended="y").status_code == 422
    assert _post(client, here, **declared).status_code == 302
    assert _state(case) is CaseState.PROCEDURAL
    newest = completeness.newest(case)
    assert newest is not None
    assert versions.labels(newest) == completeness.labels(case)
    old, new = db.reading().scalars(
        sa.select(CaseVersion).filter_by(case_id=case.id).order_by(CaseVersion.number)
    )
    said = json.loads(new.answers)
    assert (json.loads(old.answers)["hours"], said["hours"]) == (30, 31)
    assert (said["email"], said["correct"], said["certificate"]) == (
        "new@example.org", True, one.number,
    )  # fmt: skip
    slots = set(db.reading().scalars(sa.select(CaseFile.slot).filter_by(version_id=new.id)))
    assert f"hours.{again.id}" in slots
    assert f"hours.{bad.id}" not in slots
    shown = client.get(f"/certification/cases/{case.id}/versions/2").text
    assert "採計的研習時數" in shown
    assert client.get(here).status_code == 302
    with pytest.raises(Conflict):
        renewing.correct(holder, case.id, ANSWERS)
    act_as(clerk)
    compared = client.get(f"/certification/office/{case.id}?version=2&against=1").text
    assert "已變更" in compared


def test_a_renewal_is_corrected_in_time_and_by_its_holder(
    clock: FrozenClock, office: School, holder: Actor, one: Certificate
) -> None:
    clock.set(WITHIN)
    enough(holder)
    case = renewing.apply(holder, one.id, ANSWERS)
    clerk = make_clerk(office)
    processing.take(clerk, case.id)
    processing.ask_correction(clerk, case.id, {HOURS: "請補證明。"}, due_on=date(2031, 6, 9))
    for other in (clerk, make_applicant(office), make_applicant(make_office())):
        with pytest.raises(NotFound):
            renewing.correct(other, case.id, ANSWERS)
    clock.set(at(2031, 6, 10, 0))
    with pytest.raises(WindowClosed):
        renewing.correct(holder, case.id, ANSWERS)
    assert _state(case) is CaseState.CORRECTION


def test_reminders_come_once_each_also_after_downtime(
    clock: FrozenClock, holder: Actor, one: Certificate
) -> None:
    assert one.expires_on is not None

    def told() -> int:
        schedule.tick("certification.renewals")
        clock.advance(hours=1)
        query = sa.select(sa.func.count(Message.id)).where(
            Message.person_id == holder.person_id, Message.subject.contains("即將到期")
        )
        return db.reading().scalar(query) or 0

    def days_before(days: int) -> None:
        assert one.expires_on is not None
        day = one.expires_on - timedelta(days=days)
        clock.set(at(day.year, day.month, day.day, 8))

    days_before(181)
    assert told() == 0
    days_before(180)
    assert [told(), told()] == [1, 1]
    days_before(119)  # the day itself was missed
    assert [told(), told()] == [2, 2]
    days_before(95)
    assert told() == 3
    days_before(80)  # too late to apply: nothing to be reminded of
    assert told() == 3


def test_of_two_missed_reminders_one_is_sent_and_none_to_who_has_applied(
    clock: FrozenClock, office: School, holder: Actor, one: Certificate
) -> None:
    clock.set(at(2031, 8, 16, 8))  # 95 days before; 180 and 120 were missed
    assert renewal_reminders.remind(office.id) == 1
    assert renewal_reminders.remind(office.id) == 0
    other = make_applicant(office)
    clock.set(ISSUED)
    two = certifying.certify(make_clerk(office), make_case(other, CaseState.REVIEW).id)
    clock.set(WITHIN)
    enough(other)
    renewing.apply(other, two.id, ANSWERS)
    clock.set(at(2031, 8, 16, 8))
    assert renewal_reminders.remind(office.id) == 0


def _state(case: CertificationCase) -> CaseState:
    return db.reading().get_one(CertificationCase, case.id, populate_existing=True).state


def _post(client: FlaskClient, where: str, **values: str) -> Any:
    page = client.get(where).text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, where
    return client.post(where, data={"csrf_token": found[1], **values})
