"""Drafts of applications: whose answers lie where, and until when they are kept."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from forms.dates import TAIPEI
from plugin import clock
from plugin.certification.models import CertificationCase
from plugin.school import rules
from plugin.school.terms import term_of

WARN_BEFORE = timedelta(days=14)
"""The applicant is told this long before a draft goes, also after downtime."""
CONSENT, BASICS = "consent", "basics"
"""Groups of the form that a case number asks for."""
NEW = "new"
"""Subject of the draft of whoever has no case number yet."""


def subject(case_id: int | None) -> str:
    """Subject of the draft of a case (`forms.drafts.DraftKey`)."""
    return NEW if case_id is None else f"case:{case_id}"


def correction_subject(correction_id: int) -> str:
    """Subject of the draft of the answer to a request for correction."""
    return f"correction:{correction_id}"


def ends_at(case: CertificationCase) -> datetime:
    """When the draft of a case goes, unless it is confirmed before (rule `case.draft_months`)."""
    began = case.created_at.astimezone(TAIPEI)
    year = term_of(clock.today()).academic_year
    end = later(began, rules.number(case.school_id, "case.draft_months", year))
    if case.warned_at is None:
        return end
    return max(end, case.warned_at.astimezone(TAIPEI) + WARN_BEFORE)


def later(moment: datetime, months: int) -> datetime:
    """The same day some months later; the last of the month where it has no such day.

    >>> later(datetime(2026, 11, 30), 3)
    datetime.datetime(2027, 2, 28, 0, 0)
    """
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def read_answers(kept: str) -> dict[str, Any]:
    """Field → value, as a version keeps them."""
    found: dict[str, Any] = json.loads(kept)
    return found


def file_ids(values: Mapping[str, Iterable[str]]) -> set[int]:
    """The files that a draft refers to."""
    refs = [one for name, some in values.items() if name.endswith("-ref") for one in some]
    return {int(one) for one in refs if one.isdigit()}


@dataclass(frozen=True)
class Application:
    """A whole application as it is handed in: plain values.

    :param answers: field → value, without files (`forms.application.answers_of`).
    :param files: document → id of the file.
    """

    answers: Mapping[str, object]
    files: Mapping[str, int]
    form_version: str
