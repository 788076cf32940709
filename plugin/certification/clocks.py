"""The legal periods of a case: which there are, what begins and ends them, how long they are.

Lengths are rules of the school (`rules.yaml`); how days are counted is `plugin.school.office_days`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from plugin.certification.models import CaseState
from plugin.school import office_days
from plugin.school.office_days import Ends, OfficeDays


class Clock(enum.StrEnum):
    PROCEDURAL = "procedural"  # the office: 7 days (辦法 §11)
    CORRECTION = "correction"  # the applicant: by the day named in the request
    FEE = "fee"  # the applicant: 15 days (辦法 §11)
    REVIEW = "review"  # the office: 3 months from the day after payment (seed 000, 二)


@dataclass(frozen=True)
class Length:
    """How long a period is: a rule that counts days or months."""

    rule: str
    months: bool = False

    def ends(self, fact: date, count: int, table: OfficeDays) -> Ends:
        """The last day of the period after a fact, `count` days or months long."""
        reckon = office_days.after_months if self.months else office_days.after_days
        return reckon(fact, count, table)


LENGTHS: Mapping[Clock, Length] = {
    Clock.PROCEDURAL: Length("case.procedural_days"),
    Clock.CORRECTION: Length("case.correction_days"),
    Clock.FEE: Length("case.fee_days"),
    Clock.REVIEW: Length("case.review_months", months=True),
}

RUNS_IN: Mapping[Clock, frozenset[CaseState]] = {
    Clock.PROCEDURAL: frozenset({CaseState.RECEIVED, CaseState.PROCEDURAL}),
    Clock.CORRECTION: frozenset({CaseState.CORRECTION}),
    Clock.FEE: frozenset({CaseState.FEE_DUE, CaseState.FEE_CLAIMED}),
    Clock.REVIEW: frozenset({CaseState.REVIEW, CaseState.ORAL}),
}
"""A clock runs while its case is in one of these states. Whether the office's clocks stand still
during a correction says the rule `case.correction_pauses`."""

BEGINS: Mapping[str, Clock] = {
    "confirm": Clock.PROCEDURAL,
    "ask_correction": Clock.CORRECTION,
    "accept": Clock.FEE,
    "confirm_payment": Clock.REVIEW,
    "revive": Clock.REVIEW,
}
"""Event → the clock that begins with it."""

APPLICANTS = frozenset({Clock.CORRECTION, Clock.FEE})
"""Lapse by refusal; the others are the office's own: they are warned of, escalated and audited."""
LAPSE: Mapping[Clock, str] = {Clock.CORRECTION: "lapse_correction", Clock.FEE: "lapse_fee"}
"""Clock → the event by which a lapse is acted on."""
