"""Letters follow events of a case; the application and the dossier are made on demand."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pikepdf
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from forms.drafts import Draft
from plugin import clock, db, jobs, uploads
from plugin.actor import Actor
from plugin.certification import drafting, letterhead
from plugin.certification.forms import application
from plugin.certification.models import (
    Assignment,
    CaseFile,
    CaseKind,
    CaseState,
    CaseVersion,
    CertificationCase,
    Correction,
    CorrectionItem,
    FeeNotice,
    Letter,
    Mode,
    Path,
)
from plugin.certification.operations import kernel, letters
from plugin.certification.policy import Who
from plugin.certification.queries import letters as queries
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, NotFound
from plugin.school.models import School
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from plugin.vault.models import FileState, StoredFile
from tests.factories.certification import (
    NATIONAL_ID,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
    make_reviewer,
)
from tests.factories.time import FrozenClock

ANSWERS: dict[str, Any] = {
    "truthful": True,
    "publish": "yes",
    "agreed": True,
    "name": "王小明",
    "surname_english": "WANG",
    "given_name_english": "HSIAO-MING",
    "national_id": NATIONAL_ID,
    "sex": "male",
    "birthday": "75/3/8",
    "telephone": "02-66309988#999",
    "email": "applicant@example.org",
    "organisation": "歷程測試國民小學",
    "title": "衛生組長",
    "category": "administrative",
    "path": "experience",
    "designated": "no",
    "theme": "climate",
    "essay1": "氣候變遷，是現在的事。",
    "essay2": "節能減碳",
}


def text_of(file_id: int | None) -> str:
    """The words of a stored PDF, without white space."""
    assert file_id is not None
    file = vault_queries.files([file_id])[file_id]
    document = pypdfium2.PdfDocument(vault_queries.path(file.sha256, file.size))
    return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)


def letters_of(case: CertificationCase) -> list[Letter]:
    db._close_reads()
    return list(db.reading().query(Letter).filter_by(case_id=case.id).order_by(Letter.id))


def happen(actor: Actor, case: CertificationCase, event: str, **more: Any) -> None:
    with db.writing() as session:
        held = kernel.held(session, case.school_id, case.id)
        kernel.happen(session, actor, held, event, **more)


def add_file(case: CertificationCase, actor: Actor, slot: str, pages: int = 1) -> StoredFile:
    """A PDF of the applicant's in the newest version."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        out = io.BytesIO()
        pdf.save(out)
    staged = uploads.stage(io.BytesIO(out.getvalue()), f"{slot}.pdf")
    assert actor.person_id is not None
    file = vault.accept(
        actor, staged, owner_id=actor.person_id, slot=f"certification.{slot}",
        max_bytes=1 << 20, kinds=("pdf",), expires_at=None,
    )  # fmt: skip
    with db.writing() as session:
        version = session.query(CaseVersion).filter_by(case_id=case.id).one()
        session.add(CaseFile(version_id=version.id, slot=slot, file_id=file.id))
    return file


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


def test_each_correction_has_the_letter_of_its_own_items(
    applicant: Actor, clerk: Actor, clock: FrozenClock
) -> None:
    case = make_case(applicant, CaseState.PROCEDURAL)
    for field, words in (("plan", "未標示年度。"), ("essay1", "字數不足。")):
        with db.writing() as session:
            held = kernel.held(session, case.school_id, case.id)
            row = Correction(
                case_id=case.id,
                stage=held.state,
                due_on=date(2026, 12, 5),
                asked_at=clock(),
            )
            session.add(row)
            session.flush()
            session.add(CorrectionItem(correction_id=row.id, field=field, words=words))
            kernel.happen(session, clerk, held, "ask_correction", words=words)
        happen(clerk, case, "drop_correction")
        clock.advance(timedelta(days=1))
    first, second = letters_of(case)
    assert [one.kind for one in (first, second)] == ["correction"] * 2
    one, two = text_of(first.file_id), text_of(second.file_id)
    assert "未標示年度。" in one
    assert "字數不足。" not in one
    assert "補正期限115年12月5日（星期六）24時前" in one
    assert f"{case.number}-01" in one
    assert "字數不足。" in two
    assert f"{case.number}-02" in two
    assert "發文日期：中華民國115年11月21日" in two


def test_the_fee_notice_says_how_much_by_when_and_under_which_number(
    applicant: Actor, clerk: Actor, office: School
) -> None:
    with db.writing() as session:
        session.get_one(School, office.id).settings = {
            letterhead.KEY: {"officer": "李承辦", "how": "臨櫃繳費\n\n網路轉帳"}
        }
    case = make_case(applicant, CaseState.PROCEDURAL)
    with db.writing() as session:
        held = kernel.held(session, case.school_id, case.id)
        session.add(
            FeeNotice(
                school_id=case.school_id, case_id=case.id, reference="1150000017",
                review_fee=1000, postage=45, copies=3, issued_at=clock.now(),
                due_on=date(2026, 12, 7),
            )
        )  # fmt: skip
        kernel.happen(session, clerk, held, "accept")
    (letter,) = letters_of(case)
    words = text_of(letter.file_id)
    for part in (
        "應繳金額新臺幣1,045元",
        "銷帳編號1150000017",
        "二、臨櫃繳費",
        "三、網路轉帳",
        "繳費期限115年12月7日（星期一）中午12時前",
        "承辦人：李承辦",
    ):
        assert part in words, part
    assert "免繳審查費" not in words


@pytest.mark.parametrize(
    ("event", "state", "says"),
    [
        ("refuse", CaseState.REVIEW, "不符合認證資格"),
        ("lapse_fee", CaseState.FEE_DUE, "未於期限內繳納費用"),
        ("lapse_correction", CaseState.CORRECTION, "逾期未補正"),
    ],
)
def test_a_refusal_has_its_reason_comments_and_remedies(
    applicant: Actor, clerk: Actor, event: str, state: CaseState, says: str
) -> None:
    case = make_case(applicant, state)
    by = Who.CLOCK if event.startswith("lapse") else None
    happen(clerk, case, event, words="計畫與成果不相吻合。", by=by)
    (letter,) = letters_of(case)
    words = text_of(letter.file_id)
    assert says in words
    assert "計畫與成果不相吻合。" in words
    assert "提起訴願" in words
    assert ("恢復本案之審查" in words) == (event == "lapse_fee")


def test_an_approval_carries_the_comments_and_no_remedies(applicant: Actor, clerk: Actor) -> None:
    case = make_case(applicant, CaseState.REVIEW)
    happen(clerk, case, "certify", words="請持續推動。")
    (letter,) = letters_of(case)
    words = text_of(letter.file_id)
    assert "審查結果通過" in words
    assert "請持續推動。" in words
    assert "救濟教示" not in words


def test_the_school_side_sends_no_letters(applicant: Actor) -> None:
    case = make_case(applicant, CaseState.FILED, mode=Mode.SCHOOL)
    happen(applicant, case, "note_refused")
    assert letters_of(case) == []


def test_nothing_is_sent_when_the_step_is_undone(applicant: Actor, clerk: Actor) -> None:
    case = make_case(applicant, CaseState.REVIEW)
    with pytest.raises(Conflict), db.writing() as session:
        held = kernel.held(session, case.school_id, case.id)
        kernel.happen(session, clerk, held, "refuse")
        kernel.happen(session, clerk, held, "refuse")
    assert letters_of(case) == []


def test_a_letter_made_late_or_twice_says_what_was_decided(
    app: Flask, applicant: Actor, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies after the bytes are kept leaves no second file."""
    case = make_case(applicant, CaseState.REVIEW)

    class Killed(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(letters, "_attach", die)
        with pytest.raises(Killed):
            happen(clerk, case, "refuse", words="理由一。")
    (letter,) = letters_of(case)
    assert letter.file_id is None
    assert "理由一。" in (letter.facts or "")
    assert db.reading().query(StoredFile).filter_by(slot=letters.SLOT).count() == 1
    with db.writing() as session:
        session.query(CertificationCase).filter_by(id=case.id).update({"name": "改名"})
        job = session.get_one(jobs.Job, letter.job_id)
        job.lease_until = clock.now() - timedelta(minutes=1)
    assert letter.job_id is not None
    jobs.run(letter.job_id)
    jobs.run(letter.job_id)
    (letter,) = letters_of(case)
    words = text_of(letter.file_id)
    assert case.name in words
    assert "改名" not in words
    assert db.reading().query(StoredFile).filter_by(slot=letters.SLOT).count() == 1


def test_the_facts_of_a_letter_are_not_readable_in_the_database(
    applicant: Actor, clerk: Actor
) -> None:
    case = make_case(applicant, CaseState.REVIEW)
    happen(clerk, case, "refuse", words="理由一。")
    raw = db.reading().connection().exec_driver_sql("SELECT facts FROM certification_letter")
    assert case.name not in raw.scalar_one()


def test_the_application_shows_every_answer_and_paper(applicant: Actor) -> None:
    case = make_case(applicant, CaseState.RECEIVED, answers=ANSWERS)
    add_file(case, applicant, "plan", pages=3)
    letter = letters.ask(applicant, case.id, "application")
    again = letters.ask(applicant, case.id, "application")
    assert letter.id == again.id
    (kept,) = letters_of(case)
    words = text_of(kept.file_id)
    for part in (
        f"{case.number}（第1版）",
        "王小明",
        NATIONAL_ID,
        "歷程測試國民小學",
        "衛生組長",
        "經歷（第五條）",
        "選定議題：氣候變遷",
        "氣候變遷，是現在的事。",
        "9字（不含標點符號及空白）",
        "環境教育計畫plan.pdf",
        "環境教育計畫相關成果資料未附",
    ):
        assert part in words, part
    assert "教案或自編環境教育講義" not in words  # not asked of this category


def test_a_new_version_gets_a_new_application(applicant: Actor) -> None:
    case = make_case(applicant, CaseState.PROCEDURAL, answers=ANSWERS)
    letters.ask(applicant, case.id, "application")
    with db.writing() as session:
        session.add(
            CaseVersion(
                case_id=case.id, number=2, form_version="1", made_at=clock.now(),
                answers=json.dumps({**ANSWERS, "title": "環境教育組長"}),
            )
        )  # fmt: skip
    letters.ask(applicant, case.id, "application")
    first, second = letters_of(case)
    assert "衛生組長" in text_of(first.file_id)
    assert "環境教育組長" in text_of(second.file_id)


def test_a_draft_has_no_application(applicant: Actor) -> None:
    case = make_case(applicant)
    with pytest.raises(Conflict):
        letters.ask(applicant, case.id, "application")


def test_the_dossier_is_for_reviewers_who_declared_and_hides_what_they_need_not(
    applicant: Actor, clerk: Actor, office: School, clock: FrozenClock
) -> None:
    case = make_case(applicant, CaseState.REVIEW, answers=ANSWERS)
    add_file(case, applicant, "plan", pages=2)
    broken = add_file(case, applicant, "results")
    path = vault_queries.path(broken.sha256, broken.size)
    path.chmod(0o600)
    path.write_bytes(b"x" * broken.size)
    reviewer = make_reviewer(office)
    with pytest.raises(NotFound):
        letters.ask(reviewer, case.id, "dossier")
    with db.writing() as session:
        row = Assignment(
            case_id=case.id, reviewer_id=reviewer.person_id,
            due_on=date(2026, 12, 31), assigned_at=clock(),
        )  # fmt: skip
        session.add(row)
    with pytest.raises(NotFound):
        letters.ask(reviewer, case.id, "dossier")  # not declared yet
    with db.writing() as session:
        session.get_one(Assignment, row.id).declared_at = clock()
    letter = letters.ask(reviewer, case.id, "dossier")
    (kept,) = letters_of(case)
    words = text_of(kept.file_id)
    assert "環境教育計畫第2頁，共2頁" in words
    assert "檔案已損壞或不完整，無法併入" in words
    assert "王小明" in words
    assert NATIONAL_ID not in words
    assert "02-66309988" not in words
    assert "applicant@example.org" not in words
    assert [one.letter.id for one in queries.of_case(reviewer, case.id)] == [letter.id]
    with pytest.raises(NotFound):
        letters.ask(reviewer, case.id, "application")
    with db.writing() as session:
        session.get_one(Assignment, row.id).conflict = "kin"
    with pytest.raises(NotFound):
        queries.seen(reviewer, letter.id)


def test_a_dossier_that_expired_is_made_again(
    applicant: Actor, clerk: Actor, clock: FrozenClock
) -> None:
    case = make_case(applicant, CaseState.REVIEW, answers=ANSWERS)
    letters.ask(clerk, case.id, "dossier")
    (first,) = letters_of(case)
    assert first.file_id is not None
    file = vault_queries.files([first.file_id])[first.file_id]
    assert file.state is FileState.DRAFT
    assert file.expires_at is not None
    with db.writing():
        vault.discard(clerk, file.id)
    db._close_reads()
    paper, _case, _job = queries.seen(clerk, first.id)
    assert paper.expired
    again = letters.ask(clerk, case.id, "dossier")
    assert again.id != first.id


def test_letters_are_seen_by_their_applicant_and_the_office_alone(
    applicant: Actor, clerk: Actor, office: School, client: FlaskClient,
    act_as: Callable[[Actor | None], Actor | None],
) -> None:  # fmt: skip
    case = make_case(applicant, CaseState.REVIEW, answers=ANSWERS)
    happen(clerk, case, "refuse", words="理由一。")
    (letter,) = letters_of(case)
    neighbour = make_applicant(office, national_id="B123456780")
    foreign = make_clerk(make_office())
    for actor, status in (
        (applicant, 200), (clerk, 200), (neighbour, 404), (make_reviewer(office), 404),
        (foreign, 404),
    ):  # fmt: skip
        act_as(actor)
        assert client.get(f"/certification/letters/{letter.id}").status_code == status
    act_as(applicant)
    page = client.get(f"/certification/letters/{letter.id}").get_data(as_text=True)
    address = page.split('href="/files/')[1].split('"')[0]
    with client.get(f"/files/{address}") as answer:
        body = answer.get_data()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert body.startswith(b"%PDF")
    act_as(neighbour)
    assert client.post(f"/certification/cases/{case.id}/papers/application").status_code in {
        400,
        404,
    }


def test_the_blank_form_is_filled_with_what_the_draft_says(
    applicant: Actor, clerk: Actor, client: FlaskClient,
    act_as: Callable[[Actor | None], Actor | None],
) -> None:  # fmt: skip
    case = make_case(applicant, designated=True)
    drafts = Drafts(applicant)
    values = {"national_id": [NATIONAL_ID], "birthday": ["75/3/8"], "title": ["衛生組長"]}
    drafts.save(Draft(drafts.key(application.NAME, drafting.subject(case.id)), "1", values))
    address = f"/certification/cases/{case.id}/experience.pdf"
    act_as(applicant)
    answer = client.get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    document = pypdfium2.PdfDocument(answer.get_data())
    words = "".join(document[0].get_textpage().get_text_bounded().split())
    for part in (case.name, NATIONAL_ID, "衛生組長", "歷程測試國民小學", "✓是"):
        assert part in words, part
    act_as(clerk)
    assert client.get(address).status_code == 404
    act_as(applicant)
    other = make_case(applicant, path=Path.EXAMINATION)
    assert client.get(f"/certification/cases/{other.id}/experience.pdf").status_code == 404


def test_a_renewal_names_its_certificate_and_hours(applicant: Actor) -> None:
    said = {
        "certificate": "(115)環教字第0001號", "expires_on": "2027-03-01", "hours": 31.5,
        "hours_digital": 12.0, "email": "applicant@example.org", "correct": True,
        "attended": True, "truthful": True,
    }  # fmt: skip
    case = make_case(applicant, CaseState.RECEIVED, kind=CaseKind.RENEWAL, answers=said)
    add_file(case, applicant, "hours.7")
    letters.ask(applicant, case.id, "application")
    (kept,) = letters_of(case)
    words = text_of(kept.file_id)
    for part in (
        "環境教育人員認證展延申請書",
        "證書字號(115)環教字第0001號",
        "有效期限至中華民國116年3月1日",
        "31.5小時（其中數位課程12小時）",
        "研習證明hours.7.pdf",
    ):
        assert part in words, part


def test_the_office_sets_its_letterhead(
    office: School, clerk: Actor, applicant: Actor, client: FlaskClient,
    act_as: Callable[[Actor | None], Actor | None],
) -> None:  # fmt: skip
    act_as(clerk)
    page = client.get("/certification/letterhead").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    typed = {"officer": "李承辦", "telephone": "02-7736", "how": "甲\n\n乙", "csrf_token": token}
    assert client.post("/certification/letterhead", data=typed).status_code == 302
    db._close_reads()
    kept = letterhead.of(db.reading().get_one(School, office.id))
    assert kept.contact == (("承辦人", "李承辦"), ("電話", "02-7736"))
    assert kept.ways == ("甲", "乙")
    act_as(applicant)
    assert client.get("/certification/letterhead").status_code == 403
