"""Experiences: sending, taking back, returning, selecting; every rule that a student meets."""

from __future__ import annotations

import io
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from plugin import clock as app_clock
from plugin import db
from plugin.actor import Role
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound, WindowClosed
from plugin.portfolio import kinds
from plugin.portfolio.models import (
    Experience,
    ExperienceReturn,
    ExperienceState,
    RecordIsFinal,
    SelectedExperience,
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.operations import experience_drafts as drafts
from plugin.portfolio.operations import experiences, intake, selection
from plugin.portfolio.queries import chosen_experiences
from plugin.portfolio.queries import experiences as queries
from plugin.school.models import WindowKind
from plugin.trail import events
from plugin.trail.models import AuditEvent, Message, OutboundMail
from plugin.vault.errors import FileRefused
from plugin.vault.models import FileState, ReceiptKind, StoredFile
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    at,
    make_class,
    make_rule,
    make_student,
    make_window,
    seat,
)
from tests.plugin.portfolio.experience_world import (
    close,
    details,
    draft,
    fresh,
    officer,
    proof,
    sent,
    values,
)
from tests.plugin.portfolio.world import World, make_world, mp3, png, staged

EXPERIENCE = SelectionKind.EXPERIENCE


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world()
    make_window(made.school, WindowKind.EXPERIENCE_UPLOAD)
    return made


def audit(verb: str) -> list[AuditEvent]:
    return list(db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb == verb)))


def noise() -> bytes:
    """A picture of more than 64 KiB, the smallest limit that a school may set."""
    out = io.BytesIO()
    Image.frombytes("L", (400, 400), random.Random(1).randbytes(160_000)).save(out, "PNG")
    return out.getvalue()


class TestSending:
    @pytest.mark.parametrize("name", kinds.names())
    def test_every_kind_can_be_sent(self, world: World, name: str) -> None:
        done = experiences.send(world.pupil, draft(world, name).id)
        one = done.experience
        assert (one.state, one.kind, one.academic_year) == (ExperienceState.SENT, name, YEAR)
        assert one.title
        assert [receipt.kind for receipt in done.receipts] == [ReceiptKind.ACCEPTED]
        file = db.reading().get(StoredFile, one.document_file_id)
        assert file is not None
        assert (file.state, file.slot) == (FileState.ACCEPTED, "experience.document")
        (line,) = audit("experience.send")
        assert (line.subject_id, line.detail["kind"]) == (one.id, name)

    def test_a_draft_keeps_what_cannot_be_sent(self, world: World) -> None:
        wrong = details("service") | {"start_on": "開學那天", "hours": ""}
        one = draft(world, "service", details=wrong, summary="長" * 101, document_file_id=None)
        with pytest.raises(InvalidInput) as refusal:
            experiences.send(world.pupil, one.id)
        assert set(refusal.value.fields) == {"start_on", "hours", "summary", "document"}
        kept = fresh(one)
        assert (kept.state, kept.details["start_on"]) == (ExperienceState.DRAFT, "開學那天")

    @pytest.mark.parametrize(
        ("summary", "fits"),
        [("字" * 100, True), ("字" * 101, False), ("𤧟" * 100, True), ("", True)],
    )
    def test_the_summary_counts_code_points_and_may_be_left_out(
        self, world: World, summary: str, fits: bool
    ) -> None:
        one = draft(world, summary=summary)
        if fits:
            assert experiences.send(world.pupil, one.id).experience.summary == summary
        else:
            with pytest.raises(InvalidInput) as refusal:
                experiences.send(world.pupil, one.id)
            assert refusal.value.rule == "experience.summary.max_points"

    @pytest.mark.parametrize("name", ["post", "contest"])
    def test_a_proof_document_where_the_roster_wants_one(self, world: World, name: str) -> None:
        only_link = draft(world, name, document_file_id=None, link="https://example.org/v")
        with pytest.raises(InvalidInput) as refusal:
            experiences.send(world.pupil, only_link.id)
        assert list(refusal.value.fields) == ["document"]

    def test_elsewhere_one_of_three_is_enough(self, world: World) -> None:
        link = draft(world, document_file_id=None, link="https://example.org/v")
        assert experiences.send(world.pupil, link.id).receipts == []
        sound = intake.receive(
            world.pupil, staged(mp3(), "演奏.mp3"), "media", intake.EXPERIENCE_SLOTS
        )
        heard = draft(world, document_file_id=None, media_file_id=sound.id)
        assert len(experiences.send(world.pupil, heard.id).receipts) == 1
        with pytest.raises(InvalidInput):
            experiences.send(world.pupil, draft(world, document_file_id=None).id)

    def test_a_file_is_judged_by_its_content_and_its_own_limit(self, world: World) -> None:
        make_rule(world.school, "experience.document.max_bytes", 65_536)
        with pytest.raises(FileRefused):
            intake.receive(
                world.pupil, staged(b"MZ" * 100, "獎狀.pdf"), "document", intake.EXPERIENCE_SLOTS
            )
        large = noise()
        with pytest.raises(FileRefused):
            intake.receive(world.pupil, staged(large), "document", intake.EXPERIENCE_SLOTS)
        assert intake.receive(world.pupil, staged(large), "document").size == len(large)

    def test_a_file_of_an_outcome_is_no_proof(self, world: World) -> None:
        with pytest.raises(InvalidInput, match="另一個欄位"):
            draft(world, document_file_id=world.file())

    def test_sent_twice_is_sent_once(self, world: World) -> None:
        one = sent(world)
        with pytest.raises(Conflict):
            experiences.send(world.pupil, one.id)
        assert len(audit("experience.send")) == 1

    def test_other_rooms_hear_of_it(self, world: World) -> None:
        heard = []
        receive = lambda _sender, **told: heard.append(told)  # noqa: E731
        with events.experience_sent.connected_to(receive):
            one = sent(world, "contest")
        assert heard == [
            {
                "school_id": world.school.id,
                "experience_id": one.id,
                "person_id": world.student.id,
                "kind": "contest",
            }
        ]


class TestWindow:
    def test_without_a_window_nothing_can_be_sent(self, app: Flask) -> None:
        world = make_world()
        with pytest.raises(WindowClosed, match="尚未設定"):
            sent(world)

    @pytest.mark.parametrize(("minutes", "counts"), [(0, True), (15, True), (16, False)])
    def test_an_upload_begun_in_time_has_fifteen_minutes(
        self, world: World, clock: FrozenClock, minutes: int, counts: bool
    ) -> None:
        one = draft(world)
        window = close(world, seconds=5)
        clock.set(window.closes_at + timedelta(minutes=minutes))
        if counts:
            assert experiences.send(world.pupil, one.id).experience.sent_at == clock()
        else:
            with pytest.raises(WindowClosed):
                experiences.send(world.pupil, one.id)

    def test_saving_after_closing_is_no_beginning(self, world: World, clock: FrozenClock) -> None:
        window = close(world, minutes=1)
        clock.set(window.closes_at + timedelta(minutes=1))
        with pytest.raises(WindowClosed):
            sent(world)

    def test_a_window_of_ones_own_grade_goes_before_that_of_all(self, world: World) -> None:
        """The class of the world is of grade 1."""
        now = app_clock.now()
        make_window(
            world.school,
            WindowKind.EXPERIENCE_UPLOAD,
            grade=1,
            opens_at=now - timedelta(days=9),
            closes_at=now - timedelta(days=1),
        )
        one = draft(world)
        with db.writing() as session:
            session.get_one(Experience, one.id).started_at = now - timedelta(hours=30)
        with pytest.raises(WindowClosed):
            experiences.send(world.pupil, one.id)

    def test_a_draft_counts_for_the_year_in_which_it_is_sent(
        self, world: World, clock: FrozenClock
    ) -> None:
        one = draft(world)
        close(world, days=1)
        clock.set(at(2027, 9, 10))  # academic year 116
        make_window(world.school, WindowKind.EXPERIENCE_UPLOAD, academic_year=116)
        done = experiences.send(world.pupil, one.id).experience
        assert (done.academic_year, done.term) == (116, 1)
        assert queries.places_taken(world.student.id, YEAR) == 0

    def test_last_terms_window_that_is_still_open_takes_it(
        self, world: World, clock: FrozenClock
    ) -> None:
        close(world, days=90)
        clock.set(at(2027, 2, 5))  # second term by the calendar, its window not set
        one = sent(world)
        assert (one.academic_year, one.term) == (YEAR, 1)

    def test_withdrawing_needs_an_open_window(self, world: World, clock: FrozenClock) -> None:
        one = sent(world)
        window = close(world, days=1)
        clock.set(window.closes_at)
        with pytest.raises(WindowClosed):
            experiences.withdraw(world.pupil, one.id)
        assert fresh(one).state is ExperienceState.SENT

    def test_the_other_terms_window_lets_it_be_withdrawn(
        self, world: World, clock: FrozenClock
    ) -> None:
        one = sent(world)
        close(world, days=1)
        clock.set(at(2027, 3, 5))
        make_window(world.school, WindowKind.EXPERIENCE_UPLOAD, term=2)
        assert experiences.withdraw(world.pupil, one.id).state is ExperienceState.DRAFT
        assert experiences.send(world.pupil, one.id).experience.term == 2


class TestPlaces:
    def test_of_a_year_are_counted_and_freed(self, world: World) -> None:
        make_rule(world.school, "experience.per_year.max", 2)
        first, _second = sent(world), sent(world, "service")
        third = draft(world, "other")
        with pytest.raises(LimitReached) as refusal:
            experiences.send(world.pupil, third.id)
        assert refusal.value.rule == "experience.per_year.max"
        experiences.withdraw(world.pupil, first.id)
        assert experiences.send(world.pupil, third.id).experience.state is ExperienceState.SENT

    def test_both_terms_share_them(self, world: World, clock: FrozenClock) -> None:
        make_rule(world.school, "experience.per_year.max", 1)
        sent(world)
        clock.set(at(2027, 3, 5))
        make_window(world.school, WindowKind.EXPERIENCE_UPLOAD, term=2)
        with pytest.raises(LimitReached):
            sent(world)

    def test_outcomes_take_none_of_them(self, world: World) -> None:
        make_rule(world.school, "experience.per_year.max", 1)
        make_rule(world.school, "outcome.per_term.max", 1)
        world.sent()
        assert sent(world).state is ExperienceState.SENT


class TestDrafts:
    def test_two_tabs_do_not_overwrite_each_other(self, world: World) -> None:
        one = draft(world)
        seen = one.version
        keep = values(world, document_file_id=one.document_file_id, summary="甲")
        drafts.save(world.pupil, one.id, keep, begun_at=app_clock.now(), version=seen)
        with pytest.raises(Conflict):
            drafts.save(world.pupil, one.id, keep, begun_at=app_clock.now(), version=seen)

    def test_a_page_sent_twice_is_one_experience(self, world: World) -> None:
        key = "0123456789abcdef0123456789abcdef"
        given = values(world)
        one, two = (
            drafts.start(world.pupil, "work", given, begun_at=app_clock.now(), page_key=key)
            for _ in range(2)
        )
        assert one.id == two.id

    def test_what_is_sent_cannot_be_changed_or_thrown_away(self, world: World) -> None:
        one = sent(world)
        with pytest.raises(Conflict):
            drafts.save(world.pupil, one.id, values(world), begun_at=app_clock.now())
        with pytest.raises(Conflict):
            drafts.discard(world.pupil, one.id)
        experiences.withdraw(world.pupil, one.id)
        with pytest.raises(Conflict, match="曾經送出"):
            drafts.discard(world.pupil, one.id)

    def test_a_draft_goes_with_its_files(self, world: World) -> None:
        one = draft(world)
        drafts.discard(world.pupil, one.id)
        file = db.reading().get(StoredFile, one.document_file_id)
        assert file is not None
        assert file.state is FileState.PURGED
        assert db.reading().get(Experience, one.id) is None

    def test_a_file_of_what_was_sent_stays_when_it_is_replaced(self, world: World) -> None:
        one = sent(world)
        old = one.document_file_id
        experiences.withdraw(world.pupil, one.id)
        drafts.save(world.pupil, one.id, values(world), begun_at=app_clock.now())
        file = db.reading().get(StoredFile, old)
        assert file is not None
        assert file.state is FileState.ACCEPTED

    def test_fields_that_the_kind_does_not_have_are_not_stored(self, world: World) -> None:
        one = draft(world, details=details("work") | {"score": "100", "name": "x" * 10})
        assert set(one.details) == {"name", "made_on"}

    def test_endless_text_is_refused(self, world: World) -> None:
        with pytest.raises(InvalidInput) as refusal:
            draft(world, details={"name": "長" * 501})
        assert list(refusal.value.fields) == ["name"]

    def test_an_unknown_kind_is_not_there(self, world: World) -> None:
        with pytest.raises(NotFound):
            drafts.start(world.pupil, "nothing", values(world), begun_at=app_clock.now())

    @pytest.mark.parametrize("verb", ["save", "send", "withdraw", "discard", "select"])
    def test_another_students_is_not_found_and_noted(self, world: World, verb: str) -> None:
        one = draft(world)
        other = actor_of(make_student(world.school, world.school_class))
        calls = {
            "save": lambda: drafts.save(
                other, one.id, drafts.ExperienceInput(), begun_at=app_clock.now()
            ),
            "send": lambda: experiences.send(other, one.id),
            "withdraw": lambda: experiences.withdraw(other, one.id),
            "discard": lambda: drafts.discard(other, one.id),
            "select": lambda: selection.select(other, one.id, EXPERIENCE),
        }
        with pytest.raises(NotFound):
            calls[verb]()
        assert [line.subject_id for line in audit("access.foreign")] == [one.id]

    def test_another_students_file_cannot_be_attached(self, world: World) -> None:
        other = actor_of(make_student(world.school))
        with pytest.raises(NotFound):
            draft(world, document_file_id=proof(world, other))


class TestReturning:
    def test_the_student_hears_why_and_may_send_again(self, world: World) -> None:
        one = sent(world)
        heard = []
        receive = lambda _sender, **told: heard.append(told["experience_id"])  # noqa: E731
        with events.experience_returned.connected_to(receive):
            experiences.return_(officer(world), one.id, "證明文件看不清楚")
        assert heard == [one.id]
        (message,) = db.reading().scalars(
            sa.select(Message).where(Message.person_id == world.student.id)
        )
        assert "證明文件看不清楚" in message.body
        assert message.path == f"/experiences/{one.id}"
        (mail,) = db.reading().scalars(sa.select(OutboundMail))
        assert one.title not in mail.subject
        keep = values(world, document_file_id=proof(world))
        drafts.save(world.pupil, one.id, keep, begun_at=app_clock.now())
        assert experiences.send(world.pupil, one.id).experience.state is ExperienceState.SENT
        (kept,) = queries.card(fresh(one)).returns
        assert (kept.reason, kept.details["name"]) == ("證明文件看不清楚", one.details["name"])

    def test_it_frees_the_place(self, world: World) -> None:
        one = sent(world)
        experiences.return_(officer(world), one.id, "請更正")
        assert queries.places_taken(world.student.id, YEAR) == 0

    def test_there_may_be_time_to_correct_it_after_closing(
        self, world: World, clock: FrozenClock
    ) -> None:
        one, other = sent(world), sent(world, "other")
        window = close(world, days=1)
        clock.set(window.closes_at + timedelta(days=1))
        boss = officer(world)
        experiences.return_(boss, one.id, "日期有誤", until=clock() + timedelta(days=3))
        experiences.return_(boss, other.id, "日期有誤")
        clock.advance(days=2)
        assert experiences.send(world.pupil, one.id).experience.academic_year == YEAR
        with pytest.raises(WindowClosed):
            experiences.send(world.pupil, other.id)

    def test_the_time_to_correct_ends(self, world: World, clock: FrozenClock) -> None:
        one = sent(world)
        window = close(world, days=1)
        clock.set(window.closes_at + timedelta(days=1))
        until = clock() + timedelta(days=3)
        experiences.return_(officer(world), one.id, "日期有誤", until=until)
        clock.set(until + timedelta(seconds=1))
        with pytest.raises(WindowClosed):
            experiences.send(world.pupil, one.id)

    def test_what_is_selected_stays_selected_to_be_mended(self, world: World) -> None:
        one = sent(world)
        selection.select(world.pupil, one.id, EXPERIENCE)
        selection.lock(world.pupil, YEAR, EXPERIENCE)
        experiences.return_(officer(world), one.id, "請更正")
        (chosen,) = chosen_experiences.chosen(world.school.id, YEAR, personal=False)
        assert (chosen.experience.state, chosen.confirmed) == (ExperienceState.RETURNED, True)
        experiences.send(world.pupil, one.id)
        assert fresh(one).state is ExperienceState.SENT

    @pytest.mark.parametrize("reason", ["", "   ", "字" * 501])
    def test_a_reason_is_needed_and_not_endless(self, world: World, reason: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            experiences.return_(officer(world), sent(world).id, reason)
        assert list(refusal.value.fields) == ["reason"]

    def test_time_that_has_passed_is_no_time(self, world: World) -> None:
        with pytest.raises(InvalidInput):
            experiences.return_(officer(world), sent(world).id, "更正", until=app_clock.now())

    def test_a_draft_is_its_students_alone(self, world: World) -> None:
        one = draft(world)
        with pytest.raises(NotFound):
            experiences.return_(officer(world), one.id, "更正")
        with pytest.raises(NotFound):
            experiences.seen_by_affairs(officer(world), one.id)

    def test_what_changed_meanwhile_is_looked_at_again(self, world: World) -> None:
        one = sent(world)
        seen = one.version
        experiences.withdraw(world.pupil, one.id)
        experiences.send(world.pupil, one.id)
        with pytest.raises(Conflict):
            experiences.return_(officer(world), one.id, "更正", version=seen)

    @pytest.mark.parametrize("role", [Role.REGISTRY, Role.TEACHER, Role.STUDENT])
    def test_nobody_else_returns(self, world: World, role: Role) -> None:
        one = sent(world)
        other = actor_of(world.registry if role is Role.REGISTRY else world.teacher, role)
        with pytest.raises(NotFound):
            experiences.return_(other, one.id, "更正")

    def test_a_return_is_never_changed(self, world: World) -> None:
        made = experiences.return_(officer(world), sent(world).id, "更正")
        with pytest.raises(RecordIsFinal), db.writing() as session:
            session.get_one(ExperienceReturn, made.id).reason = "改寫"


class TestSelecting:
    def test_ten_are_the_most_and_outcomes_are_counted_apart(self, world: World) -> None:
        make_rule(world.school, "selection.experiences.max", 2)
        make_rule(world.school, "selection.outcomes.max", 1)
        selection.select(world.pupil, world.certified().id)
        ones = [sent(world).id for _ in range(3)]
        selection.choose(world.pupil, YEAR, ones[:2], EXPERIENCE)
        with pytest.raises(LimitReached) as refusal:
            selection.select(world.pupil, ones[2], EXPERIENCE)
        assert refusal.value.rule == "selection.experiences.max"
        assert queries.chosen_count(world.pupil, YEAR) == 2
        assert db.reading().scalar(sa.select(sa.func.count(SelectionItem.id))) == 1

    def test_each_is_confirmed_and_reopened_by_itself(self, world: World) -> None:
        selection.select(world.pupil, world.certified().id)
        one = sent(world)
        selection.select(world.pupil, one.id, EXPERIENCE)
        heard = []
        receive = lambda _sender, **told: heard.append(told["kind"])  # noqa: E731
        with events.selection_confirmed.connected_to(receive):
            selection.lock(world.pupil, YEAR, EXPERIENCE)
        assert heard == ["experience"]
        held = dict(
            db.reading().execute(sa.select(Selection.kind, Selection.locked_at.is_not(None))).all()
        )
        assert held == {SelectionKind.OUTCOME: False, SelectionKind.EXPERIENCE: True}
        with pytest.raises(Conflict):
            selection.unselect(world.pupil, one.id, EXPERIENCE)
        selection.reopen(world.pupil, YEAR, EXPERIENCE)
        selection.unselect(world.pupil, one.id, EXPERIENCE)
        assert queries.chosen_count(world.pupil, YEAR) == 0

    def test_nothing_chosen_cannot_be_confirmed(self, world: World) -> None:
        with pytest.raises(InvalidInput):
            selection.lock(world.pupil, YEAR, EXPERIENCE)

    def test_it_ends_with_the_window(self, world: World, clock: FrozenClock) -> None:
        one = sent(world)
        selection.select(world.pupil, one.id, EXPERIENCE)
        selection.lock(world.pupil, YEAR, EXPERIENCE)
        window = close(world, WindowKind.SELECTION, days=1)
        clock.set(window.closes_at)
        for act in (
            lambda: selection.reopen(world.pupil, YEAR, EXPERIENCE),
            lambda: selection.unselect(world.pupil, one.id, EXPERIENCE),
        ):
            with pytest.raises(WindowClosed):
                act()

    def test_only_what_was_sent(self, world: World) -> None:
        with pytest.raises(Conflict, match="只有已送出"):
            selection.select(world.pupil, draft(world).id, EXPERIENCE)

    def test_of_that_year_alone(self, world: World, clock: FrozenClock) -> None:
        one = sent(world)
        clock.set(at(2027, 9, 10))
        make_window(world.school, WindowKind.SELECTION, academic_year=116)
        with pytest.raises(InvalidInput):
            selection.choose(world.pupil, 116, [one.id], EXPERIENCE)

    def test_what_is_selected_is_not_withdrawn(self, world: World) -> None:
        one = sent(world)
        selection.select(world.pupil, one.id, EXPERIENCE)
        with pytest.raises(Conflict, match="勾選"):
            experiences.withdraw(world.pupil, one.id)
        selection.unselect(world.pupil, one.id, EXPERIENCE)
        assert experiences.withdraw(world.pupil, one.id).state is ExperienceState.DRAFT

    def test_the_same_number_names_an_outcome_and_an_experience(self, world: World) -> None:
        """Ids of the two are counted apart; one is never taken for the other."""
        outcome, one = world.certified(), sent(world)
        assert outcome.id == one.id == 1
        selection.select(world.pupil, 1, EXPERIENCE)
        assert db.reading().scalars(sa.select(SelectedExperience.experience_id)).all() == [1]
        assert db.reading().scalars(sa.select(SelectionItem.outcome_id)).all() == []


class TestHandingIn:
    def test_the_years_chosen_stand_in_the_order_of_class_seat_and_sheet(
        self, world: World
    ) -> None:
        second_class = make_class(world.school, code="1999", name="一年九班")
        first_class = make_class(world.school, code="1000", name="一年零班")
        people = {
            "a": make_student(world.school, first_class, 7),
            "b": make_student(world.school, first_class, 3),
            "c": make_student(world.school, second_class, 1, national_id="A123456789"),
            "d": make_student(world.school),
        }
        seat(people["d"], second_class, 2)
        for who in people.values():
            actor = actor_of(who)
            for name in ("other", "post"):
                one = sent(world, name, actor=actor)
                selection.select(actor, one.id, EXPERIENCE)
        sent(world)  # not selected
        found = list(chosen_experiences.chosen(world.school.id, YEAR, personal=False))
        places = [
            (one.school_class.code, one.seat, one.kind.key) for one in found if one.school_class
        ]
        assert places == [
            (code, number, name)
            for code, number in (("1000", 3), ("1000", 7), ("1999", 1), ("1999", 2))
            for name in ("post", "other")
        ]
        assert not any(one.confirmed for one in found)
        assert [one.identified for one in found] == [False] * 8

    def test_its_cells_are_values_of_the_roster(self, world: World) -> None:
        one = sent(world, "licence", summary="聽讀說寫都通過。")
        selection.select(world.pupil, one.id, EXPERIENCE)
        (found,) = chosen_experiences.chosen(world.school.id, YEAR, personal=True)
        assert found.student.national_id == "A123456789"
        assert found.identified
        assert [file.kind for file in found.files] == ["pdf"]
        columns = [key for key, _heading in found.kind.columns]
        assert set(found.cells) == set(columns)
        assert found.cells["licence_code"] == "4230"
        assert found.cells["summary"] == "聽讀說寫都通過。"
        assert "name" not in found.cells

    def test_another_schools_are_not_among_them(self, world: World) -> None:
        other = make_world()
        make_window(other.school, WindowKind.EXPERIENCE_UPLOAD)
        selection.select(other.pupil, sent(other).id, EXPERIENCE)
        assert list(chosen_experiences.chosen(world.school.id, YEAR, personal=False)) == []


def test_pictures_are_proof_too(world: World) -> None:
    file = intake.receive(
        world.pupil, staged(png(), "獎狀.png"), "document", intake.EXPERIENCE_SLOTS
    )
    assert sent(world, document_file_id=file.id).document_file_id == file.id
