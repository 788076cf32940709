"""Which hours count, and why the others do not; the ledger by its pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from plugin import db, uploads
from plugin.actor import Actor
from plugin.certification import hours
from plugin.certification.hours import Needs, Reason, Training, tally
from plugin.certification.models import CaseState, Category, HourEntry, Path
from plugin.certification.operations import hours as operations
from plugin.certification.operations.hours import HourInput
from plugin.certification.queries import hours as queries
from plugin.errors import InvalidInput, NotFound
from plugin.school.models import School
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile
from tests.factories.certification import (
    make_applicant,
    make_case,
    make_certificate,
    make_office,
)

TODAY = date(2026, 11, 20)
GOOD = Training("law", "法規研習", "環保局", "issuing", "字第1號", date(2026, 3, 1), 120, file_id=1)
ANY = Needs(24 * 60)


def reasons(*some: Training, needs: Needs = ANY) -> list[Reason | None]:
    return [one.reason for one in tally(some, needs, TODAY).lines]


def pdf_bytes(pages: int = 1) -> bytes:
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def proof(actor: Actor, content: bytes | None = None, name: str = "proof.pdf") -> StoredFile:
    staged = uploads.stage(io.BytesIO(pdf_bytes() if content is None else content), name)
    return operations.receive(actor, staged)


def values(actor: Actor, **more: object) -> HourInput:
    plain = HourInput(
        "law", "法規研習", "環保局", "issuing", "字第1號", date(2026, 3, 1), 120, False, None
    )
    if "file_id" not in more:
        more["file_id"] = proof(actor).id
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"topic": "other"}, Reason.TOPIC),
        ({"topic": "gone"}, Reason.TOPIC),
        ({"provider_kind": "other"}, Reason.PROVIDER),
        ({"approval_number": " "}, Reason.APPROVAL),
        ({"file_id": None}, Reason.PROOF),
        ({"file_id": None, "source": "training:12"}, None),
        ({"held_on": TODAY}, None),
        ({"held_on": TODAY + timedelta(days=1)}, Reason.FUTURE),
        ({"topic": "other", "approval_number": ""}, Reason.TOPIC),
    ],
)
def test_why_a_training_does_not_count(change: dict, reason: Reason | None) -> None:
    one = replace(GOOD, **change)
    (line,) = tally([one], ANY, TODAY).lines
    assert line.reason == reason
    assert line.counted == (0 if reason else 120)


def test_only_what_lies_within_the_validity_counts() -> None:
    needs = Needs(60, begins=date(2026, 1, 1), ends=date(2026, 6, 30))
    days = ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")
    some = [replace(GOOD, held_on=date.fromisoformat(day)) for day in days]
    assert reasons(*some, needs=needs) == [Reason.EARLY, None, None, Reason.LATE]


def test_digital_hours_count_up_to_their_limit_the_earliest_first() -> None:
    needs = Needs(1800, digital=150)
    some = [
        replace(GOOD, digital=True, held_on=date(2026, 5, day), title=str(day)) for day in (3, 1, 2)
    ]
    found = tally([*some, GOOD], needs, TODAY)
    counted = {one.training.title: (one.counted, one.reason) for one in found.lines}
    assert counted == {
        "法規研習": (120, None),
        "1": (120, None),
        "2": (30, Reason.DIGITAL),
        "3": (0, Reason.DIGITAL),
    }
    assert (found.total, found.digital) == (270, 150)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.integers(0, 3000)), max_size=12),
    st.integers(0, 1000),
)
def test_no_order_and_no_number_of_trainings_counts_more_than_the_limit(
    some: list[tuple[bool, int, int]], cap: int
) -> None:
    trainings = [
        replace(GOOD, digital=digital, minutes=minutes, held_on=TODAY - timedelta(days=ago))
        for digital, minutes, ago in some
    ]
    found = tally(trainings, Needs(0, digital=cap), TODAY)
    assert found.digital == min(cap, sum(minutes for digital, minutes, _ in some if digital))
    assert found.total - found.digital == sum(m for digital, m, _ in some if not digital)
    assert len(found.lines) == len(some)


def test_what_an_application_needs_depends_on_category_path_and_day(office: School) -> None:
    before, after = date(2022, 12, 14), date(2022, 12, 15)
    administrative = hours.for_application(
        office.id, Category.ADMINISTRATIVE, Path.EXPERIENCE, after
    )
    assert administrative is not None
    assert administrative.total == 24 * 60
    assert administrative.topics == {
        **dict.fromkeys(("law", "education", "ethics", "design", "introduction"), 120),
        **dict.fromkeys(("elective1", "elective2"), 240),
    }
    earlier = hours.for_application(office.id, Category.BOTH, Path.EXPERTISE, before)
    assert earlier is not None
    assert set(earlier.topics) == {"law", "education", "ethics", "design", "introduction"}
    teaching = hours.for_application(office.id, Category.TEACHING, Path.EXPERIENCE, after)
    assert teaching is not None
    assert teaching.topics == {}
    assert teaching.total == 24 * 60
    for path in set(Path) - {Path.EXPERIENCE}:
        assert hours.for_application(office.id, Category.TEACHING, path, after) is None


def test_what_is_missing_is_told_by_topic_and_in_all() -> None:
    needs = Needs(300, {"law": 120, "ethics": 120})
    found = tally([replace(GOOD, minutes=90)], needs, TODAY)
    assert found.short == {"law": 30, "ethics": 120, "": 210}
    more = [GOOD, replace(GOOD, topic="ethics"), replace(GOOD, topic="related", minutes=60)]
    assert tally(more, needs, TODAY).enough


def test_a_renewal_counts_the_validity_that_runs_now(applicant: Actor) -> None:
    case = make_case(applicant, CaseState.CERTIFIED)
    first = make_certificate(case, number="(115)環教字第0001號", issued_on=date(2021, 11, 21))
    with db.writing() as session:
        held = session.get_one(type(first), first.id)
        held.expires_on = date(2031, 11, 20)  # prolonged once
    needs = queries.renewal_needs(held)
    assert (needs.begins, needs.ends) == (date(2026, 11, 21), date(2031, 11, 20))
    assert (needs.total, needs.digital) == (30 * 60, 15 * 60)
    assert applicant.person_id is not None
    operations.add(applicant, values(applicant))
    (line,) = queries.renewal_total(applicant.person_id, held).lines
    assert line.reason is Reason.EARLY


@pytest.fixture
def training_room(applicant: Actor) -> Iterator[None]:
    """Another room that knows of a finished course of this applicant."""

    def source(actor: Actor) -> list[Training]:
        assert actor.person_id == applicant.person_id
        return [replace(GOOD, title="系統課程", file_id=None, source="training:12", minutes=180)]

    hours.sources.append(source)
    yield
    hours.sources.remove(source)


def test_finished_courses_of_another_room_count_without_a_proof(
    applicant: Actor, training_room: None
) -> None:
    operations.add(applicant, values(applicant))
    found = queries.tally(applicant, ANY)
    assert {one.training.source for one in found.lines} == {"own", "training:12"}
    assert found.total == 300


def test_a_proof_that_is_noted_is_accepted_for_good(applicant: Actor) -> None:
    file = proof(applicant)
    entry = operations.add(applicant, values(applicant, file_id=file.id))
    operations.take_away(applicant, entry.id)
    db._close_reads()
    kept = db.reading().get_one(StoredFile, file.id)
    assert kept.state is FileState.ACCEPTED
    assert queries.entries(applicant) == []


def test_nobody_touches_what_is_somebody_elses(applicant: Actor, office: School) -> None:
    neighbour = make_applicant(office, national_id="B123456780")
    entry = operations.add(applicant, values(applicant))
    with pytest.raises(NotFound):
        operations.change(neighbour, entry.id, values(neighbour))
    with pytest.raises(NotFound):
        operations.take_away(neighbour, entry.id)
    with pytest.raises(InvalidInput):
        operations.add(neighbour, values(neighbour, file_id=entry.file_id))
    assert queries.trainings(neighbour) == []


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("topic", "nothing", "topic"),
        ("provider_kind", "nothing", "provider_kind"),
        ("title", "  ", "title"),
        ("minutes", 0, "hours"),
        ("minutes", 6001, "hours"),
        ("held_on", TODAY + timedelta(days=1), "held_on"),
        ("file_id", None, "proof"),
    ],
)
def test_an_operation_takes_nothing_that_a_form_would_not(
    applicant: Actor, field: str, value: object, fault: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        operations.add(applicant, values(applicant, **{field: value}))
    assert set(refused.value.fields) == {fault}
    assert db.reading().query(HourEntry).count() == 0


def test_a_file_for_another_field_is_no_proof(applicant: Actor) -> None:
    staged = uploads.stage(io.BytesIO(pdf_bytes()), "plan.pdf")
    assert applicant.person_id is not None
    other = vault.accept(
        applicant, staged, owner_id=applicant.person_id, slot="certification.plan",
        max_bytes=1 << 20, kinds=("pdf",), expires_at=None,
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        operations.add(applicant, values(applicant, file_id=other.id))
    assert "proof" in refused.value.fields


def post(**more: object) -> dict[str, object]:
    return {
        "title": "環境倫理研習",
        "topic": "ethics",
        "held_on": "115/03/01",
        "hours": "2.5",
        "provider": "國立歷程大學",
        "provider_kind": "university",
        "approval_number": "臺教資(六)字第1號",
        "proof": (io.BytesIO(pdf_bytes()), "證明.pdf"),
        **more,
    }


def send(client: FlaskClient, address: str, data: dict[str, object]) -> object:
    page = client.get(address).get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    return client.post(
        address, data={**data, "csrf_token": token}, content_type="multipart/form-data"
    )


def test_a_training_is_noted_mended_and_taken_away_by_its_pages(
    applicant: Actor, client: FlaskClient, act_as: Callable[[Actor | None], Actor | None]
) -> None:
    act_as(applicant)
    assert "還沒有研習紀錄" in client.get("/certification/hours").get_data(as_text=True)
    answer = send(client, "/certification/hours/new", post())
    assert answer.status_code == 302  # type: ignore[attr-defined]
    page = client.get("/certification/hours").get_data(as_text=True)
    assert "環境倫理研習" in page
    assert "2.5 / 24" in page
    (entry,) = queries.entries(applicant)
    assert (entry.minutes, entry.topic) == (150, "ethics")
    address = f"/certification/hours/{entry.id}"
    shown = client.get(address).get_data(as_text=True)
    assert "證明.pdf" in shown
    again = {**post(approval_number=" "), "proof-ref": str(entry.file_id)}
    del again["proof"]
    answer = send(client, address, again)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    page = client.get("/certification/hours").get_data(as_text=True)
    assert "沒有核定文號" in page
    assert "0 / 24" in page
    send(client, f"{address}/end", {})
    assert queries.entries(applicant) == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("hours", "2.25", "小數最多 1 位"),
        ("hours", "2.3", "請以半小時計"),
        ("hours", "0", "請以半小時計"),
        ("held_on", "115/12/01", "不能晚於今天"),
        ("proof", (io.BytesIO(b"not a pdf"), "x.pdf"), "這個檔案的內容是純文字"),
        ("topic", "", "議題"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(
    applicant: Actor, client: FlaskClient, act_as: Callable[[Actor | None], Actor | None],
    field: str, value: object, says: str,
) -> None:  # fmt: skip
    act_as(applicant)
    answer = send(client, "/certification/hours/new", post(**{field: value}))
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert says in page
    assert "國立歷程大學" in page
    assert queries.entries(applicant) == []
