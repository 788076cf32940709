"""A teacher's queue: filters that stay, pages by key, neighbours, correcting, what was opened."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound, WindowClosed
from plugin.portfolio.models import Decision, FileLook, Outcome, OutcomeState, Verdict
from plugin.portfolio.operations import (
    certification,
    certification_choices,
    certification_correction,
    drafts,
    outcomes,
    selection,
)
from plugin.portfolio.queries import teaching_queue
from plugin.portfolio.queries.teaching_queue import Filter
from plugin.school.models import TeachingKind, Window, WindowKind
from plugin.trail.models import AuditEvent, Message
from tests.factories import FrozenClock, make_course, make_rule, make_student
from tests.plugin.portfolio.test_certification import close, let_teach, state
from tests.plugin.portfolio.test_pages import post, token
from tests.plugin.portfolio.world import World, make_world, mp3, pdf, png

ActAs = Callable[[Actor | None], Actor | None]


def many(world: World, count: int) -> list[int]:
    """Outcomes that wait, a minute apart; written directly, with one file for all."""
    pattern = world.sent(title="樣本")
    now = clock.now()
    with db.writing() as session:
        rows = [
            Outcome(
                school_id=world.school.id,
                student_id=world.student.id,
                course_id=world.course.id,
                academic_year=115,
                term=1,
                grade=1,
                title=f"第 {n:03d} 件",
                summary="想法",
                ai_note="翻譯" if n % 2 else "",
                document_file_id=pattern.document_file_id,
                state=OutcomeState.SENT,
                started_at=now,
                sent_at=now + timedelta(minutes=n // 2),  # two of the same minute
            )
            for n in range(1, count)
        ]
        session.add_all(rows)
        session.flush()
        return [pattern.id, *(row.id for row in rows)]


class TestFilters:
    def test_each_narrows_and_stays_in_the_address(self, world: World) -> None:
        classmate = make_student(world.school, world.school_class, name="王小明")
        other = make_course(world.school, teacher=world.teacher, students=[world.student])
        read = world.sent(title="讀書心得", ai_note="翻譯")
        sung = world.sent(
            title="唱歌", media_file_id=world.file(mp3(), "media"), course_id=other.id
        )
        drawn = world.sent(title="畫圖", document_file_id=world.file(png(), name="圖.png"))
        done = world.certified(title="做好的")
        expected: list[tuple[dict[str, Any], list[Outcome]]] = [
            ({}, [read, sung, drawn]),
            ({"state": "certified"}, [done]),
            ({"state": "all"}, [read, sung, drawn, done]),
            ({"state": "decided"}, [done]),
            ({"state": "returned"}, []),
            ({"course_id": other.id}, [sung]),
            ({"class_id": world.school_class.id}, [read, sung, drawn]),
            ({"student_id": classmate.id}, []),
            ({"file": "picture"}, [drawn]),
            ({"file": "sound"}, [sung]),
            ({"file": "film"}, []),
            ({"ai": "yes"}, [read]),
            ({"ai": "no"}, [sung, drawn]),
            ({"text": "唱"}, [sung]),
            ({"text": world.student.number}, [read, sung, drawn]),
            ({"newest": True}, [drawn, sung, read]),
        ]
        for asked, wanted in expected:
            one = Filter(**asked)
            found = [line.outcome.id for line in teaching_queue.queue(world.master, one).items]
            assert found == [outcome.id for outcome in wanted], asked
            assert teaching_queue.counts(world.master, one)[one.state] == len(wanted), asked
            assert Filter.read({name: str(value) for name, value in one.args.items()}) == one

    def test_nonsense_in_an_address_asks_nothing(self) -> None:
        asked = {"state": "draft", "course": "x", "file": "exe", "ai": "?", "order": "up"}
        assert Filter.read(asked) == Filter()

    def test_five_hundred_are_paged_by_key_without_gap_or_double(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        ids = many(world, 500)
        for newest in (False, True):
            wanted, after, met = Filter(newest=newest), None, []
            while True:
                page = teaching_queue.queue(world.master, wanted, after=after, limit=120)
                met += [line.outcome.id for line in page.items]
                after = page.next
                if after is None:
                    break
            assert len(met) == len(set(met)) == 500
            assert set(met) == set(ids)
        act_as(world.master)
        page = client.get("/certification?ai=no")
        assert "符合條件的成果有 250 件" in page.text
        assert "本頁 50 筆，共 250 筆" in page.text
        onward = re.search(r'rel="next" href="([^"]+)"', page.text)
        assert onward
        assert parse_qs(urlsplit(onward[1].replace("&amp;", "&")).query)["ai"] == ["no"]

    def test_neighbours_are_those_of_the_page(self, world: World) -> None:
        alone = world.certified()
        many(world, 8)
        for wanted in (Filter(), Filter(newest=True), Filter(ai="yes")):
            order = [line.outcome.id for line in teaching_queue.queue(world.master, wanted).items]
            for place, one in enumerate(order):
                outcome = db.reading().get_one(Outcome, one)
                found = teaching_queue.place(world.master, wanted, outcome)
                assert (found.number, found.total) == (place + 1, len(order))
                assert found.before == (order[place - 1] if place else None)
                assert found.after == (order[place + 1] if place + 1 < len(order) else order[0])
        found = teaching_queue.place(world.master, Filter(state="certified"), alone)
        assert (found.number, found.total, found.before, found.after) == (1, 1, None, None)

    def test_the_pages_ask_no_more_for_more_rows(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        def statements(address: str) -> int:
            seen: list[str] = []

            def note(_c: object, _k: object, statement: str, *_more: object) -> None:
                seen.append(statement)

            client.get(address)  # what was opened is noted the first time only
            sa.event.listen(db.engine(), "before_cursor_execute", note)
            assert client.get(address).status_code == 200
            sa.event.remove(db.engine(), "before_cursor_execute", note)
            return len(seen)

        first = world.sent()
        act_as(world.master)
        pages = ("/certification", f"/certification/{first.id}", "/certification/decisions")
        few = [statements(page) for page in pages]
        many(world, 40)
        assert [statements(page) for page in pages] == few


class TestOneAfterTheOther:
    def test_a_decision_leads_to_the_next_of_the_same_queue(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        first = world.sent(title="甲", ai_note="有")
        world.sent(title="乙")
        third = world.sent(title="丙", ai_note="有")
        act_as(world.master)
        page = f"/certification/{first.id}?ai=yes&order=newest"
        answer = post(client, f"/certification/{first.id}/certify?ai=yes", page)
        where = urlsplit(answer.location)
        assert where.path == f"/certification/{third.id}"
        assert parse_qs(where.query) == {"ai": ["yes"], "done": [str(first.id)]}
        shown = client.get(answer.location).text
        assert "剛才處理的是「甲」" in shown
        assert f"/certification/{first.id}?ai=yes" in shown  # to correct it
        last = post(
            client, f"/certification/{third.id}/return?ai=yes", answer.location, reason="請補來源"
        )
        assert urlsplit(last.location).path == "/certification"
        assert "沒有符合條件的成果" in client.get(last.location).text

    def test_reasons_are_inserted_without_script(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        outcome = world.sent()
        act_as(world.master)
        address = f"/certification/{outcome.id}"
        page = post(client, f"{address}/return", address, reason="甲。", insert="1")
        assert page.status_code == 200
        area = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
        assert area
        assert area[1].strip().startswith("甲。\n這不是本課程的學習成果")
        assert state(outcome) is OutcomeState.SENT

    def test_shortcuts_can_be_switched_off(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        outcome = world.sent()
        act_as(world.master)
        pages = ["/certification", f"/certification/{outcome.id}"]
        assert all("data-key=" in client.get(page).text for page in pages)
        answer = post(
            client,
            "/certification/settings",
            "/certification/settings",
            keys="off",
            digest="weekly",
        )
        assert answer.status_code == 302
        assert not any("data-key=" in client.get(page).text for page in pages)
        assert not any("keys-help" in client.get(page).text for page in pages)


class TestFilesInPlace:
    def test_what_was_opened_is_remembered_by_file(self, world: World) -> None:
        both = world.sent(document_file_id=world.file(), media_file_id=world.file(mp3(), "media"))
        assert both.document_file_id
        assert both.media_file_id
        (line,) = teaching_queue.queue(world.master, Filter()).items
        assert certification_choices.opened(world.master, both.id, both.document_file_id)
        assert not certification_choices.opened(world.master, both.id, both.document_file_id)
        assert teaching_queue.opened(world.master, [line]) == frozenset()
        certification_choices.opened(world.master, both.id, both.media_file_id)
        assert teaching_queue.opened(world.master, [line]) == {both.id}
        elsewhere = world.file()
        with pytest.raises(NotFound):
            certification_choices.opened(world.master, both.id, elsewhere)
        with pytest.raises(NotFound):
            certification_choices.opened(world.pupil, both.id, both.media_file_id)
        assert len(db.reading().scalars(sa.select(FileLook)).all()) == 2

    def test_a_long_pdf_is_paged_through(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        import pikepdf

        book, out = pikepdf.new(), io.BytesIO()
        for _page in range(23):
            book.add_blank_page(page_size=(60, 80))
        book.save(out)
        outcome = world.sent(document_file_id=world.file(out.getvalue()))
        act_as(world.master)
        page = client.get(f"/certification/{outcome.id}").text
        assert len(re.findall(r'<img src="[^"]+/page/\d+\.png"', page)) == 20
        onward = re.search(r'href="([^"]+)">後面還有 3 頁', page)
        assert onward
        rest = client.get(onward[1].replace("&amp;", "&")).text
        numbers = re.findall(r'<img src="([^"]+/page/(\d+)\.png)"', rest)
        assert [number for _url, number in numbers] == ["21", "22", "23"]
        drawn = client.get(numbers[-1][0], buffered=True)
        assert drawn.mimetype == "image/png"
        assert "sandbox" in drawn.headers["Content-Security-Policy"]
        beyond = client.get(f"/certification/{outcome.id}?from=99").text
        assert len(re.findall(r"/page/\d+\.png", beyond)) == 20

    def test_sound_can_be_wound_and_never_runs(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        content = mp3(200)
        outcome = world.sent(media_file_id=world.file(content, "media"), document_file_id=None)
        act_as(world.master)
        page = client.get(f"/certification/{outcome.id}").text
        address = re.search(r'<audio controls[^>]* src="([^"]+)"', page)
        assert address
        act_as(None)  # the address is outside the session; its signature is the proof
        part = client.get(address[1], headers={"Range": "bytes=1000-1999"}, buffered=True)
        assert part.status_code == 206
        assert part.data == content[1000:2000]
        assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(content)}"
        assert part.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in part.headers["Content-Security-Policy"]

    def test_bulk_says_what_was_not_opened(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        seen, unseen = world.sent(), world.sent()
        act_as(world.master)
        client.get(f"/certification/{seen.id}")
        page = post(
            client, "/certification/preview?ai=no", "/certification", outcome=[seen.id, unseen.id]
        )
        assert "其中 1 件您還沒有開啟全部的檔案" in page.text
        assert page.text.count("還沒開啟</strong>") == 1
        assert "/certification/bulk?ai=no" in page.text


class TestTwoTeachers:
    def test_the_second_is_told_who_was_faster(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        outcome = world.sent(title="甲")
        other = let_teach(world, TeachingKind.CO)
        certification.certify(other, outcome.id)  # type: ignore[arg-type]
        with pytest.raises(Conflict) as refusal:
            certification.return_(world.master, outcome.id, "太晚了")
        assert other.name in refusal.value.message  # type: ignore[attr-defined]
        with pytest.raises(Conflict) as again:
            certification.certify(other, outcome.id)  # type: ignore[arg-type]
        assert "您已經" in again.value.message
        act_as(world.master)
        world.sent()
        answer = post(
            client,
            "/certification/bulk?state=sent",
            "/certification",
            outcome=f"{outcome.id}:1",
            act="certify",
        )
        assert f"{other.name} 老師" in client.get(answer.location).text  # type: ignore[attr-defined]


class TestCorrecting:
    def test_a_decision_is_followed_by_another(self, world: World) -> None:
        outcome = world.certified()
        certification_correction.correct(
            world.master, outcome.id, Verdict.RETURNED, "不是這門課的成果。"
        )
        assert state(outcome) is OutcomeState.RETURNED
        certification_correction.correct(
            world.master, outcome.id, Verdict.RETURNED, "請改選正確的課程。"
        )
        certification_correction.correct(world.master, outcome.id, Verdict.CERTIFIED)
        assert state(outcome) is OutcomeState.CERTIFIED
        verdicts = db.reading().scalars(sa.select(Decision.verdict).order_by(Decision.id)).all()
        assert verdicts == [
            Verdict.CERTIFIED, Verdict.RETURNED, Verdict.RETURNED, Verdict.CERTIFIED,
        ]  # fmt: skip
        lines = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "outcome.correct")
        )
        assert len(lines.all()) == 3
        told = db.reading().scalars(sa.select(Message).where(Message.person_id == world.student.id))
        assert len(told.all()) == 4

    def test_what_cannot_be_corrected(self, world: World, clock: FrozenClock) -> None:
        def correct(outcome: Outcome, verdict: Verdict, reason: str = "有誤") -> None:
            certification_correction.correct(world.master, outcome.id, verdict, reason)

        waits, certified = world.sent(), world.certified()
        with pytest.raises(Conflict):
            correct(waits, Verdict.CERTIFIED)
        with pytest.raises(Conflict):
            correct(certified, Verdict.CERTIFIED)
        with pytest.raises(InvalidInput):
            correct(certified, Verdict.RETURNED, " ")
        selection.select(world.pupil, certified.id)
        with pytest.raises(Conflict):
            correct(certified, Verdict.RETURNED)
        selection.unselect(world.pupil, certified.id)
        with pytest.raises(NotFound):
            certification_correction.correct(
                make_world().master, certified.id, Verdict.RETURNED, "有誤"
            )
        close(world, WindowKind.CERTIFICATION)
        with pytest.raises(WindowClosed):
            correct(certified, Verdict.RETURNED)

    def test_a_returned_one_is_certified_only_as_it_was_returned(self, world: World) -> None:
        outcome = world.sent()
        certification.return_(world.master, outcome.id, "請修改")
        values = world.values(summary="改過的", document_file_id=outcome.document_file_id)
        drafts.save(world.pupil, outcome.id, values, begun_at=clock.now())
        with pytest.raises(Conflict):
            certification_correction.correct(world.master, outcome.id, Verdict.CERTIFIED)
        assert state(outcome) is OutcomeState.RETURNED

    def test_a_place_that_was_taken_meanwhile_is_not_taken_twice(self, world: World) -> None:
        make_rule(world.school, "outcome.per_term.max", 1)
        outcome = world.sent()
        certification.return_(world.master, outcome.id, "請修改")
        world.sent()
        with pytest.raises(LimitReached):
            certification_correction.correct(world.master, outcome.id, Verdict.CERTIFIED)

    def test_on_the_page(self, world: World, client: FlaskClient, act_as: ActAs) -> None:
        outcome = world.certified()
        act_as(world.master)
        address = f"/certification/{outcome.id}"
        page = client.get(address)
        assert "更正這個決定" in page.text
        empty = client.post(f"{address}/correct", data={"csrf_token": token(page), "reason": ""})
        assert empty.status_code == 422
        assert state(outcome) is OutcomeState.CERTIFIED
        post(client, f"{address}/correct", address, reason="不是這門課的成果")
        assert state(outcome) is OutcomeState.RETURNED
        post(client, f"{address}/correct", address, verdict="certified")
        assert state(outcome) is OutcomeState.CERTIFIED


class TestTheSameFilesAgain:
    """SPEC §1: all SHA-256 equal, same student and course, the last decision *certified*."""

    def test_restored_at_once_told_and_audited(self, world: World) -> None:
        content = pdf("the same")
        first = world.certified(document_file_id=world.file(content), title="甲")
        outcomes.reopen(world.pupil, first.id)
        certifier = world.master
        with db.writing() as session:  # certification is over: it stands again all the same
            for window in session.scalars(sa.select(Window)):
                if window.kind in {WindowKind.CERTIFICATION, WindowKind.OUTCOME_UPLOAD}:
                    window.closes_at = clock.now() - timedelta(hours=1)
        again = world.sent(document_file_id=world.file(content), title="甲（重傳）")
        assert state(again) is OutcomeState.CERTIFIED
        last = db.reading().scalars(sa.select(Decision).order_by(Decision.id.desc())).first()
        assert last is not None
        assert last.restores_id is not None
        assert last.by_id == certifier.person_id
        subjects = dict(
            db.reading()
            .execute(
                sa.select(Message.person_id, Message.subject).where(Message.subject.like("%恢復%"))
            )
            .all()
        )
        assert subjects.keys() == {world.student.id, world.teacher.id}
        lines = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "outcome.restore")
        )
        assert len(lines.all()) == 1

    def test_returned_work_is_not_certified_by_an_older_twin(self, world: World) -> None:
        content = pdf("a twin")
        world.certified(document_file_id=world.file(content))
        twin = world.draft(document_file_id=world.file(content), summary="另一個")
        outcomes.send(world.pupil, twin.id)
        certification.return_(world.master, twin.id, "請改簡述")
        values = world.values(document_file_id=twin.document_file_id)  # the certified one's words
        drafts.save(world.pupil, twin.id, values, begun_at=clock.now())
        assert outcomes.send(world.pupil, twin.id).restored  # nobody decided against these words
        certification_correction.correct(world.master, twin.id, Verdict.RETURNED, "重複了")
        assert not outcomes.send(world.pupil, twin.id).restored
        assert state(twin) is OutcomeState.SENT


def test_only_the_full_set_with_the_same_words_restores(app: Any) -> None:
    """Whatever was certified before, and whatever comes: restored exactly when the newest decision
    about these files and words was to certify, and is the last one about its item."""
    world = make_world()
    make_rule(world.school, "outcome.per_term.max", 200)
    papers = [pdf(f"paper {n}") for n in range(2)]
    songs = [None, mp3(40), mp3(41)]
    works = st.tuples(
        st.sampled_from([None, *papers]), st.sampled_from(songs), st.sampled_from(["甲", "乙"])
    ).filter(lambda work: work[0] is not None or work[1] is not None)
    verdicts: dict[tuple[object, ...], bool] = {}

    @settings(max_examples=25, deadline=None)
    @given(work=works, certify=st.booleans())
    def check(work: tuple[bytes | None, bytes | None, str], certify: bool) -> None:
        document, media, summary = work
        outcome = world.draft(
            document_file_id=world.file(document) if document else None,
            media_file_id=world.file(media, "media") if media else None,
            summary=summary,
        )
        sent = outcomes.send(world.pupil, outcome.id)
        assert sent.restored == verdicts.get(work, False)
        if not sent.restored:
            if certify:
                certification.certify(world.master, outcome.id)
            else:
                certification.return_(world.master, outcome.id, "請修改")
            verdicts[work] = certify

    check()
    assert verdicts
