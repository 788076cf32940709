"""What a decision to certify rests on, and what of it is not there yet."""

from __future__ import annotations

import json

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.certification import completeness
from plugin.certification.models import (
    CaseFile,
    CaseKind,
    Category,
    CertificationCase,
    Meeting,
    MeetingItem,
    Oral,
    Path,
    ReviewVerdict,
)
from plugin.certification.outlook import VERDICTS, Stand
from plugin.certification.queries import review

SHOWN_BY = frozenset({Path.EXPERIENCE, Path.EXPERTISE})


def missing(case: CertificationCase) -> list[str]:
    """What must be there before a case is certified, in words; empty: nothing is missing.

    A renewal rests on its hours, which the ledger checks; nobody is asked for an opinion of it.
    """
    if case.kind is CaseKind.RENEWAL:
        return []
    found = []
    outlook = review.outlook_of(case)
    if outlook.stand is Stand.ASKED:
        found.append(
            _("審查表已交回 %(n)s 份，至少要 %(least)s 份且都已交回",
              n=outlook.handed_in, least=outlook.wanted)
        )  # fmt: skip
    elif outlook.stand is Stand.SPLIT:
        found.append(_("審查意見不一致，要有第三位委員的意見"))
    elif outlook.stand is Stand.COMMITTEE:
        found.append(_("審查意見沒有多數，要由審查小組會議決議"))
    elif outlook.verdict is not ReviewVerdict.FIT and not _passed(case):
        found.append(_("審查結論是「%(verdict)s」", verdict=VERDICTS[outlook.verdict]))  # type: ignore[index]
    if shows(case) and not (_certificate(case) or _exempt(case) or _passed(case)):
        found.append(
            _(
                "教學人員以經歷或專長申請，要有教師證書（字號與檔案）、會議決議免展示，或展示（口試）通過的紀錄"
            )
        )
    return found


def shows(case: CertificationCase) -> bool:
    """Whether the applicant has to show their ability unless exempt (辦法 §10 III)."""
    return (
        case.kind is CaseKind.NEW
        and case.category in {Category.TEACHING, Category.BOTH}
        and case.path in SHOWN_BY
    )


def _certificate(case: CertificationCase) -> bool:
    """A teacher's certificate, its number and its file, in the version that holds."""
    version = completeness.newest(case)
    if version is None:
        return False
    number = str(json.loads(version.answers).get("teacher_certificate_number") or "").strip()
    query = sa.select(CaseFile.id).where(
        CaseFile.version_id == version.id, CaseFile.slot == "teacher_certificate"
    )
    return bool(number) and db.reading().scalar(query) is not None


def _exempt(case: CertificationCase) -> bool:
    """A resolution of a meeting that was closed."""
    query = (
        sa.select(MeetingItem.id)
        .join(Meeting, Meeting.id == MeetingItem.meeting_id)
        .where(
            MeetingItem.case_id == case.id,
            MeetingItem.resolution == "exempt",
            MeetingItem.done_at.is_not(None),
            Meeting.closed_at.is_not(None),
        )
    )
    return db.reading().scalar(query.limit(1)) is not None


def _passed(case: CertificationCase) -> bool:
    """The newest examination or demonstration that took place was passed."""
    query = sa.select(Oral.result).where(
        Oral.case_id == case.id, Oral.result != "", Oral.cancelled_at.is_(None)
    )
    return db.reading().scalar(query.order_by(Oral.id.desc()).limit(1)) == "pass"
