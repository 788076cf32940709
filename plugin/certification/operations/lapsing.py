"""Clocks acted on: people are warned before a period ends, and its lapse is acted on once.

Scheduled work calls `sweep` every quarter of an hour. Whatever was missed is made up for by the
next sweep; each step is one transaction that holds what it decides on, so that two workers at
once, or one that was killed, neither leave anything out nor do it twice:

- a correction that was not answered: refused (環境教育人員認證及管理辦法 §11 II);
- a fee that was not paid: refused, after `case.bank_grace_days` in which a bank's row may still
  arrive; an applicant who says to have paid is not refused while the office has not looked;
- a period of the office's own: the keepers are told once, and it stands in the audit chain.

A day that has become a rest day since (a typhoon, a new table) moves the end; never to earlier.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import day_said
from plugin import clock, db
from plugin.actor import Role, system
from plugin.certification import ending
from plugin.certification.clocks import APPLICANTS, LAPSE, Clock
from plugin.certification.models import (
    CaseClock,
    CaseState,
    CertificationCase,
    Correction,
)
from plugin.certification.operations import kernel
from plugin.certification.policy import Who
from plugin.errors import NotFound
from plugin.school import office_days, queries
from plugin.school.office_calendar import table_of
from plugin.trail import chain
from plugin.trail.notify import notify

CHUNK = 100
"""Clocks of one transaction, where they are told of together."""
DECISION = "certification"


def sweep() -> dict[str, int]:
    """Move, warn and act wherever it is time, in every school; returns how often."""
    done = {"moved": 0, "warned": 0, "lapsed": 0, "overdue": 0}
    for school_id in _schools():
        ahead = ending.horizon(school_id)
        done["moved"] += _move(school_id, ahead)
        done["warned"] += _warn_applicants(school_id, ahead)
        done["warned"] += _tell_office(school_id, ahead, overdue=False)
        done["lapsed"] += _lapse(school_id)
        done["overdue"] += _tell_office(school_id, clock.today(), overdue=True)
    return done


def _schools() -> list[int]:
    """Schools in which a clock runs."""
    query = sa.select(CaseClock.school_id).where(CaseClock.ended_at.is_(None)).distinct()
    return sorted(db.reading().scalars(query))


def _move(school_id: int, until: date) -> int:
    """Ends that have become rest days go to the next office day."""
    table = table_of(school_id)
    moving = [one.id for one in _due(db.reading(), school_id, until) if table.rest(one.due_on)]
    moved = 0
    for clock_id in moving:
        with db.writing() as session:
            one = _held_clock(session, clock_id)
            if one is None or not table.rest(one.due_on):
                continue
            before, ends = one.due_on, office_days.moved(one.due_on, table)
            one.due_on, one.noon = ends.on, ends.noon
            chain.record(
                system(school_id), f"{DECISION}.clock_moved", "certification_case", one.case_id,
                kind=one.kind, before=before.isoformat(), after=ends.on.isoformat(),
            )  # fmt: skip
            moved += 1
    return moved


def _warn_applicants(school_id: int, until: date) -> int:
    """Who has to correct or to pay hears of it on the days that the rule names."""
    theirs = (one for one in _due(db.reading(), school_id, until) if one.kind in APPLICANTS)
    warned = 0
    for clock_id in [one.id for one in theirs if ending.warning_due(one)]:
        with db.writing() as session:
            one = _held_clock(session, clock_id)
            if one is None or not ending.warning_due(one):
                continue
            case = session.get_one(CertificationCase, one.case_id)
            one.warned_at = clock.now()
            notify(
                [case.applicant_id],
                _("環境教育人員認證申請案即將到期"),
                _words_before(case, one),
                f"/certification/cases/{case.id}",
                school_id=school_id,
                mail=True,
            )
            warned += 1
    return warned


def _lapse(school_id: int) -> int:
    """Refuse what was not answered or not paid in time."""
    lapsed = 0
    for one in _due(db.reading(), school_id, clock.today()):
        if one.kind in APPLICANTS and ending.lapsed(one):
            lapsed += _lapse_one(school_id, one.case_id, one.id)
    return lapsed


def _lapse_one(school_id: int, case_id: int, clock_id: int) -> bool:
    with db.writing() as session:
        try:
            case = kernel.held(session, school_id, case_id)
        except NotFound:  # purged meanwhile
            return False
        one = _held_clock(session, clock_id)
        if one is None or not ending.lapsed(one):
            return False
        if case.state is CaseState.FEE_CLAIMED:
            return _claimed(session, case, one)
        case.refusal = "fee" if one.kind == Clock.FEE else "correction"
        case.fee_lapsed = one.kind == Clock.FEE
        one.acted_at = clock.now()
        _end_corrections(session, case)
        kernel.happen(
            session,
            system(school_id, _("排程")),
            case,
            LAPSE[Clock(one.kind)],
            words=_words_after(one),
            by=Who.CLOCK,
            due_on=one.due_on.isoformat(),
        )
        return True


def _claimed(session: Session, case: CertificationCase, one: CaseClock) -> bool:
    """Paid, says the applicant: the office looks before anybody is refused. Told once."""
    if one.acted_at is not None:
        return False
    one.acted_at = clock.now()
    _to_office(
        session, case.school_id, [one],
        _("申請者已回報繳費的案件超過繳費期限"),
        _("下列案件的申請者已回報繳費，但銀行入帳還沒有比對到。請確認繳費，或退回待繳費。"),
        (Role.ISSUING_OFFICE,),
    )  # fmt: skip
    chain.record(
        system(case.school_id), f"{DECISION}.claim_overdue", "certification_case", case.id,
        due_on=one.due_on.isoformat(),
    )  # fmt: skip
    return True


def _end_corrections(session: Session, case: CertificationCase) -> None:
    open_ones = sa.select(Correction).where(
        Correction.case_id == case.id, Correction.ended_at.is_(None)
    )
    for one in session.scalars(open_ones):
        one.ended_at = clock.now()


def _tell_office(school_id: int, until: date, *, overdue: bool) -> int:
    """The office's own periods: warned of before, escalated to the keepers after, once each."""
    is_time = _overdue if overdue else ending.warning_due
    told = 0
    own = (one for one in _due(db.reading(), school_id, until) if one.kind not in APPLICANTS)
    seen = [one.id for one in own if is_time(one)]
    for begin in range(0, len(seen), CHUNK):
        with db.writing() as session:
            held = (_held_clock(session, one) for one in seen[begin : begin + CHUNK])
            rows = [one for one in held if one is not None and is_time(one)]
            if not rows:
                continue
            for one in rows:
                if overdue:
                    one.acted_at = clock.now()
                    chain.record(
                        system(school_id), f"{DECISION}.overdue", "certification_case",
                        one.case_id, kind=one.kind, due_on=one.due_on.isoformat(),
                    )  # fmt: skip
                else:
                    one.warned_at = clock.now()
            if overdue:
                subject = _("環境教育人員認證：%(n)s 件案件已逾辦理期限", n=len(rows))
                body = _("下列案件已超過辦理期限，請督導儘速辦理：")
                whom: tuple[Role, ...] = (Role.ISSUING_OFFICE, Role.ADMINISTRATOR)
            else:
                subject = _("環境教育人員認證：%(n)s 件案件的辦理期限將到", n=len(rows))
                body = _("下列案件的辦理期限即將屆滿：")
                whom = (Role.ISSUING_OFFICE,)
            _to_office(session, school_id, rows, subject, body, whom)
            told += len(rows)
    return told


def _overdue(one: CaseClock) -> bool:
    return one.acted_at is None and ending.lapsed(one)


def _to_office(
    session: Session,
    school_id: int,
    rows: Collection[CaseClock],
    subject: str,
    body: str,
    whom: tuple[Role, ...],
) -> None:
    """One message about some cases, by number; no personal data."""
    today = clock.today()
    people = {one.id for role in whom for one in queries.people_holding(school_id, role, today)}
    numbers = dict(
        session.execute(
            sa.select(CertificationCase.id, CertificationCase.number).where(
                CertificationCase.id.in_([one.case_id for one in rows])
            )
        ).all()  # type: ignore[arg-type]
    )
    lines = [
        _("%(number)s：%(what)s，%(day)s", number=numbers[one.case_id],
          what=ending.LABELS[Clock(one.kind)], day=_until(one))
        for one in sorted(rows, key=lambda one: (one.due_on, one.id))
    ]  # fmt: skip
    notify(
        people,
        subject,
        body + "\n\n" + "\n".join(lines),
        "/certification/office",
        school_id=school_id,
        mail=True,
    )


def _due(session: Session, school_id: int, until: date) -> list[CaseClock]:
    """Running clocks that end by a day, the earliest first."""
    query = (
        sa.select(CaseClock)
        .where(
            CaseClock.school_id == school_id,
            CaseClock.ended_at.is_(None),
            CaseClock.paused_on.is_(None),
            CaseClock.due_on <= until,
        )
        .order_by(CaseClock.due_on, CaseClock.id)
    )
    return list(session.scalars(query))


def _held_clock(session: Session, clock_id: int) -> CaseClock | None:
    """A clock that still runs, held until the transaction ends."""
    return session.scalar(
        sa.select(CaseClock)
        .where(
            CaseClock.id == clock_id,
            CaseClock.ended_at.is_(None),
            CaseClock.paused_on.is_(None),
        )
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )


def _until(one: CaseClock) -> str:
    day = day_said(one.due_on, weekday=True)
    return _("%(day)s中午 12 時", day=day) if one.noon else day


def _words_before(case: CertificationCase, one: CaseClock) -> str:
    words = {
        Clock.CORRECTION: _(
            "您的申請案（案件編號 %(number)s）請在%(until)s前完成補正。"
            "逾期未補正，依環境教育人員認證及管理辦法第 11 條駁回申請。",
            number=case.number, until=_until(one),
        ),
        Clock.FEE: _(
            "您的申請案（案件編號 %(number)s）請在%(until)s前繳費。"
            "逾期未繳費，依環境教育人員認證及管理辦法第 11 條駁回申請。已繳費者請不必理會。",
            number=case.number, until=_until(one),
        ),
    }  # fmt: skip
    return words[Clock(one.kind)]


def _words_after(one: CaseClock) -> str:
    if one.kind == Clock.CORRECTION:
        return _(
            "補正期限至%(until)s止，期限內沒有收到補正，"
            "依環境教育人員認證及管理辦法第 11 條駁回申請。",
            until=_until(one),
        )
    return _(
        "繳費期限至%(until)s止，加上等待銀行入帳的 %(grace)s 天，仍沒有收到費用，"
        "依環境教育人員認證及管理辦法第 11 條駁回申請。"
        "如您在期限內已經繳費，入帳日在期限內的款項到達後，案件會自動恢復審查，請與我們聯絡。",
        until=_until(one),
        grace=ending.grace_days(one),
    )
