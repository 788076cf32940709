"""Drafts of applications end after their time: a warning before, a tombstone after."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import moment_said
from plugin import actor as actors
from plugin import clock, db
from plugin.certification import drafting
from plugin.certification.models import CaseState, CertificationCase
from plugin.certification.operations import applying, kernel
from plugin.certification.policy import Who
from plugin.trail.chain import record
from plugin.trail.notify import notify

BATCH = 200
_SHORTEST = timedelta(days=28)
"""No draft ends within its first month; what is younger is not looked at."""


def warn() -> int:
    """Tell of drafts that go in two weeks, once each; returns how many."""
    told = 0
    for case_id in _candidates(CertificationCase.warned_at.is_(None)):
        with db.writing() as session:
            case = session.get(CertificationCase, case_id, with_for_update=db.HELD)
            if case is None or case.state is not CaseState.DRAFT or case.warned_at is not None:
                continue
            if drafting.ends_at(case) - drafting.WARN_BEFORE > clock.now():
                continue
            case.warned_at = clock.now()
            notify(
                [case.applicant_id],
                _("尚未送出的環境教育人員認證申請即將刪除"),
                _(
                    "您的申請（案件編號 %(number)s）還沒有送出，將於 %(until)s 刪除。"
                    "要保留的話，請在此之前完成並送出；不再需要的不必處理。",
                    number=case.number,
                    until=moment_said(drafting.ends_at(case)),
                ),
                f"/certification/cases/{case.id}",
                school_id=case.school_id,
                mail=True,
            )
            told += 1
    return told


def purge() -> int:
    """End drafts whose time is over and whose applicant was told; returns how many.

    The number stays taken, so the series has no gap; name, ID, address and answers go, files leave
    their tombstones.
    """
    ended = 0
    told = CertificationCase.warned_at <= clock.now() - drafting.WARN_BEFORE
    for case_id in _candidates(told):
        with db.writing() as session:
            case = session.get(CertificationCase, case_id, with_for_update=db.HELD)
            if case is None or case.state is not CaseState.DRAFT or case.warned_at is None:
                continue
            if drafting.ends_at(case) > clock.now():
                continue
            _end(session, case)
            ended += 1
    return ended


def _end(session: Session, case: CertificationCase) -> None:
    system = actors.system(case.school_id)
    mark = applying.forget_draft(session, system, case)
    words = _("草稿保存期限已過，資料已刪除。")
    kernel.happen(session, system, case, "withdraw", words=words, by=Who.APPLICANT, tell=False)
    case.name = case.email = case.organisation = case.organisation_code = ""
    case.national_id_digest = ""
    record(system, "certification.purge", "certification_case", case.id,
           digest=mark, reason="expired")  # fmt: skip


def _candidates(*conditions: sa.ColumnElement[bool]) -> list[int]:
    query = (
        sa.select(CertificationCase.id)
        .where(
            CertificationCase.state == CaseState.DRAFT,
            CertificationCase.confirmed_at.is_(None),
            CertificationCase.created_at <= clock.now() - _SHORTEST + drafting.WARN_BEFORE,
            *conditions,
        )
        .order_by(CertificationCase.id)
        .limit(BATCH)
    )
    return list(db.reading().scalars(query))
