"""The table of hours with its proofs: joined, made to fit, put into the application."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pikepdf
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from forms.drafts import Draft
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import drafting, papers
from plugin.certification.forms import application
from plugin.certification.models import (
    CaseState,
    Category,
    Correction,
    CorrectionItem,
    HoursPaper,
    PaperState,
    Path,
)
from plugin.certification.operations import hours as operations
from plugin.certification.operations import hours_paper
from plugin.certification.queries import hours as queries
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, NotFound
from plugin.vault import queries as vault_queries
from plugin.vault.models import FileState, StoredFile
from tests.factories.certification import make_applicant, make_case, make_office
from tests.plugin.certification.test_hours import proof, values
from tests.reports.pdfreader import qpdf_check

LIMIT = 1 << 20


def scan(side: int) -> bytes:
    """A page as a telephone photographs it: hard to make small."""
    picture = Image.effect_noise((side, side * 4 // 3), 60).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.fixture
def applicant(app: Flask) -> Actor:
    return make_applicant(make_office())


def made(actor: Actor) -> HoursPaper:
    db._close_reads()
    found = queries.paper(actor)
    assert found is not None
    return found[0]


def stored(file_id: int | None) -> StoredFile:
    assert file_id is not None
    return vault_queries.files([file_id])[file_id]


def texts(file: StoredFile) -> list[str]:
    document = pypdfium2.PdfDocument(vault_queries.path(file.sha256, file.size))
    return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]


def test_the_table_and_the_proofs_of_what_counts_are_one_file(applicant: Actor) -> None:
    case = make_case(applicant)
    operations.add(applicant, values(applicant))
    photograph = proof(applicant, scan(600), "照片.jpg")
    operations.add(
        applicant,
        values(applicant, title="倫理研習", topic="ethics", file_id=photograph.id),
    )
    operations.add(applicant, values(applicant, title="瑜伽", topic="other"))
    hours_paper.print_table(applicant, "administrative")
    row = made(applicant)
    assert row.state is PaperState.READY, row.failure
    assert row.file_id == row.whole_file_id
    file = stored(row.file_id)
    assert file.size <= LIMIT
    path = vault_queries.path(file.sha256, file.size)
    qpdf_check(path)
    pages = texts(file)
    assert len(pages) == row.pages == row.table_pages + 2
    table = "".join(pages[: row.table_pages])
    assert case.number in table
    assert case.name in table
    assert "瑜伽" in table
    assert "議題不在採計範圍" in table
    assert "總計（小時）4/24不足" in table
    titles = [one.get_title() for one in pypdfium2.PdfDocument(path).get_toc()]
    assert titles == ["研習時數統計表", "1. 法規研習", "2. 倫理研習"]


def test_scanned_proofs_are_made_smaller_until_they_fit(applicant: Actor) -> None:
    photograph = scan(1500)
    assert len(photograph) > LIMIT * 2 // 3
    for day in range(1, 5):
        file = proof(applicant, photograph, f"{day}.jpg")
        operations.add(applicant, values(applicant, held_on=date(2026, 3, day), file_id=file.id))
    hours_paper.print_table(applicant, "teaching")
    row = made(applicant)
    assert row.state is PaperState.READY, row.failure
    whole, file = stored(row.whole_file_id), stored(row.file_id)
    assert whole.size > LIMIT >= file.size
    assert row.images == 4
    assert len(texts(file)) == row.pages
    with pikepdf.open(vault_queries.path(file.sha256, file.size)) as pdf:
        sizes = [
            int(one.Width)
            for page in list(pdf.pages)[-4:]
            for one in page.obj.Resources.XObject.values()
        ]
    assert max(sizes) < 1500


def test_what_cannot_be_made_to_fit_says_so(
    applicant: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "max_bytes", lambda *_paper: 1 << 16)
    file = proof(applicant, scan(1500), "1.jpg")
    operations.add(applicant, values(applicant, file_id=file.id))
    hours_paper.print_table(applicant, "teaching")
    row = made(applicant)
    assert row.state is PaperState.FAILED
    assert row.file_id is None
    assert "縮到上限以內" in row.failure


def test_without_hours_that_count_there_is_nothing_to_print(applicant: Actor) -> None:
    operations.add(applicant, values(applicant, topic="other"))
    with pytest.raises(Conflict):
        hours_paper.print_table(applicant, "administrative")
    with pytest.raises(NotFound):
        hours_paper.print_table(applicant, "renewal-999")


def test_the_next_one_takes_the_place_of_the_last(applicant: Actor) -> None:
    operations.add(applicant, values(applicant))
    hours_paper.print_table(applicant, "administrative")
    first = stored(made(applicant).file_id)
    operations.add(applicant, values(applicant, topic="ethics"))
    hours_paper.print_table(applicant, "administrative")
    second = stored(made(applicant).file_id)
    assert second.id != first.id
    assert stored(first.id).state is FileState.PURGED
    assert db.reading().query(HoursPaper).count() == 1


def test_a_job_of_an_earlier_wish_changes_nothing(applicant: Actor) -> None:
    operations.add(applicant, values(applicant))
    hours_paper.print_table(applicant, "administrative")
    row = made(applicant)
    earlier = (row.made_at - timedelta(seconds=5)).isoformat()
    with db.writing() as session:
        session.get_one(HoursPaper, row.id).state = PaperState.MAKING
    hours_paper.build(FakeRun(), row.id, "administrative", earlier)
    assert made(applicant).state is PaperState.MAKING


class FakeRun:
    """Nobody asks how far it is."""

    def progress(self, *_args: object) -> None:
        raise AssertionError("an earlier wish must not be worked on")


def draft_of(actor: Actor, subject: str) -> dict[str, list[str]]:
    drafts = Drafts(actor)
    found = drafts.get(drafts.key(application.NAME, subject))
    return dict(found.values) if found is not None else {}


def test_one_press_puts_it_into_the_draft(applicant: Actor) -> None:
    case = make_case(applicant)
    operations.add(applicant, values(applicant))
    hours_paper.print_table(applicant, "administrative")
    subject = drafting.subject(case.id)
    drafts = Drafts(applicant)
    drafts.save(Draft(drafts.key(application.NAME, subject), "1", {"name": ["王小明"]}))
    first = hours_paper.attach_hours(applicant, case.id)
    assert first.slot == "certification.hours"
    assert first.sha256 == stored(made(applicant).file_id).sha256
    assert draft_of(applicant, subject) == {"name": ["王小明"], "hours-ref": [str(first.id)]}
    second = hours_paper.attach_hours(applicant, case.id)
    assert draft_of(applicant, subject)["hours-ref"] == [str(second.id)]
    assert stored(first.id).state is FileState.PURGED


def test_it_goes_where_the_path_asks_for_it_and_nowhere_else(applicant: Actor) -> None:
    operations.add(applicant, values(applicant))
    hours_paper.print_table(applicant, "administrative")
    expertise = make_case(applicant, path=Path.EXPERTISE, category=Category.ADMINISTRATIVE)
    hours_paper.attach_hours(applicant, expertise.id)
    assert "topic_hours-ref" in draft_of(applicant, drafting.subject(expertise.id))
    for case in (
        make_case(applicant, path=Path.EXAMINATION),
        make_case(applicant, CaseState.RECEIVED),
        make_case(applicant, CaseState.CORRECTION, returns_to=CaseState.PROCEDURAL),
    ):
        with pytest.raises(Conflict):
            hours_paper.attach_hours(applicant, case.id)


def test_an_open_correction_of_the_hours_takes_it(applicant: Actor) -> None:
    operations.add(applicant, values(applicant))
    hours_paper.print_table(applicant, "administrative")
    case = make_case(applicant, CaseState.CORRECTION, returns_to=CaseState.PROCEDURAL)
    with db.writing() as session:
        asked = Correction(
            case_id=case.id, stage=CaseState.PROCEDURAL, due_on=date(2026, 12, 5),
            asked_at=clock.now(),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        session.add(CorrectionItem(correction_id=asked.id, field="hours", words="請補。"))
    hours_paper.attach_hours(applicant, case.id)
    subject = drafting.correction_subject(asked.id)
    assert list(draft_of(applicant, subject)) == ["hours-ref"]


def test_nobody_elses_case_takes_it(applicant: Actor) -> None:
    operations.add(applicant, values(applicant))
    hours_paper.print_table(applicant, "administrative")
    stranger = make_applicant(make_office(), national_id="B123456780")
    with pytest.raises(NotFound):
        hours_paper.attach_hours(applicant, make_case(stranger).id)


def test_the_pages_from_the_ledger_to_the_application(
    applicant: Actor, client: FlaskClient, act_as: Callable[[Actor | None], Actor | None]
) -> None:
    case = make_case(applicant)
    operations.add(applicant, values(applicant))
    act_as(applicant)

    def press(address: str, seen_at: str, **data: str) -> str:
        page = client.get(seen_at).get_data(as_text=True)
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        answer = client.post(address, data={**data, "csrf_token": token}, follow_redirects=True)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    page = press("/certification/hours/print", "/certification/hours", view="administrative")
    assert f"放進申請案 {case.number}" in page
    picture = page.split('src="/files/')[1].split('"')[0]
    with client.get(f"/files/{picture}") as answer:
        assert answer.mimetype == "image/png"
    page = press(f"/certification/hours/attach/{case.id}", "/certification/hours/paper")
    assert "已放進申請案" in page
