"""What a case has to pay: the notice 繳費通知 with its amounts, reference and last day."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock
from plugin.certification.clocks import LENGTHS, Clock
from plugin.certification.models import CertificationCase, FeeNotice, Path
from plugin.certification.operations import kernel
from plugin.certification.references import reference
from plugin.school import rules
from plugin.school.office_calendar import table_of
from plugin.school.terms import ROC, term_of


@dataclass(frozen=True)
class Amounts:
    """NT dollars, and how many copies of the papers the committee needs."""

    review_fee: int
    postage: int
    copies: int

    @property
    def total(self) -> int:
        return self.review_fee + self.postage


def amounts(case: CertificationCase) -> Amounts:
    """What the rules of today ask of a case: recommended and designated persons pay no review fee
    (環境教育人員認證及管理辦法 §11), only the postage (seed 000, 二)."""
    year = term_of(clock.today()).academic_year
    spared = case.designated or case.path is Path.RECOMMENDED
    return Amounts(
        review_fee=0 if spared else rules.number(case.school_id, "case.review_fee", year),
        postage=rules.number(case.school_id, "case.postage", year),
        copies=rules.number(case.school_id, "case.copies", year),
    )


def issue(session: Session, case: CertificationCase) -> FeeNotice:
    """The notice of a held case, due when the clock of the fee that begins today ends."""
    today = clock.today()
    asked = amounts(case)
    length = LENGTHS[Clock.FEE]
    count = rules.number(case.school_id, length.rule, term_of(today).academic_year)
    year = today.year - ROC
    serial = kernel.next_number(session, case.school_id, "fee", year)
    notice = FeeNotice(
        school_id=case.school_id,
        case_id=case.id,
        reference=reference(year, serial),
        review_fee=asked.review_fee,
        postage=asked.postage,
        copies=asked.copies,
        issued_at=clock.now(),
        due_on=length.ends(today, count, table_of(case.school_id)).on,
    )
    session.add(notice)
    session.flush()
    return notice


def running(session: Session, case_id: int) -> FeeNotice | None:
    """The notice that a case has to pay now."""
    query = sa.select(FeeNotice).where(FeeNotice.case_id == case_id, FeeNotice.ended_at.is_(None))
    return session.scalar(query.order_by(FeeNotice.id.desc()).limit(1))
