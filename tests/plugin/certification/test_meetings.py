"""Meetings: called, their agenda, what is resolved, who withdraws."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from forms.definition import describe
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.certification import resolutions
from plugin.certification.forms import meetings as forms
from plugin.certification.models import (
    Assignment,
    CaseKind,
    CaseState,
    Category,
    CertificationCase,
    Meeting,
    MeetingItem,
    ReviewerProfile,
    ReviewVerdict,
)
from plugin.certification.operations import meeting_closing
from plugin.certification.operations import meetings as operations
from plugin.certification.operations.meetings import Facts
from plugin.certification.queries import meeting_cases
from plugin.certification.queries import meetings as queries
from plugin.certification.queries.standing import Standing
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school.models import School
from plugin.trail.models import AuditEvent
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

S = CaseState


@pytest.fixture(autouse=True)
def _no_papers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


@pytest.fixture
def some(office: School) -> list[Actor]:
    return members(office)


class TestCalling:
    def test_names_are_put_in_order_and_members_are_reviewers(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some, present="王 顧問、李專家\n\n王 顧問", notes=" 一 \n\n二")
        assert queries.guests(one) == ["王 顧問", "李專家"]
        assert one.notes == "一\n二"
        assert [who.name for who in queries.members(one)] == ["林委員", "陳委員"]
        with pytest.raises(InvalidInput) as refusal:
            called(clerk, [clerk])
        assert "members" in refusal.value.fields
        with pytest.raises(InvalidInput) as refusal:
            called(
                clerk, some, name=" ", chair="長" * 61, held_on=clock.today() + timedelta(days=400)
            )
        assert set(refusal.value.fields) == {"name", "chair", "held_on"}
        facts = Facts("改名", clock.today(), members=[some[1].person_id or 0])
        operations.save(clerk, facts, one.id)
        assert [who.name for who in queries.members(one)] == ["陳委員"]
        line = db.reading().query(AuditEvent).filter_by(verb="certification.meeting.save").all()
        assert "張主席" not in str([each.detail for each in line])

    def test_a_member_who_lost_the_role_stays_in_an_old_meeting(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        with db.writing() as session:
            session.execute(sa.text("DELETE FROM role_grant WHERE role = 'REVIEWER'"))
        again = Facts("改名", clock.today(), members=[who.person_id or 0 for who in some])
        operations.save(clerk, again, one.id)
        assert len(queries.members(one)) == 2


class TestAgenda:
    def test_complete_cases_come_first_with_what_is_missing(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        waits = reviewed(office, some, (FIT, None), n=1)
        split = reviewed(office, some, (FIT, UNFIT), n=2)
        whole = reviewed(office, some, n=3)
        shown = reviewed(office, some, n=4, category=Category.TEACHING)
        renewal = make_case(make_applicant(office), S.REVIEW, kind=CaseKind.RENEWAL)
        for state in set(S) - {S.REVIEW}:
            make_case(make_applicant(office), state)
        page = meeting_cases.candidates(clerk)
        found = {one.case.id: one.lacks for one in page.items}
        oral = [one for one in page.items if one.case.state is S.ORAL]
        assert list(found)[:4] == [split.id, whole.id, shown.id, renewal.id]
        assert list(found)[4:] == [waits.id, oral[0].case.id]
        assert found[whole.id] == found[renewal.id] == ()
        assert "第三位" in found[split.id][0]
        assert "1 份" in found[waits.id][0]
        assert "免展示" in found[shown.id][0]
        # by pages, and by number
        ids, after = [], None
        while True:
            part = meeting_cases.candidates(clerk, after=after, limit=2)
            ids += [one.case.id for one in part.items]
            if part.next is None:
                break
            after = part.next
        assert ids == list(found)
        assert [one.case.id for one in meeting_cases.candidates(clerk, whole.number).items] == [
            whole.id
        ]
        # what stands on an agenda is offered no more
        one = called(clerk, some)
        before(clerk, one, whole)
        assert whole.id not in {each.case.id for each in meeting_cases.candidates(clerk).items}

    def test_the_same_few_statements_for_one_case_and_for_twenty(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        cases = [
            reviewed(office, some, n=n, category=Category.TEACHING if n % 2 else Category.BOTH)
            for n in range(1, 21)
        ]
        before(clerk, one, cases[0])

        def count(work: Callable[[], Any]) -> int:
            db._close_reads()
            said: list[str] = []

            @sa.event.listens_for(db.engine(), "before_cursor_execute")
            def seen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
                said.append(statement)

            try:
                work()
            finally:
                sa.event.remove(db.engine(), "before_cursor_execute", seen)
            return len(said)

        few = count(lambda: queries.agenda(clerk, queries.seen(clerk, one.id)))
        many_free = count(lambda: meeting_cases.candidates(clerk))
        before(clerk, one, *cases[1:])
        assert count(lambda: queries.agenda(clerk, queries.seen(clerk, one.id))) == few
        assert many_free <= few + 2

    def test_on_two_open_agendas_only_when_the_first_is_closed_or_gives_it_back(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        case = reviewed(office, some)
        first, second = called(clerk, some, name="第一次"), called(clerk, some, name="第二次")
        (item,) = before(clerk, first, case)
        with pytest.raises(Conflict, match="第一次"):
            operations.add(clerk, second.id, [case.id])
        with pytest.raises(Conflict, match="第一次"):
            operations.add(clerk, first.id, [case.id])
        operations.remove(clerk, first.id, [item.id])
        before(clerk, second, case)

    @pytest.mark.parametrize("state", sorted(set(S) - {S.REVIEW, S.ORAL}))
    def test_only_cases_under_review(
        self, office: School, clerk: Actor, some: list[Actor], state: S
    ) -> None:
        one = called(clerk, some)
        good, bad = reviewed(office, some), make_case(make_applicant(office), state)
        with pytest.raises((Conflict, NotFound)):
            operations.add(clerk, one.id, [good.id, bad.id])
        assert queries.agenda(clerk, one) == [], "all of them or none"

    def test_order_and_removal(self, office: School, clerk: Actor, some: list[Actor]) -> None:
        one = called(clerk, some)
        cases = [reviewed(office, some, n=n) for n in (1, 2, 3)]
        a, b, c = before(clerk, one, *cases)

        def order() -> list[int]:
            return [line.item.id for line in queries.agenda(clerk, one)]

        operations.move(clerk, one.id, c.id, -1)
        assert order() == [a.id, c.id, b.id]
        operations.move(clerk, one.id, a.id, -1)
        operations.move(clerk, one.id, b.id, 1)
        assert order() == [a.id, c.id, b.id]
        operations.move(clerk, one.id, a.id, 1)
        assert order() == [c.id, a.id, b.id]
        assert operations.remove(clerk, one.id, [a.id, b.id]) == 2
        assert order() == [c.id]
        with pytest.raises(NotFound):
            operations.remove(clerk, one.id, [a.id])
        with pytest.raises(InvalidInput):
            operations.remove(clerk, one.id, [])

    def test_a_case_of_ones_own_is_seen_and_not_touched(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        person = make_staff(office, Role.ISSUING_OFFICE)
        own = actor_of(person, Role.ISSUING_OFFICE)
        case = make_case(own, S.REVIEW)
        one = called(clerk, some)
        assert case.id not in {each.case.id for each in meeting_cases.candidates(own).items}
        with pytest.raises(NotFound):
            operations.add(own, one.id, [case.id])
        (item,) = before(clerk, one, case)
        operations.resolve(clerk, item.id, "refuse", "年資不足。")
        (line,) = queries.agenda(own, one)
        assert line.own
        with pytest.raises(NotFound):
            queries.item_seen(own, item.id)
        for act in (
            lambda: operations.resolve(own, item.id, "defer"),
            lambda: operations.resolve_many(own, one.id, [item.id], "certify"),
            lambda: operations.remove(own, one.id, [item.id]),
        ):
            with pytest.raises(NotFound):
                act()
        assert item_of(one, case).resolution == "refuse"


class TestResolving:
    def test_what_each_needs(self, office: School, clerk: Actor, some: list[Actor]) -> None:
        one = called(clerk, some)
        (item,) = before(clerk, one, reviewed(office, some))

        def fault(resolution: str, words: str = "", **more: Any) -> set[str]:
            with pytest.raises(InvalidInput) as refusal:
                operations.resolve(clerk, item.id, resolution, words, **more)
            return set(refusal.value.fields)

        assert fault("") == fault("nonsense") == {"resolution"}
        assert fault("refuse") == fault("refuse", "長" * 1001) == {"words"}
        assert fault("correct") == {"asked"}
        assert fault("correct", items={"title": " "}) == {"title"}
        assert fault("correct", items={"title": "長" * 501}) == {"title"}
        fault("correct", items={"national_id": "不得變更"})
        assert fault("defer", withdrawn=[clerk.person_id]) == {"withdrawn"}
        assert fault("exempt") == {"resolution"}, "an administrative case has nothing to show"
        assert item_of(one, queries.agenda(clerk, one)[0].case).resolution == ""
        operations.resolve(clerk, item.id, "correct", "", {"title": "請寫全銜。"})
        operations.resolve(clerk, item.id, "certify", "長" * 5000)
        kept = db.reading().get_one(MeetingItem, item.id)
        assert (kept.resolution, kept.items) == ("certify", {}), "items belong to a correction"

    def test_kept_while_it_is_written(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        (item,) = before(clerk, one, reviewed(office, some))
        operations.resolve(clerk, item.id, "refuse", "", whole=False)
        operations.resolve(clerk, item.id, "refuse", "寫到", whole=False)
        (line,) = queries.agenda(clerk, one)
        assert (line.item.words, line.whole) == ("寫到", True)
        with pytest.raises(InvalidInput):
            operations.resolve(clerk, item.id, "refuse", "長" * 1001, whole=False)
        lines = db.reading().query(AuditEvent).filter_by(verb="certification.meeting.resolve")
        assert lines.count() == 1, "a line for the resolution, none for each keystroke"

    def test_many_at_once_take_the_reviewers_words(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        cases = [reviewed(office, some, n=n) for n in (1, 2)]
        items = before(clerk, one, *cases)
        ids = [each.id for each in items]
        assert operations.resolve_many(clerk, one.id, ids, "certify") == 2
        assert item_of(one, cases[0]).words == "1. 計畫完整。\n2. 計畫完整。"
        assert operations.resolve_many(clerk, one.id, ids[:1], "defer") == 1
        assert item_of(one, cases[0]).resolution == "defer"
        for wrong in ("refuse", "correct", ""):
            with pytest.raises(InvalidInput):
                operations.resolve_many(clerk, one.id, ids, wrong)

    def test_what_may_be_resolved_on_which_case(self, office: School, some: list[Actor]) -> None:
        plain = reviewed(office, some)
        shown = reviewed(office, some, category=Category.TEACHING)
        renewal = make_case(make_applicant(office), S.REVIEW, kind=CaseKind.RENEWAL)
        every = set(resolutions.RESOLUTIONS)
        assert set(resolutions.offered(shown)) == every == set(resolutions.CONSEQUENCES)
        assert set(resolutions.offered(plain)) == every - {"exempt", "certify_exempt"}
        assert set(resolutions.offered(renewal)) == {"certify", "refuse", "correct", "defer"}


class TestWithdrawing:
    def test_known_declared_and_said_at_the_meeting(self, office: School, clerk: Actor) -> None:
        kin, author, free, fourth = members(office, "甲委員", "乙委員", "丙委員", "丁委員")
        case = reviewed(office, [kin, free, fourth], (None, FIT, UNFIT))
        with db.writing() as session:
            session.query(Assignment).filter_by(reviewer_id=kin.person_id).update(
                {"conflict": "kin", "ended_at": clock.now()}
            )
            session.get_one(ReviewerProfile, author.person_id).co_authors = case.name
        one = called(clerk, [kin, author, free, fourth], present="王顧問")
        (item,) = before(clerk, one, case)

        def line() -> queries.Line:
            (found,) = queries.agenda(clerk, one)
            return found

        assert [(who.name, who.known) for who in line().withdrawn] == [
            ("甲委員", True), ("乙委員", True),
        ]  # fmt: skip
        assert line().counted == 3
        assert "第三位" in line().lacks[0]
        operations.resolve(clerk, item.id, "certify", "", None, [fourth.person_id or 0])
        assert [who.name for who in line().withdrawn][2:] == ["丁委員"]
        assert line().counted == 2
        # whose sheet does not count either: one is left, and two are wanted
        assert "1 份" in line().obstacle

    def test_where_all_withdraw_nothing_is_resolved(
        self, office: School, clerk: Actor, some: list[Actor]
    ) -> None:
        one = called(clerk, some)
        case = reviewed(office, members(office, "戊委員", "己委員"))
        (item,) = before(clerk, one, case)
        ids = [who.person_id or 0 for who in some]
        operations.resolve(clerk, item.id, "refuse", "年資不足。", None, ids)
        (line,) = queries.agenda(clerk, one)
        assert "都應迴避" in line.obstacle
        operations.resolve(clerk, item.id, "defer", "", None, ids)
        (line,) = queries.agenda(clerk, one)
        assert line.obstacle == ""


@pytest.mark.parametrize(
    ("verdicts", "resolution", "words", "fits", "departs"),
    [
        ((FIT, FIT), "certify", "", True, False),
        ((FIT, FIT), "refuse", "理由", True, True),
        ((UNFIT, UNFIT), "certify", "", False, True),
        ((UNFIT, UNFIT), "certify", "委員會認為可行。", True, True),
        ((UNFIT, UNFIT), "refuse", "理由", True, False),
        ((FIT, UNFIT), "certify", "理由", False, False),
        ((FIT, None), "certify", "理由", False, False),
        ((FIT, None), "refuse", "理由", True, False),
        ((FIT, None), "defer", "", True, False),
    ],
)
def test_what_the_committee_may_do_with_the_reviewers_opinion(
    office: School, clerk: Actor, some: list[Actor],
    verdicts: Any, resolution: str, words: str, fits: bool, departs: bool,
) -> None:  # fmt: skip
    one = called(clerk, some)
    (item,) = before(clerk, one, reviewed(office, some, verdicts))
    operations.resolve(clerk, item.id, resolution, words)
    (line,) = queries.agenda(clerk, one)
    assert (line.obstacle == "", line.departs) == (fits, departs)


def test_no_majority_is_what_the_committee_is_for(
    office: School, clerk: Actor, some: list[Actor]
) -> None:
    third = members(office, "己委員")
    case = reviewed(office, [*some, *third], (FIT, UNFIT, ReviewVerdict.ORAL))
    with db.writing() as session:
        session.query(Assignment).filter_by(reviewer_id=third[0].person_id).update(
            {"tie_breaker": True}
        )
    one = called(clerk, some)
    (item,) = before(clerk, one, case)
    operations.resolve(clerk, item.id, "certify", "")
    (line,) = queries.agenda(clerk, one)
    assert line.obstacle == ""


def test_which_state_stands_in_the_way(app: Flask) -> None:
    for state, resolution in itertools.product(S, resolutions.RESOLUTIONS):
        case = CertificationCase(state=state, kind=CaseKind.RENEWAL, category=Category.TEACHING)
        free = {S.REVIEW, S.ORAL} if resolution == "exempt" else {S.REVIEW}
        with app.test_request_context():
            why = resolutions.obstacle(case, Standing(), resolution, "理由", 2)
        assert (why == "") == (resolution == "defer" or state in free), (state, resolution)


def test_every_operation_by_everybody(office: School, clerk: Actor, some: list[Actor]) -> None:
    """Who is not of this office finds no meeting, whatever they know of it."""
    case, spare = reviewed(office, some, n=1), reviewed(office, some, n=2)
    one = called(clerk, some)
    (item,) = before(clerk, one, case)
    operations.resolve(clerk, item.id, "certify", "好。")
    outside = [make_clerk(make_office()), Actor(school_id=office.id)]
    outside += [
        actor_of(make_staff(office, role), role) for role in Role if role is not Role.ISSUING_OFFICE
    ]
    acts: dict[str, Callable[[Actor], Any]] = {
        "call": lambda who: operations.save(who, Facts("另一場", clock.today())),
        "change": lambda who: operations.save(who, Facts("改名", clock.today()), one.id),
        "add": lambda who: operations.add(who, one.id, [spare.id]),
        "remove": lambda who: operations.remove(who, one.id, [item.id]),
        "move": lambda who: operations.move(who, one.id, item.id, 1),
        "resolve": lambda who: operations.resolve(who, item.id, "defer"),
        "resolve many": lambda who: operations.resolve_many(who, one.id, [item.id], "defer"),
        "close": lambda who: meeting_closing.close(who, one.id),
        "see": lambda who: queries.seen(who, one.id),
        "see a case": lambda who: queries.item_seen(who, item.id),
    }
    for what, act in acts.items():
        for who in outside:
            if what == "call" and who.has(Role.ISSUING_OFFICE):
                continue  # another office calls a meeting of its own
            with pytest.raises(NotFound):
                act(who)
    stands = now(one)
    assert (stands.name, stands.closing_at) == (one.name, None)
    assert item_of(one, case).resolution == "certify"
    assert db.reading().query(MeetingItem).count() == db.reading().query(Meeting).count() == 1


class TestPages:
    def test_from_the_queue_to_the_closing(
        self, office: School, clerk: Actor, some: list[Actor],
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        case = reviewed(office, some, n=1)
        other = reviewed(office, some, n=2)
        act_as(clerk)
        assert "/certification/meetings" in client.get("/certification/office").text
        assert "還沒有審查會議" in client.get("/certification/meetings").text
        assert _post(client, "/certification/meetings/new", name="").status_code == 422
        facts = {"name": "第一次會議", "held_on": "115/11/20", "chair": "張主席"}
        made = _post(
            client, "/certification/meetings/new", **facts, members=[str(some[0].person_id)]
        )
        home = made.headers["Location"]
        assert "議程上還沒有案件" in client.get(home).text
        assert "第一次會議" in client.get("/certification/meetings").text
        listed = client.get(f"{home}/add").text
        assert case.number in listed
        assert "資料齊全" in listed
        _post(client, f"{home}/add", case=[str(case.id), str(other.id)])
        one = db.reading().query(Meeting).one()
        a, b = item_of(one, case), item_of(one, other)
        assert case.number in client.get(home).text
        closing = client.get(f"{home}/close").text
        assert "2 件還沒有完整的決議" in closing
        assert "結案並執行決議" not in closing
        assert _post(client, f"{home}/close").status_code == 302
        assert now(one).closing_at is None
        page = f"/certification/meetings/cases/{a.id}"
        assert "計畫完整。" in client.get(page).text, "the reviewers' comments are offered"
        quiet = {"X-Licheng-Autosave": "1"}
        token = _token(client, page)
        data = {"csrf_token": token, "resolution": "refuse", "words": ""}
        assert client.post(page, data=data, headers=quiet).status_code == 204
        assert client.post(page, data=data).status_code == 422
        asked = data | {"resolution": "correct", "asked": ["title", "essay1"]}
        answer = client.post(page, data=asked)
        assert answer.headers["Location"] == f"{page}/correction"
        assert "決議還沒有寫完整" in client.get(home).text
        assert _post(client, f"{page}/correction", item_title="請寫全銜。").status_code == 422
        answer = _post(
            client, f"{page}/correction", item_title="請寫全銜。", item_essay1="請補充。"
        )
        assert answer.headers["Location"].endswith(f"/cases/{b.id}"), "on to the next"
        _post(client, f"{home}/agenda", act="certify", item=[str(b.id)])
        _post(client, f"{home}/agenda", act=f"down:{a.id}")
        assert [line.item.id for line in queries.agenda(clerk, one)] == [b.id, a.id]
        closing = client.get(f"{home}/close").text
        assert "核發證書，寄送審查結果通知。" in closing
        draft = client.get(f"{home}/draft.pdf")
        assert draft.data.startswith(b"%PDF")
        assert draft.headers["Cache-Control"] == "private, no-store"
        assert "1" in client.get("/").text
        _post(client, f"{home}/close")
        assert now(one).closing_at is not None
        assert "執行決議" in client.get(home).text
        assert "結案…" not in client.get(home).text
        for address in (page, f"{page}/correction", f"{home}/close"):
            assert client.get(address).status_code == 302
        assert state_of(case) is S.REVIEW, "the queue has not run"

    def test_nothing_is_there_for_another_office(
        self, office: School, clerk: Actor, some: list[Actor],
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        one = called(clerk, some)
        (item,) = before(clerk, one, reviewed(office, some))
        act_as(make_clerk(make_office()))
        home = f"/certification/meetings/{one.id}"
        for address in (home, f"{home}/edit", f"{home}/add", f"{home}/close", f"{home}/draft.pdf",
                        f"/certification/meetings/cases/{item.id}"):  # fmt: skip
            assert client.get(address).status_code == 404, address
        act_as(some[0])
        assert client.get(home).status_code == 403


@pytest.mark.parametrize(
    "form",
    [forms.MeetingForm, forms.ResolutionForm, forms.asked_form({"title": "職稱"})],
    ids=lambda form: form.Meta.name,
)
def test_every_form_describes_itself(app: Flask, form: Any) -> None:
    assert describe(form).fields


def _token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found, address
    return found[1]


def _post(client: FlaskClient, address: str, **values: Any) -> Any:
    token = _token(
        client, address if not address.endswith("/agenda") else address[: -len("/agenda")]
    )
    return client.post(address, data={"csrf_token": token, **values})
