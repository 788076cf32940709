"""Paying one case: claimed, taken back, doubted, confirmed; the clock counts from the payment."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask

from plugin import db, uploads
from plugin.actor import Actor
from plugin.certification import claims
from plugin.certification.models import CaseState, PaymentMatch
from plugin.certification.operations import payments
from plugin.certification.stage_payments import ClaimStage
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school.models import School
from plugin.trail.models import AuditEvent
from tests.factories import FrozenClock, at
from tests.factories.certification import clocks_of, events_of, make_applicant, make_clerk
from tests.factories.certification import make_office as office_
from tests.plugin.certification.payments_world import (
    applicant_of,
    fee_due,
    notice_of,
    now,
    payments_of,
)
from tests.plugin.portfolio.world import pdf

S = CaseState
DAY = date(2026, 11, 23)


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> School:
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)
    return office_()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


def proof(actor: Actor) -> int:
    staged = uploads.stage(io.BytesIO(pdf("receipt")), "收據.pdf")
    return ClaimStage(actor)._receive(staged).id


class TestClaim:
    def test_said_and_taken_back(self, office: School, clerk: Actor, clock: FrozenClock) -> None:
        case = fee_due(office, clerk)
        me = applicant_of(case)
        clock.set(at(2026, 11, 24, 10))
        file_id = proof(me)
        payments.claim(me, case.id, DAY, last_five="01234", words=" 由家人代繳 ", file_id=file_id)
        assert now(case).state is S.FEE_CLAIMED
        said = claims.read(notice_of(case))
        assert said == claims.Claim(DAY, "01234", "由家人代繳")
        assert notice_of(case).claim_file_id == file_id
        payments.drop_claim(me, case.id)
        assert now(case).state is S.FEE_DUE
        assert claims.read(notice_of(case)) is None
        assert [one.event for one in events_of(case)][-2:] == ["claim_payment", "drop_claim"]

    def test_there_must_be_something_to_find_it_by(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        with pytest.raises(InvalidInput) as refused:
            payments.claim(applicant_of(case), case.id, date(2026, 11, 20))
        assert set(refused.value.fields) == {"last_five"}

    @pytest.mark.parametrize("day", [date(2026, 11, 19), date(2026, 11, 21)])
    def test_the_day_lies_between_notice_and_today(
        self, office: School, clerk: Actor, day: date
    ) -> None:
        case = fee_due(office, clerk)
        with pytest.raises(InvalidInput) as refused:
            payments.claim(applicant_of(case), case.id, day, last_five="01234")
        assert set(refused.value.fields) == {"paid_on"}

    def test_somebody_elses_file_is_no_proof(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        other = proof(make_applicant(office, national_id="B123456780"))
        with pytest.raises(InvalidInput) as refused:
            payments.claim(applicant_of(case), case.id, date(2026, 11, 20), file_id=other)
        assert set(refused.value.fields) == {"proof"}
        assert now(case).state is S.FEE_DUE

    def test_nobody_claims_for_others(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        for actor in (clerk, make_applicant(office, national_id="B123456780")):
            with pytest.raises(NotFound):
                payments.claim(actor, case.id, date(2026, 11, 20), last_five="01234")


class TestOffice:
    def test_review_counts_from_the_day_of_payment(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(office, clerk)
        clock.set(at(2026, 12, 2, 9))
        payments.confirm(clerk, case.id, DAY, 1045)
        assert now(case).state is S.REVIEW
        assert notice_of(case).paid_on == DAY
        review = clocks_of(case)[-1]
        assert (review.kind, str(review.starts_on), str(review.due_on)) == (
            "review", "2026-11-23", "2027-02-23",
        )  # fmt: skip
        (row,) = payments_of(office)
        assert (row.match, row.amount, row.settled_by_id) == (
            PaymentMatch.BY_HAND, 1045, clerk.person_id,
        )  # fmt: skip
        detail = db.reading().query(AuditEvent).filter_by(
            verb="certification.confirm_payment"
        ).one().detail  # fmt: skip
        assert detail["paid_on"] == "2026-11-23"

    def test_too_little_is_not_enough_too_much_is_listed(
        self, office: School, clerk: Actor
    ) -> None:
        case = fee_due(office, clerk)
        with pytest.raises(InvalidInput) as refused:
            payments.confirm(clerk, case.id, date(2026, 11, 20), 1044)
        assert set(refused.value.fields) == {"amount"}
        payments.confirm(clerk, case.id, date(2026, 11, 20), 1046)
        assert now(case).state is S.REVIEW
        (row,) = payments_of(office)
        assert row.match is PaymentMatch.OVER

    def test_a_late_day_needs_a_reason(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(office, clerk)  # due on Monday 7 December
        clock.set(at(2026, 12, 9, 9))
        with pytest.raises(InvalidInput) as refused:
            payments.confirm(clerk, case.id, date(2026, 12, 8), 1045)
        assert set(refused.value.fields) == {"words"}
        payments.confirm(clerk, case.id, date(2026, 12, 8), 1045, words="颱風停班，銀行次日入帳。")
        assert "颱風" in events_of(case)[-1].words

    def test_doubted(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        me = applicant_of(case)
        payments.claim(me, case.id, date(2026, 11, 20), last_five="01234")
        with pytest.raises(InvalidInput):
            payments.doubt(clerk, case.id, " ")
        payments.doubt(clerk, case.id, "查無此筆款項。")
        assert now(case).state is S.FEE_DUE
        assert claims.read(notice_of(case)) is None
        assert events_of(case)[-1].words == "查無此筆款項。"
        with pytest.raises(Conflict):
            payments.doubt(clerk, case.id, "再一次。")

    def test_who_may_not(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        with pytest.raises(NotFound):
            payments.confirm(applicant_of(case), case.id, date(2026, 11, 20), 1045)
        with pytest.raises(NotAllowed):
            payments.doubt(applicant_of(case), case.id, "不行。")
        with pytest.raises(NotFound):
            payments.confirm(make_clerk(office_()), case.id, DAY, 1045)

    def test_paid_once(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        payments.confirm(clerk, case.id, date(2026, 11, 20), 1045)
        with pytest.raises(Conflict):
            payments.confirm(clerk, case.id, date(2026, 11, 20), 1045)
        assert len(payments_of(office)) == 1
