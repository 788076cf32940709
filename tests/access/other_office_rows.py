"""The other school's rows of certification that no address names, so that the walk of the guard
finds one in every table."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock
from plugin.certification.models import (
    BankMapping,
    CaseCounter,
    CaseFile,
    CaseVersion,
    CertificateEvent,
    Consent,
    DoorMark,
    EntryCode,
    HoursPaper,
    MeetingMember,
    Oral,
    OralAssessor,
    PaperState,
    Renewal,
    SchoolSide,
    Score,
    SigningKey,
)
from plugin.vault.models import StoredFile
from tests.access.other_office import Ids


def make_office_rows(
    session: Session, school_id: int, person_id: int, case_id: int, issued: Ids, secret: str
) -> None:
    """One of each.

    :param issued: what `make_office_things` gave.
    """
    now, today = clock.now(), clock.today()
    file_id = session.scalar(sa.select(StoredFile.id).where(StoredFile.school_id == school_id))
    version_id = session.scalar(sa.select(CaseVersion.id).where(CaseVersion.case_id == case_id))
    oral = Oral(
        case_id=case_id, form="oral", place=secret, starts_at=now + timedelta(days=3), minutes=30,
        assessors=secret, uid=secret, result_words=secret, made_at=now,
    )  # fmt: skip
    session.add(oral)
    session.flush()
    session.add_all(
        [
            OralAssessor(oral_id=oral.id, person_id=person_id),
            CaseFile(version_id=version_id, slot="plan", file_id=file_id),
            Consent(case_id=case_id, notice_version="1", publish=True, at=now),
            CaseCounter(school_id=school_id, series="case", year=115, last=1),
            SchoolSide(case_id=case_id, outside_number=secret, note=secret),
            DoorMark(school_id=school_id, kind="code.person", digest="0" * 64, at=now),
            EntryCode(
                school_id=school_id, whom_digest="0" * 64, code_digest="0" * 64, held=secret,
                sent_at=now, expires_at=now + timedelta(minutes=10),
            ),
            BankMapping(school_id=school_id, name=secret, columns={}, changed_at=now),
            HoursPaper(
                school_id=school_id, person_id=person_id, state=PaperState.READY, limit=1,
                whole_file_id=file_id, file_id=file_id, failure=secret, made_at=now,
            ),
            SigningKey(
                school_id=school_id, pkcs12=secret, fingerprint="0" * 64, subject=secret,
                valid_from=today, valid_until=today + timedelta(days=9), made_at=now,
            ),
            Renewal(case_id=case_id, certificate_id=issued["certificate_id"]),
            CertificateEvent(
                certificate_id=issued["certificate_id"], kind="issued", on=today, at=now
            ),
            Score(
                assignment_id=issued["review_id"], marks={}, comment=secret, aside=secret,
                saved_at=now,
            ),
            MeetingMember(meeting_id=issued["sitting_id"], person_id=person_id),
        ]
    )  # fmt: skip
    session.flush()
