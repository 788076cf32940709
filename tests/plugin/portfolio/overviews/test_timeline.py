"""The student's timeline: every term, what was decided, place and what comes next; the quota."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.portfolio.models import SelectionKind
from plugin.portfolio.operations import certification, drafts, intake, outcomes, selection
from plugin.portfolio.operations.storage import StorageFull
from plugin.portfolio.queries.academic import records
from plugin.portfolio.queries.overviews import duties, everything, storage, timeline
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.school import queries as school_queries
from plugin.school.models import WindowKind
from plugin.school.operations import set_syllabus
from plugin.school.terms import Term
from plugin.vault.models import StoredFile
from tests.factories import make_class, make_course, make_rule, make_window, seat
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.consultations import make_rooms
from tests.plugin.portfolio.overviews.academic_rows import academic
from tests.plugin.portfolio.world import World, mp3, pdf, staged


def views(world: World, *, own: bool = True) -> list[timeline.YearView]:
    db._close_reads()
    return timeline.years(everything.of(world.student, drafts=own))


class TestYears:
    def test_all_terms_in_order_also_empty_ones(self, world: World) -> None:
        seat(world.student, make_class(world.school, academic_year=114, name="一年仁班"), 9)
        world.certified(title="這學期")
        experience_world.sent(world, "work")
        found = views(world)
        assert [one.academic_year for one in found] == [115, 114]
        assert [view.term for year in found for view in year.terms] == [
            Term(115, 1), Term(114, 2), Term(114, 1),
        ]  # fmt: skip
        assert found[1].seat.class_name == "一年仁班"
        assert [view.empty for view in found[1].terms] == [True, True]
        (now,) = found[0].terms
        assert [line.outcome.title for line in now.outcomes] == ["這學期"]
        assert len(now.experiences) == 1

    def test_an_outcome_of_an_earlier_term_stands_there(self, world: World) -> None:
        old = make_course(world.school, teacher=world.teacher, students=[world.student],
                          academic_year=114, term=2)  # fmt: skip
        world.draft(course_id=old.id, title="上學期的")
        found = views(world)
        before = next(view for year in found for view in year.terms if view.term == Term(114, 2))
        assert [line.outcome.title for line in before.outcomes] == ["上學期的"]

    def test_the_last_decision_and_the_selection(self, world: World) -> None:
        returned = world.sent(title="退回的")
        certification.return_(world.master, returned.id, "請補充")
        done = world.certified(title="認證的")
        selection.select(world.pupil, done.id)
        selection.lock(world.pupil, 115)
        more = experience_world.sent(world, "work")
        selection.select(world.pupil, more.id, SelectionKind.EXPERIENCE)
        (year,) = views(world)
        lines = {line.outcome.title: line for line in year.terms[0].outcomes}
        assert lines["退回的"].decision.reason == "請補充"
        assert lines["認證的"].chosen
        assert year.terms[0].experiences[0].chosen
        assert {(one.selection.kind, one.count, one.selection.locked_at is not None)
                for one in year.selections} == {
            (SelectionKind.OUTCOME, 1, True), (SelectionKind.EXPERIENCE, 1, False),
        }  # fmt: skip

    def test_course_records_stand_in_their_term_with_the_bands(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        academic(world)
        sheet = records.sheet_of(world.student)
        (year,) = timeline.years(everything.of(world.student), sheet)
        (line,) = year.terms[0].records.lines
        assert (line.record.subject, line.bands.size, line.band) == ("國語文（一）", 1, 8)
        assert not year.terms[0].empty
        act_as(world.pupil)
        page = client.get("/timeline").text
        assert "87.5" in page
        assert "班級 1 人的成績分布" in page

    def test_the_syllabus_of_a_course_is_a_link_that_leads_out(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        academic(world)
        (line,) = records.sheet_of(world.student).terms[0].lines
        pages = ("/timeline", f"/academic/records/{line.record.id}")
        act_as(world.pupil)
        for page in pages:
            assert "科目教學大綱" not in client.get(page).text
        set_syllabus(world.clerk, world.course.id, "https://course.example.tw/chi")
        for page in pages:
            (link,) = re.findall(r"<a [^>]*course\.example[^>]*>.*?</a>", client.get(page).text)
            assert 'rel="noopener noreferrer"' in link
            assert "離開歷程" in link
        db._close_reads()
        (year,) = timeline.years(
            everything.of(world.student),
            syllabuses=school_queries.syllabuses_of_student(world.student.id),
        )
        assert [one.id for one in year.terms[0].syllabuses] == [world.course.id]
        assert not year.terms[0].empty

    def test_drafts_are_the_students_own(self, world: World) -> None:
        world.draft()
        assert views(world, own=False)[0].terms[0].empty

    def test_as_many_statements_for_much_as_for_little(
        self, world: World, counted: Callable[[], Any]
    ) -> None:
        world.certified()
        experience_world.sent(world, "work")
        db._close_reads()
        with counted() as few:
            timeline.years(everything.of(world.student))
        for _ in range(4):
            world.certified()
            experience_world.sent(world, "work")
        db._close_reads()
        with counted() as many:
            timeline.years(everything.of(world.student))
        assert len(many) == len(few) <= 14


class TestNext:
    def test_open_windows_first_then_what_will_open(self, world: World) -> None:
        make_window(
            world.school, WindowKind.RECEIPT,
            opens_at=clock.now() + timedelta(days=30), closes_at=clock.now() + timedelta(days=40),
        )  # fmt: skip
        make_window(
            world.school, WindowKind.OUTCOME_UPLOAD, term=2,
            opens_at=clock.now() - timedelta(days=9), closes_at=clock.now() - timedelta(days=1),
        )  # fmt: skip
        found = timeline.comes_next(world.student, 1)
        assert [(one.kind, one.open) for one in found][-1] == (WindowKind.RECEIPT, False)
        assert all(one.open for one in found[:-1])
        assert len(found) == 4  # upload, experiences, selection, receipt; nothing that is over

    def test_it_names_what_is_still_to_be_done(self, world: World) -> None:
        def todo() -> set[Duty]:
            db._close_reads()
            return {one for line in timeline.comes_next(world.student, 1) for one in line.duties}

        assert todo() == {Duty.SEND}
        draft = world.draft()
        assert todo() == {Duty.FINISH}
        sent = outcomes.send(world.pupil, draft.id).outcome
        assert todo() == set()
        certification.return_(world.master, sent.id, "請補充")
        assert todo() == {Duty.MEND}
        done = world.certified()
        assert todo() == {Duty.MEND, Duty.SELECT}
        selection.select(world.pupil, done.id)
        selection.lock(world.pupil, 115)
        assert todo() == {Duty.MEND}

    def test_nothing_is_asked_while_nothing_is_open(self, world: World, clock: Any) -> None:
        world.draft()
        clock.advance(days=60)
        db._close_reads()
        assert timeline.comes_next(world.student, 1) == []
        season = duties.season(world.school.id, 115, 1, world.student.id)
        assert season.ends == {}


class TestStorage:
    def test_what_is_kept_counts_what_is_thrown_away_does_not(self, world: World) -> None:
        draft = world.draft(media_file_id=world.file(mp3(), "media", name="a.mp3"))
        taken = storage.of(world.school.id, world.student.id)
        assert taken.files == taken.draft_files == 1
        assert taken.used == taken.drafts == 417 * 40
        world.certified()
        more = storage.of(world.school.id, world.student.id)
        assert (more.files, more.draft_files) == (2, 1)
        drafts.discard(world.pupil, draft.id)
        assert storage.of(world.school.id, world.student.id).draft_files == 0

    def test_a_file_that_does_not_fit_is_refused_in_plain_words(self, world: World) -> None:
        make_rule(world.school, storage.RULE, 60 * 1024)
        world.draft(document_file_id=world.file(pdf()))
        for _ in range(3):
            world.file(mp3(), "media", name="a.mp3")
        before = db.reading().query(StoredFile).count()
        with pytest.raises(StorageFull) as refused:
            world.file(mp3(40), "media", name="b.mp3")
        words = refused.value.message + refused.value.remedy
        assert "上限 60 KB" in words
        assert "草稿" in words
        assert refused.value.rule == storage.RULE
        assert db.reading().query(StoredFile).count() == before

    def test_exactly_what_is_left_still_fits(self, world: World) -> None:
        size = len(mp3())
        make_rule(world.school, storage.RULE, 2 * size)
        world.file(mp3(), "media", name="a.mp3")
        world.file(mp3(), "media", name="b.mp3")
        with pytest.raises(StorageFull):
            world.file(mp3(1), "media", name="c.mp3")

    def test_counsellors_have_no_such_limit(self, world: World) -> None:
        make_rule(world.school, storage.RULE, 1)
        rooms = make_rooms(world)
        assert rooms.file()

    def test_the_refusal_stands_at_the_field_and_nothing_typed_is_lost(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        import io
        import re

        make_rule(world.school, storage.RULE, 10)
        act_as(world.pupil)
        page = client.get("/outcomes/new").text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1]
        answer = client.post(
            "/outcomes/new",
            data={"csrf_token": token, "title": "不能弄丟的名稱", "act": "send",
                  "document": (io.BytesIO(pdf()), "a.pdf")},
        )  # fmt: skip
        assert answer.status_code == 422
        assert "檔案空間不足" in answer.text
        assert "不能弄丟的名稱" in answer.text


def test_the_page(client: FlaskClient, world: World, act_as: Callable[[Any], Any]) -> None:
    world.certified(title="<b>名稱</b>")
    intake.receive(world.pupil, staged(pdf()), "document")
    act_as(world.pupil)
    page = client.get("/timeline").text
    assert "&lt;b&gt;名稱" in page
    assert "115 學年度第 1 學期" in page
    assert "1.0 GB" in page or "1024.0 MB" in page
    assert "勾選並確認要提交的課程學習成果" in page
