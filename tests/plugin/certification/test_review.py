"""Review: who is asked, what stands against it, secrecy of sheets, what they come to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forms.definition import describe
from plugin import db
from plugin.actor import Actor, Role
from plugin.certification import basis, criteria
from plugin.certification.forms import review as forms
from plugin.certification.models import (
    Assignment,
    CaseState,
    Category,
    CertificationCase,
    ReviewVerdict,
    Score,
)
from plugin.certification.operations import deciding, letters, orals, processing, reviewers, scoring
from plugin.certification.outlook import Stand, outlook
from plugin.certification.queries import letters as letter_queries
from plugin.certification.queries import review as queries
from plugin.errors import Conflict, InvalidInput, NotFound, Refusal
from plugin.school.models import School
from plugin.trail.models import AuditEvent, Message, OutboundMail
from tests.factories import FrozenClock, at
from tests.factories.certification import (
    make_applicant,
    make_case,
    make_clerk,
    make_office,
    make_reviewer,
)
from tests.factories.school import actor_of, make_staff
from tests.plugin.certification.desk_world import complete_case

S, V = CaseState, ReviewVerdict
FULL = {one.key: one.weight for one in criteria.sheet(Category.ADMINISTRATIVE)}
LOW = dict.fromkeys(FULL, 5)


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
def applicant(office: School) -> Actor:
    return make_applicant(office)


@pytest.fixture
def case(applicant: Actor) -> CertificationCase:
    return complete_case(applicant, S.REVIEW)


def member(office: School, where: str = "別的學校", **profile: str) -> Actor:
    """A reviewer whose data are known."""
    actor = make_reviewer(office)
    reviewers.set_profile(actor, actor.person_id or 0, organisation=where, **profile)
    return actor


def given(clerk: Actor, case: CertificationCase, *people: Actor) -> list[Assignment]:
    return reviewers.assign(clerk, case.id, [one.person_id or 0 for one in people])


def handed(actor: Actor, one: Assignment, verdict: V, comment: str = "請參考。") -> None:
    reviewers.declare(actor, one.id, "")
    marks = FULL if verdict is V.FIT else LOW
    scoring.hand_in(actor, one.id, marks, verdict, comment, "")


class TestAssigning:
    def test_two_at_least_and_they_are_told(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        with pytest.raises(InvalidInput, match="至少要有 2 位"):
            given(clerk, case, some[0])
        made = given(clerk, case, *some)
        told = db.reading().query(Message).all()
        assert {one.person_id for one in told} == {one.person_id for one in some}
        assert case.name not in "".join(one.body + one.subject for one in told)
        with pytest.raises(Conflict):
            given(clerk, case, some[0])
        assert {one.due_on for one in made} == {reviewers.usual_due(case)}

    def test_the_same_school_and_a_co_author_are_left_out(
        self, office: School, clerk: Actor, applicant: Actor
    ) -> None:
        case = make_case(applicant, S.REVIEW, organisation=("193301", "歷程測試國民小學"))
        by_code = member(office, "換了名字的學校", organisation_code="193301")
        by_name = member(office, "歷程測試國民小學")
        author = member(office, co_authors=f"某人\n {case.name} ")
        free, unknown = member(office), make_reviewer(office)
        found = {one.person.id: one for one in queries.candidates(case)}
        assert found[by_code.person_id or 0].conflict == "same_school"
        assert found[by_name.person_id or 0].conflict == "same_school"
        assert found[author.person_id or 0].conflict == "co_author"
        assert [one for one in found if found[one].askable] == [free.person_id]
        for bad in (by_code, by_name, author, unknown):
            with pytest.raises(InvalidInput):
                given(clerk, case, free, bad)
        assert db.reading().query(Assignment).count() == 0

    def test_the_least_busy_comes_first(
        self, office: School, clerk: Actor, applicant: Actor, case: CertificationCase
    ) -> None:
        busy = [member(office), member(office)]
        given(clerk, case, *busy)
        idle = member(office)
        other = make_case(make_applicant(office, national_id="B123456780"), S.REVIEW)
        order = [(one.person.id, one.load) for one in queries.candidates(other)]
        assert order == [(idle.person_id, 0), *((one.person_id, 1) for one in busy)]

    def test_only_under_review_and_only_by_the_office(
        self, office: School, clerk: Actor, applicant: Actor
    ) -> None:
        some = [member(office), member(office)]
        for state in S:
            one = make_case(applicant, state, returns_to=S.REVIEW if state is S.ORAL else None)
            if state in {S.REVIEW, S.ORAL}:
                assert len(given(clerk, one, *some)) == 2
                continue
            with pytest.raises((Conflict, NotFound)):
                given(clerk, one, *some)
        one = make_case(applicant, S.REVIEW)
        for stranger in (applicant, some[0], make_clerk(make_office())):
            with pytest.raises(NotFound):
                given(stranger, one, *some)


class TestDeclaring:
    def test_nothing_opens_before_and_nothing_after_a_conflict(
        self,
        office: School,
        clerk: Actor,
        case: CertificationCase,
        client: FlaskClient,
        act_as: Callable[[Any], Any],
    ) -> None:
        one, other = member(office), member(office)
        first, second = given(clerk, case, one, other)
        act_as(one)
        home = f"/certification/reviews/{first.id}"

        def closed() -> None:
            text = client.get(home)
            assert text.status_code == 404 or "第 1 題的說明" not in text.text
            assert "/files/" not in text.text
            assert client.get(f"{home}/score").status_code == 404
            for call in (
                lambda: letters.ask(one, case.id, "dossier"),
                lambda: letter_queries.of_case(one, case.id),
                lambda: queries.sheets(one, case),
                lambda: scoring.save(one, first.id, FULL, V.FIT, "", ""),
                lambda: scoring.hand_in(one, first.id, FULL, V.FIT, "", ""),
            ):
                with pytest.raises(NotFound):
                    call()
            # addresses of others' things, forged
            assert client.get(f"/certification/reviews/{second.id}").status_code == 404
            assert client.get(f"/certification/reviews/{second.id}/score").status_code == 404
            assert client.get(f"/certification/office/{case.id}").status_code == 403

        closed()
        reviewers.declare(one, first.id, "")
        assert "第 1 題的說明" in client.get(home).text
        assert "A123456789" not in client.get(home).text
        dossier = letters.ask(one, case.id, "dossier")
        assert letter_queries.seen(one, dossier.id)
        reviewers.declare(one, first.id, "kin", "表弟")  # it turned up later
        closed()
        with pytest.raises(NotFound):
            letter_queries.seen(one, dossier.id)
        row = db.reading().get_one(Assignment, first.id)
        assert (row.conflict, row.ended_at is not None) == ("kin", True)
        assert one.person_id not in [
            found.person.id for found in queries.candidates(case) if found.askable
        ]

    def test_the_office_is_told_and_the_applicant_is_not(
        self, office: School, clerk: Actor, applicant: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        rows = given(clerk, case, *some)
        reviewers.declare(some[0], rows[0].id, "other", "曾有訴訟")
        people = [one.person_id for one in db.reading().query(Message).all()]
        assert people.count(clerk.person_id) == 1
        assert applicant.person_id not in people
        mails = db.reading().query(OutboundMail).all()
        assert not [one for one in mails if one.recipient == "applicant@example.org"]
        audit = db.reading().query(AuditEvent).filter_by(verb="certification.review.declare").one()
        assert "訴訟" not in str(audit.detail)

    def test_the_same_school_is_known_whatever_is_declared(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        rows = given(clerk, case, *some)
        reviewers.set_profile(
            some[0], some[0].person_id or 0, organisation="新學校",
            organisation_code=case.organisation_code,
        )  # fmt: skip
        assert reviewers.declare(some[0], rows[0].id, "").conflict == "same_school"

    def test_other_needs_words_and_nobody_declares_for_another(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        rows = given(clerk, case, *some)
        for conflict in ("other", "nonsense"):
            with pytest.raises(InvalidInput):
                reviewers.declare(some[0], rows[0].id, conflict)
        for actor in (some[1], clerk, make_reviewer(make_office())):
            with pytest.raises(NotFound):
                reviewers.declare(actor, rows[0].id, "")


class TestSheets:
    def test_secret_until_the_own_is_handed_in(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        # One of the two works in the office as well: that opens nothing either.
        person = make_staff(office, Role.REVIEWER)
        one, other = actor_of(person), member(office)
        reviewers.set_profile(one, person.id, organisation="別校")
        first, second = given(clerk, case, one, other)
        both = Actor(
            school_id=office.id, person_id=person.id,
            roles=frozenset({Role.REVIEWER, Role.ISSUING_OFFICE}),
        )  # fmt: skip
        reviewers.declare(one, first.id, "")
        handed(other, second, V.UNFIT, "還不夠。")
        for actor in (one, both):
            assert [bool(sheet.score) for sheet in queries.sheets(actor, case)] == [False, False]
        assert [bool(sheet.score) for sheet in queries.sheets(clerk, case)] == [False, True]
        scoring.save(one, first.id, {"training": 3}, None, "", "")
        assert [bool(sheet.score) for sheet in queries.sheets(clerk, case)] == [False, True]
        scoring.hand_in(one, first.id, FULL, V.FIT, "", "")
        assert [bool(sheet.score) for sheet in queries.sheets(one, case)] == [True, True]

    def test_handing_in_locks_and_the_office_gives_it_back(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        row = given(clerk, case, *some)[0]
        handed(some[0], row, V.FIT)
        with pytest.raises(Conflict):
            scoring.save(some[0], row.id, LOW, V.UNFIT, "x", "")
        with pytest.raises(Conflict):
            reviewers.declare(some[0], row.id, "kin")
        with pytest.raises(InvalidInput):
            scoring.reopen(clerk, row.id, " ")
        for actor in (some[0], make_clerk(make_office())):
            with pytest.raises(NotFound):
                scoring.reopen(actor, row.id, "請修改。")
        scoring.reopen(clerk, row.id, "請補充意見。")
        with pytest.raises(Conflict):
            scoring.reopen(clerk, row.id, "再一次。")
        scoring.hand_in(some[0], row.id, LOW, V.UNFIT, "不足。", "")
        assert db.reading().get_one(Score, row.id).verdict is V.UNFIT

    @pytest.mark.parametrize(
        ("marks", "verdict", "comment", "field"),
        [
            ({}, V.FIT, "", "mark_qualification"),
            (FULL, None, "", "verdict"),
            (LOW, V.FIT, "", "verdict"),
            (LOW, V.UNFIT, " ", "comment"),
            (FULL | {"training": 21}, V.FIT, "", "mark_training"),
            (FULL | {"training": -1}, V.FIT, "", "mark_training"),
            (FULL | {"nonsense": 1}, V.FIT, "", "mark_nonsense"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, office: School, clerk: Actor, case: CertificationCase,
        marks: dict[str, int], verdict: V | None, comment: str, field: str,
    ) -> None:  # fmt: skip
        some = [member(office), member(office)]
        row = given(clerk, case, *some)[0]
        reviewers.declare(some[0], row.id, "")
        with pytest.raises(InvalidInput) as refusal:
            scoring.hand_in(some[0], row.id, marks, verdict, comment, "")
        assert field in refusal.value.fields

    def test_kept_while_it_is_written(
        self, office: School, clerk: Actor, case: CertificationCase,
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        some = [member(office), member(office)]
        row = given(clerk, case, *some)[0]
        reviewers.declare(some[0], row.id, "")
        act_as(some[0])
        address = f"/certification/reviews/{row.id}/score"
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
        assert found
        data = {
            "csrf_token": found[1],
            "mark_training": "12",
            "mark_plan": "x",
            "comment": "寫到一半",
        }
        kept = client.post(address, data=data, headers={"X-Licheng-Autosave": "1"})
        assert kept.status_code == 204
        assert db.reading().get_one(Score, row.id).marks == {"training": 12}
        assert "寫到一半" in client.get(address).text
        assert client.post(address, data=data).status_code == 422
        whole = data | {f"mark_{key}": str(most) for key, most in FULL.items()} | {"verdict": "fit"}
        assert client.post(address, data=whole).status_code == 302
        assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    ("verdicts", "waiting", "tie", "stand", "verdict"),
    [
        ([], 0, False, Stand.ASKED, None),
        ([V.FIT], 0, False, Stand.ASKED, None),
        ([V.FIT, V.FIT], 1, False, Stand.ASKED, None),
        ([V.FIT, V.FIT], 0, False, Stand.AGREED, V.FIT),
        ([V.FIT, V.UNFIT], 0, False, Stand.SPLIT, None),
        ([V.FIT, V.FIT, V.UNFIT], 0, False, Stand.SPLIT, None),
        ([V.FIT, V.UNFIT, V.FIT], 0, True, Stand.AGREED, V.FIT),
        ([V.FIT, V.UNFIT, V.UNFIT], 0, True, Stand.AGREED, V.UNFIT),
        ([V.FIT, V.UNFIT, V.ORAL], 0, True, Stand.COMMITTEE, None),
        ([V.FIT, V.FIT, V.UNFIT, V.UNFIT], 0, True, Stand.COMMITTEE, None),
    ],
)
def test_the_tie_rule(
    verdicts: list[V], waiting: int, tie: bool, stand: Stand, verdict: V | None
) -> None:
    found = outlook(verdicts, waiting, 2, tie_broken=tie)
    assert (found.stand, found.verdict) == (stand, verdict)


class TestDeciding:
    def test_a_second_opinion_decides(
        self, office: School, clerk: Actor, applicant: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        rows = given(clerk, case, *some)
        with pytest.raises(deciding.NoBasis, match="0 份"):
            deciding.certify(clerk, case.id)
        handed(some[0], rows[0], V.FIT, "計畫完整。")
        handed(some[1], rows[1], V.UNFIT, "成果不足。")
        with pytest.raises(deciding.NoBasis, match="第三位"):
            deciding.certify(clerk, case.id)
        third = member(office)
        (row,) = given(clerk, case, third)
        assert row.tie_breaker
        handed(third, row, V.FIT)
        said = queries.comments(queries.sheets(clerk, case))
        assert deciding.certify(clerk, case.id, said).number
        told = [
            one.body for one in db.reading().query(Message).filter_by(person_id=applicant.person_id)
        ]
        assert "計畫完整。" in told[-1]
        for actor in (*some, third):
            assert actor.name not in "".join(told)
            with pytest.raises(NotFound):
                queries.opened(actor, row.id if actor is third else rows[0].id)

    def test_most_against_it_is_not_certified(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        for actor, row in zip(some, given(clerk, case, *some), strict=True):
            handed(actor, row, V.UNFIT)
        with pytest.raises(deciding.NoBasis, match="不適合"):
            deciding.certify(clerk, case.id)
        assert processing.refuse(clerk, case.id, "成果不足。").state is S.REFUSED

    def test_teaching_needs_certificate_resolution_or_demonstration(
        self, office: School, clerk: Actor, applicant: Actor
    ) -> None:
        answers = {"category": "teaching"}
        case = complete_case(applicant, S.REVIEW, category=Category.TEACHING, answers=answers)
        (words,) = [one for one in basis.missing(case) if "教師證書" in one]
        assert "字號與檔案" in words
        # The number alone is no certificate.
        numbered = complete_case(
            make_applicant(office, national_id="B123456780"), S.REVIEW, category=Category.TEACHING,
            answers=answers | {"teacher_certificate_number": "中登字第1號"},
        )  # fmt: skip
        assert any("教師證書" in one for one in basis.missing(numbered))

    def test_a_demonstration_is_called_held_and_counts(
        self, office: School, clerk: Actor, applicant: Actor, clock: FrozenClock
    ) -> None:
        case = complete_case(
            applicant, S.REVIEW, category=Category.TEACHING, answers={"category": "teaching"}
        )
        sheet = {one.key: one.weight for one in criteria.sheet(Category.TEACHING)}
        some = [member(office), member(office)]
        for actor, row in zip(some, given(clerk, case, *some), strict=True):
            reviewers.declare(actor, row.id, "")
            scoring.hand_in(actor, row.id, sheet, V.FIT, "", "")
        begins = at(2026, 12, 7, 14, 30)
        when = ("oral", "第一會議室", begins, 20, "張評審")
        with pytest.raises(InvalidInput) as refusal:
            orals.call(clerk, case.id, "x", " ", at(2020, 1, 1), 0, "")
        assert set(refusal.value.fields) == {"way", "place", "members", "day", "minutes"}
        orals.call(clerk, case.id, *when)
        with pytest.raises(Conflict):
            orals.call(clerk, case.id, *when)
        with pytest.raises(Conflict, match="還沒有到"):
            orals.end(clerk, case.id, "pass", "良好。")
        orals.call_off(clerk, case.id, "場地有變。")
        orals.call(clerk, case.id, *when)
        clock.set(at(2026, 12, 7, 15))
        for stranger in (applicant, some[0], make_clerk(make_office())):
            with pytest.raises(NotFound):
                orals.end(stranger, case.id, "pass", "良好。")
        orals.end(clerk, case.id, "absent", "未到場，另行安排。")
        assert any("教師證書" in one for one in basis.missing(case))
        clock.set(at(2026, 12, 1))
        orals.call(clerk, case.id, *when)
        clock.set(at(2026, 12, 8))
        orals.end(clerk, case.id, "pass", "良好。")
        assert basis.missing(db.reading().get_one(CertificationCase, case.id)) == []
        told = [
            one.body for one in db.reading().query(Message).filter_by(person_id=applicant.person_id)
        ]
        assert any("第一會議室" in one and "20 分鐘" in one for one in told)
        assert "張評審" not in "".join(told)
        assert deciding.certify(clerk, case.id).number

    def test_a_correction_keeps_the_review_and_waits_for_the_applicant(
        self, office: School, clerk: Actor, case: CertificationCase
    ) -> None:
        some = [member(office), member(office)]
        rows = given(clerk, case, *some)
        reviewers.declare(some[0], rows[0].id, "")
        processing.ask_correction(clerk, case.id, {"title": "請寫全銜。"})
        scoring.save(some[0], rows[0].id, FULL, V.FIT, "", "")
        with pytest.raises(Conflict, match="補正"):
            scoring.hand_in(some[0], rows[0].id, FULL, V.FIT, "", "")


def test_who_may_do_what_in_every_state(office: School, clerk: Actor, applicant: Actor) -> None:
    """Every act of the review × every person: only the office and the assigned one, in review."""
    some = [member(office), member(office)]
    outside = {
        "applicant": applicant,
        "reviewer not asked": member(office),
        "other office": make_clerk(make_office()),
        "administrator": actor_of(make_staff(office, Role.ADMINISTRATOR)),
    }
    for state in (S.REVIEW, S.CERTIFIED, S.WITHDRAWN):
        case = make_case(applicant, S.REVIEW)
        rows = given(clerk, case, *some)
        for actor, row in zip(some, rows, strict=True):
            handed(actor, row, V.FIT)
        with db.writing() as session:
            session.get_one(CertificationCase, case.id).state = state
        acts: dict[str, Callable[[Actor], Any]] = {
            "take away": lambda who, at=rows[1].id: reviewers.take_away(who, at, "理由"),
            "reopen": lambda who, at=rows[1].id: scoring.reopen(who, at, "理由"),
            "certify": lambda who, at=case.id: deciding.certify(who, at),
        }
        for (what, act), who in itertools.product(acts.items(), outside.values()):
            with pytest.raises(Refusal):
                act(who)
            assert db.reading().get_one(CertificationCase, case.id).state is state, what
        if state is not S.REVIEW:
            with pytest.raises(Conflict):
                acts["reopen"](clerk)
            with pytest.raises(Conflict):
                acts["certify"](clerk)


class TestPages:
    def test_the_office_asks_and_certifies(
        self, office: School, clerk: Actor, case: CertificationCase,
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        some = [member(office), member(office)]
        act_as(clerk)
        here = f"/certification/office/{case.id}"
        assert "委員審查" in client.get(here).text
        assert "還沒有指派審查委員" in client.get(f"{here}/review").text
        few = _post(client, f"{here}/assign", reviewers=[str(some[0].person_id)])
        assert few.status_code == 422
        ids = [str(one.person_id) for one in some]
        assert _post(client, f"{here}/assign", reviewers=ids).status_code == 302
        rows = db.reading().query(Assignment).order_by(Assignment.id).all()
        for actor, row in zip(some, rows, strict=True):
            handed(actor, row, V.FIT, f"意見{row.id}")
        text = client.get(f"{here}/review").text
        assert "意見一致" in text
        assert f"意見{rows[0].id}" in client.get(f"{here}/certify").text
        one = f"/certification/office/assignments/{rows[0].id}"
        oral = {
            "way": "oral",
            "day": "120/12/1",
            "time": "9:30",
            "minutes": "20",
            "place": "會議室",
        }
        assert _post(client, f"{here}/oral", **oral).status_code == 422
        assert _post(client, f"{here}/oral", **oral, assessors="張評審").status_code == 302
        assert "張評審" in client.get(f"{here}/review").text
        assert _post(client, f"{here}/oral/result", result="pass", words="好").status_code == 422
        assert _post(client, f"{here}/oral/off", words="改期").status_code == 302
        assert _post(client, f"{one}/reopen", words="").status_code == 422
        assert _post(client, f"{one}/reopen", words="請補充。").status_code == 302
        assert _post(client, f"{here}/certify", words="").status_code == 422
        scoring.hand_in(some[0], rows[0].id, FULL, V.FIT, "好", "")
        assert _post(client, f"{here}/certify", words="恭喜。").status_code == 302
        assert db.reading().get_one(CertificationCase, case.id).state is S.CERTIFIED

    def test_the_reviewers_desk(
        self, office: School, clerk: Actor, case: CertificationCase,
        client: FlaskClient, act_as: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        some = [member(office), member(office)]
        rows = given(clerk, case, *some)
        act_as(some[0])
        assert "聲明有無迴避" in client.get("/").text
        assert case.number in client.get("/certification/reviews").text
        home = f"/certification/reviews/{rows[0].id}"
        assert _post(client, f"{home}/declare", conflict="other").status_code == 422
        assert _post(client, f"{home}/declare", conflict="none").status_code == 302
        assert "第 1 題的說明" in client.get(home).text
        profile = {"organisation": "某機關", "unlisted": "y", "co_authors": "甲\n乙"}
        assert _post(client, "/certification/reviews/profile", **profile).status_code == 302
        kept = queries.profile(office.id, some[0].person_id or 0)
        assert kept is not None
        assert (kept.organisation, kept.co_authors) == ("某機關", "甲\n乙")

    def test_the_committee(
        self, office: School, clerk: Actor, client: FlaskClient, act_as: Callable[[Any], Any]
    ) -> None:
        who = make_reviewer(office)
        act_as(clerk)
        assert "沒有委員資料" in client.get("/certification/committee").text
        address = f"/certification/committee/{who.person_id}"
        assert _post(client, address, organisation="某機關", unlisted="y").status_code == 302
        assert "某機關" in client.get("/certification/committee").text
        assert client.get(f"/certification/committee/{clerk.person_id}").status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        forms.AssignForm, forms.ReasonForm, forms.DeclareForm, forms.DecisionForm, forms.OralForm,
        forms.OralResultForm, forms.OralOffForm,
        *(forms.score_form(one) for one in Category),
    ],
    ids=lambda form: form.Meta.name,
)  # fmt: skip
def test_every_form_describes_itself(app: Flask, form: Any) -> None:
    assert describe(form).fields


def _post(client: FlaskClient, address: str, **values: Any) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found, address
    return client.post(address, data={"csrf_token": found[1], **values})
