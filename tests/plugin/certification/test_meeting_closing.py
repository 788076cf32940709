"""Closing a meeting: every resolution once, what cannot be is left, minutes kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import actor as actors
from plugin import db, jobs
from plugin.actor import Actor, Role
from plugin.certification import basis, meeting_minutes
from plugin.certification.models import (
    CaseEvent,
    CaseKind,
    CaseState,
    Category,
    Certificate,
    CertificationCase,
    Correction,
    CorrectionItem,
    Letter,
    Meeting,
    Oral,
)
from plugin.certification.operations import (
    applying,
    certifying,
    deciding,
    meeting_closing,
    meetings,
    orals,
)
from plugin.certification.queries import meeting_cases
from plugin.certification.queries import meetings as queries
from plugin.errors import Conflict
from plugin.jobs import Job, JobState
from plugin.school.models import RoleGrant, School
from plugin.trail.models import AuditEvent, Message
from plugin.vault import queries as vault
from plugin.vault.models import StoredFile
from tests.factories import FrozenClock, at
from tests.factories.certification import make_applicant, make_case, make_clerk, make_office
from tests.factories.school import actor_of, make_staff
from tests.plugin.certification.meetings_world import (
    FIT,
    UNFIT,
    before,
    called,
    item_of,
    members,
    now,
    reviewed,
    state_of,
)
from tests.reports.pdfreader import Reader

S = CaseState
THOUGHT = "委員會決議如上。"


@pytest.fixture(autouse=True)
def _by_hand(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait until a test runs them; letters are never made."""

    def wake(_job_id: int) -> None:
        """Nobody wakes."""

    wake.schedule = lambda *_job, **_when: None  # type: ignore[attr-defined]
    monkeypatch.setitem(app.extensions, "licheng.wake", wake)


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


@pytest.fixture
def some(office: School) -> list[Actor]:
    return members(office)


def closed(clerk: Actor, meeting: Meeting) -> Meeting:
    """Closed and carried out."""
    jobs.run(meeting_closing.close(clerk, meeting.id))
    return now(meeting)


def resolved(clerk: Actor, meeting: Meeting, case: CertificationCase, what: str) -> None:
    items = {"title": "請寫全銜。", "essay1": "請補充。"} if what == "correct" else None
    (item,) = before(clerk, meeting, case)
    meetings.resolve(clerk, item.id, what, THOUGHT, items)


def told(case: CertificationCase) -> str:
    query = db.reading().query(Message).filter_by(person_id=case.applicant_id)
    return "\n".join(one.subject + one.body for one in query.order_by(Message.id))


def letters_of(case: CertificationCase) -> list[str]:
    query = db.reading().query(Letter).filter_by(case_id=case.id).order_by(Letter.id)
    return [one.kind for one in query]


def test_each_resolution_does_what_a_single_decision_does(
    office: School, clerk: Actor, some: list[Actor], clock: FrozenClock
) -> None:
    one = called(clerk, some, present="王顧問")
    kinds = ("certify", "refuse", "correct", "oral", "exempt", "certify_exempt", "defer")
    cases = {
        what: reviewed(office, some, n=n, category=Category.TEACHING)
        for n, what in enumerate(kinds, 1)
    }
    with db.writing() as session:  # what "certify" rests on
        session.add(
            Oral(
                case_id=cases["certify"].id, form="oral", place="會議室", starts_at=clock(),
                minutes=20, uid="x", result="pass", made_at=clock(),
            )
        )  # fmt: skip
    for what, case in cases.items():
        resolved(clerk, one, case, what)
    one = closed(clerk, one)
    states = {what: state_of(case) for what, case in cases.items()}
    assert states == {
        "certify": S.CERTIFIED, "refuse": S.REFUSED, "correct": S.CORRECTION, "oral": S.REVIEW,
        "exempt": S.REVIEW, "certify_exempt": S.CERTIFIED, "defer": S.REVIEW,
    }  # fmt: skip
    assert [line.item.left_words for line in queries.agenda(clerk, one)] == [""] * 7
    letters = {what: letters_of(case) for what, case in cases.items()}
    assert letters == {
        "certify": ["decision"], "refuse": ["decision"], "correct": ["correction"], "oral": [],
        "exempt": [], "certify_exempt": ["decision"], "defer": [],
    }  # fmt: skip
    for what in ("certify", "refuse", "correct", "oral", "exempt", "certify_exempt"):
        assert THOUGHT in told(cases[what]), what
    assert told(cases["defer"]) == ""
    assert "將另行通知" in told(cases["oral"])
    refused = db.reading().get_one(CertificationCase, cases["refuse"].id)
    assert refused.refusal == "committee"
    asked = db.reading().query(Correction).filter_by(case_id=cases["correct"].id).one()
    items = db.reading().query(CorrectionItem).filter_by(correction_id=asked.id)
    assert {row.field for row in items} == {"title", "essay1"}
    # the exemption is what the decision rests on later
    assert basis.missing(db.reading().get_one(CertificationCase, cases["exempt"].id)) == []
    assert "教師證書" in basis.missing(db.reading().get_one(CertificationCase, cases["oral"].id))[0]
    assert deciding.certify(clerk, cases["exempt"].id).number
    verbs = Counter(
        row.verb
        for row in db.reading().query(AuditEvent)
        if row.verb.startswith("certification.meeting.")
    )
    assert verbs["certification.meeting.carry"] == 7
    assert verbs["certification.meeting.closed"] == verbs["certification.meeting.minutes"] == 1
    assert any(row.subject == "會議決議已執行完畢" for row in db.reading().query(Message))


def test_what_cannot_be_carried_out_any_more_is_left_with_its_reason(
    office: School, clerk: Actor, some: list[Actor]
) -> None:
    one = called(clerk, some)
    gone, short, renewal, good = (
        reviewed(office, some, n=1),
        reviewed(office, some, (FIT, None), n=2),
        make_case(make_applicant(office), S.REVIEW, kind=CaseKind.RENEWAL),
        reviewed(office, some, n=4),
    )
    own_clerk = make_staff(office, Role.ISSUING_OFFICE)
    own = make_case(actor_of(own_clerk, Role.ISSUING_OFFICE), S.REVIEW, kind=CaseKind.RENEWAL)
    for case in (gone, short, renewal, own, good):
        resolved(clerk, one, case, "certify")
    applicant = Actor(school_id=office.id, person_id=gone.applicant_id, name=gone.name)
    job = meeting_closing.close(actor_of(own_clerk, Role.ISSUING_OFFICE), one.id)
    applying.withdraw(applicant, gone.id)  # after the closing was asked for
    jobs.run(job)
    left = {case.id: item_of(one, case).left_words for case in (gone, short, renewal, own, good)}
    assert "撤回" in left[gone.id]
    assert "1 份" in left[short.id]
    assert left[renewal.id] == "找不到要展延的證書。", "what had begun is rolled back"
    assert "自己的案件" in left[own.id]
    assert left[good.id] == ""
    assert [state_of(case) for case in (short, renewal, own, good)] == [
        S.REVIEW, S.REVIEW, S.REVIEW, S.CERTIFIED,
    ]  # fmt: skip
    assert letters_of(renewal) == []
    assert told(renewal) == ""
    assert db.reading().get_one(Job, job).result == {"done": 1, "left": 4}
    assert now(one).closed_at is not None
    # and may come before the next meeting
    before(clerk, called(clerk, some, name="下一次"), short, own)


def test_an_exemption_calls_off_what_was_arranged(
    office: School, clerk: Actor, some: list[Actor]
) -> None:
    case = reviewed(office, some, category=Category.TEACHING)
    one = called(clerk, some)
    resolved(clerk, one, case, "exempt")
    starts_at = at(2026, 12, 7, 14, 30)
    orals.call(clerk, case.id, "oral", "會議室", starts_at, 20, "張評審")
    assert state_of(case) is S.ORAL
    closed(clerk, one)
    assert state_of(case) is S.REVIEW
    assert db.reading().query(Oral).one().cancelled_at is not None
    assert "免辦理展示（口試）" in told(case)
    assert certifying.certify(clerk, case.id).number


class TestOnce:
    def test_not_before_everything_is_written(
        self, office: School, clerk: Actor, some: list[Actor], clock: FrozenClock
    ) -> None:
        one = called(clerk, [], chair="", held_on=at(2026, 12, 1).date())
        with pytest.raises(meeting_closing.NotReady) as refusal:
            meeting_closing.close(clerk, one.id)
        for part in ("還沒有到", "主席", "出席人員", "沒有案件"):
            assert part in refusal.value.message
        one = called(clerk, some)
        cases = [reviewed(office, some, n=n) for n in range(1, 8)]
        before(clerk, one, *cases)
        with pytest.raises(meeting_closing.NotReady, match="7 件還沒有完整的決議") as refusal:
            meeting_closing.close(clerk, one.id)
        assert cases[6].number not in refusal.value.message
        assert now(one).closing_at is None
        assert db.reading().query(Job).count() == 0

    def test_two_people_and_a_second_run_change_nothing(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        case = reviewed(office, some)
        resolved(clerk, one, case, "certify")
        first = meeting_closing.close(clerk, one.id)
        assert meeting_closing.close(make_clerk(office), one.id) == first
        jobs.run(first)
        jobs.run(first)
        stands = now(one)
        meeting_closing.carry_out(clerk, one.id, lambda *_far: None)
        assert now(one).minutes_file_id == stands.minutes_file_id
        assert db.reading().query(Certificate).count() == 1
        assert letters_of(case) == ["decision"]
        with pytest.raises(Conflict):
            meeting_closing.close(clerk, one.id)
        for act in (
            lambda: meetings.resolve(clerk, item_of(one, case).id, "defer"),
            lambda: meetings.remove(clerk, one.id, [item_of(one, case).id]),
            lambda: meetings.add(clerk, one.id, [case.id]),
            lambda: meetings.save(clerk, meetings.Facts("改名", stands.held_on), one.id),
        ):
            with pytest.raises(Conflict, match="已經結案"):
                act()

    def test_two_people_at_the_same_moment(
        self, app: Flask, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        resolved(clerk, one, reviewed(office, some), "certify")
        other, gate, found = make_clerk(office), threading.Barrier(2), []

        def close(who: Actor) -> None:
            with app.app_context():
                gate.wait()
                found.append(meeting_closing.close(who, one.id))

        db._close_reads()
        threads = [threading.Thread(target=close, args=(who,)) for who in (clerk, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 2
        assert len(set(found)) == 1
        closing = db.reading().query(AuditEvent).filter_by(verb="certification.meeting.close")
        assert closing.count() == 1

    def test_the_same_case_put_on_two_agendas_at_the_same_moment(
        self, app: Flask, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        cases = [reviewed(office, some, n=n).id for n in (1, 2, 3)]
        agendas = [called(clerk, some, name=name).id for name in ("甲", "乙")]
        gate, refused = threading.Barrier(2), []

        def add(meeting_id: int, order: list[int]) -> None:
            with app.app_context():
                gate.wait()
                try:
                    meetings.add(clerk, meeting_id, order)
                except Conflict as refusal:
                    refused.append(refusal.message)

        db._close_reads()
        threads = [
            threading.Thread(target=add, args=(agendas[0], cases)),
            threading.Thread(target=add, args=(agendas[1], cases[::-1])),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 1
        assert "已經在" in refused[0]

    def test_after_a_failure_somebody_else_goes_on(
        self, office: School, clerk: Actor, some: list[Actor], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = called(clerk, some)
        cases = [reviewed(office, some, n=n) for n in (1, 2)]
        for case in cases:
            resolved(clerk, one, case, "certify")
        with monkeypatch.context() as patch:
            patch.setattr(meeting_closing, "keep_minutes", _broken)
            job = meeting_closing.close(clerk, one.id)
            for _attempt in range(jobs.MAX_ATTEMPTS):
                jobs.run(job)
        assert db.reading().get_one(Job, job).state is JobState.FAILED
        assert now(one).closed_at is not None
        assert now(one).minutes_file_id is None
        # whoever closed it leaves the office meanwhile: the queue does not go on in their name
        with db.writing() as session:
            session.query(RoleGrant).filter_by(person_id=clerk.person_id).delete()
        again = meeting_closing.close(clerk, one.id)
        assert again != job
        jobs.run(again)
        assert "已不是承辦人" in db.reading().get_one(Job, again).error
        other = make_clerk(office)
        jobs.run(meeting_closing.close(other, one.id))
        assert now(one).minutes_file_id is not None
        assert db.reading().query(Certificate).count() == 2


def test_sixty_cases(office: School, clerk: Actor, some: list[Actor]) -> None:
    """All of them, each number once, and the same statements for each."""
    one = called(clerk, some)
    cases = [reviewed(office, some, n=n) for n in range(1, 61)]
    items = before(clerk, one, *cases)
    meetings.resolve_many(clerk, one.id, [each.id for each in items], "certify")
    for case in cases[::6]:
        meetings.resolve(clerk, item_of(one, case).id, "refuse", "年資不足。")
    far: list[tuple[int, int]] = []
    job = meeting_closing.close(clerk, one.id)
    meeting_closing.carry_out(clerk, one.id, lambda done, total: far.append((done, total)))
    assert far == [(n, 61) for n in range(1, 62)]
    states = Counter(state_of(case) for case in cases)
    assert states == {S.CERTIFIED: 50, S.REFUSED: 10}
    numbers = [row.number for row in db.reading().query(Certificate)]
    assert len(set(numbers)) == len(numbers) == 50
    events = db.reading().execute(
        sa.select(CaseEvent.case_id, sa.func.count()).group_by(CaseEvent.case_id)
    )
    assert {n for _case, n in events} == {1}
    assert db.reading().get_one(Job, job).state is JobState.QUEUED
    rows = Reader(vault.path(*_file(one))).rows()
    printed = [row[1] for row in rows if len(row) == 6 and row[0].isdigit()]
    assert printed == [case.number for case in cases]


class TestMinutes:
    def test_who_withdrew_what_was_left_and_what_is_a_draft(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some, present="王顧問", notes="下次會議一月召開。")
        a, b = reviewed(office, some, n=1), reviewed(office, some, (UNFIT, None), n=2)
        (item,) = before(clerk, one, a)
        meetings.resolve(clerk, item.id, "refuse", "年資不足。", None, [some[1].person_id or 0])
        resolved(clerk, one, b, "certify")
        draft = meeting_minutes.of(clerk, one, draft=True)
        assert draft.draft
        assert draft.present == ("林委員", "陳委員", "王顧問")
        assert draft.items[0].withdrawn == ("陳委員",)
        assert (
            meeting_minutes.of(
                Actor(school_id=office.id, person_id=a.applicant_id), one, draft=True
            )
            .items[0]
            .case_number
            == b.number
        ), "nobody reads of a case of their own"
        closed(clerk, one)
        kept = meeting_minutes.of(actors.system(office.id), now(one))
        assert not kept.draft
        assert "未能執行" in kept.items[1].left
        file = queries.minutes_of(now(one))
        assert file is not None
        assert vault.path(file.sha256, file.size).read_bytes().startswith(b"%PDF")
        assert file.expires_at is None
        line = db.reading().query(AuditEvent).filter_by(verb="certification.meeting.minutes").one()
        assert line.detail["sha256"] == file.sha256

    def test_a_conflict_that_turns_up_later_does_not_change_a_closed_meeting(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        case = reviewed(office, some)
        resolved(clerk, one, case, "certify")
        closed(clerk, one)
        with db.writing() as session:
            session.execute(sa.text("UPDATE certification_assignment SET conflict = 'kin'"))
        (line,) = queries.agenda(clerk, now(one))
        assert line.withdrawn == ()

    def test_minutes_that_a_killed_worker_had_kept_are_not_made_twice(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = closed_one(office, clerk, some)
        with db.writing() as session:
            session.get_one(Meeting, one.id).minutes_file_id = None
        assert meeting_closing.keep_minutes(office.id, one.id) == one.minutes_file_id
        files = db.reading().query(StoredFile).filter_by(slot=meeting_closing.SLOT)
        assert files.count() == 1

    def test_what_was_resolved_stands_at_the_case_and_what_is_to_be_done_on_the_desk(
        self, office: School, clerk: Actor, some: list[Actor],
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        case = reviewed(office, some)
        one = called(clerk, some)
        resolved(clerk, one, case, "oral")
        act_as(clerk)
        review = f"/certification/office/{case.id}/review"
        assert "結案時才會執行" in client.get(review).text
        assert meeting_cases.to_arrange(clerk) == []
        closed(clerk, one)
        page = client.get(review).text
        assert one.name in page
        assert THOUGHT in page
        assert "結案時才會執行" not in page
        assert f"安排展示或口試：{case.number}" in client.get("/").text
        assert meeting_cases.to_arrange(make_clerk(make_office())) == []
        orals.call(clerk, case.id, "oral", "會議室", at(2026, 12, 7, 14, 30), 20, "張評審")
        orals.call_off(clerk, case.id, "改期。")
        assert meeting_cases.to_arrange(clerk) == [], (
            "it was arranged once; what follows is the desk's"
        )

    def test_the_page_of_a_closed_meeting(
        self, office: School, clerk: Actor, some: list[Actor],
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        one = closed_one(office, clerk, some)
        act_as(clerk)
        page = client.get(f"/certification/meetings/{one.id}").text
        assert "已執行 1 件決議" in page
        address = page.partition('href="/files/')[2].partition('"')[0]
        with client.get(f"/files/{address}") as answer:
            assert answer.data.startswith(b"%PDF")
        assert "已結案" in client.get("/certification/meetings").text


def closed_one(office: School, clerk: Actor, some: list[Actor]) -> Meeting:
    one = called(clerk, some)
    resolved(clerk, one, reviewed(office, some), "oral")
    return closed(clerk, one)


def _file(one: Meeting) -> tuple[str, int]:
    file = queries.minutes_of(now(one))
    assert file is not None
    return file.sha256, file.size


def _broken(*_args: Any) -> None:
    raise OSError("no space left")
