"""預檢: each dirt of the central data is found, named, and led to whoever mends it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin import db, jobs
from plugin.demo.plan import national_id
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.portfolio.checking.table import FAULTS, Mender
from plugin.portfolio.models import (
    CheckState,
    Experience,
    Outcome,
    SelectionKind,
    Submission,
    SubmissionCheck,
    SubmissionState,
)
from plugin.portfolio.operations import checks, experiences, selection, telling
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import checks as queries
from plugin.portfolio.queries.checks import Asked
from plugin.portfolio.views.submitting.checking import mending
from plugin.school.batches import Batch
from plugin.school.identity import plausible, well_formed
from plugin.school.models import ClassSeat, Course, Person, School, WindowKind
from plugin.trail.models import Message
from plugin.vault import store
from plugin.vault.models import StoredFile
from tests.factories import make_class, make_rule, make_staff, make_window, seat
from tests.plugin.portfolio.experience_world import officer, sent
from tests.plugin.portfolio.submission_world import YEAR, another, being
from tests.plugin.portfolio.world import World, make_world

EXPERIENCE = SelectionKind.EXPERIENCE


@pytest.fixture
def chosen(world: World) -> World:
    """One certified outcome and one experience, both selected and confirmed."""
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    selection.select(world.pupil, world.certified().id)
    selection.lock(world.pupil, YEAR)
    selection.select(world.pupil, sent(world, "service", summary="陪讀").id, EXPERIENCE)
    selection.lock(world.pupil, YEAR, EXPERIENCE)
    return world


def found(world: World) -> dict[str, queries.Line]:
    """What a check of now finds, by code."""
    check = checks.begin(world.clerk, YEAR)
    assert check.state is CheckState.DONE
    lines = list(queries.all_faults(check.id, Asked()))
    assert check.totals["errors"] == sum(line.fault.blocks for line in lines)
    assert check.totals["warnings"] == sum(not line.fault.blocks for line in lines)
    for line in lines:
        assert line.said
        assert "%(" not in line.said + line.cell
        assert str(line.kind.source)
    return {line.fault.code: line for line in lines}


def change(model: type[Any], **values: Any) -> Callable[[World], None]:
    """Dirt written straight into the rows, past every rule, as it was found in real data."""

    def make(world: World) -> None:
        with db.writing() as session:
            session.execute(sa.update(model).values(**values))

    return make


def detail(**values: str) -> Callable[[World], None]:
    def make(world: World) -> None:
        with db.writing() as session:
            one = session.scalars(sa.select(Experience)).one()
            one.details = {key: text for key, text in {**one.details, **values}.items() if text}

    return make


def code(world: World, **parts: str) -> str:
    """The world's course code with some parts replaced."""
    text = world.course.code
    places = {"intake": (0, 3), "school": (3, 9), "category": (16, 17), "attribute": (18, 19)}
    for name, value in parts.items():
        begin, end = places[name]
        text = text[:begin] + value + text[end:]
    return text


def recode(**parts: str) -> Callable[[World], None]:
    return lambda world: change(Course, code=code(world, **parts))(world)


def two_classes(world: World) -> None:
    seat(world.student, make_class(world.school), 9)


def no_class(world: World) -> None:
    with db.writing() as session:
        session.execute(sa.delete(ClassSeat))


def twin(world: World) -> None:
    """Another student with the same national ID."""
    with being(world, another(world, national_id="A123456789")):
        selection.select(world.pupil, world.certified().id)
        selection.lock(world.pupil, YEAR)


def lost(world: World) -> None:
    """A file that no copy has."""
    sha256 = db.reading().scalar(sa.select(StoredFile.sha256).where(StoredFile.slot == "document"))
    for place in store.copies():
        place.path(sha256).unlink()


def other_file(world: World) -> None:
    """The outcome's file is not the one that was certified."""
    change(Outcome, document_file_id=world.file())(world)


def reopened(world: World) -> None:
    selection.reopen(world.pupil, YEAR)


def returned(world: World) -> None:
    one = db.reading().scalars(sa.select(Experience)).one()
    experiences.return_(officer(world), one.id, "日期有誤")


def fewer(world: World) -> None:
    selection.reopen(world.pupil, YEAR)
    selection.select(world.pupil, world.certified().id)
    make_rule(world.school, "selection.outcomes.max", 1)


DIRT: dict[str, tuple[Callable[[World], None], str, bool]] = {
    # what was done to the rows: the fault, whether it blocks
    "a test school": (change(School, code="000B00"), "school.test", True),
    "a student in no class": (no_class, "student.no_class", True),
    "a student in two classes": (two_classes, "student.two_classes", True),
    "no national ID": (change(Person, national_id=None), "student.no_identity", False),
    "an ID with a wrong check digit": (
        change(Person, national_id="A123456788"), "student.id", True,
    ),
    "one ID of two students": (twin, "student.same_id", True),
    "a birthday in the future": (change(Person, birthday="2030-01-01"), "student.birthday", True),
    "a birthday that is none": (change(Person, birthday="0990304"), "student.birthday", True),
    "a name that no font has": (change(Person, name="陳\U000323b0"), "text.glyph", False),
    "not confirmed": (reopened, "student.unconfirmed", False),
    "more than the limit": (fewer, "student.too_many", True),
    "no course": (change(Outcome, course_id=None), "course.none", True),
    "a short course code": (change(Course, code="115"), "course.code", True),
    "a code of another school": (recode(school="000401"), "course.school", False),
    "an intake after the year": (recode(intake="116"), "course.intake", False),
    "flexible time without attribute D": (
        recode(category="9", attribute="C"), "course.no_outcome", True,
    ),
    "a grade that there is not": (change(Course, grade=7), "course.grade", True),
    "no credits": (change(Course, credits=0), "course.credits", True),
    "no subject": (change(Course, name=" "), "course.name", True),
    "taken up again": (change(Outcome, state="DRAFT"), "outcome.state", True),
    "another file than was certified": (other_file, "outcome.other_files", True),
    "no file": (change(Outcome, document_file_id=None), "outcome.no_file", True),
    "no summary": (change(Outcome, summary=""), "outcome.no_summary", True),
    "a control character": (change(Outcome, title="成果\x07"), "outcome.text", True),
    "a long summary": (change(Outcome, summary="字" * 101), "outcome.summary", True),
    "a wrong kind of file": (change(StoredFile, kind="docx"), "outcome.file_kind", True),
    "a large file": (change(StoredFile, size=99_999_999), "outcome.file_size", True),
    "a file that is gone": (lost, "file.missing", True),
    "a returned experience": (returned, "experience.state", True),
    "an unreadable day": (detail(start_on="去年"), "experience.field", True),
    "an end before the beginning": (detail(end_on="2001-02-03"), "experience.field", True),
    "no hours": (detail(hours=""), "experience.field", True),
    "0 hours": (detail(hours="0"), "experience.zero", False),
    "a day to come": (
        detail(start_on="2027-01-01", end_on="2027-01-02"), "experience.later", False,
    ),
    "no place": (detail(place=""), "experience.field", True),
    "no proof": (change(Experience, document_file_id=None), "experience.no_proof", True),
    "a long summary of an experience": (
        change(Experience, summary="字" * 101), "experience.summary", True,
    ),
    "a control character in an experience": (
        change(Experience, title="服務\u202e"), "experience.text", True,
    ),
}  # fmt: skip


def test_what_is_clean_has_no_fault(chosen: World) -> None:
    assert found(chosen) == {}


@pytest.mark.parametrize("dirt", DIRT)
def test_dirt_is_found(chosen: World, app: Any, dirt: str) -> None:
    make, code_, blocks = DIRT[dirt]
    make(chosen)
    db._close_reads()
    lines = found(chosen)
    assert code_ in lines, list(lines)
    line = lines[code_]
    assert line.fault.blocks is blocks
    with app.test_request_context():
        way = mending(line)
    assert way.who
    # either the registry mends it here, or somebody is told: never neither, never both
    assert bool(way.url) != way.tellable


def test_what_blocks_stops_the_submission_and_a_reminder_does_not(chosen: World) -> None:
    change(Outcome, summary="")(chosen)
    with pytest.raises(operations.NothingToSubmit):
        operations.begin(chosen.clerk, YEAR)
    change(Outcome, summary="有了")(chosen)
    change(Person, national_id=None)(chosen)
    assert operations.begin(chosen.clerk, YEAR).version == 1


def test_every_kind_of_experience_is_clean_as_its_form_takes_it(world: World) -> None:
    from plugin.portfolio import kinds

    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    make_rule(world.school, "selection.experiences.max", 10)
    ids = [sent(world, name, summary="簡述").id for name in kinds.names()]
    selection.choose(world.pupil, YEAR, ids, EXPERIENCE)
    selection.lock(world.pupil, YEAR, EXPERIENCE)
    assert not [line for line in found(world).values() if line.fault.blocks]


def test_the_table_of_faults_is_whole() -> None:
    for code_, kind in FAULTS.items():
        assert str(kind.cell), code_
        assert isinstance(kind.mender, Mender)
    tested = {code_ for _make, code_, _blocks in DIRT.values()}
    assert set(FAULTS) - tested == {
        # asked with the same line of code as a fault that is tested, or of open lists
        "experience.file_kind", "experience.file_size", "experience.no_code",
        "experience.no_organiser", "experience.year", "file.damaged",
    }  # fmt: skip


def test_a_student_is_named_once_however_many_records(chosen: World) -> None:
    change(Person, national_id=None)(chosen)
    check = checks.begin(chosen.clerk, YEAR)
    codes = [line.fault.code for line in queries.all_faults(check.id, Asked())]
    assert codes == ["student.no_identity"]


def test_the_result_is_kept_and_narrowed(chosen: World) -> None:
    with being(chosen, another(chosen, make_class(chosen.school, grade=2))):
        selection.select(chosen.pupil, chosen.certified().id)
    change(Outcome, summary="")(chosen)
    detail(hours="0")(chosen)
    check = checks.begin(chosen.clerk, YEAR)
    change(Outcome, summary="有了")(chosen)

    def codes(**asked: Any) -> list[str]:
        return [one.fault.code for one in queries.all_faults(check.id, Asked(**asked))]

    assert codes() == [
        "outcome.no_summary", "experience.zero", "student.unconfirmed", "outcome.no_summary",
    ]  # fmt: skip
    assert codes(class_id=chosen.school_class.id) == ["outcome.no_summary", "experience.zero"]
    assert codes(record_kind=EXPERIENCE) == ["experience.zero"]
    assert codes(code="outcome.no_summary", blocks=True) == ["outcome.no_summary"] * 2
    assert queries.by_code(check.id, set(SelectionKind))[0] == ("outcome.no_summary", 2)
    assert [n for _id, _name, n in queries.by_class(check.id, set(SelectionKind))] == [2, 2]
    page = queries.faults(check.id, Asked(), limit=3)
    rest = queries.faults(check.id, Asked(), after=page.next, limit=3)
    assert (len(page.items), len(rest.items), rest.next) == (3, 1, None)
    assert checks.begin(chosen.clerk, YEAR).totals["errors"] == 0


def test_a_large_school_is_checked_in_the_queue(
    chosen: World, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    monkeypatch.setattr(checks, "ON_THE_SPOT", 1)
    with pytest.raises(Conflict):
        operations.begin(chosen.clerk, YEAR)  # not checked of late
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_wake", lambda *args, **kwargs: None)
        waiting = checks.begin(chosen.clerk, YEAR)
        assert waiting.state is CheckState.RUNNING
        assert checks.begin(chosen.clerk, YEAR).id == waiting.id  # pressed twice
    assert waiting.job_id is not None
    jobs.run(waiting.job_id)
    done = db.reading().get_one(SubmissionCheck, waiting.id, populate_existing=True)
    assert (done.state, done.ready) == (CheckState.DONE, True)
    made = operations.begin(chosen.clerk, YEAR)
    frozen = db.reading().get_one(Submission, made.id, populate_existing=True)
    assert frozen.state is SubmissionState.FROZEN
    clock.advance(hours=25)
    with pytest.raises(Conflict):
        operations.begin(chosen.clerk, YEAR)


def test_what_changes_between_check_and_build_stops_the_build(
    chosen: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ON_THE_SPOT", 1)
    checks.begin(chosen.clerk, YEAR)
    change(Outcome, summary="")(chosen)
    made = operations.begin(chosen.clerk, YEAR)
    failed = db.reading().get_one(Submission, made.id, populate_existing=True)
    assert failed.state is SubmissionState.FAILED
    assert "沒有填成果簡述" in failed.failure


def test_menders_are_told_with_the_page_where_they_mend(chosen: World) -> None:
    make_staff(chosen.school)
    change(Outcome, summary="")(chosen)
    change(Course, credits=0)(chosen)
    check = checks.begin(chosen.clerk, YEAR)
    told = telling.tell(chosen.clerk, check.id, code="outcome.no_summary")
    assert (told.people, told.faults) == (1, 1)
    (message,) = db.reading().scalars(
        sa.select(Message).where(Message.subject.startswith("提交預檢"))
    )
    outcome = db.reading().scalars(sa.select(Outcome)).one()
    assert (message.person_id, message.path) == (chosen.student.id, f"/outcomes/{outcome.id}")
    assert "沒有填成果簡述" in message.body
    told_at = {
        line.fault.code: line.fault.told_at for line in queries.all_faults(check.id, Asked())
    }
    assert told_at["outcome.no_summary"] is not None
    with pytest.raises(InvalidInput):  # the registry mends it itself
        telling.tell(chosen.clerk, check.id, code="course.credits")
    for stranger in (make_world().clerk, chosen.pupil):
        with pytest.raises(NotFound):
            telling.tell(stranger, check.id, code="outcome.no_summary")


def test_only_the_registry_checks(chosen: World) -> None:
    for actor in (chosen.pupil, chosen.master):
        with pytest.raises(NotFound):
            checks.begin(actor, YEAR)
    check = checks.begin(chosen.clerk, YEAR)
    with pytest.raises(NotFound):
        checks.seen(make_world().clerk, check.id)


def test_the_table_is_safe_to_open(
    chosen: World, client: Any, act_as: Callable[[Any], Any]
) -> None:
    change(Outcome, title="=1+1", summary="")(chosen)
    check = checks.begin(chosen.clerk, YEAR)
    act_as(chosen.clerk)
    page = client.get(f"/submissions/checks/{check.id}").text
    assert "沒有填成果簡述" in page
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(
        f"/submissions/checks/{check.id}/table", data={"csrf_token": token, "level": "errors"}
    )
    content = client.get(answer.location, buffered=True).data.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(content))
    assert line["名稱"] == "'=1+1"
    assert (line["程度"], line["欄位"], line["學號"]) == (
        "必須處理", "成果簡述", chosen.student.number,
    )  # fmt: skip


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 9), st.integers(1, 9))
def test_a_check_digit_tells_slips(chance: random.Random, place: int, slip: int) -> None:
    """Each slip but those whose weighted difference is a multiple of 10."""
    number = national_id(chance)
    assert well_formed(number)
    weight = {9: 1}.get(place, 9 - place)
    wrong = number[:place] + str((int(number[place]) + slip) % 10) + number[place + 1 :]
    assert well_formed(wrong) is (weight * slip % 10 == 0)


@pytest.mark.parametrize(
    ("number", "good"),
    [("A123456789", True), ("a123456789", True), ("A800000014", True), ("AC01234567", True),
     ("AC01234568", False), ("AE01234567", False),
     ("A12345678", False), ("1123456789", False), ("A323456789", False)],
)  # fmt: skip
def test_ids_and_resident_numbers(number: str, good: bool) -> None:
    assert well_formed(number) is good


@settings(deadline=None)
@given(st.dates())
def test_birthdays_are_believed_within_reason(day: Any) -> None:
    today = date(2026, 11, 20)
    assert plausible(day.isoformat(), today) is (today.year - 80 <= day.year <= today.year - 10)


def test_a_courses_fault_is_said_once_in_each_class(chosen: World) -> None:
    with being(chosen, another(chosen)):
        selection.select(chosen.pupil, chosen.certified().id)
    with being(chosen, another(chosen, make_class(chosen.school), 3, national_id="F131104093")):
        selection.select(chosen.pupil, chosen.certified().id)
    change(Course, credits=0)(chosen)
    check = checks.begin(chosen.clerk, YEAR)
    lines = list(queries.all_faults(check.id, Asked(code="course.credits")))
    assert len({line.fault.class_id for line in lines}) == len(lines) == 2


def breaks(*_args: Any, **_more: Any) -> None:
    raise OSError("no space left")


def test_a_check_that_breaks_on_the_spot_leads_to_a_new_one(
    chosen: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(checks, "Inspector", breaks)
        with pytest.raises(OSError, match="no space"):
            checks.begin(chosen.clerk, YEAR)
    broken = queries.newest(chosen.school.id, YEAR, Batch.ORDINARY)
    assert broken is not None
    assert broken.state is CheckState.FAILED
    check = checks.begin(chosen.clerk, YEAR)
    assert (check.state, check.id != broken.id) == (CheckState.DONE, True)


def test_a_check_whose_process_died_is_taken_up_again(
    chosen: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed on the spot: its row says RUNNING, and no job will ever end it."""
    with monkeypatch.context() as patch:
        patch.setattr(checks, "look", lambda _check_id: None)
        left = checks.begin(chosen.clerk, YEAR)
    assert left.state is CheckState.RUNNING
    check = checks.begin(chosen.clerk, YEAR)
    assert (check.id, check.state) == (left.id, CheckState.DONE)
    assert operations.begin(chosen.clerk, YEAR).version == 1


def test_a_check_that_the_queue_lost_gives_way(
    chosen: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ON_THE_SPOT", 1)
    with monkeypatch.context() as patch:
        patch.setattr(checks, "Inspector", breaks)
        lost = checks.begin(chosen.clerk, YEAR)
        assert lost.job_id is not None
        assert checks.begin(chosen.clerk, YEAR).id == lost.id  # it is tried again
        for _attempt in range(jobs.MAX_ATTEMPTS):
            jobs.run(lost.job_id)
    with pytest.raises(Conflict, match="還沒有一天內完成的預檢"):
        operations.begin(chosen.clerk, YEAR)
    check = checks.begin(chosen.clerk, YEAR)
    assert (check.state, check.id != lost.id) == (CheckState.DONE, True)
    db._close_reads()
    assert db.reading().get_one(SubmissionCheck, lost.id).state is CheckState.FAILED
    assert operations.begin(chosen.clerk, YEAR).version == 1
