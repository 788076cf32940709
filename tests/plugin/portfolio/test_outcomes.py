"""Drafts, sending, withdrawing: every rule that a student meets."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from plugin import clock, db
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound, WindowClosed
from plugin.portfolio.models import Decision, Outcome, OutcomeState, Verdict
from plugin.portfolio.operations import certification, drafts, outcomes, selection
from plugin.portfolio.queries import shared
from plugin.school.models import Window, WindowKind
from plugin.trail.models import AuditEvent, Message
from plugin.vault.errors import FileRefused
from plugin.vault.models import FileState, ReceiptKind, StoredFile
from tests.factories import (
    FrozenClock,
    actor_of,
    make_course,
    make_rule,
    make_school,
    make_student,
    make_window,
)
from tests.plugin.portfolio.world import World, make_world, mp3, pdf, png, staged


def close(world: World, kind: WindowKind, closes_in: timedelta) -> Window:
    """Let the window of a kind close then."""
    with db.writing() as session:
        window = session.scalars(
            sa.select(Window).where(Window.school_id == world.school.id, Window.kind == kind)
        ).one()
        window.closes_at = clock.now() + closes_in
        session.flush()
        return window


def audit(verb: str) -> list[AuditEvent]:
    return list(db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb == verb)))


def fresh(outcome: Outcome) -> Outcome:
    found = db.reading().get(Outcome, outcome.id, populate_existing=True)
    assert found is not None
    return found


def test_a_sent_outcome_has_final_receipts_for_its_files(world: World) -> None:
    draft = world.draft(
        media_file_id=world.file(mp3(), "media", name="朗讀.mp3"), document_file_id=world.file()
    )
    sent = outcomes.send(world.pupil, draft.id)
    assert sent.outcome.state is OutcomeState.SENT
    assert sent.outcome.sent_at == clock.now()
    assert [receipt.kind for receipt in sent.receipts] == [ReceiptKind.ACCEPTED] * 2
    files = db.reading().scalars(sa.select(StoredFile)).all()
    assert {file.state for file in files} == {FileState.ACCEPTED}
    assert [event.subject_id for event in audit("outcome.send")] == [draft.id]


def test_a_draft_keeps_what_cannot_be_sent(world: World) -> None:
    draft = world.draft(course_id=None, title="", summary="長" * 101)
    with pytest.raises(InvalidInput) as refusal:
        outcomes.send(world.pupil, draft.id)
    assert set(refusal.value.fields) == {"course_id", "title", "summary"}
    kept = fresh(draft)
    assert (kept.state, kept.summary) == (OutcomeState.DRAFT, "長" * 101)
    assert kept.document_file_id is not None


@pytest.mark.parametrize(
    ("summary", "fits"),
    [
        ("字" * 100, True),
        ("字" * 101, False),
        ("𤧟" * 100, True),  # outside the BMP: one each, as people count
        ("𤧟" * 101, False),
        ("字" * 99 + "\r\n", True),  # trimmed
        ("字\r\n" * 50, True),  # 49 line breaks count 1 each, the last is trimmed
        ("  " + "字" * 100 + "　", True),
        ("e\u0301" * 100, True),  # é by NFC
        ("   ", False),
    ],
)
def test_a_summary_counts_code_points_after_nfc_and_trimming(
    world: World, summary: str, fits: bool
) -> None:
    draft = world.draft(summary=summary)
    if fits:
        assert outcomes.send(world.pupil, draft.id).outcome.state is OutcomeState.SENT
    else:
        with pytest.raises(InvalidInput) as refusal:
            outcomes.send(world.pupil, draft.id)
        assert list(refusal.value.fields) == ["summary"]


def test_a_file_is_needed_and_one_is_enough(world: World) -> None:
    with pytest.raises(InvalidInput) as refusal:
        outcomes.send(world.pupil, world.draft(document_file_id=None).id)
    assert list(refusal.value.fields) == ["document"]
    only_sound = world.draft(media_file_id=world.file(mp3(), "media"))
    assert outcomes.send(world.pupil, only_sound.id).outcome.state is OutcomeState.SENT


def test_a_course_without_credits_takes_no_outcome(world: World) -> None:
    course = make_course(world.school, students=[world.student], credits=0, name="週會")
    draft = world.draft(course_id=course.id)
    with pytest.raises(InvalidInput) as refusal:
        outcomes.send(world.pupil, draft.id)
    assert "週會" in refusal.value.fields["course_id"]
    assert fresh(draft).state is OutcomeState.DRAFT


def test_a_course_that_the_student_does_not_take(world: World) -> None:
    course = make_course(world.school)
    with pytest.raises(InvalidInput) as refusal:
        outcomes.send(world.pupil, world.draft(course_id=course.id).id)
    assert list(refusal.value.fields) == ["course_id"]


def test_a_course_of_another_school_is_not_there(world: World) -> None:
    foreign = make_course(make_school())
    with pytest.raises(NotFound):
        world.draft(course_id=foreign.id)
    assert db.reading().scalar(sa.select(sa.func.count(Outcome.id))) == 0


def test_sending_waits_for_the_window(world: World, clock: FrozenClock) -> None:
    draft = world.draft()
    close(world, WindowKind.OUTCOME_UPLOAD, timedelta(minutes=-1))
    with db.writing() as session:
        session.get_one(Outcome, draft.id).started_at = clock() - timedelta(seconds=30)
    with pytest.raises(WindowClosed):
        outcomes.send(world.pupil, draft.id)
    assert fresh(draft).state is OutcomeState.DRAFT


def test_without_a_window_nothing_can_be_sent(app: object) -> None:
    world = make_world(windows=False)
    with pytest.raises(WindowClosed):
        outcomes.send(world.pupil, world.draft().id)


@pytest.mark.parametrize(("minutes", "counts"), [(0, True), (15, True), (16, False)])
def test_an_upload_begun_in_time_has_fifteen_minutes(
    world: World, clock: FrozenClock, minutes: int, counts: bool
) -> None:
    draft = world.draft()
    window = close(world, WindowKind.OUTCOME_UPLOAD, timedelta(seconds=5))
    clock.set(window.closes_at + timedelta(minutes=minutes))
    if counts:
        assert outcomes.send(world.pupil, draft.id).outcome.state is OutcomeState.SENT
    else:
        with pytest.raises(WindowClosed):
            outcomes.send(world.pupil, draft.id)


def test_saving_after_closing_does_not_count_as_a_beginning(
    world: World, clock: FrozenClock
) -> None:
    window = close(world, WindowKind.OUTCOME_UPLOAD, timedelta(minutes=1))
    clock.set(window.closes_at + timedelta(minutes=1))
    draft = world.draft()
    with pytest.raises(WindowClosed):
        outcomes.send(world.pupil, draft.id)


def test_places_of_a_term_are_counted_and_freed(world: World) -> None:
    make_rule(world.school, "outcome.per_term.max", 2)
    first, _second = world.sent(), world.sent()
    third = world.draft()
    with pytest.raises(LimitReached) as refusal:
        outcomes.send(world.pupil, third.id)
    assert refusal.value.rule == "outcome.per_term.max"
    outcomes.withdraw(world.pupil, first.id)
    assert outcomes.send(world.pupil, third.id).outcome.state is OutcomeState.SENT
    assert shared.places_taken(world.student.id, 115, 1) == 2


def test_places_are_counted_by_term(world: World) -> None:
    make_rule(world.school, "outcome.per_term.max", 1)
    make_window(world.school, WindowKind.OUTCOME_UPLOAD, term=2)
    world.sent()
    later = make_course(world.school, students=[world.student], term=2)
    assert world.sent(course_id=later.id).term == 2


def test_sent_twice_is_sent_once(world: World) -> None:
    outcome = world.sent()
    with pytest.raises(Conflict):
        outcomes.send(world.pupil, outcome.id)
    assert len(audit("outcome.send")) == 1


def test_decided_work_cannot_be_withdrawn(world: World) -> None:
    with pytest.raises(Conflict):
        outcomes.withdraw(world.pupil, world.certified().id)


def test_withdrawing_needs_an_open_window(world: World, clock: FrozenClock) -> None:
    window = close(world, WindowKind.OUTCOME_UPLOAD, timedelta(minutes=1))
    outcome = world.sent()
    clock.set(window.closes_at + timedelta(minutes=1))
    with pytest.raises(WindowClosed):
        outcomes.withdraw(world.pupil, outcome.id)
    db._close_reads()
    assert db.reading().get_one(Outcome, outcome.id).state is OutcomeState.SENT


def test_a_returned_outcome_is_revised_and_sent_again(world: World) -> None:
    outcome = world.sent()
    certification.return_(world.master, outcome.id, "請補上引用來源")
    drafts.save(
        world.pupil,
        outcome.id,
        world.values(summary="補上來源。", document_file_id=outcome.document_file_id),
        begun_at=clock.now(),
    )
    assert outcomes.send(world.pupil, outcome.id).outcome.state is OutcomeState.SENT
    reasons = db.reading().scalars(sa.select(Decision.reason)).all()
    assert reasons == ["請補上引用來源"]


def test_replacing_the_file_of_a_returned_outcome_keeps_the_old_one(world: World) -> None:
    outcome = world.sent()
    old = outcome.document_file_id
    certification.return_(world.master, outcome.id, "請換檔")
    drafts.save(world.pupil, outcome.id, world.values(), begun_at=clock.now())
    file = db.reading().get(StoredFile, old)
    assert file is not None
    assert file.state is FileState.ACCEPTED


def test_replacing_the_file_of_a_draft_lets_go_of_the_old_one(world: World) -> None:
    draft = world.draft()
    old = draft.document_file_id
    drafts.save(world.pupil, draft.id, world.values(), begun_at=clock.now())
    file = db.reading().get(StoredFile, old)
    assert file is not None
    assert file.state is FileState.PURGED


def test_two_tabs_do_not_overwrite_each_other(world: World) -> None:
    draft = world.draft()
    seen = draft.version
    values = world.values(document_file_id=draft.document_file_id, title="甲")
    drafts.save(world.pupil, draft.id, values, begun_at=clock.now(), version=seen)
    with pytest.raises(Conflict):
        drafts.save(
            world.pupil,
            draft.id,
            world.values(document_file_id=draft.document_file_id, title="乙"),
            begun_at=clock.now(),
            version=seen,
        )
    assert fresh(draft).title == "甲"


@pytest.mark.parametrize("verb", ["save", "send", "withdraw", "reopen", "discard", "select"])
def test_another_students_outcome_is_not_found_and_noted(world: World, verb: str) -> None:
    outcome = world.draft()
    other = actor_of(make_student(world.school, world.school_class))
    calls = {
        "save": lambda: drafts.save(
            other, outcome.id, drafts.OutcomeInput(title="偷改"), begun_at=clock.now()
        ),
        "send": lambda: outcomes.send(other, outcome.id),
        "withdraw": lambda: outcomes.withdraw(other, outcome.id),
        "reopen": lambda: outcomes.reopen(other, outcome.id),
        "discard": lambda: drafts.discard(other, outcome.id),
        "select": lambda: selection.select(other, outcome.id),
    }
    with pytest.raises(NotFound) as foreign:
        calls[verb]()
    with pytest.raises(NotFound) as nothing:
        outcomes.send(other, 987_654)
    assert foreign.value.message == nothing.value.message
    assert [event.subject_id for event in audit("access.foreign")] == [outcome.id]
    assert fresh(outcome).title == "讀書心得"


def test_another_students_file_cannot_be_attached(world: World) -> None:
    other = make_student(world.school)
    theirs = world.file(actor=actor_of(other))
    with pytest.raises(NotFound):
        world.draft(document_file_id=theirs)
    assert [event.subject_kind for event in audit("access.foreign")] == ["file"]


@pytest.mark.parametrize(
    ("content", "name", "slot"),
    [
        (b"", "空.pdf", "document"),
        (b"<html><body>not a pdf</body></html>", "假.pdf", "document"),
        (mp3(), "聲音.pdf", "document"),
        (png(), "圖.mp3", "media"),
        (pdf()[:200], "斷.pdf", "document"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_stored(
    world: World, content: bytes, name: str, slot: str
) -> None:
    from plugin.portfolio.operations import intake

    with pytest.raises(FileRefused):
        intake.receive(world.pupil, staged(content, name), slot)
    assert db.reading().scalar(sa.select(sa.func.count(StoredFile.id))) == 0


def test_the_limit_is_inclusive_and_one_byte_more_is_refused(world: World) -> None:
    from plugin.portfolio.operations import intake

    whole = pdf() + b"\n%"
    make_rule(world.school, "outcome.document.max_bytes", len(whole))
    assert intake.receive(world.pupil, staged(whole), "document").size == len(whole)
    with pytest.raises(FileRefused):
        intake.receive(world.pupil, staged(whole + b"%"), "document")


def test_the_limit_of_the_courses_year_holds_when_it_is_sent(world: World) -> None:
    content = pdf()
    make_rule(world.school, "outcome.document.max_bytes", len(content) - 1, from_year=114)
    make_rule(world.school, "outcome.document.max_bytes", 4_194_304, from_year=115)
    make_window(world.school, WindowKind.OUTCOME_UPLOAD, academic_year=114)
    old = make_course(world.school, students=[world.student], academic_year=114)
    draft = world.draft(course_id=old.id, document_file_id=world.file(content))
    with pytest.raises(InvalidInput) as refusal:
        outcomes.send(world.pupil, draft.id)
    assert list(refusal.value.fields) == ["document"]


class TestRestoring:
    """The full set of files of certified work restores its certification (SPEC §1)."""

    def again(self, world: World, content: bytes, **changes: object) -> outcomes.Sent:
        draft = world.draft(document_file_id=world.file(content, name="另一個名字.pdf"), **changes)
        return outcomes.send(world.pupil, draft.id)

    def test_the_same_files_stand_again_by_the_teachers_decision(self, world: World) -> None:
        content = pdf("same")
        first = world.certified(document_file_id=world.file(content))
        sent = self.again(world, content)
        assert sent.restored
        assert sent.outcome.state is OutcomeState.CERTIFIED
        decision = (
            db.reading()
            .scalars(sa.select(Decision).where(Decision.outcome_id == sent.outcome.id))
            .one()
        )
        assert (decision.by_id, decision.verdict) == (world.teacher.id, Verdict.CERTIFIED)
        origin = db.reading().get(Decision, decision.restores_id)
        assert origin is not None
        assert origin.outcome_id == first.id

    def test_also_after_the_window_has_closed(self, world: World) -> None:
        content = pdf("same")
        world.certified(document_file_id=world.file(content))
        close(world, WindowKind.OUTCOME_UPLOAD, timedelta(days=-1))
        assert self.again(world, content).restored

    def test_a_changed_summary_goes_back_to_the_teacher(self, world: World) -> None:
        content = pdf("same")
        world.certified(document_file_id=world.file(content))
        assert not self.again(world, content, summary="改寫過。").restored

    def test_a_part_of_the_files_is_not_the_set(self, world: World) -> None:
        content = pdf("same")
        world.certified(
            document_file_id=world.file(content), media_file_id=world.file(mp3(), "media")
        )
        assert not self.again(world, content).restored

    def test_another_course_or_student_does_not_count(self, world: World) -> None:
        content = pdf("same")
        world.certified(document_file_id=world.file(content))
        other = make_course(world.school, students=[world.student])
        assert not self.again(world, content, course_id=other.id).restored
        friend = make_student(world.school, world.school_class)
        from tests.factories import enrol

        enrol(friend, world.course)
        world.student = friend
        assert not self.again(world, content).restored

    def test_a_return_after_the_certification_ends_it(self, world: World) -> None:
        content = pdf("same")
        outcome = world.certified(document_file_id=world.file(content))
        outcomes.reopen(world.pupil, outcome.id)
        drafts.save(
            world.pupil,
            outcome.id,
            world.values(document_file_id=outcome.document_file_id, summary="新"),
            begun_at=clock.now(),
        )
        outcomes.send(world.pupil, outcome.id)
        certification.return_(world.master, outcome.id, "不是本課程的作品")
        assert not self.again(world, content).restored

    def test_reopening_and_sending_unchanged_restores(self, world: World) -> None:
        outcome = world.certified()
        outcomes.reopen(world.pupil, outcome.id)
        assert fresh(outcome).state is OutcomeState.DRAFT
        assert outcomes.send(world.pupil, outcome.id).restored


def test_a_selected_outcome_cannot_be_reopened(world: World) -> None:
    outcome = world.certified()
    selection.select(world.pupil, outcome.id)
    with pytest.raises(Conflict):
        outcomes.reopen(world.pupil, outcome.id)


def test_a_never_sent_draft_can_be_thrown_away(world: World) -> None:
    draft = world.draft()
    drafts.discard(world.pupil, draft.id)
    assert db.reading().get(Outcome, draft.id) is None
    sent = world.sent()
    outcomes.withdraw(world.pupil, sent.id)
    with pytest.raises(Conflict):
        drafts.discard(world.pupil, sent.id)


def test_a_decision_tells_the_student(world: World) -> None:
    outcome = world.certified()
    message = (
        db.reading().scalars(sa.select(Message).where(Message.person_id == world.student.id)).one()
    )
    assert message.path == f"/outcomes/{outcome.id}"
    assert "讀書心得" in message.body
    assert "讀書心得" not in message.subject


@pytest.mark.parametrize(("came_as", "claimed"), [("media", "document"), ("document", "media")])
def test_a_file_stays_in_the_slot_it_was_checked_for(world: World, came_as, claimed) -> None:
    """A forged reference would bring a film past the limits of a document."""
    file_id = world.file(mp3() if came_as == "media" else pdf(), slot=came_as)
    with pytest.raises(InvalidInput) as refused:
        world.draft(**{f"{claimed}_file_id": file_id})
    assert set(refused.value.fields) == {claimed}
