"""The pages of the issuing office's desk: the queue, a case, what is done with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from forms.definition import describe
from plugin import db
from plugin.actor import Actor
from plugin.certification.forms import desk as forms
from plugin.certification.models import (
    CaseFile,
    CaseKind,
    CaseState,
    CaseVersion,
    Category,
    CertificationCase,
    Correction,
    CorrectionItem,
    Mode,
    Path,
)
from plugin.certification.operations import kernel, processing
from plugin.certification.queries import office as queries
from plugin.certification.queries.office import EVERY, Filter
from plugin.school.models import School
from plugin.trail.models import AuditEvent
from tests.factories import FrozenClock, at
from tests.factories.certification import (
    events_of,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
)
from tests.plugin.certification.desk_world import ANSWERS, accepted, complete_case

S = CaseState
HOME = "/certification/office"


@pytest.fixture(autouse=True)
def _no_papers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School, act_as: Callable[[Any], Any]) -> Actor:
    return act_as(make_clerk(office))


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


def post(client: FlaskClient, address: str, page: str = "", **values: Any) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page or address).text)
    assert found, f"no form on {page or address}"
    return client.post(address, data={"csrf_token": found[1], **values})


def confirmed(applicant: Actor, **more: Any) -> CertificationCase:
    """A case with its first clock running."""
    case = make_case(applicant, **more)
    with db.writing() as session:
        kernel.happen(session, applicant, kernel.held(session, case.school_id, case.id), "confirm")
    return case


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)


class TestQueue:
    def test_empty_it_says_so(self, client: FlaskClient, clerk: Actor) -> None:
        assert "目前沒有辦理中的案件" in client.get(HOME).text
        assert "沒有符合條件的案件" in client.get(f"{HOME}?q=zzz").text
        assert "這個狀態沒有案件" in client.get(f"{HOME}?state=refused").text

    def test_what_ends_first_stands_first(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        cases = []
        for day in (18, 16, 17):
            clock.set(at(2026, 11, day, 9))
            cases.append(confirmed(make_applicant(office, national_id=f"A1234567{day}")))
        without = make_case(make_applicant(office), S.REVIEW)
        found = queries.queue(clerk, Filter()).items
        assert [one.case.id for one in found] == [
            cases[1].id, cases[2].id, cases[0].id, without.id,
        ]  # fmt: skip
        (left,) = found[0].clocks
        assert (left.days, left.office_days, left.over) == (6, 4, False)  # a weekend between

    def test_pages_by_key_show_each_once(self, office: School, clerk: Actor) -> None:
        for n in range(7):
            maker = confirmed if n % 2 else make_case
            extra = {} if n % 2 else {"state": S.REVIEW}
            maker(make_applicant(office, national_id=f"A12345678{n}"), **extra)
        whole = [one.case.id for one in queries.queue(clerk, Filter()).items]
        for state in ("waiting", EVERY):
            seen: list[int] = []
            after: str | None = None
            while True:
                page = queries.queue(clerk, Filter(state=state), after=after, limit=2)
                seen += [one.case.id for one in page.items]
                after = page.next
                if after is None:
                    break
            assert sorted(seen) == sorted(whole)
            assert len(seen) == 7
        assert queries.queue(clerk, Filter(), after="nonsense").items

    def test_filters(self, office: School, clerk: Actor, clock: FrozenClock) -> None:
        one = make_case(
            make_applicant(office), S.FEE_CLAIMED, category=Category.TEACHING,
            path=Path.EDUCATION, kind=CaseKind.RENEWAL,
        )  # fmt: skip
        clock.set(at(2026, 11, 10, 9))
        two = confirmed(make_applicant(office, national_id="B123456780"))
        clock.set(at(2026, 11, 17, 9))
        three = confirmed(make_applicant(office, national_id="C123456781"))
        clock.set(at(2026, 11, 21, 9))

        def found(**wanted: Any) -> set[int]:
            return {line.case.id for line in queries.queue(clerk, Filter(**wanted)).items}

        assert found() == {one.id, two.id, three.id}
        assert found(category="teaching") == found(path="education") == {one.id}
        assert found(kind="renewal") == found(state="fee_claimed") == {one.id}
        assert found(clock="over") == {two.id}  # 17 November
        assert found(clock="near") == {three.id}  # 24 November, three days ahead
        assert found(clock="office") == {two.id, three.id}
        assert found(clock="applicant") == set()
        assert found(text=two.number.lower()[-5:]) == {two.id}
        assert found(who=one.applicant_id) == {one.id}
        assert found(state="decided") == set()
        assert Filter.read({"state": "draft", "clock": "x", "path": "y", "who": "z"}) == Filter()

    def test_by_name_and_number_as_typed(self, office: School, clerk: Actor) -> None:
        applicant = make_applicant(office)
        case = make_case(applicant, S.REVIEW)
        for typed in (applicant.name, applicant.name[:1], case.number, f"　{case.number} "):
            wanted = Filter.read({"q": typed})
            assert [one.case.id for one in queries.queue(clerk, wanted).items] == [case.id]
        for typed in ("%", "_"):
            assert queries.queue(clerk, Filter.read({"q": typed})).items == ()

    def test_drafts_own_cases_and_the_school_side_are_not_there(
        self, office: School, clerk: Actor, applicant: Actor
    ) -> None:
        make_case(applicant)
        make_case(clerk, S.PROCEDURAL)
        make_case(applicant, S.PREPARED, mode=Mode.SCHOOL)
        make_case(make_applicant(make_office()), S.PROCEDURAL)
        gone = make_case(applicant)
        with db.writing() as session:
            held = kernel.held(session, office.id, gone.id)
            kernel.happen(session, applicant, held, "withdraw")
        assert queries.queue(clerk, Filter(state=EVERY)).items == ()
        assert set(queries.counts(clerk, Filter()).values()) == {0}

    def test_the_national_id_stands_in_no_address(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = make_case(applicant, S.CERTIFIED)
        answer = post(client, f"{HOME}/find", HOME, national_id="ａ123 456789")
        assert answer.status_code == 302
        assert "A123456789" not in answer.location.upper()
        assert case.number in client.get(answer.location).text
        answer = post(client, f"{HOME}/find", HOME, national_id="A123456788")
        assert answer.status_code == 422
        answer = post(client, f"{HOME}/find", HOME, national_id="B123456780")
        assert "查無此人" in client.get(answer.location).text

    def test_as_many_statements_for_fifty_as_for_one(
        self, client: FlaskClient, office: School, clerk: Actor
    ) -> None:
        confirmed(make_applicant(office))
        with counted() as few:
            assert client.get(HOME).status_code == 200
        for n in range(20):
            confirmed(make_applicant(office, national_id=f"A1234567{n:02}"))
        with counted() as many:
            assert client.get(HOME).status_code == 200
        assert len(many) == len(few)

    def test_the_next_of_the_queue(self, office: School, clerk: Actor) -> None:
        some = [confirmed(make_applicant(office, national_id=f"A12345678{n}")) for n in range(3)]
        ids = [one.id for one in some]
        assert queries.next_of(clerk, Filter(), some[0]) == ids[1]
        assert queries.next_of(clerk, Filter(), some[2]) == ids[0]
        assert queries.next_of(clerk, Filter(text=some[1].number), some[1]) is None


class TestCase:
    def test_everything_is_on_the_page(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant, without="plan")
        text = client.get(f"{HOME}/{case.id}").text
        for words in (
            case.number,
            "衛生組長",
            "第 1 題的說明。",
            "results.pdf",
            "缺少：環境教育計畫",
        ):
            assert words in text
        assert "A123456789" not in text
        assert "1986" not in text
        assert "民國75年" not in text

    def test_what_is_masked_is_shown_on_the_record(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        page = post(client, f"{HOME}/{case.id}/identity", f"{HOME}/{case.id}")
        assert "A123456789" in page.text
        assert page.headers["Cache-Control"] == "no-store"
        lines = db.reading().query(AuditEvent).filter_by(verb="certification.reveal").all()
        assert [one.subject_id for one in lines] == [case.id]

    def test_versions_stand_side_by_side(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        plan = accepted(applicant, "plan")
        with db.writing() as session:
            first = session.query(CaseVersion).filter_by(case_id=case.id).one()
            second = CaseVersion(
                case_id=case.id, number=2, form_version="1", made_at=first.made_at,
                answers=json.dumps(ANSWERS | {"title": "學務處衛生組組長"}, ensure_ascii=False),
            )  # fmt: skip
            session.add(second)
            session.flush()
            for one in session.query(CaseFile).filter_by(version_id=first.id).all():
                file_id = plan if one.slot == "plan" else one.file_id
                session.add(CaseFile(version_id=second.id, slot=one.slot, file_id=file_id))
        text = client.get(f"{HOME}/{case.id}?version=2&against=1").text
        assert text.count("已變更</strong>") == 2  # the title and the plan
        assert re.search(r"<del[^>]*>衛生組長</del>", text)
        old = client.get(f"{HOME}/{case.id}?version=1").text
        assert "學務處衛生組組長" not in old
        assert 'name="item"' not in old  # corrections are asked of the newest

    def test_not_found_for_whom_it_is_not(
        self, client: FlaskClient, office: School, act_as: Callable[[Any], Any], applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        act_as(make_clerk(make_office()))
        for path in ("", "/accept", "/correct?item=title", "/refuse", "/drop"):
            assert client.get(f"{HOME}/{case.id}{path}").status_code == 404
        clerk = act_as(make_clerk(office))
        assert client.get(f"{HOME}/{make_case(clerk, S.PROCEDURAL).id}").status_code == 404
        assert client.get(f"{HOME}/{make_case(applicant).id}").status_code == 404

    def test_a_renewal_shows_its_facts(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        answers = {
            "certificate": "第0001號", "expires_on": "2031-11-19", "hours": 31.0,
            "email": "a@example.org",
        }  # fmt: skip
        case = make_case(applicant, S.PROCEDURAL, kind=CaseKind.RENEWAL, answers=answers)
        text = client.get(f"{HOME}/{case.id}").text
        assert "第0001號" in text
        assert "民國120年11月19日" in text
        assert ">31<" in text
        assert re.findall(r'name="item" value="([^"]+)"', text) == ["renewal_hours"]

    def test_as_many_statements_however_much_there_is(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        processing.ask_correction(clerk, case.id, {"title": "請更正。"})
        processing.drop_correction(clerk, case.id)
        processing.note(clerk, case.id, "一")
        with counted() as few:
            assert client.get(f"{HOME}/{case.id}").status_code == 200
        for n in range(4):
            processing.ask_correction(clerk, case.id, {"title": "請更正。", "plan": "請補。"})
            processing.drop_correction(clerk, case.id)
            processing.note(clerk, case.id, f"{n}")
        with counted() as many:
            assert client.get(f"{HOME}/{case.id}").status_code == 200
        assert len(many) == len(few)


class TestDeciding:
    def test_take_then_accept_then_on_to_the_next(
        self, client: FlaskClient, office: School, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant, S.RECEIVED)
        other = confirmed(make_applicant(office, national_id="B123456780"))
        here = f"{HOME}/{case.id}"
        post(client, f"{here}/take", here)
        page = client.get(f"{here}/accept").text
        assert "新臺幣 1,045 元" in page
        answer = post(client, f"{here}/accept?category=administrative", words="請攜帶正本。")
        assert f"next={other.id}" in answer.location
        shown = client.get(answer.location).text
        assert "已通知繳費，銷帳編號 115000001" in shown
        assert "處理下一件" in shown
        again = post(client, f"{here}/accept")
        assert "不能這樣處理" in client.get(again.location).text

    def test_correction_of_the_ticked(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        here = f"{HOME}/{case.id}"
        assert client.get(f"{here}/correct").status_code == 302
        address = f"{here}/correct?item=title&item=plan&item=nothing&item=national_id"
        page = client.get(address).text
        assert "nothing" not in re.findall(r'name="item_([^"]+)"', page)
        assert set(re.findall(r'name="item_([^"]+)"', page)) == {"title", "plan"}
        bad = post(client, address, item_title="請寫全銜。", item_plan="", due_on="115/12/1")
        assert bad.status_code == 422
        bad = post(client, address, item_title="請寫全銜。", item_plan="請補。", due_on="115/11/20")
        assert bad.status_code == 422
        assert "請寫全銜。" in bad.text
        assert "明天以後" in bad.text
        forged = post(
            client, address, item_title="請寫全銜。", item_plan="請標示年度。",
            item_email="x@example.org", due_on="115/12/1",
        )  # fmt: skip
        assert forged.status_code == 302
        items = db.reading().query(CorrectionItem).order_by(CorrectionItem.id).all()
        assert [one.field for one in items] == ["title", "plan"]
        assert "等待補正" in client.get(here).text

    def test_words_are_inserted_without_script(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        address = f"{HOME}/{case.id}/correct?item=experience"
        page = post(client, address, item_experience="先寫的", insert="item_experience:1")
        assert page.status_code == 200
        assert re.search(r"先寫的\s*缺少校長簽章", page.text)
        assert db.reading().query(Correction).count() == 0
        for nonsense in ("item_experience:99", "words:1", "x", "item_experience:0"):
            page = post(client, address, insert=nonsense)
            assert page.status_code == 422

    def test_drop_refuse_and_note(
        self, client: FlaskClient, clerk: Actor, applicant: Actor
    ) -> None:
        case = complete_case(applicant)
        here = f"{HOME}/{case.id}"
        processing.ask_correction(clerk, case.id, {"title": "請更正。"})
        post(client, f"{here}/drop", words="已查明。")
        post(client, f"{here}/note", here, words="已電話聯繫。")
        assert "已電話聯繫。" in client.get(here).text
        assert post(client, f"{here}/note", here, words=" ").status_code == 422
        assert post(client, f"{here}/refuse", words="").status_code == 422
        post(client, f"{here}/refuse", words="不符資格。")
        assert events_of(case)[-1].to_state is S.REFUSED
        assert "案件已結案" in client.get(here).text


@pytest.mark.parametrize(
    "form",
    [
        forms.AcceptForm, forms.DropForm, forms.RefuseForm, forms.NoteForm, forms.FindForm,
        forms.correction_form({"title": "職稱", "plan": "環境教育計畫"}),
    ],
    ids=lambda form: form.Meta.name,
)  # fmt: skip
def test_every_form_describes_itself(app: Flask, form: Any) -> None:
    assert describe(form).fields


def test_the_desk_says_what_waits(
    client: FlaskClient, office: School, clerk: Actor, clock: FrozenClock
) -> None:
    confirmed(make_applicant(office))
    clock.set(at(2026, 12, 20))
    text = client.get("/").text
    assert "處理 1 件已逾期的案件" in text
    assert "辦理 1 件認證案件" in text
