"""Course records: the teacher's grid, the registry's forms, freezing, what students see of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Role
from plugin.errors import Conflict, InvalidInput, NotFound, WindowClosed
from plugin.portfolio import record_kinds
from plugin.portfolio.models import CaseArea, CourseFreeze, CourseRecord
from plugin.portfolio.operations.academic import cases, freezing, grids, records
from plugin.portfolio.operations.academic.doors import Frozen
from plugin.portfolio.operations.academic.grids import GridRow, NoCredits, WrongCells
from plugin.portfolio.queries.academic import records as queries
from plugin.school.models import Course, TeachingKind, Window, WindowKind
from plugin.school.operations import assign_teacher
from plugin.trail.models import AuditEvent
from tests.factories import actor_of, make_course, make_rule, make_staff, make_teacher
from tests.plugin.portfolio.academic.school import TERM, Records, typed
from tests.plugin.portfolio.world import make_world


def close(school: Records) -> None:
    with db.writing() as session:
        for window in session.scalars(sa.select(Window)):
            if window.kind is WindowKind.COURSE_RECORDS:
                window.closes_at = clock.now() - timedelta(minutes=1)


def all_of(school: Records) -> list[CourseRecord]:
    db._close_reads()
    return list(db.reading().scalars(sa.select(CourseRecord).order_by(CourseRecord.student_id)))


class TestGrid:
    def test_scores_are_kept_with_their_decimals(self, school: Records) -> None:
        assert school.grade("88.2575", "59") == 2
        first, second = all_of(school)
        assert (first.score, second.score) == (Decimal("88.2575"), Decimal(59))
        course = school.world.course
        assert (first.code, first.subject, first.credits) == (course.code, course.name, 4)
        assert (first.course_id, first.kind, first.term) == (course.id, "regular", 1)

    def test_saved_again_nothing_changes(self, school: Records) -> None:
        school.grade("88.5", "59", note="認真")
        assert school.grade("88.50", "59", note="認真") == 0
        assert school.grade("89", "59", note="認真") == 1

    def test_one_wrong_cell_saves_nothing(self, school: Records) -> None:
        rows = [
            GridRow(school.world.student.id, {"score": "88"}),
            GridRow(school.mate.id, {"score": "一百"}),
        ]
        with pytest.raises(WrongCells) as refusal:
            grids.save(school.master, school.world.course.id, rows)
        assert set(refusal.value.cells) == {(school.mate.id, "score")}
        assert all_of(school) == []

    @pytest.mark.parametrize(("score", "makeup"), [("60", "70"), ("", "70"), ("100", "0")])
    def test_a_make_up_needs_a_failed_score(self, school: Records, score: str, makeup: str) -> None:
        with pytest.raises(WrongCells) as refusal:
            school.grade(score, makeup_score=makeup)
        assert refusal.value.rule == "course.pass_mark"
        assert set(refusal.value.cells) == {(school.world.student.id, "makeup_score")}

    def test_the_schools_own_mark_decides(self, school: Records) -> None:
        make_rule(school.world.school, "course.pass_mark", 70)
        assert school.grade("65", makeup_score="72") == 1

    def test_what_somebody_else_changed_is_not_overwritten(self, school: Records) -> None:
        school.grade("88", "59")
        rows = [GridRow(school.world.student.id, {"score": "77"}, version=0)]
        with pytest.raises(WrongCells) as refusal:
            grids.save(school.master, school.world.course.id, rows)
        assert set(refusal.value.cells) == {(school.world.student.id, "")}
        assert all_of(school)[0].score == Decimal(88)

    def test_a_new_score_takes_back_what_was_said_of_the_old(self, school: Records) -> None:
        school.grade("0")
        with db.writing() as session:
            session.scalars(sa.select(CourseRecord)).one().passed = True
        school.grade("55")
        assert all_of(school)[0].passed is None

    def test_only_who_teaches_the_course_today(self, school: Records) -> None:
        other = make_teacher(school.world.school)
        make_course(school.world.school, teacher=other)
        strangers = [actor_of(other), make_world().master, school.pupil, school.clerk]
        for actor in strangers:
            with pytest.raises(NotFound):
                school.grade("88", actor=actor)
        seen = sa.select(AuditEvent).where(AuditEvent.verb == "access.foreign")
        assert len(db.reading().scalars(seen).all()) == len(strangers)

    def test_a_substitute_while_it_lasts(self, school: Records, clock: Any) -> None:
        stand_in = make_staff(school.world.school)
        today = clock().date()
        clerk = actor_of(make_staff(school.world.school, Role.REGISTRY))
        assign_teacher(
            clerk, school.world.course.id, stand_in.id, TeachingKind.SUBSTITUTE,
            starts_on=today, ends_on=today + timedelta(days=1),
        )  # fmt: skip
        actor = actor_of(stand_in)
        assert school.grade("70", actor=actor) == 1
        clock.advance(days=3)
        with pytest.raises(NotFound):
            school.grade("71", actor=actor)

    def test_not_a_student_of_the_course(self, school: Records) -> None:
        stranger = make_world().student
        with pytest.raises(NotFound):
            rows = [GridRow(stranger.id, {"score": "1"})]
            grids.save(school.master, school.world.course.id, rows)

    def test_outside_the_window(self, school: Records) -> None:
        close(school)
        with pytest.raises(WindowClosed, match="已截止"):
            school.grade("88")

    def test_a_course_without_credits_names_the_rule(self, school: Records) -> None:
        with db.writing() as session:
            course = session.get_one(Course, school.world.course.id)
            course.code = course.code[:16] + "8" + course.code[17:18] + "0" + course.code[19:]
        with pytest.raises(NoCredits) as refusal:
            school.grade("88")
        assert refusal.value.rule == "course.class_89.needs_d"

    def test_an_import_that_could_not_tell_the_course_is_taken_up(self, school: Records) -> None:
        course = school.world.course
        made = school.enter(code=course.code, subject="另一個名稱", score="50", grade="1")
        assert made.course_id is None
        school.grade("52.5")
        (one,) = all_of(school)
        assert (one.id, one.score, one.course_id) == (made.id, Decimal("52.5"), course.id)


class TestRegistry:
    @pytest.mark.parametrize("kind", [one.key for one in record_kinds.kinds()])
    def test_every_kind_is_entered_and_shown(self, school: Records, kind: str) -> None:
        made = school.enter(kind)
        (term,) = queries.sheet_of(school.world.student).terms
        assert term.lines[0].record.id == made.id
        assert term.credits == (5 if kind == "night_makeup" else 4)
        assert record_kinds.typed(made)["score"] == "72.5"

    def test_the_same_course_once_a_term_and_kind(self, school: Records) -> None:
        school.enter()
        with pytest.raises(Conflict):
            school.enter()
        assert school.enter("retake").kind == "retake"

    def test_taken_back_it_may_be_entered_again(self, school: Records) -> None:
        made = school.enter()
        with pytest.raises(InvalidInput):
            records.remove(school.clerk, made.id, " ")
        records.remove(school.clerk, made.id, "選錯學生")
        assert queries.sheet_of(school.world.student).terms == ()
        assert school.enter().id != made.id
        assert {one.removed_reason for one in all_of(school)} == {"選錯學生", ""}

    @pytest.mark.parametrize(
        ("kind", "changes", "field"),
        [
            ("regular", {"subject": ""}, "subject"),
            ("regular", {"score": "101"}, "score"),
            ("regular", {"code": "115"}, "code"),
            ("regular", {"counted": "4"}, "counted"),
            ("retake", {"due_year": "116"}, "due_year"),
            ("retake", {"due_year": "115", "due_term": "2"}, "due_year"),
            ("repeat", {"repeat_mark": "3"}, "repeat_mark"),
            ("transfer", {"due_year": ""}, "due_year"),
        ],
    )
    def test_wrong_columns_are_named(
        self, school: Records, kind: str, changes: dict[str, str], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            school.enter(kind, **changes)
        assert set(refusal.value.fields) == {field}

    def test_flexible_time_only_with_attribute_d(self, school: Records) -> None:
        code = school.world.course.code
        flexible = code[:16] + "9" + code[17] + "{}" + code[19:]
        with pytest.raises(InvalidInput) as refusal:
            school.enter(code=flexible.format("A"))
        assert refusal.value.rule == "course.class_89.needs_d"
        assert school.enter(code=flexible.format("D")).score == Decimal("72.5")

    def test_changed_meanwhile(self, school: Records) -> None:
        made = school.enter()
        texts = typed("regular", score="80")
        records.change(school.clerk, made.id, texts, version=made.version)
        with pytest.raises(Conflict):
            records.change(school.clerk, made.id, texts, version=made.version)

    def test_only_the_registry(self, school: Records) -> None:
        made = school.enter()
        for actor in (school.master, school.pupil, school.affairs, school.parent()):
            with pytest.raises(NotFound):
                records.change(actor, made.id, typed("regular"))
            with pytest.raises(NotFound):
                records.enter(actor, school.mate.id, TERM, "regular", typed("regular"))

    def test_outside_the_window_only_what_was_reported(self, school: Records) -> None:
        made = school.enter()
        close(school)
        with pytest.raises(WindowClosed, match="已截止"):
            records.change(school.clerk, made.id, typed("regular", score="80"))
        case = cases.report(school.pupil, CaseArea.COURSES, TERM, "成績少算", subject_id=made.id)
        assert records.change(school.clerk, made.id, typed("regular", score="80")).score == 80
        cases.answer(school.clerk, case.id, "已更正", corrected=True)
        with pytest.raises(WindowClosed):
            records.change(school.clerk, made.id, typed("regular", score="81"))


class TestFreezing:
    def test_a_frozen_course_is_thawed_with_a_reason(self, school: Records) -> None:
        course = school.world.course
        school.grade("88")
        assert freezing.freeze(school.clerk, TERM, [course.id, course.id]) == 1
        assert freezing.freeze(school.clerk, TERM, [course.id]) == 0
        with pytest.raises(Frozen, match="凍結"):
            school.grade("90")
        with pytest.raises(Frozen):
            records.change(school.clerk, all_of(school)[0].id, typed("regular"))
        with pytest.raises(InvalidInput):
            freezing.thaw(school.clerk, TERM, course.id, "  ")
        freezing.thaw(school.clerk, TERM, course.id, "漏登一位學生")
        assert school.grade("90") == 1
        verbs = db.reading().scalars(sa.select(AuditEvent.verb)).all()
        assert {"course_record.freeze", "course_record.thaw"} <= set(verbs)

    def test_a_whole_term_holds_also_what_has_no_course(self, school: Records) -> None:
        made = school.enter("retake")
        freezing.freeze_term(school.clerk, TERM)
        with pytest.raises(Conflict):
            freezing.freeze_term(school.clerk, TERM)
        for act in (
            lambda: school.grade("88"),
            lambda: school.enter(),
            lambda: records.remove(school.clerk, made.id, "重複"),
        ):
            with pytest.raises(Frozen):
                act()
        freezing.thaw(school.clerk, TERM, None, "更正")
        assert school.grade("88") == 1
        (row,) = db.reading().scalars(sa.select(CourseFreeze))
        assert (row.thaw_reason, row.thawed_by_id) == ("更正", school.clerk.person_id)

    def test_only_the_registry_and_only_own_courses(self, school: Records) -> None:
        other = make_world()
        for actor, course_id in (
            (school.master, school.world.course.id),
            (school.affairs, school.world.course.id),
            (school.clerk, other.course.id),
        ):
            with pytest.raises(NotFound):
                freezing.freeze(actor, TERM, [course_id])
        assert db.reading().scalars(sa.select(CourseFreeze)).all() == []


class TestBands:
    def test_of_the_class_and_of_nobody_else(self, school: Records) -> None:
        school.grade("100", "59.9999")
        other = make_course(school.world.school, teacher=school.world.teacher, name="英文")
        (bands,) = queries.bands_of([school.world.course.id, other.id]).values()
        assert bands.counts == (0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
        assert bands.size == 2
        line = queries.line_of(school.mate.id, all_of(school)[1].id)
        assert line is not None
        assert (line.band, line.bands) == (5, bands)

    def test_a_sheet_takes_as_many_statements_however_long(self, school: Records) -> None:
        def counted() -> int:
            asked: list[str] = []

            @sa.event.listens_for(db.engine(), "before_cursor_execute")
            def count(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
                asked.append(statement)

            db._close_reads()
            queries.sheet_of(school.world.student)
            sa.event.remove(db.engine(), "before_cursor_execute", count)
            return len(asked)

        school.grade("88")
        one = counted()
        for n in range(6):
            school.enter(subject=f"選修{n}")
        assert counted() == one
