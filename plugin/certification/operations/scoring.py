"""A reviewer's sheet: kept while it is written, handed in once, given back by the office."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.certification import criteria, policy
from plugin.certification.models import (
    Assignment,
    CaseState,
    CertificationCase,
    ReviewVerdict,
    Score,
)
from plugin.certification.operations import reviewers
from plugin.certification.outlook import Stand
from plugin.certification.queries import review as queries
from plugin.errors import Conflict, InvalidInput
from plugin.school import queries as schools
from plugin.trail import chain
from plugin.trail.notify import notify

COMMENT, ASIDE = 2000, 2000
NEEDS_COMMENT = frozenset({ReviewVerdict.CORRECT, ReviewVerdict.ORAL, ReviewVerdict.UNFIT})


def save(
    actor: Actor,
    assignment_id: int,
    marks: Mapping[str, int],
    verdict: ReviewVerdict | None,
    comment: str,
    aside: str,
) -> Score:
    """Keep a sheet as it is so far; what is missing may be missing.

    :raises InvalidInput: points beyond a criterion's weight, unknown criteria, too many words.
    :raises NotFound: not an open assignment of one's own. :raises Conflict: handed in already.
    """
    with db.writing() as session:
        score, _row, _case = _written(session, actor, assignment_id, marks, verdict, comment, aside)
        return score


def hand_in(
    actor: Actor,
    assignment_id: int,
    marks: Mapping[str, int],
    verdict: ReviewVerdict | None,
    comment: str,
    aside: str,
) -> Score:
    """Hand a whole sheet in: it is locked, and the others' may be seen.

    :raises InvalidInput: points or the verdict missing; "fit" below the pass mark; no comment
        where the applicant is to do or bear something. :raises NotFound, Conflict: as `save`; the
        applicant is correcting.
    """
    with db.writing() as session:
        score, row, case = _written(session, actor, assignment_id, marks, verdict, comment, aside)
        if case.state is CaseState.CORRECTION:
            raise Conflict(
                _("申請者正在補正，現在不能交回。"), remedy=_("補正完成後再看過內容，再交回。")
            )
        faults = _faults(case, score)
        if faults:
            raise InvalidInput(next(iter(faults.values())), fields=faults)
        score.handed_in_at = clock.now()
        session.flush()
        chain.record(
            actor, "certification.review.hand_in", "certification_case", case.id, assignment=row.id
        )
        _tell_office(case)
        return score


def reopen(actor: Actor, assignment_id: int, words: str) -> Score:
    """Give a sheet back to its reviewer, with the reason.

    :raises InvalidInput: no reason. :raises NotFound: not the office's.
    :raises Conflict: it is not handed in, or the case is decided.
    """
    words = reviewers.reason(words)
    with db.writing() as session:
        row, case = reviewers.held_assignment(session, actor, assignment_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        score = session.get(Score, row.id)
        if score is None or score.handed_in_at is None or row.ended_at is not None:
            raise Conflict(_("這份審查表還沒有交回。"))
        if not queries.under_review(case):
            raise Conflict(_("案件已經不在審查階段，審查表不能退回。"))
        score.handed_in_at, score.reopened_words = None, words
        session.flush()
        chain.record(
            actor, "certification.review.reopen", "certification_case", case.id, assignment=row.id
        )
        notify(
            [row.reviewer_id],
            _("審查表已退回，請修改後再交回"),
            _("案件編號 %(number)s 的審查表已退回。", number=case.number) + "\n\n" + words,
            f"/certification/reviews/{row.id}",
            school_id=case.school_id,
            mail=True,
        )
        return score


def _written(
    session: Session,
    actor: Actor,
    assignment_id: int,
    marks: Mapping[str, int],
    verdict: ReviewVerdict | None,
    comment: str,
    aside: str,
) -> tuple[Score, Assignment, CertificationCase]:
    row, case = reviewers.held_assignment(session, actor, assignment_id)
    queries.opened(actor, row.id)
    score = session.get(Score, row.id)
    if score is not None and score.handed_in_at is not None:
        raise Conflict(_("審查表已經交回，不能再修改。"), remedy=_("需要修改時請聯絡承辦單位。"))
    weights = {one.key: one.weight for one in criteria.sheet(case.category)}
    for key, points in marks.items():
        if key not in weights or not 0 <= points <= weights[key]:
            fault = _("請填 0 到 %(most)s 的整數。", most=weights.get(key, 0))
            raise InvalidInput(fault, fields={f"mark_{key}": fault})
    comment, aside = comment.strip(), aside.strip()
    for name, said, most in (("comment", comment, COMMENT), ("aside", aside, ASIDE)):
        if len(said) > most:
            fault = _("說明請在 %(n)s 字以內。", n=most)
            raise InvalidInput(fault, fields={name: fault})
    if score is None:
        score = Score(assignment_id=row.id)
        session.add(score)
    score.marks = dict(marks)
    score.total = sum(marks.values()) if set(marks) == set(weights) else None
    score.verdict, score.comment, score.aside = verdict, comment, aside
    score.saved_at = clock.now()
    session.flush()
    return score, row, case


def _faults(case: CertificationCase, score: Score) -> dict[str, str]:
    faults = {
        f"mark_{one.key}": _("「%(label)s」還沒有給分。", label=one.label)
        for one in criteria.sheet(case.category)
        if one.key not in score.marks
    }
    if score.verdict is None:
        faults["verdict"] = _("請選審查結論。")
    elif score.verdict in NEEDS_COMMENT and not score.comment:
        faults["comment"] = _("請寫給申請者的意見，說明為什麼、要做什麼。")
    elif score.verdict is ReviewVerdict.FIT and score.total is not None:
        least = queries.pass_score(case.school_id)
        if score.total < least:
            faults["verdict"] = _(
                "總分 %(total)s 分未達及格的 %(least)s 分，不能選「適合」。",
                total=score.total,
                least=least,
            )
    return faults


def _tell_office(case: CertificationCase) -> None:
    """When the last sheet has come in: what it comes to is for the office to see."""
    stand = queries.outlook_of(case).stand
    if stand is Stand.ASKED:
        return
    subject = {
        Stand.AGREED: _("審查委員都已交回審查表"),
        Stand.SPLIT: _("審查委員意見不一致，請指派第三位委員"),
        Stand.COMMITTEE: _("審查意見沒有多數，請提審查小組會議"),
    }[stand]
    people = schools.people_holding(case.school_id, Role.ISSUING_OFFICE, clock.today())
    notify(
        [one.id for one in people],
        subject,
        _("案件編號 %(number)s。", number=case.number),
        f"/certification/office/{case.id}/review",
        school_id=case.school_id,
        mail=True,
    )
