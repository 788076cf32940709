"""Certification by talking: one draft with the pages, a number given on the way, permission at the
moment of doing, two windows, nothing personal in the log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from forms.drafts import DraftKey
from plugin import db, jobs
from plugin.actor import Actor, Role
from plugin.assistant import hearing
from plugin.assistant.models import Conversation
from plugin.certification import drafting
from plugin.certification.forms.application import NAME
from plugin.certification.models import (
    CaseEvent,
    CaseState,
    CaseVersion,
    CertificationCase,
    Meeting,
    Score,
)
from plugin.certification.operations import (
    applying,
    meeting_closing,
    meetings,
    processing,
    reviewers,
)
from plugin.certification.queries import meetings as queries
from plugin.certification.skills import deciding_titles as titles
from plugin.certification.skills import meetings_found, meetings_titles, verbs
from plugin.drafts.operations import Drafts
from plugin.school.models import School
from plugin.skills import Asked
from plugin.skills.replies import Link, Progress
from plugin.trail.models import AuditEvent
from tests.factories.certification import make_applicant, make_clerk, make_office
from tests.factories.school import actor_of, make_staff
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.served import Window, at_once, served, together, windows
from tests.plugin.assistant.talker import Talker
from tests.plugin.certification import applying_world, meetings_world
from tests.plugin.certification.desk_world import complete_case
from tests.plugin.certification.test_review import member

ActAs = Callable[[Actor | None], Actor | None]
APPLY = "申請環境教育人員認證"
NUMBER = "EE115-00001"


@pytest.fixture(autouse=True)
def _no_papers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)


@pytest.fixture
def office(app: Flask) -> School:
    made = make_office()
    applying_world.list_schools(made)
    return made


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


TalkAs = Callable[[Actor], Talker]


@pytest.fixture
def talk_as(client: FlaskClient, act_as: ActAs) -> TalkAs:
    def begin(actor: Actor) -> Talker:
        act_as(actor)
        return Talker(client, actor)

    return begin


def case_now() -> CertificationCase:
    query = sa.select(CertificationCase).order_by(CertificationCase.id.desc())
    return db.reading().scalars(query.execution_options(populate_existing=True)).first()  # type: ignore[return-value]


def draft(actor: Actor, case_id: int | None) -> dict[str, list[str]]:
    store = Drafts(actor)
    found = store.get(store.key(NAME, drafting.subject(case_id)))
    return dict(found.values) if found is not None else {}


def basics(talker: Talker) -> None:
    """Everything up to the question that completes the basic data."""
    talker.say(APPLY)
    for words in (
        "是", "同意公開", "是", "WANG", "HSIAO-MING", "男", "75/3/8", "跳過", "跳過", "193301",
        "衛生組長", "行政人員", "經歷（辦法第 5 條）",
    ):  # fmt: skip
        talker.say(words)


def to_summary(talker: Talker) -> None:
    """Pass over the documents that nobody has to hand in."""
    while "請確認以下內容" not in talker.words:
        talker.say("跳過")


class TestApplying:
    def test_the_number_is_given_on_the_way_once(self, applicant: Actor, talk_as: TalkAs) -> None:
        one = talk_as(applicant)
        basics(one)
        assert case_now() is None
        one.say("否")
        case = case_now()
        assert case.number == NUMBER
        assert f"您的案件編號是 {NUMBER}" in one.words
        assert draft(applicant, None) == {}
        assert draft(applicant, case.id)["title"] == ["衛生組長"]
        one.say("氣候變遷")
        assert db.reading().scalar(sa.select(sa.func.count(CertificationCase.id))) == 1
        one.say("職稱改成環保組長")
        one.say("申請類別改成教學人員")
        assert case_now().category.value == "teaching"

    def test_the_page_goes_on_with_the_same_draft_and_back(
        self, applicant: Actor, talk_as: TalkAs, client: FlaskClient
    ) -> None:
        one = talk_as(applicant)
        basics(one)
        page = client.get("/certification/apply/basics").text
        assert "衛生組長" in page
        # the page completes what was begun here, and the case gets its number there
        applying_world.save_draft(applicant)
        form = applying_world.filled(applicant)
        applying.open_case(applicant, form.basics())
        one.say("繼續")
        to_summary(one)
        one.press("確認送出申請")
        assert case_now().state is CaseState.RECEIVED

    def test_what_the_page_handed_in_is_not_asked_here(
        self, applicant: Actor, talk_as: TalkAs
    ) -> None:
        case = applying_world.opened(applicant)
        one = talk_as(applicant)
        one.say(f"{APPLY} {case.number}")
        to_summary(one)
        pressed = one.button("確認送出申請")
        form = applying_world.application_form(
            applicant, applying_world.draft_data(applicant, case.id), csrf=False
        )
        applying.hand_in(applicant, case.id, applying_world.application_of(form), form.basics())
        one.say(pressed=str(pressed.say), token=pressed.token)
        assert "申請已經送出，不能再修改" in one.words
        assert db.reading().scalar(sa.select(sa.func.count(CaseVersion.id))) == 1

    def test_what_is_confirmed_is_what_was_shown(self, applicant: Actor, talk_as: TalkAs) -> None:
        case = applying_world.opened(applicant)
        one = talk_as(applicant)
        one.say(APPLY)
        to_summary(one)
        pressed = one.button("確認送出申請")
        store = Drafts(applicant)
        kept = store.get(DraftKey(str(applicant.person_id), NAME, drafting.subject(case.id)))
        assert kept is not None
        from dataclasses import replace

        store.save(replace(kept, values={**kept.values, "title": ["校長"]}))
        one.say(pressed=str(pressed.say), token=pressed.token)
        assert "和您剛才看到的不一樣了" in one.words
        assert case_now().state is CaseState.DRAFT

    def test_an_essay_full_of_other_words_is_the_answer(
        self, applicant: Actor, talk_as: TalkAs, hears: Hears
    ) -> None:
        essay = "查一下我的環教進度？取消，不要了。" * 6
        hears[essay] = ("certification.status", {})
        one = talk_as(applicant)
        basics(one)
        one.say("否")
        one.say("氣候變遷")
        one.say(essay)
        assert draft(applicant, case_now().id)["essay1"] == [essay]

    def test_nothing_personal_is_logged_or_put_on_the_trail(
        self, applicant: Actor, talk_as: TalkAs
    ) -> None:
        with structlog.testing.capture_logs() as lines:
            one = talk_as(applicant)
            basics(one)
            one.say("否")
        told = json.dumps(lines, ensure_ascii=False, default=str)
        rows = db.reading().scalars(sa.select(AuditEvent)).all()
        told += "".join(str(one.detail) for one in rows)
        for personal in ("A123456789", "HSIAO-MING", "75/3/8", "applicant@example.org"):
            assert personal not in told


class TestPermission:
    @pytest.mark.parametrize(
        ("words", "who"),
        [
            ("駁回申請", "核發機關承辦人"),
            ("確認繳費", "核發機關承辦人"),
            ("指派審查委員", "核發機關承辦人"),
            ("填寫審查表", "審查委員"),
            ("看教職員的認證案件", "系統管理者"),
            ("看審查會議", "核發機關承辦人"),
            ("登錄決議", "核發機關承辦人"),
            ("結案並執行決議", "核發機關承辦人"),
        ],
    )
    def test_roles(self, applicant: Actor, talk_as: TalkAs, words: str, who: str) -> None:
        one = talk_as(applicant)
        one.say(words)
        assert f"由{who}辦理" in one.words

    def test_the_role_is_asked_again_when_it_is_done(
        self, office: School, applicant: Actor, clerk: Actor, act_as: ActAs, client: FlaskClient
    ) -> None:
        case = complete_case(applicant, CaseState.PROCEDURAL)
        act_as(clerk)
        one = Talker(client, clerk)
        one.say(f"駁回申請 {case.number}")
        one.say("資格不符。")
        pressed = one.button("駁回申請")
        from dataclasses import replace

        act_as(replace(clerk, roles=frozenset()))
        one.say(pressed=str(pressed.say), token=pressed.token)
        assert case_now().state is CaseState.PROCEDURAL

    def test_nobody_decides_on_a_case_of_their_own(self, office: School, talk_as: TalkAs) -> None:
        both = actor_of(make_staff(office, Role.ISSUING_OFFICE), Role.TEACHER)
        case = complete_case(both, CaseState.PROCEDURAL)
        one = talk_as(both)
        one.say(f"駁回申請 {case.number}")
        assert f"找不到案件「{case.number}」" in one.words

    def test_another_office_has_no_such_case(self, applicant: Actor, talk_as: TalkAs) -> None:
        case = complete_case(applicant, CaseState.PROCEDURAL)
        other = talk_as(make_clerk(make_office()))
        other.say(f"看一件認證案件 {case.number}")
        assert "找不到案件" in other.words

    def test_a_reviewer_opens_no_case_before_the_declaration(
        self, office: School, applicant: Actor, clerk: Actor, talk_as: TalkAs
    ) -> None:
        case = complete_case(applicant, CaseState.REVIEW)
        first, second = member(office), member(office)
        made = reviewers.assign(clerk, case.id, [first.person_id or 0, second.person_id or 0])
        one = talk_as(first)
        one.say(f"填寫審查表 {case.number}")
        assert "請先聲明" in one.words
        reviewers.declare(first, made[0].id, "")
        one.say(f"填寫審查表 {case.number}")
        assert "給幾分" in one.words
        one.say("18")
        kept = db.reading().scalars(sa.select(Score)).one()
        assert list(kept.marks.values()) == [18]  # the sheet's page shows it, too
        reviewers.take_away(clerk, made[0].id, "改由他人審查。")
        one.say("18")
        assert "找不到這件審查案件" in one.words


def resolved(office: School, clerk: Actor) -> Meeting:
    """A meeting at which everything is resolved."""
    some = meetings_world.members(office)
    case = meetings_world.reviewed(office, some)
    meeting = meetings_world.called(clerk, some)
    (item,) = meetings_world.before(clerk, meeting, case)
    meetings.resolve(clerk, item.id, "certify", "計畫完整。")
    return meeting


class TestMeetings:
    def test_the_job_carries_it_out_and_the_minutes_are_linked(
        self, office: School, clerk: Actor, talk_as: TalkAs
    ) -> None:
        meeting = resolved(office, clerk)
        one = talk_as(clerk)
        one.say(f"結案並執行決議 #{meeting.id}")
        assert "通過 1 件（" in one.words
        assert "核發證書" in one.words
        one.press("結案並執行決議")
        job_id = meetings_world.now(meeting).job_id or 0
        (bar,) = [part for part in one.last if isinstance(part, Progress)]
        assert bar.job_id == job_id
        assert bar.link
        assert bar.link.args == {"sitting_id": meeting.id}
        jobs.run(job_id)
        assert case_now().state is CaseState.CERTIFIED
        one.say(f"看會議議程 #{meeting.id}")
        assert "已執行 1 件決議" in one.words
        assert "看結果與會議紀錄" in [part.label for part in one.last if isinstance(part, Link)]
        one.say(f"結案並執行決議 #{meeting.id}")
        assert "這場會議已經結案" in one.words

    def test_what_is_closed_is_what_was_shown(
        self, office: School, clerk: Actor, talk_as: TalkAs
    ) -> None:
        meeting = resolved(office, clerk)
        one = talk_as(clerk)
        one.say(f"結案並執行決議 #{meeting.id}")
        pressed = one.button("結案並執行決議")
        (line,) = queries.agenda(clerk, meeting)
        meetings.resolve(clerk, line.item.id, "refuse", "年資不足一年。")
        one.say(pressed=str(pressed.say), token=pressed.token)
        assert "和您剛才看到的不一樣了" in one.words
        assert "駁回 1 件" in one.words
        assert meetings_world.now(meeting).closing_at is None
        one.press("結案並執行決議")
        assert meetings_world.now(meeting).closing_at is not None

    @pytest.mark.parametrize(
        ("title", "what", "answers"),
        [
            ("結案並執行決議", "", ()),
            ("登錄決議", "case", ("保留，下次再議", "跳過", "跳過")),
            ("移出議程", "case", ()),
        ],
    )
    def test_the_role_is_asked_again_when_it_is_done(
        self,
        office: School,
        clerk: Actor,
        act_as: ActAs,
        client: FlaskClient,
        title: str,
        what: str,
        answers: tuple[str, ...],
    ) -> None:
        meeting = resolved(office, clerk)
        act_as(clerk)
        one = Talker(client, clerk)
        one.say(f"{title} {case_now().number if what else f'#{meeting.id}'}")
        for words in answers:
            one.say(words)
        pressed = one.button(title)
        assert pressed.token
        from dataclasses import replace

        act_as(replace(clerk, roles=frozenset({Role.REVIEWER})))
        one.say(pressed=str(pressed.say), token=pressed.token)
        (line,) = queries.agenda(clerk, meeting)
        assert line.item.resolution == "certify"
        assert meetings_world.now(meeting).closing_at is None

    def test_another_office_has_no_such_meeting(
        self, office: School, clerk: Actor, talk_as: TalkAs
    ) -> None:
        meeting = resolved(office, clerk)
        other = talk_as(make_clerk(make_office()))
        for words in ("看會議議程", "排入議程", "結案並執行決議", "修改會議資料"):
            other.say(f"{words} #{meeting.id}")
            assert "找不到這場會議" in other.words
        other.say(f"登錄決議 {case_now().number}")
        assert "找不到案件" in other.words

    def test_a_meeting_that_was_closed_meanwhile_is_let_go(
        self, office: School, clerk: Actor, talk_as: TalkAs
    ) -> None:
        meeting = resolved(office, clerk)
        one = talk_as(clerk)
        one.say(f"登錄決議 {case_now().number}")
        meeting_closing.close(clerk, meeting.id)
        one.say("駁回")
        assert "這場會議已經結案，不能再修改" in one.words


class TestWords:
    @pytest.mark.parametrize("locale", ["zh_Hant_TW", "en"])
    def test_every_title_calls_what_it_says(self, app: Flask, locale: str) -> None:
        told = {
            "take": titles.TAKE, "accept": titles.ACCEPT, "correct": titles.CORRECT,
            "drop": titles.DROP, "refuse": titles.REFUSE, "note": titles.NOTE,
            "assign": titles.ASSIGN, "certify": titles.CERTIFY, "oral": titles.ORAL,
            "oral_change": titles.ORAL_CHANGE, "oral_end": titles.ORAL_END,
            "oral_off": titles.ORAL_OFF,
        }  # fmt: skip
        with app.test_request_context(), force_locale(locale):
            heard = {name: verbs.of(verbs.OFFICE, f"{one} {NUMBER}") for name, one in told.items()}
        assert heard == {name: name for name in told}

    @pytest.mark.parametrize("locale", ["zh_Hant_TW", "en"])
    def test_every_title_of_meetings_calls_what_it_says(self, app: Flask, locale: str) -> None:
        told = {
            "call": meetings_titles.CALL, "edit": meetings_titles.EDIT,
            "add": meetings_titles.ADD, "remove": meetings_titles.REMOVE,
            "resolve": meetings_titles.RESOLVE, "close": meetings_titles.CLOSE,
        }  # fmt: skip
        with app.test_request_context(), force_locale(locale):
            said = {name: Asked(str(one)) for name, one in told.items()}
            shown = [Asked(str(one)) for one in (meetings_titles.LIST, meetings_titles.AGENDA)]
        everybody = [*said.values(), *shown]
        assert {verbs.of(verbs.OFFICE, one.words) for one in everybody} == {"meeting"}
        assert {name: meetings_found.verb(one) for name, one in said.items()} == {
            name: name for name in told
        }
        assert [meetings_found.verb(one) for one in shown] == ["", ""]

    @pytest.mark.parametrize(
        ("words", "verb"),
        [
            ("12/15開第3次審查小組會議", "call"),
            ("把EE115-00001提會", "add"),
            ("EE115-00001從議程拿掉", "remove"),
            ("會議主席改成張主席", "edit"),
            ("EE115-00001決議免展示，通過", "resolve"),
            ("把會議結案", "close"),
            ("會議還缺哪些決議", ""),
            ("我要看會議紀錄", ""),
        ],
    )
    def test_words_about_meetings(self, words: str, verb: str) -> None:
        assert verbs.of(verbs.OFFICE, words) == "meeting"
        assert meetings_found.verb(Asked(words)) == verb

    def test_cases_that_were_closed_are_no_meeting(self) -> None:
        assert verbs.of(verbs.OFFICE, "已結案的案件有哪些") == ""


class TestMeanwhile:
    def test_a_case_that_another_clerk_moved_on_is_let_go(
        self, applicant: Actor, clerk: Actor, talk_as: TalkAs
    ) -> None:
        case = complete_case(applicant, CaseState.PROCEDURAL)
        one = talk_as(clerk)
        one.say(f"駁回申請 {case.number}")
        processing.accept(clerk, case.id)
        one.say("資格不符。")
        assert "目前是「待繳費」，不能「駁回申請」" in one.words
        state = json.loads(db.reading().scalars(sa.select(Conversation.state)).one())
        assert state["tasks"] == []

    def test_two_windows_decide_once(
        self,
        app: Flask,
        applicant: Actor,
        clerk: Actor,
        act_as: ActAs,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        case = complete_case(applicant, CaseState.PROCEDURAL)
        act_as(clerk)
        with served(app) as url:
            one = Window(url)
            one.say(f"駁回申請 {case.number}")
            one.say("資格不符。")
            both = windows(url)
            together(monkeypatch)
            found = at_once(*(lambda w=w: w.press("駁回申請") for w in both))  # type: ignore[misc]
        assert found == [200, 409]
        query = sa.select(CaseEvent).where(CaseEvent.event == "refuse")
        assert len(db.reading().scalars(query).all()) == 1


def test_the_chat_is_offered_on_a_visitors_pages(
    office: School, applicant: Actor, act_as: ActAs, client: FlaskClient
) -> None:
    from dataclasses import replace

    act_as(replace(applicant, roles=frozenset({Role.APPLICANT})))
    page = client.get("/certification/cases")
    assert re.search(r'class="lc-talk-open"[^>]*href="/assistant"', page.text)
    assert client.get("/assistant").status_code == 200
