"""What is on record of cases under review, for many at once: always the same few statements."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from plugin import db
from plugin.certification.models import (
    Assignment,
    CaseFile,
    CaseKind,
    CaseVersion,
    CertificationCase,
    MeetingItem,
    Oral,
    Score,
)
from plugin.certification.outlook import Outlook, outlook
from plugin.certification.queries import review

EXEMPTING = ("exempt", "certify_exempt")
"""Resolutions that exempt from the demonstration (辦法 §10 III)."""


@dataclass(frozen=True)
class Standing:
    """What a decision on a case may rest on.

    :param outlook: what the sheets come to; None for a renewal, which has none.
    :param passed: the newest demonstration or examination that took place was passed.
    :param exempt: a meeting has resolved so.
    :param certificate: a teacher's certificate, its number and its file, in the newest version.
    """

    outlook: Outlook | None = None
    passed: bool = False
    exempt: bool = False
    certificate: bool = False


def of(
    cases: Sequence[CertificationCase], apart: Mapping[int, Collection[int]] | None = None
) -> dict[int, Standing]:
    """Case → what is on record of it.

    :param cases: of one school.
    :param apart: case → reviewers whose sheets do not count there, because they have withdrawn.
    """
    new = [one.id for one in cases if one.kind is CaseKind.NEW]
    found = {one.id: Standing() for one in cases}
    if not new:
        return found
    sheets = _sheets(new, apart or {})
    least = review.least(cases[0].school_id)
    passed, exempt, certificates = _passed(new), _exempt(new), _certificates(new)
    for case_id in new:
        given, waiting = sheets.get(case_id, ([], 0))
        seen = outlook(
            [verdict for _tie, verdict in given],
            waiting,
            least,
            tie_broken=any(tie for tie, _verdict in given),
        )
        found[case_id] = Standing(
            seen, case_id in passed, case_id in exempt, case_id in certificates
        )
    return found


def _sheets(
    ids: Collection[int], apart: Mapping[int, Collection[int]]
) -> dict[int, tuple[list, int]]:
    """Case → (second opinion or not, verdict) of each sheet handed in, and how many are not."""
    query = (
        sa.select(
            Assignment.case_id,
            Assignment.reviewer_id,
            Assignment.tie_breaker,
            Score.verdict,
            Score.handed_in_at,
        )
        .outerjoin(Score, Score.assignment_id == Assignment.id)
        .where(Assignment.case_id.in_(ids), Assignment.ended_at.is_(None))
        .order_by(Assignment.id)
    )
    found: dict[int, tuple[list, int]] = {}
    for case_id, reviewer_id, tie, verdict, at in db.reading().execute(query):
        if reviewer_id in apart.get(case_id, ()):
            continue
        given, waiting = found.get(case_id, ([], 0))
        if at is not None and verdict is not None:
            given.append((tie, verdict))
        else:
            waiting += 1
        found[case_id] = (given, waiting)
    return found


def _passed(ids: Collection[int]) -> set[int]:
    query = sa.select(Oral.case_id, Oral.result).where(
        Oral.case_id.in_(ids), Oral.result != "", Oral.cancelled_at.is_(None)
    )
    newest = {row[0]: row[1] for row in db.reading().execute(query.order_by(Oral.id))}
    return {case_id for case_id, result in newest.items() if result == "pass"}


def _exempt(ids: Collection[int]) -> set[int]:
    """A resolution counts once it is carried out, which the closing of its meeting does."""
    query = sa.select(MeetingItem.case_id).where(
        MeetingItem.case_id.in_(ids),
        MeetingItem.resolution.in_(EXEMPTING),
        MeetingItem.done_at.is_not(None),
    )
    return set(db.reading().scalars(query))


def _certificates(ids: Collection[int]) -> set[int]:
    newest = (
        sa.select(CaseVersion.case_id, sa.func.max(CaseVersion.number).label("number"))
        .where(CaseVersion.case_id.in_(ids))
        .group_by(CaseVersion.case_id)
        .subquery()
    )
    query = (
        sa.select(CaseVersion.case_id, CaseVersion.answers)
        .join(
            newest,
            (newest.c.case_id == CaseVersion.case_id) & (newest.c.number == CaseVersion.number),
        )
        .join(CaseFile, CaseFile.version_id == CaseVersion.id)
        .where(CaseFile.slot == "teacher_certificate")
    )
    return {
        case_id
        for case_id, answers in db.reading().execute(query)
        if str(json.loads(answers).get("teacher_certificate_number") or "").strip()
    }
