"""Who certifies, when, what is recorded; selection; deadlines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Role
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound, WindowClosed
from plugin.portfolio.models import (
    Decision,
    Outcome,
    OutcomeState,
    RecordIsFinal,
    Selection,
    SelectionItem,
    Verdict,
)
from plugin.portfolio.operations import certification, deadlines, outcomes, selection
from plugin.school.models import CourseTeacher, TeachingKind, Window, WindowKind
from plugin.trail.models import AuditEvent
from tests.factories import (
    FrozenClock,
    actor_of,
    make_course,
    make_school,
    make_staff,
    make_student,
    make_teacher,
)
from tests.plugin.portfolio.world import World, make_world, mp3

YEAR = 115


def state(outcome: Outcome) -> OutcomeState:
    found = db.reading().get(Outcome, outcome.id, populate_existing=True)
    assert found is not None
    return found.state


def close(world: World, kind: WindowKind) -> None:
    with db.writing() as session:
        for window in session.scalars(
            sa.select(Window).where(Window.school_id == world.school.id, Window.kind == kind)
        ):
            window.closes_at = clock.now()


def let_teach(
    world: World, kind: TeachingKind, starts: date | None = None, ends: date | None = None
) -> object:
    person = make_teacher(world.school)
    with db.writing() as session:
        session.add(
            CourseTeacher(
                course_id=world.course.id,
                person_id=person.id,
                kind=kind,
                starts_on=starts,
                ends_on=ends,
            )
        )
    return actor_of(person, Role.TEACHER)


class TestCertifying:
    def test_a_decision_names_the_files_and_words_it_was_made_about(self, world: World) -> None:
        outcome = world.sent(
            media_file_id=world.file(mp3(), "media"), document_file_id=world.file()
        )
        decision = certification.certify(world.master, outcome.id)
        assert (decision.title, decision.summary) == (outcome.title, outcome.summary)
        assert len(decision.document_sha256 or "") == len(decision.media_sha256 or "") == 64
        assert not decision.substitute
        assert decision.at == clock.now()

    def test_a_decision_is_never_edited(self, world: World) -> None:
        world.certified()
        with pytest.raises(RecordIsFinal), db.writing() as session:
            session.scalars(sa.select(Decision)).one().verdict = Verdict.RETURNED
        with pytest.raises(RecordIsFinal), db.writing() as session:
            session.delete(session.scalars(sa.select(Decision)).one())

    def test_of_two_teachers_the_second_hears_of_the_first(self, world: World) -> None:
        outcome = world.sent()
        other = let_teach(world, TeachingKind.CO)
        certification.certify(other, outcome.id)  # type: ignore[arg-type]
        with pytest.raises(Conflict):
            certification.return_(world.master, outcome.id, "太晚了")
        assert state(outcome) is OutcomeState.CERTIFIED
        assert len(db.reading().scalars(sa.select(Decision)).all()) == 1

    def test_what_was_sent_anew_must_be_looked_at_again(self, world: World) -> None:
        outcome = world.sent()
        seen = outcome.version
        outcomes.withdraw(world.pupil, outcome.id)
        outcomes.send(world.pupil, outcome.id)
        with pytest.raises(Conflict):
            certification.certify(world.master, outcome.id, version=seen)
        assert state(outcome) is OutcomeState.SENT

    @pytest.mark.parametrize("kind", list(TeachingKind))
    def test_everybody_who_teaches_the_course_may(self, world: World, kind: TeachingKind) -> None:
        decision = certification.certify(let_teach(world, kind), world.sent().id)  # type: ignore[arg-type]
        assert decision.substitute == (kind is TeachingKind.SUBSTITUTE)

    @pytest.mark.parametrize(
        ("starts", "ends", "may"),
        [(-3, -1, False), (-3, 0, True), (0, 3, True), (1, 3, False)],
    )
    def test_a_substitute_only_on_their_days(
        self, world: World, starts: int, ends: int, may: bool
    ) -> None:
        outcome = world.sent()
        today = clock.today()
        actor = let_teach(
            world,
            TeachingKind.SUBSTITUTE,
            today + timedelta(days=starts),
            today + timedelta(days=ends),
        )
        if may:
            certification.certify(actor, outcome.id)  # type: ignore[arg-type]
        else:
            with pytest.raises(NotFound):
                certification.certify(actor, outcome.id)  # type: ignore[arg-type]

    def test_anybody_else_finds_nothing_and_leaves_a_line(self, world: World) -> None:
        outcome = world.sent()
        elsewhere = make_teacher(world.school)
        make_course(world.school, teacher=elsewhere)
        foreign = make_world()
        others = [
            actor_of(elsewhere),
            foreign.master,
            world.clerk,
            world.pupil,
            actor_of(make_staff(world.school, Role.ADMINISTRATOR)),
        ]
        for actor in others:
            with pytest.raises(NotFound):
                certification.certify(actor, outcome.id)
            with pytest.raises(NotFound):
                certification.return_(actor, outcome.id, "不是我的")
        lines = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "access.foreign")
        )
        assert len(lines.all()) == 2 * len(others)
        assert state(outcome) is OutcomeState.SENT

    def test_a_draft_that_was_never_sent_is_not_there_for_the_teacher(self, world: World) -> None:
        with pytest.raises(NotFound):
            certification.certify(world.master, world.draft().id)

    def test_only_while_certification_is_open(self, world: World) -> None:
        outcome = world.sent()
        close(world, WindowKind.CERTIFICATION)
        with pytest.raises(WindowClosed):
            certification.certify(world.master, outcome.id)

    @pytest.mark.parametrize("reason", ["", " \n　", "長" * 501])
    def test_a_return_needs_a_reason(self, world: World, reason: str) -> None:
        outcome = world.sent()
        with pytest.raises(InvalidInput) as refusal:
            certification.return_(world.master, outcome.id, reason)
        assert list(refusal.value.fields) == ["reason"]
        assert state(outcome) is OutcomeState.SENT


class TestBulk:
    def test_each_item_is_its_own_truth(self, world: World) -> None:
        good, stale, decided = world.sent(), world.sent(), world.certified()
        foreign = make_world().sent()
        results = certification.certify_many(
            world.master,
            {
                good.id: good.version,
                stale.id: stale.version + 7,
                decided.id: None,
                foreign.id: None,
                987_654: None,
            },
        )
        assert [one.done for one in results] == [True, False, False, False, False]
        assert all(one.message for one in results[1:])
        assert results[3].title == ""  # nothing of a foreign item is told
        assert state(good) is OutcomeState.CERTIFIED
        assert state(stale) is OutcomeState.SENT
        assert state(foreign) is OutcomeState.SENT

    def test_many_are_returned_with_one_reason(self, world: World) -> None:
        ids = [world.sent().id for _one in range(3)]
        certification.return_many(world.master, dict.fromkeys(ids), "請補上來源")
        assert db.reading().scalars(sa.select(Decision.reason)).all() == ["請補上來源"] * 3

    def test_nothing_and_too_much_are_refused(self, world: World) -> None:
        for asked in ({}, dict.fromkeys(range(1, 202))):
            with pytest.raises(InvalidInput):
                certification.certify_many(world.master, asked)

    def test_the_number_of_statements_does_not_grow_by_reading(self, world: World) -> None:
        """Writing costs per item; what is read to decide is read at once."""

        def reads(n: int) -> int:
            ids = {world.sent().id: None for _one in range(n)}
            seen: list[str] = []

            def note(_c: object, _k: object, statement: str, *_more: object) -> None:
                if "FROM outcome" in statement or "course_teacher" in statement:
                    seen.append(statement)

            sa.event.listen(db.engine(), "before_cursor_execute", note)
            certification.certify_many(world.master, ids)
            sa.event.remove(db.engine(), "before_cursor_execute", note)
            return len(seen)

        assert reads(1) == reads(5)


class TestSelecting:
    def test_six_and_no_seventh(self, world: World) -> None:
        ids = [world.certified().id for _one in range(7)]
        for one in ids[:6]:
            selection.select(world.pupil, one)
        with pytest.raises(LimitReached) as refusal:
            selection.select(world.pupil, ids[6])
        assert refusal.value.rule == "selection.outcomes.max"
        selection.unselect(world.pupil, ids[0])
        selection.select(world.pupil, ids[6])
        chosen = db.reading().scalars(sa.select(SelectionItem.outcome_id)).all()
        assert sorted(chosen) == sorted(ids[1:])

    def test_selecting_twice_is_once(self, world: World) -> None:
        outcome = world.certified()
        selection.select(world.pupil, outcome.id)
        selection.select(world.pupil, outcome.id)
        assert len(db.reading().scalars(sa.select(SelectionItem)).all()) == 1

    @pytest.mark.parametrize("life", ["draft", "sent", "returned", "overdue"])
    def test_only_certified_work(self, world: World, life: str) -> None:
        outcome = world.draft() if life == "draft" else world.sent()
        if life == "returned":
            certification.return_(world.master, outcome.id, "請修改")
        if life == "overdue":
            close(world, WindowKind.CERTIFICATION)
            deadlines.mark_overdue()
        with pytest.raises(Conflict):
            selection.select(world.pupil, outcome.id)

    def test_confirmed_is_locked_until_reopened(self, world: World) -> None:
        first, second = world.certified(), world.certified()
        selection.select(world.pupil, first.id)
        selection.lock(world.pupil, YEAR)
        for change in (selection.select, selection.unselect):
            with pytest.raises(Conflict):
                change(world.pupil, second.id)
        selection.reopen(world.pupil, YEAR)
        selection.select(world.pupil, second.id)

    def test_nothing_cannot_be_confirmed(self, world: World) -> None:
        with pytest.raises(InvalidInput):
            selection.lock(world.pupil, YEAR)

    def test_a_closed_window_ends_choosing_and_reopening(self, world: World) -> None:
        outcome = world.certified()
        selection.select(world.pupil, outcome.id)
        selection.lock(world.pupil, YEAR)
        close(world, WindowKind.SELECTION)
        for verb in (selection.reopen, selection.lock):
            with pytest.raises(WindowClosed):
                verb(world.pupil, YEAR)
        with pytest.raises(WindowClosed):
            selection.select(world.pupil, outcome.id)

    def test_another_students_outcome_cannot_be_chosen(self, world: World) -> None:
        outcome = world.certified()
        thief = actor_of(make_student(world.school, world.school_class))
        with pytest.raises(NotFound):
            selection.choose(thief, YEAR, [outcome.id])
        assert db.reading().scalars(sa.select(Selection)).all() == []

    def test_another_years_outcome_cannot_be_chosen(self, world: World) -> None:
        outcome = world.certified()
        with pytest.raises(InvalidInput):
            selection.choose(world.pupil, 114, [outcome.id])


class TestDeadlines:
    def test_undecided_work_becomes_overdue_once_certification_closes(
        self, world: World, clock: FrozenClock
    ) -> None:
        late, done = world.sent(), world.certified()
        assert deadlines.mark_overdue() == 0
        close(world, WindowKind.CERTIFICATION)
        assert deadlines.mark_overdue() == 1
        assert deadlines.mark_overdue() == 0
        assert state(late) is OutcomeState.OVERDUE
        assert state(done) is OutcomeState.CERTIFIED

    def test_an_extension_lets_the_teacher_decide_until_it_ends(
        self, world: World, clock: FrozenClock
    ) -> None:
        first, second = world.sent(), world.sent()
        close(world, WindowKind.CERTIFICATION)
        deadlines.mark_overdue()
        until = clock() + timedelta(days=3)
        assert deadlines.extend(world.clerk, [first.id, second.id], until) == 2
        assert deadlines.mark_overdue() == 0
        certification.certify(world.master, first.id)
        clock.set(until)
        with pytest.raises(WindowClosed):
            certification.certify(world.master, second.id)
        assert deadlines.mark_overdue() == 1

    def test_only_the_schools_own_registry_extends(self, world: World) -> None:
        outcome = world.sent()
        close(world, WindowKind.CERTIFICATION)
        deadlines.mark_overdue()
        until = clock.now() + timedelta(days=1)
        strangers = [
            world.master,
            world.pupil,
            actor_of(make_staff(make_school(), Role.REGISTRY)),
            actor_of(make_staff(world.school, Role.ADMINISTRATOR)),
        ]
        for actor in strangers:
            with pytest.raises(NotFound):
                deadlines.extend(actor, [outcome.id], until)
        assert state(outcome) is OutcomeState.OVERDUE

    def test_an_extension_lies_ahead(self, world: World) -> None:
        with pytest.raises(InvalidInput):
            deadlines.extend(world.clerk, [world.sent().id], clock.now())
