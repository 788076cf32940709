"""The issuing office's desk: taken, accepted with its fee, corrected, refused; who may, and what
the applicant is told."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.actor import Actor, Role
from plugin.certification import completeness, references
from plugin.certification.models import (
    CaseState,
    CertificationCase,
    Correction,
    CorrectionItem,
    FeeNotice,
    Mode,
    Path,
)
from plugin.certification.operations import processing
from plugin.certification.operations.processing import Incomplete
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refusal
from plugin.school.models import School
from plugin.trail.models import AuditEvent, OutboundMail
from tests.factories import FrozenClock, actor_of, at, make_rule, make_staff
from tests.factories.certification import (
    clocks_of,
    events_of,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
    make_reviewer,
)
from tests.plugin.certification.desk_world import complete_case

S = CaseState


@pytest.fixture(autouse=True)
def _no_papers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is not worked: what stands in letters is tested with them."""
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


def now_of(case: CertificationCase) -> CertificationCase:
    return db.reading().get_one(CertificationCase, case.id, populate_existing=True)


def last_mail() -> OutboundMail:
    found = db.reading().scalar(sa.select(OutboundMail).order_by(OutboundMail.id.desc()).limit(1))
    assert found is not None
    return found


class TestAccept:
    def test_the_fee_is_asked_for(self, applicant: Actor, clerk: Actor, clock: FrozenClock) -> None:
        case = complete_case(applicant, S.RECEIVED)
        processing.take(clerk, case.id)
        notice = processing.accept(clerk, case.id, "另請攜帶正本。")
        assert (notice.review_fee, notice.postage, notice.copies) == (1000, 45, 3)
        assert references.valid(notice.reference)
        assert notice.due_on == date(2026, 12, 7)  # 15 days end on a Saturday
        (fee,) = [one for one in clocks_of(case) if one.kind == "fee"]
        assert (fee.due_on, fee.noon) == (notice.due_on, True)
        assert now_of(case).state is S.FEE_DUE
        body = last_mail().body
        assert all(
            words in body
            for words in ("1,045 元", notice.reference, "12月7日", "另請攜帶正本。", case.number)
        )

    @pytest.mark.parametrize(
        "more",
        [{"designated": True}, {"path": Path.RECOMMENDED}],
        ids=["designated", "recommended"],
    )
    def test_who_pays_the_postage_only(self, applicant: Actor, clerk: Actor, more: dict) -> None:
        case = make_case(applicant, S.PROCEDURAL, **more)
        notice = processing.accept(clerk, case.id)
        assert (notice.review_fee, notice.postage) == (0, 45)

    def test_amounts_are_rules(self, office: School, applicant: Actor, clerk: Actor) -> None:
        for name, value in (("review_fee", 1200), ("postage", 60), ("copies", 5), ("fee_days", 20)):
            make_rule(office, f"case.{name}", value)
        notice = processing.accept(clerk, make_case(applicant, S.PROCEDURAL).id)
        assert (notice.review_fee, notice.postage, notice.copies) == (1200, 60, 5)
        assert notice.due_on == date(2026, 12, 10)

    def test_references_have_no_gap(self, office: School, clerk: Actor) -> None:
        made = []
        for n in range(3):
            applicant = make_applicant(office, national_id=f"A12345678{n}")
            made.append(processing.accept(clerk, make_case(applicant, S.PROCEDURAL).id))
            with pytest.raises(Conflict):  # an attempt that fails takes no number
                processing.accept(clerk, made[-1].case_id)
        assert [one.reference[:9] for one in made] == ["115000001", "115000002", "115000003"]

    def test_papers_that_are_missing_stand_in_the_way(self, applicant: Actor, clerk: Actor) -> None:
        case = complete_case(applicant, without="plan")
        assert completeness.missing(case) == ["環境教育計畫"]
        with pytest.raises(Incomplete) as refused:
            processing.accept(clerk, case.id)
        assert "環境教育計畫" in refused.value.message
        assert now_of(case).state is S.PROCEDURAL
        assert db.reading().query(FeeNotice).count() == 0


class TestCorrection:
    def test_exactly_its_items(self, applicant: Actor, clerk: Actor, clock: FrozenClock) -> None:
        case = complete_case(applicant)
        asked = {"plan": "請標示年度。", "title": "請寫全銜。"}
        row = processing.ask_correction(clerk, case.id, asked, words="如有疑問請來電。")
        items = db.reading().query(CorrectionItem).order_by(CorrectionItem.id).all()
        assert [(one.field, one.words) for one in items] == [
            ("title", "請寫全銜。"),  # in the order of the form
            ("plan", "請標示年度。"),
        ]
        found = now_of(case)
        assert (found.state, found.returns_to) == (S.CORRECTION, S.PROCEDURAL)
        assert (row.stage, row.due_on) == (S.PROCEDURAL, date(2026, 12, 7))
        words = events_of(case)[-1].words
        assert "1. 職稱：請寫全銜。" in words
        assert "2. 環境教育計畫：請標示年度。" in words
        assert words.endswith("如有疑問請來電。")
        assert words in last_mail().body

    def test_a_document_that_is_not_there_can_be_asked_for(
        self, applicant: Actor, clerk: Actor
    ) -> None:
        case = complete_case(applicant, without="plan")
        processing.ask_correction(clerk, case.id, {"plan": "請補附。"})
        assert now_of(case).state is S.CORRECTION

    @pytest.mark.parametrize(
        ("due", "ends", "noon"),
        [
            (date(2026, 11, 30), date(2026, 11, 30), False),
            (date(2026, 11, 29), date(2026, 11, 30), False),  # Sunday
            (date(2026, 11, 28), date(2026, 11, 30), True),  # Saturday
        ],
    )
    def test_a_day_of_the_offices_own(
        self, applicant: Actor, clerk: Actor, due: date, ends: date, noon: bool
    ) -> None:
        case = complete_case(applicant)
        row = processing.ask_correction(clerk, case.id, {"title": "請更正。"}, due_on=due)
        (running,) = [one for one in clocks_of(case) if one.kind == "correction"]
        assert (row.due_on, running.due_on, running.noon) == (ends, ends, noon)

    @pytest.mark.parametrize(
        ("items", "more", "where"),
        [
            ({}, {}, None),
            ({"title": "  "}, {}, "title"),
            ({"title": "長" * 501}, {}, "title"),
            ({"nothing": "x"}, {}, None),
            ({"national_id": "請更正。"}, {}, None),
            ({"title": "請更正。"}, {"due_on": date(2026, 11, 20)}, "due_on"),
            ({"title": "請更正。"}, {"due_on": date(2027, 11, 20)}, "due_on"),
            ({"title": "請更正。"}, {"words": "長" * 1001}, "words"),
        ],
    )
    def test_what_cannot_be_asked(
        self, applicant: Actor, clerk: Actor, items: dict, more: dict, where: str | None
    ) -> None:
        case = complete_case(applicant)
        with pytest.raises(InvalidInput) as refused:
            processing.ask_correction(clerk, case.id, items, **more)
        assert list(refused.value.fields) == ([where] if where else [])
        assert now_of(case).state is S.PROCEDURAL
        assert db.reading().query(Correction).count() == 0

    def test_dropped_it_goes_on_where_it_was_asked(self, applicant: Actor, clerk: Actor) -> None:
        for stage in (S.PROCEDURAL, S.REVIEW):
            case = complete_case(applicant, stage)
            row = processing.ask_correction(clerk, case.id, {"title": "請更正。"})
            processing.drop_correction(clerk, case.id, "已查明無誤。")
            assert now_of(case).state is stage
            ended = db.reading().get_one(Correction, row.id, populate_existing=True)
            assert ended.ended_at is not None
            assert ended.answered_at is None
            assert next(one.ended_at for one in clocks_of(case) if one.kind == "correction")
            assert "已查明無誤。" in last_mail().body


class TestRefuse:
    def test_with_a_reason_that_is_told(self, applicant: Actor, clerk: Actor) -> None:
        for stage, why in ((S.PROCEDURAL, "procedural"), (S.REVIEW, "committee")):
            case = complete_case(applicant, stage)
            processing.refuse(clerk, case.id, "不符資格。")
            found = now_of(case)
            assert (found.state, found.refusal) == (S.REFUSED, why)
            assert "不符資格。" in last_mail().body

    @pytest.mark.parametrize("words", ["", "   ", "長" * 1001])
    def test_never_without(self, applicant: Actor, clerk: Actor, words: str) -> None:
        case = complete_case(applicant)
        with pytest.raises(InvalidInput) as refused:
            processing.refuse(clerk, case.id, words)
        assert list(refused.value.fields) == ["words"]


class TestWho:
    @pytest.mark.parametrize("act", ["take", "accept", "ask", "drop", "refuse", "note", "reveal"])
    def test_the_office_alone_and_not_of_its_own_case(
        self, office: School, applicant: Actor, clerk: Actor, act: str
    ) -> None:
        states = {"take": S.RECEIVED, "drop": S.CORRECTION}
        case = complete_case(
            applicant,
            states.get(act, S.PROCEDURAL),
            returns_to=S.PROCEDURAL if act == "drop" else None,
        )
        strangers = {
            "reviewer": make_reviewer(office),
            "administrator": actor_of(make_staff(office, Role.ADMINISTRATOR)),
            "applicant": applicant,
            "other": make_applicant(office, national_id="B123456780"),
            "abroad": make_clerk(make_office()),
        }
        for who, actor in strangers.items():
            expected: type[Refusal] = NotAllowed if who == "applicant" else NotFound
            if act in {"note", "reveal"}:
                expected = NotFound
            with pytest.raises(expected):
                _do(actor, case, act)
        own = complete_case(clerk, case.state, returns_to=case.returns_to)
        with pytest.raises(NotFound if act in {"note", "reveal"} else NotAllowed):
            _do(clerk, own, act)
        _do(clerk, case, act)

    def test_nothing_on_the_school_side(self, applicant: Actor, clerk: Actor) -> None:
        case = complete_case(applicant, S.PREPARED, mode=Mode.SCHOOL)
        for act in ("take", "accept", "refuse", "note"):
            with pytest.raises(Refusal):
                _do(clerk, case, act)


def _do(actor: Actor, case: CertificationCase, act: str) -> None:
    verbs = {
        "take": lambda: processing.take(actor, case.id),
        "accept": lambda: processing.accept(actor, case.id),
        "ask": lambda: processing.ask_correction(actor, case.id, {"title": "請更正。"}),
        "drop": lambda: processing.drop_correction(actor, case.id),
        "refuse": lambda: processing.refuse(actor, case.id, "不符資格。"),
        "note": lambda: processing.note(actor, case.id, "已電話聯繫。"),
        "reveal": lambda: processing.reveal(actor, case.id),
    }
    verbs[act]()


def test_audit_lines_tell_no_words(applicant: Actor, clerk: Actor, clock: FrozenClock) -> None:
    case = complete_case(applicant)
    processing.note(clerk, case.id, "私下的話")
    processing.ask_correction(clerk, case.id, {"title": "請更正。"})
    processing.drop_correction(clerk, case.id, "作罷")
    clock.set(at(2026, 11, 21))
    processing.reveal(clerk, case.id)
    processing.refuse(clerk, case.id, "不符資格。")
    verbs = sa.select(AuditEvent).where(AuditEvent.verb.like("certification.%"))
    lines = db.reading().scalars(verbs.order_by(AuditEvent.id)).all()
    assert [one.verb.removeprefix("certification.") for one in lines] == [
        "note",
        "ask_correction",
        "drop_correction",
        "reveal",
        "refuse",
    ]
    told = str([one.detail for one in lines])
    assert all(words not in told for words in ("私下", "請更正", "作罷", "不符", applicant.name))
