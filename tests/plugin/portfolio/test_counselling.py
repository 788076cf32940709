"""Counselling records: written, registered, changed in time, added to, followed up, made void."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import clock as clocks
from plugin import db, schedule
from plugin.actor import Role
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, WindowClosed
from plugin.portfolio.models import (
    Counselling,
    CounsellingAddendum,
    CounsellingKind,
    CounsellingState,
    CounsellingStudent,
    CounsellingVersion,
    RecordIsFinal,
)
from plugin.portfolio.operations.counselling import assigning, keeping, phrases, writing
from plugin.portfolio.operations.drafts import OutcomeInput
from plugin.portfolio.operations.found import ForeignRecord
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries import counsellors
from plugin.school.models import Person, Window, WindowKind
from plugin.school.terms import Term
from plugin.trail.models import AuditEvent, Message
from plugin.vault.models import FileState, StoredFile
from tests.factories import (
    actor_of,
    at,
    make_class,
    make_rule,
    make_student,
    make_window,
    seat,
)
from tests.plugin.portfolio.consultations import TODAY, Rooms, make_rooms
from tests.plugin.portfolio.world import pdf


@pytest.fixture
def rooms(app: Flask) -> Rooms:
    return make_rooms()


def read(record: Counselling) -> Counselling:
    return db.reading().get_one(Counselling, record.id, populate_existing=True)


def close(window: WindowKind = WindowKind.COUNSELLING) -> None:
    with db.writing() as session:
        session.execute(
            sa.update(Window).where(Window.kind == window).values(
                closes_at=clocks.now() - timedelta(hours=1)
            )
        )  # fmt: skip


class TestRegistering:
    def test_a_draft_becomes_a_record_with_its_document_kept(self, rooms: Rooms) -> None:
        file_id = rooms.file()
        kept = writing.register(rooms.me, rooms.draft(document_file_id=file_id).id)
        assert read(kept.record).state is CounsellingState.KEPT
        assert [one.file_id for one in kept.receipts] == [file_id]
        assert db.reading().get_one(StoredFile, file_id).state is FileState.ACCEPTED
        assert reads.participants(kept.record.id) == [rooms.mates[0].id]
        verbs = db.reading().scalars(
            sa.select(AuditEvent.verb).where(AuditEvent.subject_kind == "counselling")
        )
        assert list(verbs) == ["counselling.start", "counselling.register"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"held_on": None}, "held_on"),
            ({"held_on": TODAY + timedelta(days=1)}, "held_on"),
            ({"place": " "}, "place"),
            ({"topic": ""}, "topic"),
            ({"summary": ""}, "summary"),
            ({"summary": "長" * 101}, "summary"),
            ({"advice": "長" * 2001}, "advice"),
            ({"student_ids": []}, "students"),
            ({"kind": CounsellingKind.GROUP}, "students"),
            ({"follow_up": "確認選課"}, "follow_up_on"),
            ({"follow_up_on": TODAY - timedelta(days=1)}, "follow_up_on"),
        ],
    )
    def test_what_is_missing_is_said_at_its_field_and_the_draft_stays(
        self, rooms: Rooms, changes: dict[str, Any], field: str
    ) -> None:
        draft = rooms.draft(**changes)
        with pytest.raises(InvalidInput) as refused:
            writing.register(rooms.me, draft.id)
        assert set(refused.value.fields) == {field}
        assert read(draft).state is CounsellingState.DRAFT
        assert read(draft).advice == rooms.values(**changes).advice

    def test_a_summary_of_exactly_the_rule_is_taken(self, rooms: Rooms) -> None:
        assert rooms.kept(summary="長" * 100).state is CounsellingState.KEPT
        make_rule(rooms.world.school, "counselling.summary.max_points", 60)
        db._close_reads()
        with pytest.raises(InvalidInput) as refused:
            rooms.kept(summary="長" * 61)
        assert refused.value.rule == "counselling.summary.max_points"

    def test_one_student_is_individual_two_are_a_group(self, rooms: Rooms) -> None:
        with pytest.raises(InvalidInput) as refused:
            rooms.kept(*rooms.mates[:2], kind=CounsellingKind.INDIVIDUAL)
        assert "團體" in refused.value.fields["students"]
        assert rooms.kept(*rooms.mates).kind is CounsellingKind.GROUP

    @pytest.mark.parametrize("field", ["place", "topic_note", "summary", "advice", "follow_up"])
    def test_a_groups_text_names_none_of_its_students(self, rooms: Rooms, field: str) -> None:
        words = {field: f"{rooms.mates[1].name}想轉組", "follow_up_on": TODAY}
        with pytest.raises(InvalidInput) as refused:
            rooms.kept(*rooms.mates, **words)
        assert rooms.mates[1].name in refused.value.fields[field]
        assert rooms.kept(rooms.mates[1], **words).state is CounsellingState.KEPT

    def test_the_same_page_sent_twice_is_one_record(self, rooms: Rooms) -> None:
        for _time in range(2):
            writing.start(rooms.me, rooms.values(), begun_at=clocks.now(), page_key="k")
        assert db.reading().scalar(sa.select(sa.func.count(Counselling.id))) == 1
        with pytest.raises(Conflict):
            record = writing.start(rooms.me, rooms.values(), begun_at=clocks.now(), page_key="k")
            writing.register(rooms.me, record.id)
            writing.register(rooms.me, record.id)

    def test_another_tab_is_not_overwritten(self, rooms: Rooms) -> None:
        draft = rooms.draft()
        seen = draft.version
        writing.save(
            rooms.me, draft.id, rooms.values(place="甲"), begun_at=clocks.now(), version=seen
        )
        with pytest.raises(Conflict):
            writing.save(
                rooms.me, draft.id, rooms.values(place="乙"), begun_at=clocks.now(), version=seen
            )
        assert read(draft).place == "甲"


class TestWindows:
    @pytest.mark.parametrize(
        ("opens", "closes"),
        [(at(2026, 11, 21), at(2026, 12, 1)), (at(2026, 11, 1), at(2026, 11, 20, 9, 30))],
    )
    def test_registering_needs_the_window_and_keeps_the_draft(
        self, rooms: Rooms, opens: Any, closes: Any
    ) -> None:
        with db.writing() as session:
            session.execute(
                sa.update(Window).where(Window.kind == WindowKind.COUNSELLING).values(
                    opens_at=opens, closes_at=closes
                )
            )  # fmt: skip
        draft = rooms.draft()
        with pytest.raises(WindowClosed):
            writing.register(rooms.me, draft.id)
        assert read(draft).summary

    def test_the_day_decides_which_terms_window(self, rooms: Rooms) -> None:
        last_term = {"held_on": date(2026, 5, 4)}
        with pytest.raises(WindowClosed):
            rooms.kept(**last_term)
        make_window(rooms.world.school, WindowKind.COUNSELLING, academic_year=114, term=2)
        db._close_reads()
        assert rooms.kept(**last_term).state is CounsellingState.KEPT

    def test_a_grade_has_a_window_of_its_own(self, rooms: Rooms) -> None:
        make_window(
            rooms.world.school, WindowKind.COUNSELLING, grade=1,
            opens_at=at(2026, 9, 1), closes_at=at(2026, 9, 2),
        )  # fmt: skip
        with pytest.raises(WindowClosed):
            rooms.kept()
        assert rooms.kept(rooms.stranger, actor=rooms.colleague).state is CounsellingState.KEPT

    def test_it_is_changed_while_open_and_only_added_to_afterwards(self, rooms: Rooms) -> None:
        record = rooms.kept(follow_up="確認", follow_up_on=TODAY)
        keeping.follow_up(rooms.me, record.id)
        later = TODAY + timedelta(days=5)
        changed = rooms.values(place="線上", follow_up="再確認", follow_up_on=later)
        writing.revise(rooms.me, record.id, changed, begun_at=clocks.now())
        assert read(record).place == "線上"
        assert read(record).followed_up_at is None, "another day is another follow-up"
        detail = db.reading().scalar(
            sa.select(AuditEvent.detail).where(AuditEvent.verb == "counselling.revise")
        )
        assert sorted(detail["changed"]) == ["follow_up", "follow_up_on", "place"]
        close()
        with pytest.raises(WindowClosed) as refused:
            writing.revise(rooms.me, record.id, rooms.values(place="乙"), begun_at=clocks.now())
        assert "補充說明" in refused.value.remedy
        assert read(record).place == "線上"
        keeping.add(rooms.me, record.id, "更正地點：輔導室。")
        (addendum,) = reads.sheet(rooms.me, read(record)).addenda
        assert (addendum.text, addendum.by_name) == ("更正地點：輔導室。", "廖心怡")

    def test_a_changed_record_keeps_how_it_read_before(self, rooms: Rooms, clock: Any) -> None:
        old_file, new_file = rooms.file(), rooms.file(pdf("new"), "新.pdf")
        record = rooms.kept(document_file_id=old_file, follow_up="追蹤", follow_up_on=TODAY)
        keeping.follow_up(rooms.me, record.id)
        first = clocks.now()
        for minutes, summary in ((5, "第二版"), (6, "第三版")):
            clock.advance(minutes=minutes)
            changed = rooms.values(summary=summary, document_file_id=new_file)
            writing.revise(rooms.me, record.id, changed, begun_at=clocks.now())
        writing.revise(rooms.me, record.id, changed, begun_at=clocks.now())  # nothing is new
        found = reads.sheet(rooms.me, read(record))
        assert found.record.summary == "第三版"
        assert [
            (one.record.summary, one.record.document_file_id, one.record.follow_up)
            for one in found.earlier
        ] == [("第二版", new_file, ""), (rooms.values().summary, old_file, "追蹤")]
        newer, older = (one.record for one in found.earlier)
        assert (older.at, older.replaced_at) == (first, first + timedelta(minutes=5))
        assert (newer.at, older.counsellor_name) == (older.replaced_at, "廖心怡")
        assert (older.followed_up_at, newer.followed_up_at) == (first, None)
        assert db.reading().get_one(StoredFile, old_file).state is FileState.ACCEPTED
        for change in (lambda s, one: setattr(one, "summary", "改"), lambda s, one: s.delete(one)):
            with pytest.raises(RecordIsFinal), db.writing() as session:
                change(session, session.get_one(CounsellingVersion, older.id))
                session.flush()

    def test_an_earlier_version_is_for_those_who_took_part_in_it(self, rooms: Rooms) -> None:
        """Registered for one by mistake, then corrected to another (and to a group)."""
        one, two, three = rooms.mates
        record = rooms.kept(one, summary="只關於第一位的內容")
        writing.revise(
            rooms.me, record.id, rooms.values(two, summary="第二位"), begun_at=clocks.now()
        )
        writing.revise(
            rooms.me, record.id, rooms.values(two, three, summary="兩位"), begun_at=clocks.now()
        )

        def seen(student: Person) -> list[list[str]]:
            page = reads.of_student(actor_of(student), student.id)
            return [[old.record.summary for old in sheet.earlier] for sheet in page.items]

        assert (seen(one), seen(two), seen(three)) == ([], [["第二位"]], [[]])
        (sheet,) = reads.of_student(actor_of(two), two.id).items
        assert [(each.student.id, old.others) for old in sheet.earlier for each in old.people] == [
            (two.id, 0)
        ]
        mine = reads.sheet(rooms.me, read(record)).earlier
        assert [[each.student.id for each in old.people] for old in mine] == [[two.id], [one.id]]
        assigning.assign(
            rooms.world.clerk, rooms.other.id, student_ids=[three.id], starts_on=date(2026, 8, 1)
        )
        assert reads.sheet(rooms.colleague, read(record)).earlier == []

    def test_a_wrong_change_leaves_the_record_as_it_was(self, rooms: Rooms) -> None:
        record = rooms.kept()
        for wrong in ({"summary": ""}, {"held_on": None}, {"student_ids": []}):
            with pytest.raises(InvalidInput):
                values = rooms.values(place="乙", **wrong)
                writing.revise(rooms.me, record.id, values, begun_at=clocks.now())
        assert (read(record).place, read(record).held_on) == ("輔導室", TODAY)
        assert reads.sheet(rooms.me, read(record)).earlier == []
        assert reads.participants(record.id) == [rooms.mates[0].id]

    def test_a_record_cannot_be_moved_into_a_closed_term(self, rooms: Rooms) -> None:
        record = rooms.kept()
        with pytest.raises(WindowClosed):
            values = rooms.values(held_on=date(2026, 5, 4))
            writing.revise(rooms.me, record.id, values, begun_at=clocks.now())
        assert read(record).held_on == TODAY


class TestKeeping:
    def test_an_addendum_is_never_changed(self, rooms: Rooms) -> None:
        made = keeping.add(rooms.me, rooms.kept().id, "補充")
        for change in (lambda s, one: setattr(one, "text", "改"), lambda s, one: s.delete(one)):
            with pytest.raises(RecordIsFinal), db.writing() as session:
                change(session, session.get_one(CounsellingAddendum, made.id))
                session.flush()

    def test_an_addendum_of_a_group_names_nobody(self, rooms: Rooms) -> None:
        record = rooms.kept(*rooms.mates)
        with pytest.raises(InvalidInput):
            keeping.add(rooms.me, record.id, f"{rooms.mates[2].name}缺席")
        assert reads.sheet(rooms.me, record).addenda == []

    @pytest.mark.parametrize("text", ["", " \n", "長" * 2001])
    def test_an_addendum_says_something(self, rooms: Rooms, text: str) -> None:
        record = rooms.kept()
        with pytest.raises(InvalidInput) as refused:
            keeping.add(rooms.me, record.id, text)
        assert set(refused.value.fields) == {"text"}

    def test_void_needs_a_reason_and_nothing_is_deleted(self, rooms: Rooms) -> None:
        file_id = rooms.file()
        record = rooms.kept(document_file_id=file_id)
        with pytest.raises(InvalidInput):
            keeping.make_void(rooms.me, record.id, " ")
        close()
        keeping.make_void(rooms.me, record.id, "選錯學生")
        found = read(record)
        assert (found.state, found.void_reason) == (CounsellingState.VOID, "選錯學生")
        assert (found.summary, found.document_file_id) == (rooms.values().summary, file_id)
        assert db.reading().get_one(StoredFile, file_id).state is FileState.ACCEPTED
        for act in (
            lambda: keeping.make_void(rooms.me, record.id, "又"),
            lambda: keeping.add(rooms.me, record.id, "又"),
            lambda: keeping.follow_up(rooms.me, record.id),
            lambda: writing.revise(rooms.me, record.id, rooms.values(), begun_at=clocks.now()),
            lambda: writing.discard(rooms.me, record.id),
        ):
            with pytest.raises(Conflict):
                act()

    def test_only_a_draft_is_thrown_away(self, rooms: Rooms) -> None:
        file_id = rooms.file()
        draft, record = rooms.draft(document_file_id=file_id), rooms.kept()
        writing.discard(rooms.me, draft.id)
        assert db.reading().get(Counselling, draft.id) is None
        assert db.reading().get_one(StoredFile, file_id).state is FileState.PURGED
        with pytest.raises(Conflict):
            writing.discard(rooms.me, record.id)
        left = db.reading().scalars(sa.select(CounsellingStudent.counselling_id))
        assert list(left) == [record.id]

    def test_somebody_elses_file_is_not_taken(self, rooms: Rooms) -> None:
        theirs = rooms.world.file()
        with pytest.raises(NotFound):
            rooms.draft(document_file_id=theirs)
        mine = rooms.file()
        from plugin.portfolio.operations import drafts

        world = rooms.world
        with pytest.raises(NotFound):
            drafts.start(world.pupil, OutcomeInput(document_file_id=mine), begun_at=clocks.now())


class TestFollowUps:
    def test_the_counsellor_is_reminded_once_when_the_day_has_come(
        self, rooms: Rooms, clock: Any
    ) -> None:
        for who in rooms.mates[:2]:
            rooms.kept(who, follow_up="確認選課", follow_up_on=TODAY + timedelta(days=3))
        rooms.kept(rooms.mates[2], follow_up="很久以後", follow_up_on=date(2027, 1, 5))

        def told() -> list[Message]:
            db._close_reads()
            mine = sa.select(Message).where(Message.person_id == rooms.counsellor.id)
            return list(db.reading().scalars(mine))

        schedule.tick("counselling.remind")
        assert told() == []
        clock.advance(days=3)
        schedule.tick("counselling.remind")
        schedule.tick("counselling.remind")
        (message,) = told()
        assert "2 筆" in message.body
        everything = message.subject + message.body
        assert not any(one.name in everything for one in rooms.mates)
        clock.advance(days=1)
        schedule.tick("counselling.remind")
        assert len(told()) == 1

    def test_what_is_done_or_void_is_not_reminded_of(self, rooms: Rooms) -> None:
        done, void = (rooms.kept(follow_up="確認", follow_up_on=TODAY) for _n in range(2))
        keeping.follow_up(rooms.me, done.id)
        keeping.make_void(rooms.me, void.id, "重複")
        assert keeping.remind() == 0
        assert reads.waiting(rooms.me) == (0, 0, None)

    def test_whoever_follows_as_counsellor_closes_it(self, rooms: Rooms) -> None:
        record = rooms.kept(follow_up="確認", follow_up_on=TODAY)
        with pytest.raises(NotFound):
            keeping.follow_up(rooms.colleague, record.id)
        assigning.assign(rooms.world.clerk, rooms.other.id, student_ids=[rooms.mates[0].id])
        db._close_reads()
        keeping.follow_up(rooms.colleague, record.id)
        keeping.add(rooms.colleague, record.id, "已確認。")
        with pytest.raises(NotFound):
            keeping.make_void(rooms.colleague, record.id, "不是我寫的")
        assert read(record).followed_up_at is not None


class TestAssignments:
    def test_students_are_mine_by_class_and_by_name_from_day_to_day(
        self, rooms: Rooms, clock: Any
    ) -> None:
        def mine() -> set[int]:
            db._close_reads()
            lines = counsellors.own_students(rooms.me, counsellors.Wanted()).items
            return {one.student.id for one in lines}

        of_class = {one.id for one in rooms.mates}
        assert mine() == of_class
        late = make_student(rooms.world.school)
        seat(late, rooms.world.school_class, 30)
        assert mine() == of_class | {late.id}, "whoever comes into the class later"
        assigning.assign(
            rooms.world.clerk, rooms.counsellor.id, student_ids=[rooms.stranger.id],
            starts_on=TODAY + timedelta(days=1), ends_on=TODAY + timedelta(days=2),
        )  # fmt: skip
        assert rooms.stranger.id not in mine()
        clock.advance(days=1)
        assert rooms.stranger.id in mine()
        clock.advance(days=2)
        assert rooms.stranger.id not in mine()

    def test_last_years_class_gives_nobody_this_year(self, rooms: Rooms, clock: Any) -> None:
        clock.advance(days=300)
        assert counsellors.own_students(rooms.me, counsellors.Wanted()).items == ()

    def test_without_the_role_an_assignment_gives_nobody(self, rooms: Rooms) -> None:
        from dataclasses import replace

        former = replace(rooms.me, roles=frozenset({Role.TEACHER}))
        assert counsellors.own_ids(former, [rooms.mates[0].id]) == set()
        with pytest.raises(NotFound):
            rooms.draft(actor=former)

    def test_a_stranger_is_not_recorded(self, rooms: Rooms) -> None:
        with pytest.raises(ForeignRecord):
            rooms.draft(rooms.stranger)
        draft = rooms.draft()
        with pytest.raises(ForeignRecord):
            writing.save(rooms.me, draft.id, rooms.values(rooms.stranger), begun_at=clocks.now())
        assert reads.participants(draft.id) == [rooms.mates[0].id]

    def test_what_was_held_in_time_is_logged_after_the_assignment_ended(
        self, rooms: Rooms, clock: Any
    ) -> None:
        (line,) = counsellors.assignments(
            rooms.world.school.id, counsellor_id=rooms.counsellor.id
        ).items
        assigning.end(rooms.world.clerk, line.assignment.id)
        db._close_reads()
        with pytest.raises(NotFound):
            rooms.draft()
        assert rooms.kept(held_on=TODAY - timedelta(days=2)).state is CounsellingState.KEPT
        with pytest.raises(Conflict):
            assigning.end(rooms.world.clerk, line.assignment.id)

    def test_one_that_began_today_is_taken_back_whole(self, rooms: Rooms) -> None:
        (made,) = assigning.assign(
            rooms.world.clerk, rooms.counsellor.id, student_ids=[rooms.stranger.id]
        )
        assert assigning.end(rooms.world.clerk, made.id) is None
        db._close_reads()
        assert counsellors.own_ids(rooms.me, [rooms.stranger.id]) == set()

    def test_only_the_office_assigns_only_counsellors_only_students(self, rooms: Rooms) -> None:
        clerk, school = rooms.world.clerk, rooms.world.school
        for actor in (rooms.me, rooms.world.pupil, rooms.world.master):
            with pytest.raises(NotAllowed):
                assigning.assign(actor, rooms.counsellor.id, student_ids=[rooms.stranger.id])
        with pytest.raises(InvalidInput):
            assigning.assign(clerk, rooms.world.teacher.id, student_ids=[rooms.stranger.id])
        with pytest.raises(NotFound):
            assigning.assign(clerk, rooms.counsellor.id, student_ids=[rooms.world.teacher.id])
        with pytest.raises(InvalidInput):
            assigning.assign(clerk, rooms.counsellor.id)
        with pytest.raises(InvalidInput):
            assigning.assign(
                clerk, rooms.counsellor.id, student_ids=[rooms.stranger.id],
                ends_on=TODAY - timedelta(days=1),
            )  # fmt: skip
        with pytest.raises(Conflict):
            assigning.assign(clerk, rooms.counsellor.id, class_ids=[rooms.world.school_class.id])
        assert counsellors.without_counsellor(school.id) == 0
        make_student(school)
        db._close_reads()
        assert counsellors.without_counsellor(school.id) == 1

    def test_the_list_is_searched_filtered_and_paged(self, rooms: Rooms) -> None:
        other_class = make_class(rooms.world.school)
        more = make_student(rooms.world.school, other_class, 5, name="歐陽明")
        assigning.assign(rooms.world.clerk, rooms.counsellor.id, student_ids=[more.id])
        rooms.kept(rooms.mates[1], follow_up="確認", follow_up_on=TODAY)
        rooms.kept(rooms.mates[1], held_on=TODAY - timedelta(days=9))
        db._close_reads()

        def names(**wanted: Any) -> list[str]:
            page = counsellors.own_students(rooms.me, counsellors.Wanted(**wanted))
            return [one.student.name for one in page.items]

        assert names(text="歐陽") == ["歐陽明"]
        assert names(text=rooms.mates[1].number) == [rooms.mates[1].name]
        assert names(text="%") == []
        assert names(class_id=other_class.id) == ["歐陽明"]
        assert names(open_only=True) == [rooms.mates[1].name]
        first = counsellors.own_students(rooms.me, counsellors.Wanted(), limit=3)
        rest = counsellors.own_students(rooms.me, counsellors.Wanted(), limit=3, after=first.next)
        listed = [one.student.id for one in (*first.items, *rest.items)]
        assert sorted(listed) == sorted([*(one.id for one in rooms.mates), more.id])
        (line,) = counsellors.own_students(
            rooms.me, counsellors.Wanted(text=rooms.mates[1].name)
        ).items
        assert (line.last, line.times, line.open) == (TODAY, 2, 1)
        assert counsellors.reached(rooms.me, Term(115, 1)) == (1, 4)


class TestPhrases:
    def test_templates_are_the_counsellors_own(self, rooms: Rooms) -> None:
        made = phrases.keep_template(rooms.me, " 物理 ", "先修完基礎。")
        with pytest.raises(Conflict):
            phrases.keep_template(rooms.me, "物理", "又一次")
        phrases.keep_template(rooms.me, "物理", "改過了。", made.id)
        assert [(one.title, one.body) for one in reads.templates(rooms.me)] == [
            ("物理", "改過了。")
        ]
        assert reads.templates(rooms.colleague) == []
        for act in (
            lambda: phrases.keep_template(rooms.colleague, "偷看", "x", made.id),
            lambda: phrases.drop_template(rooms.colleague, made.id),
        ):
            with pytest.raises(NotFound):
                act()
        phrases.drop_template(rooms.me, made.id)
        db._close_reads()
        assert reads.templates(rooms.me) == []

    def test_a_list_that_changes_changes_no_record(self, rooms: Rooms) -> None:
        record = rooms.kept(topic="選課輔導")
        phrases.set_topics(rooms.me, ["升學", " 升學 ", "", "適應"])
        db._close_reads()
        assert reads.own_topics(rooms.world.school.id) == ["升學", "適應"]
        assert read(record).topic == "選課輔導"
        with pytest.raises(InvalidInput):
            phrases.set_topics(rooms.me, ["長" * 41])
        with pytest.raises(NotAllowed):
            phrases.set_topics(rooms.world.pupil, ["x"])
        phrases.set_topics(rooms.world.clerk, [])
        db._close_reads()
        assert reads.own_topics(rooms.world.school.id) == []


def test_a_wrong_page_key_shows_the_first_page(rooms: Rooms) -> None:
    rooms.kept()
    for odd in ("x", "2026-13-45_1", "2026-11-20", "_", "9999-12-31_99999999999999"):
        assert len(reads.records(rooms.me, after=odd).items) == 1


def test_records_of_one_are_paged_newest_first(rooms: Rooms) -> None:
    days = [TODAY - timedelta(days=n) for n in (3, 0, 3, 7)]
    for day in days:
        rooms.kept(held_on=day)
    rooms.draft(held_on=None)
    seen: list[Any] = []
    after = None
    while True:
        page = reads.records(rooms.me, after=after, limit=2)
        seen += [one.record.held_on for one in page.items]
        if (after := page.next) is None:
            break
    assert seen == [None, *sorted(days, reverse=True)]
