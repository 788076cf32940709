"""Certificates: numbers without gaps, validity, ends, reissue, the paper and its signature."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, jobs
from plugin.actor import Actor
from plugin.certification import certificates, office_settings
from plugin.certification.forms.application import ApplicationForm
from plugin.certification.models import (
    CaseKind,
    CaseState,
    Certificate,
    CertificateEvent,
    CertificateState,
    CertificationCase,
    Path,
    Renewal,
)
from plugin.certification.operations import certifying, letters
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school.models import School
from tests.factories import FrozenClock, at
from tests.factories.certification import (
    make_applicant,
    make_case,
    make_clerk,
    make_office,
    make_reviewer,
)
from tests.factories.school import make_school

REVIEW = CaseState.REVIEW


@pytest.fixture(autouse=True)
def _no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue makes no PDFs here: `test_certificate_paper.py` is about them."""
    for kind in (certifying.PRINT, letters.BUILD):
        monkeypatch.setitem(jobs._handlers, kind, lambda run: None)


def office_of(actor: Actor) -> School:
    return db.reading().get_one(School, actor.school_id)


def certified(office: School, applicant: Actor | None = None, **more: Any) -> Certificate:
    case = make_case(applicant or make_applicant(office), REVIEW, **more)
    return certifying.certify(make_clerk(office), case.id)


def events(one: Certificate) -> list[tuple[str, date]]:
    query = sa.select(CertificateEvent).where(CertificateEvent.certificate_id == one.id)
    return [(row.kind, row.on) for row in db.reading().scalars(query.order_by(CertificateEvent.id))]


def renewal_of(one: Certificate, applicant: Actor, state: CaseState = REVIEW) -> CertificationCase:
    case = make_case(applicant, state, kind=CaseKind.RENEWAL, path=one.path)
    with db.writing() as session:
        session.add(Renewal(case_id=case.id, certificate_id=one.id))
    return case


def test_a_granted_case_gets_the_next_number_and_five_years(app: Flask) -> None:
    office = make_office()
    applicant = make_applicant(office)
    answers = dict(zip(certifying.ENGLISH, ("CHEN", "YI-CHUN"), strict=True))
    one = certified(office, applicant, answers=answers)
    two = certified(office, path=Path.RECOMMENDED, publish=False)
    assert [one.number, two.number] == ["(115)環教字第0001號", "(115)環教字第0002號"]
    assert (one.issued_on, one.expires_on) == (date(2026, 11, 20), date(2031, 11, 19))
    assert two.expires_on is None
    assert one.name_english == "CHEN, YI-CHUN"
    assert (one.public_name, two.public_name) == (applicant.name, None)
    assert len({one.verification, two.verification}) == 2
    assert events(one) == [("issued", date(2026, 11, 20))]


def test_only_the_office_certifies_and_only_after_the_review(app: Flask) -> None:
    office = make_office()
    applicant = make_applicant(office)
    case = make_case(applicant, REVIEW)
    with pytest.raises(NotAllowed):
        certifying.certify(applicant, case.id)
    for stranger in (make_reviewer(office), make_clerk(make_school())):
        with pytest.raises(NotFound):
            certifying.certify(stranger, case.id)
    with pytest.raises(Conflict):
        certifying.certify(make_clerk(office), make_case(applicant, CaseState.FEE_DUE).id)
    assert db.reading().scalar(sa.select(sa.func.count(Certificate.id))) == 0


def test_a_number_that_was_not_committed_is_given_out_again(app: Flask) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    first, second = make_case(applicant, REVIEW), make_case(applicant, REVIEW)
    with pytest.raises(RuntimeError, match="power cut"), db.writing():
        certifying.certify(clerk, first.id)
        raise RuntimeError("power cut")
    assert certifying.certify(clerk, second.id).number == "(115)環教字第0001號"
    assert certifying.certify(clerk, first.id).number == "(115)環教字第0002號"


def test_numbers_have_no_gap_and_no_double_when_many_certify_at_once(app: Flask) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    cases = [make_case(applicant, REVIEW).id for _ in range(24)]
    faults: list[BaseException] = []
    gate = threading.Barrier(6)

    def work(mine: list[int]) -> None:
        with app.app_context():
            gate.wait()
            for case_id in mine:
                try:
                    certifying.certify(clerk, case_id)
                except BaseException as error:
                    faults.append(error)

    threads = [threading.Thread(target=work, args=(cases[n::6],)) for n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not faults
    numbers = set(db.reading().scalars(sa.select(Certificate.number)))
    assert numbers == {f"(115)環教字第{n:04}號" for n in range(1, 25)}


def test_the_year_begins_a_series_of_its_own(app: Flask, clock: FrozenClock) -> None:
    office = make_office(settings={"certificates": {"pattern": "環教{category}{year}-{serial}"}})
    assert certified(office).number == "環教行115-1"
    clock.set(at(2027, 1, 4, 9))
    assert certified(office).number == "環教行116-1"


@pytest.mark.parametrize(
    "pattern",
    [
        "環教字第{serial}號",
        "({year})環教字",
        "({year}){serial:05d}",
        "{year}{serial}{name}",
        "{year}{serial.__class__}",
        "{year!r}{serial}",
        "{year:9}{serial}",
        "{year}{serial",
        "{year}{serial}" + "長" * 30,
        "{}{year}{serial}",
    ],
)
def test_a_pattern_that_would_repeat_or_break_is_refused(app: Flask, pattern: str) -> None:
    with app.test_request_context():
        assert office_settings.fault(pattern)


def test_every_pattern_that_passes_can_be_written(app: Flask) -> None:
    for pattern in (office_settings.PATTERN, "{year}-{serial}", "{category}{year}{serial:06}"):
        assert office_settings.fault(pattern) == ""
        assert office_settings.number(pattern, year=115, category="教", serial=12)


def test_validity_by_calendar() -> None:
    assert certificates.last_day(date(2027, 1, 1), 5) == date(2031, 12, 31)
    assert certificates.last_day(date(2027, 3, 1), 5) == date(2032, 2, 29)
    assert certificates.last_day(date(2028, 2, 29), 4) == date(2032, 2, 28)


def test_a_renewal_prolongs_from_the_old_end_and_keeps_the_number(
    app: Flask, clock: FrozenClock
) -> None:
    office = make_office()
    applicant = make_applicant(office)
    one = certified(office, applicant)
    clock.set(at(2031, 7, 1, 9))
    renewed = certifying.certify(make_clerk(office), renewal_of(one, applicant).id)
    assert (renewed.id, renewed.number) == (one.id, one.number)
    assert renewed.expires_on == date(2036, 11, 19)
    assert events(one) == [("issued", date(2026, 11, 20)), ("renewed", date(2031, 7, 1))]


def test_what_holds_no_longer_is_not_renewed(app: Flask) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    ended, endless = certified(office, applicant), certified(office, path=Path.RECOMMENDED)
    cases = [renewal_of(ended, applicant), renewal_of(endless, applicant)]
    certifying.annul(clerk, ended.id, "離職")
    for case in cases:
        with pytest.raises(Conflict):
            certifying.certify(clerk, case.id)
        again = db.reading().get_one(CertificationCase, case.id)
        assert again.state is REVIEW


@pytest.mark.parametrize("event", ["revoke", "annul"])
def test_an_end_has_a_reason_and_is_final(app: Flask, event: str) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    one = certified(office, applicant)
    act = getattr(certifying, event)
    with pytest.raises(InvalidInput):
        act(clerk, one.id, "  ")
    for other in (applicant, make_reviewer(office)):
        with pytest.raises(NotFound):
            act(other, one.id, "檢附文件不實")
    ended = act(clerk, one.id, "檢附文件不實")
    state = {"revoke": CertificateState.REVOKED, "annul": CertificateState.ANNULLED}[event]
    assert (ended.state, ended.ended_on) == (state, date(2026, 11, 20))
    case = db.reading().get_one(CertificationCase, one.case_id)
    assert case.state.value == state.value
    assert events(one)[-1] == (state.value, date(2026, 11, 20))
    for again in (certifying.revoke, certifying.annul):
        with pytest.raises(Conflict):
            again(clerk, one.id, "再一次")
    with pytest.raises(Conflict):
        certifying.reissue(clerk, one.id, "新名", "", "改名")


def test_a_reissue_stands_in_the_place_of_the_old(app: Flask) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    old = certified(office, applicant)
    with pytest.raises(InvalidInput):
        certifying.reissue(clerk, old.id, " ", "", "改名")
    new = certifying.reissue(clerk, old.id, "陳新名", "CHEN, HSIN-MING", "戶籍更名")
    before = db.reading().get_one(Certificate, old.id)
    assert (new.number, new.expires_on) == ("(115)環教字第0001號之1", old.expires_on)
    assert (before.state, before.public_name) == (CertificateState.REPLACED, None)
    assert (new.name, new.public_name, new.replaces_id) == ("陳新名", "陳新名", old.id)
    third = certifying.reissue(clerk, new.id, "陳又新", "", "戶籍更名")
    assert third.number == "(115)環教字第0001號之2"
    with db.writing() as session:
        assert certifying.newest(session, session.get_one(Certificate, old.id)).id == third.id
    with pytest.raises(Conflict):
        certifying.reissue(clerk, old.id, "陳舊名", "", "戶籍更名")


def test_a_reissue_takes_the_next_number_where_the_office_says_so(app: Flask) -> None:
    office = make_office(settings={"certificates": {"reissue_suffix": False}})
    old = certified(office)
    new = certifying.reissue(make_clerk(office), old.id, "陳新名", "", "戶籍更名")
    assert new.number == "(115)環教字第0002號"


def test_a_renewal_follows_the_certificate_that_replaced_the_old(app: Flask) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    old = certified(office, applicant)
    case = renewal_of(old, applicant)
    new = certifying.reissue(clerk, old.id, "陳新名", "", "戶籍更名")
    assert certifying.certify(clerk, case.id).id == new.id


def test_the_english_name_is_asked_for_by_the_application() -> None:
    assert all(hasattr(ApplicationForm, name) for name in certifying.ENGLISH)
