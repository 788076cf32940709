"""Clocks acted on: warned before, acted once after; also over holidays, downtime and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, tenancy
from plugin.actor import Actor, Role
from plugin.certification.models import (
    CaseState,
    CaseVersion,
    CertificationCase,
    Correction,
)
from plugin.certification.operations import kernel, lapsing, processing
from plugin.errors import Conflict
from plugin.school.models import School
from plugin.school.operations.office_calendar import propose_office_calendar, take_office_calendar
from plugin.settings import Settings
from plugin.trail import chain
from plugin.trail.models import AuditEvent, Message, OutboundMail
from tests.factories import FrozenClock, actor_of, at, make_rule, make_staff
from tests.factories.certification import (
    clocks_of,
    events_of,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
)
from tests.plugin.school.test_office_days import calendar

S = CaseState
FRIDAY = at(2026, 11, 20, 9, 30)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


def happen(actor: Actor, case: CertificationCase, *events: str) -> CertificationCase:
    for event in events:
        with db.writing() as session:
            held = kernel.held(session, case.school_id, case.id)
            kernel.happen(session, actor, held, event)
    return held


def fee_due(applicant: Actor, clerk: Actor) -> CertificationCase:
    case = make_case(applicant, S.PROCEDURAL)
    processing.accept(clerk, case.id)
    return case


def correcting(
    applicant: Actor, clerk: Actor, stage: CaseState = S.PROCEDURAL
) -> CertificationCase:
    case = make_case(applicant, stage, answers={"title": "組長", "school": "x"})
    processing.ask_correction(clerk, case.id, {"title": "請寫全銜。"})
    return case


def sweep() -> dict[str, int]:
    with tenancy.across("the test is the scheduled work"):
        return lapsing.sweep()


def now_of(case: CertificationCase) -> CertificationCase:
    return db.reading().get_one(CertificationCase, case.id, populate_existing=True)


def mails() -> list[str]:
    return list(db.reading().scalars(sa.select(OutboundMail.body).order_by(OutboundMail.id)))


def _version(case: CertificationCase) -> CaseVersion:
    return CaseVersion(
        case_id=case.id, number=1, form_version="1", answers='{"title": "組長"}', made_at=FRIDAY
    )


def verbs(prefix: str) -> list[str]:
    query = sa.select(AuditEvent.verb).where(AuditEvent.verb.like(f"{prefix}%"))
    return list(db.reading().scalars(query.order_by(AuditEvent.id)))


class TestLapse:
    def test_a_correction_is_refused_once_its_last_day_is_over(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = correcting(applicant, clerk)
        (running,) = [one for one in clocks_of(case) if one.kind == "correction"]
        assert str(running.due_on) == "2026-12-07"  # 15 days end on Saturday 5 December
        assert running.noon
        clock.set(at(2026, 12, 7, 11, 59))
        sweep()
        assert now_of(case).state is S.CORRECTION
        clock.set(at(2026, 12, 7, 12))
        assert sweep()["lapsed"] == 1
        found = now_of(case)
        assert (found.state, found.refusal, found.fee_lapsed) == (S.REFUSED, "correction", False)
        last = events_of(case)[-1]
        assert (last.event, last.actor_id) == ("lapse_correction", None)
        assert "12月7日" in last.words
        assert "中午" in last.words
        assert "第 11 條" in last.words
        (ended,) = db.reading().query(Correction).all()
        assert ended.ended_at is not None
        assert ended.answered_at is None
        assert all(one.ended_at for one in clocks_of(case))
        assert sweep()["lapsed"] == 0
        assert verbs("certification.lapse") == ["certification.lapse_correction"]
        assert list(chain.verify()) == []

    def test_an_ordinary_last_day_ends_at_midnight(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        clock.set(at(2026, 11, 23, 9))
        case = correcting(applicant, clerk)  # until Tuesday 8 December
        clock.set(at(2026, 12, 8, 23, 59, 59))
        sweep()
        assert now_of(case).state is S.CORRECTION
        clock.set(at(2026, 12, 9))
        sweep()
        assert now_of(case).state is S.REFUSED

    def test_answered_in_time_nothing_lapses(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = correcting(applicant, clerk)
        clock.set(at(2026, 12, 7, 11))
        happen(applicant, case, "answer_correction")
        clock.set(at(2027, 1, 7))
        assert sweep()["lapsed"] == 0
        assert now_of(case).state is S.PROCEDURAL

    def test_a_fee_waits_for_the_bank(
        self, office: School, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(applicant, clerk)  # 15 days: Saturday → Monday 7 December noon
        clock.set(at(2026, 12, 12, 11, 59))
        sweep()
        assert now_of(case).state is S.FEE_DUE
        clock.set(at(2026, 12, 12, 12))
        sweep()
        found = now_of(case)
        assert (found.state, found.refusal, found.fee_lapsed) == (S.REFUSED, "fee", True)
        assert "5 天" in events_of(case)[-1].words
        assert "5 天" in mails()[-1]

    def test_a_fee_on_an_ordinary_last_day(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        clock.set(at(2026, 11, 23, 9))
        case = fee_due(applicant, clerk)  # 15 days: Tuesday 8 December, and five for the bank
        (running,) = [one for one in clocks_of(case) if one.kind == "fee"]
        assert (str(running.due_on), running.noon) == ("2026-12-08", False)
        clock.set(at(2026, 12, 13, 23, 59, 59))
        sweep()
        assert now_of(case).state is S.FEE_DUE
        clock.set(at(2026, 12, 14))
        sweep()
        assert now_of(case).state is S.REFUSED

    def test_the_grace_is_the_offices_rule(
        self, office: School, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        make_rule(office, "case.bank_grace_days", 0)
        case = fee_due(applicant, clerk)
        clock.set(at(2026, 12, 7, 12))
        sweep()
        assert now_of(case).state is S.REFUSED

    def test_who_says_to_have_paid_is_not_refused_before_the_office_has_looked(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(applicant, clerk)
        happen(applicant, case, "claim_payment")
        clock.set(at(2026, 12, 20))
        for _ in range(3):
            sweep()
        assert now_of(case).state is S.FEE_CLAIMED
        assert verbs("certification.claim_overdue") == ["certification.claim_overdue"]
        told = db.reading().query(Message).filter_by(person_id=clerk.person_id).all()
        assert case.number in told[-1].body
        happen(clerk, case, "doubt_payment")
        sweep()
        assert now_of(case).state is S.REFUSED

    def test_a_bank_row_revives_what_the_clock_refused(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(applicant, clerk)
        clock.set(at(2026, 12, 20))
        sweep()
        with db.writing() as session:
            held = kernel.held(session, case.school_id, case.id)
            kernel.happen(session, clerk, held, "revive", by=lapsing.Who.BANK)
        sweep()
        found = now_of(case)
        assert (found.state, found.fee_lapsed, found.refusal) == (S.REVIEW, False, "")

    def test_withdrawn_cases_are_left_alone(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(applicant, clerk)
        happen(applicant, case, "withdraw")
        clock.set(at(2027, 2, 1))
        assert set(sweep().values()) <= {0}
        assert now_of(case).state is S.WITHDRAWN


class TestWarnings:
    def test_the_applicant_hears_on_the_mornings_that_the_rule_names(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        clock.set(at(2026, 11, 23, 9))
        case = correcting(applicant, clerk)  # until Tuesday 8 December
        before = len(mails())
        heard = []
        moment = at(2026, 12, 4)
        while moment < at(2026, 12, 8, 23):
            clock.set(moment)
            if sweep().get("warned"):
                heard.append(moment)
            moment += timedelta(hours=1)
        assert heard == [at(2026, 12, 5, 8), at(2026, 12, 7, 8)]
        (first, second) = mails()[before:]
        assert case.number in first
        assert "12月8日" in second
        subjects = db.reading().scalars(sa.select(OutboundMail.subject))
        assert all(case.number not in one and applicant.name not in one for one in subjects)

    def test_after_downtime_only_the_last_warning_is_made_up_for(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        clock.set(at(2026, 11, 23, 9))
        correcting(applicant, clerk)
        clock.set(at(2026, 12, 8, 7))  # both mornings were missed
        assert [sweep()["warned"], sweep()["warned"]] == [1, 0]

    def test_who_is_over_is_not_warned_any_more(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        fee_due(applicant, clerk)
        clock.set(at(2026, 12, 9))  # in the grace
        assert sweep()["warned"] == 0

    def test_the_office_hears_of_its_own_in_one_message(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        cases = []
        for n in range(3):
            applicant = make_applicant(office, national_id=f"A12345678{n}")
            cases.append(happen(applicant, make_case(applicant), "confirm"))
        clock.set(at(2026, 11, 24, 8))
        assert sweep()["warned"] == 3
        (told,) = db.reading().query(Message).filter_by(person_id=clerk.person_id).all()
        assert all(case.number in told.body for case in cases)
        assert "程序審查期限" in told.body


class TestOfficesOwn:
    def test_overdue_is_escalated_once_and_audited(
        self, office: School, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        boss = actor_of(make_staff(office, Role.ADMINISTRATOR))
        case = happen(applicant, make_case(applicant), "confirm")
        clock.set(at(2026, 11, 27, 23, 59))
        assert sweep()["overdue"] == 0
        clock.set(at(2026, 11, 28))
        assert [sweep()["overdue"], sweep()["overdue"]] == [1, 0]
        for person in (boss, clerk):
            told = db.reading().query(Message).filter_by(person_id=person.person_id).all()
            assert case.number in told[-1].body
            assert "逾" in told[-1].subject
        assert verbs("certification.overdue") == ["certification.overdue"]
        assert now_of(case).state is S.RECEIVED
        (running,) = clocks_of(case)
        assert running.ended_at is None

    def test_a_paused_clock_neither_warns_nor_lapses(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = happen(applicant, make_case(applicant), "confirm")
        with db.writing() as session:
            session.add(_version(case))
        happen(clerk, case, "take")
        processing.ask_correction(clerk, case.id, {"title": "請寫全銜。"})
        clock.set(at(2026, 11, 29))
        assert sweep().get("overdue") == 0
        happen(applicant, case, "answer_correction")
        first = clocks_of(case)[0]
        assert str(first.due_on) == "2026-12-07"  # nine days later: Sunday 6 → Monday
        clock.set(at(2026, 12, 8))
        assert sweep()["overdue"] == 1

    def test_review_over_lunar_new_year(
        self, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        clock.set(at(2026, 11, 6, 9))
        case = happen(clerk, fee_due(applicant, clerk), "confirm_payment")
        (review,) = [one for one in clocks_of(case) if one.kind == "review"]
        # three months end on Saturday 6 February 2027, in the holidays of 4–10 February
        assert (str(review.due_on), review.noon) == ("2027-02-11", False)
        clock.set(at(2027, 2, 11, 23, 59))
        assert sweep()["overdue"] == 0
        clock.set(at(2027, 2, 12))
        assert sweep()["overdue"] == 1


class TestRestDays:
    def test_a_day_that_became_a_rest_day_moves_the_end(
        self, office: School, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        clock.set(at(2026, 11, 23, 9))
        case = correcting(applicant, clerk)  # until Tuesday 8 December
        typhoon = datetime(2026, 12, 8).date()
        row = propose_office_calendar(clerk, "a.csv", calendar(2026, rests={typhoon}).encode())
        take_office_calendar(clerk, row.id)
        clock.set(at(2026, 12, 9, 0, 15))
        assert sweep()["moved"] == 1
        assert now_of(case).state is S.CORRECTION
        assert verbs("certification.clock_moved") == ["certification.clock_moved"]
        clock.set(at(2026, 12, 10))
        sweep()
        assert now_of(case).state is S.REFUSED

    def test_an_end_is_never_moved_to_earlier(
        self, office: School, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = correcting(applicant, clerk)  # Saturday 5 → Monday 7 December, noon
        saturday = datetime(2026, 12, 5).date()
        row = propose_office_calendar(clerk, "a.csv", calendar(2026, works={saturday}).encode())
        take_office_calendar(clerk, row.id)
        clock.set(at(2026, 12, 6))
        sweep()
        assert now_of(case).state is S.CORRECTION


class TestExactlyOnce:
    def test_after_a_day_of_downtime(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        cases = []
        for n in range(4):
            applicant = make_applicant(office, national_id=f"B12345678{n}")
            cases.append(correcting(applicant, clerk))
        clock.set(at(2026, 12, 8, 12))  # a day late
        assert sweep()["lapsed"] == 4
        assert sweep()["lapsed"] == 0
        for case in cases:
            assert [one.event for one in events_of(case)].count("lapse_correction") == 1

    def test_after_ten_days_of_downtime(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        """Whatever became due meanwhile is done by the next sweep, each thing once; nobody is
        warned of what is over."""
        people = [make_applicant(office, national_id=f"E12345678{n}") for n in range(5)]
        correction, fee = correcting(people[0], clerk), fee_due(people[1], clerk)
        claimed = happen(people[2], fee_due(people[2], clerk), "claim_payment")
        received = happen(people[3], make_case(people[3]), "confirm")
        clock.set(at(2026, 12, 6, 9))
        sweep()
        later = correcting(people[4], clerk)  # until Monday 21 December
        before = len(mails())
        clock.set(at(2026, 12, 16, 9))
        done = sweep()  # two are refused; of the claim the office is told
        assert done == {"moved": 0, "warned": 0, "lapsed": 3, "overdue": 0}
        assert set(sweep().values()) == {0}
        states = [now_of(one).state for one in (correction, fee, claimed, received, later)]
        assert states == [S.REFUSED, S.REFUSED, S.FEE_CLAIMED, S.RECEIVED, S.CORRECTION]
        assert verbs("certification.claim_overdue") == ["certification.claim_overdue"]
        assert verbs("certification.overdue") == ["certification.overdue"]
        refused = [one for one in mails()[before:] if "駁回" in one]
        assert len(refused) == 2
        clock.set(at(2026, 12, 26, 9))  # and ten days again
        assert sweep()["lapsed"] == 1
        assert now_of(later).state is S.REFUSED
        assert list(chain.verify()) == []

    def test_two_workers_at_once(
        self, app: Flask, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        for n in range(5):
            applicant = make_applicant(office, national_id=f"C12345678{n}")
            correcting(applicant, clerk)
            happen(applicant, make_case(applicant), "confirm")
        clock.set(at(2026, 12, 8))
        before = len(mails())
        gate, done = threading.Barrier(2), []

        def work() -> None:
            with app.app_context():
                gate.wait()
                done.append(sweep())

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(one["lapsed"] for one in done) == 5
        assert sum(one["overdue"] for one in done) == 5
        db.reading().rollback()  # what this thread read before is of another moment
        assert verbs("certification.lapse") == ["certification.lapse_correction"] * 5
        assert verbs("certification.overdue") == ["certification.overdue"] * 5
        refused = [one for one in mails()[before:] if "駁回" in one]
        assert len(refused) == 5
        assert list(chain.verify()) == []

    def test_answering_while_the_clock_lapses(
        self, app: Flask, applicant: Actor, clerk: Actor, clock: FrozenClock
    ) -> None:
        """Whoever holds the case first decides; the other finds it decided."""
        case = correcting(applicant, clerk)
        clock.set(at(2026, 12, 8))
        lost: list[type] = []

        def answer() -> None:
            with app.app_context():
                try:
                    happen(applicant, case, "answer_correction")
                except Conflict as refusal:
                    lost.append(type(refusal))

        def lapse() -> None:
            with app.app_context():
                sweep()

        threads = [threading.Thread(target=one) for one in (answer, lapse)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.reading().rollback()
        last = events_of(case)[-1]
        wanted = "lapse_correction" if lost else "answer_correction"
        assert last.event == wanted
        assert now_of(case).state is (S.REFUSED if lost else S.PROCEDURAL)

    def test_killed_in_the_middle_it_is_done_once(
        self,
        app: Flask,
        settings: Settings,
        applicant: Actor,
        clerk: Actor,
        clock: FrozenClock,
        tmp_path: Path,
    ) -> None:
        """SIGKILL while the refusal is being written: nothing of it stays, the next does it."""
        case = correcting(applicant, clerk)
        clock.set(at(2026, 12, 8))
        mark, script = tmp_path / "mark", tmp_path / "killed.py"
        script.write_text(KILLED)
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LICHENG_ENV": "test",
            "LICHENG_SECRET_KEY": settings.secret_key,
            "LICHENG_DATABASE_URL": settings.database_url,
            "LICHENG_QUEUE_URL": settings.queue_url,
            "MARK": str(mark),
            "NOW": clock().isoformat(),
        }
        worker = subprocess.Popen([sys.executable, script], env=environ, cwd=tmp_path)
        _wait_for(lambda: mark.exists() or worker.poll() is not None)
        assert worker.poll() is None, "it ended before it was killed"
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        assert now_of(case).state is S.CORRECTION
        assert sweep()["lapsed"] == 1
        assert [one.event for one in events_of(case)].count("lapse_correction") == 1
        assert verbs("certification.lapse") == ["certification.lapse_correction"]
        assert list(chain.verify()) == []


KILLED = """
import os, time
from datetime import datetime
from pathlib import Path
from plugin import create_app, tenancy
from plugin.settings import Settings
from plugin.certification import notices
from plugin.certification.operations import lapsing

def moved(case, step):
    Path(os.environ["MARK"]).touch()
    time.sleep(600)

notices.moved = moved
now = datetime.fromisoformat(os.environ["NOW"])
app = create_app(Settings.from_env(), now=lambda: now)
with app.app_context(), tenancy.across("the test is the scheduled work"):
    lapsing.sweep()
"""


def _wait_for(ready: Callable[[], bool]) -> None:
    for _ in range(1200):
        if ready():
            return
        time.sleep(0.1)
    raise AssertionError("it never happened")


def test_the_scheduled_work_sweeps(
    app: Flask, applicant: Actor, clerk: Actor, clock: FrozenClock
) -> None:
    from plugin import jobs, schedule

    case = correcting(applicant, clerk)
    clock.set(at(2026, 12, 8))
    job_id = schedule.tick("certification.clocks")
    jobs.run(job_id)
    assert db.reading().get_one(jobs.Job, job_id).result["lapsed"] == 1
    assert now_of(case).state is S.REFUSED


def test_statements_do_not_grow_with_what_is_not_due(
    app: Flask, office: School, clerk: Actor
) -> None:
    def count() -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        sa.event.listen(db.engine(), "before_cursor_execute", note)
        try:
            sweep()
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", note)
        return len(seen)

    correcting(make_applicant(office, national_id="D123456780"), clerk)
    few = count()
    for n in range(1, 8):
        correcting(make_applicant(office, national_id=f"D12345678{n}"), clerk)
    assert count() == few
