"""The other school's things of certification: one of each kind that an address names."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock
from plugin.certification.models import (
    Announcement,
    Assignment,
    BankImport,
    CaseClock,
    CaseEvent,
    CaseKind,
    CaseNote,
    CaseState,
    CaseVersion,
    Category,
    Certificate,
    CertificateState,
    CertificationCase,
    Correction,
    CorrectionItem,
    FeeNotice,
    HourEntry,
    Letter,
    ListedKind,
    ListedSchool,
    Meeting,
    MeetingItem,
    Mode,
    Path,
    Payment,
    PaymentMatch,
    ReviewerProfile,
)
from plugin.school.calendar_models import OfficeCalendar
from plugin.vault.models import StoredFile

Ids = dict[str, int]


def make_office_things(
    session: Session, school_id: int, person_id: int, case_id: int, secret: str
) -> Ids:
    """A confirmed case that waits for a correction, and everything that hangs on it.

    :param case_id: the id that addresses of other rooms' cases carry: this one's too, so that each
        address with a `case_id` names a thing that is there.
    """
    now, today = clock.now(), clock.today()
    case = CertificationCase(
        id=case_id, school_id=school_id, number=secret, mode=Mode.OFFICE, kind=CaseKind.NEW,
        category=Category.BOTH, path=Path.EXPERIENCE, state=CaseState.CORRECTION,
        returns_to=CaseState.PROCEDURAL, applicant_id=person_id, name=secret,
        national_id_digest="0" * 64, email=f"{secret}@x.example", organisation=secret,
        created_at=now, confirmed_at=now,
    )  # fmt: skip
    text = Announcement(
        school_id=school_id, area="news", title=secret, body=secret, shown_on=today, changed_at=now
    )
    calendar = OfficeCalendar(
        school_id=school_id, year=2026, rests=[], remarks={"2026-01-01": secret},
        file_name=secret, sha256="0" * 64, made_at=now,
    )  # fmt: skip
    entry = HourEntry(
        school_id=school_id, person_id=person_id, topic="other", title=secret, provider=secret,
        provider_kind="other", held_on=today, minutes=60, made_at=now,
    )  # fmt: skip
    listed = ListedSchool(
        school_id=school_id, code="999999", name=secret, kind=ListedKind.SENIOR, key=secret
    )
    session.add_all([case, text, calendar, entry, listed])
    session.flush()
    step = CaseEvent(
        case_id=case.id, event="ask_correction", from_state=CaseState.PROCEDURAL,
        to_state=CaseState.CORRECTION, words=secret, at=now,
    )  # fmt: skip
    version = CaseVersion(
        case_id=case.id, number=1, form_version="1", answers=json.dumps({"name": secret}),
        made_at=now,
    )  # fmt: skip
    correction = Correction(
        case_id=case.id, stage=CaseState.PROCEDURAL, due_on=today + timedelta(days=9), asked_at=now
    )
    running = CaseClock(
        school_id=school_id, case_id=case.id, kind="correction", starts_on=today,
        due_on=today + timedelta(days=9),
    )  # fmt: skip
    letter = Letter(case_id=case.id, kind="correction", facts="{}", made_at=now)
    certificate = Certificate(
        school_id=school_id, case_id=case.id, holder_id=person_id, number=secret,
        verification="of-the-other-office", category=Category.BOTH, path=Path.EXPERIENCE,
        field=secret, name=secret, email=f"{secret}@x.example", publish=True, public_name=secret,
        issued_on=today, expires_on=today + timedelta(days=200), state=CertificateState.VALID,
        made_at=now,
    )  # fmt: skip
    fee = FeeNotice(
        school_id=school_id, case_id=case.id, reference="1150000015", review_fee=1000,
        postage=45, copies=3, issued_at=now, due_on=today + timedelta(days=15), claim_words=secret,
    )  # fmt: skip
    note = CaseNote(case_id=case.id, words=secret, at=now)
    review = Assignment(
        case_id=case.id, reviewer_id=person_id, due_on=today, assigned_at=now,
        conflict_words=secret,
    )  # fmt: skip
    reviewer = ReviewerProfile(
        person_id=person_id, school_id=school_id, organisation=secret, co_authors=secret,
        changed_at=now,
    )  # fmt: skip
    session.add_all([step, version, correction, running, letter, certificate, fee, note])
    session.add_all([review, reviewer])
    session.flush()
    file_id = session.scalar(sa.select(StoredFile.id).where(StoredFile.school_id == school_id))
    bank = BankImport(
        school_id=school_id, file_id=file_id, columns={}, counts={}, faults=[[1, secret]],
        made_by_id=person_id, made_at=now, finished_at=now,
    )  # fmt: skip
    session.add(bank)
    session.flush()
    payment = Payment(
        school_id=school_id, import_id=bank.id, notice_id=fee.id, row_digest="0" * 64,
        paid_on=today, amount=1045, reference=secret, payer=secret, match=PaymentMatch.LATE,
        taken_at=now,
    )  # fmt: skip
    session.add(payment)
    session.flush()
    meeting = Meeting(
        school_id=school_id, name=secret, held_on=today, chair=secret, present=secret,
        notes=secret, made_at=now,
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    item = MeetingItem(meeting_id=meeting.id, case_id=case.id, resolution="refuse", words=secret)
    session.add(item)
    session.flush()
    session.add(CorrectionItem(correction_id=correction.id, field="name", words=secret))
    return {
        "announcement_id": text.id,
        "calendar_id": calendar.id,
        "entry_id": entry.id,
        "letter_id": letter.id,
        "certificate_id": certificate.id,
        "review_id": review.id,
        "payment_id": payment.id,
        "bank_id": bank.id,
        "sitting_id": meeting.id,
        "agenda_id": item.id,
    }
