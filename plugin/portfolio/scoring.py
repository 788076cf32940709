"""Pass or not, credits earned, ten-point bands: what follows from a record by rule.

Nothing here reads the database. Sources: central-rosters §5, Rules (a passed retake scores at most
the pass mark; classes 8 and 9 only with attribute D), §4.8 (whether credits count), seed 002
(bands of ten points from left to right).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from plugin.portfolio import record_kinds
from plugin.portfolio.models import CourseRecord
from plugin.portfolio.models.academic import SCORE_UNIT
from plugin.school import course_code

PASS_MARK = "course.pass_mark"  # noqa: S105  (the name of a rule)
RETAKE_CAPPED = "course.retake.capped"
NEEDS_ATTRIBUTE = "course.class_89.needs_d"

COUNTED, NOT_COUNTED, WITHOUT_SCORE = 1, 2, 3
"""是否採計學分 (central-rosters 4.8)."""

BANDS = 10
BAND_WIDTH = 10 * SCORE_UNIT


@dataclass(frozen=True)
class Standing:
    """What a record comes to.

    :ivar mark: the pass mark that holds for it.
    :ivar passed: None while there is neither a score nor a word about it.
    :ivar handed: the score as it is handed in, which for a passed retake is at most the mark.
    :ivar earned: credits (periods) earned.
    """

    mark: int
    passed: bool | None
    handed: Decimal | None
    earned: int


def passes(score: Decimal | None, said: bool | None, mark: int) -> bool | None:
    """Whether a score passes: what was said wins, else the mark decides."""
    if said is not None:
        return said
    return None if score is None else score >= mark


def standing(record: CourseRecord, school_mark: int, *, capped: bool = True) -> Standing:
    """What a record comes to.

    :param school_mark: the school's pass mark of that year (rule `course.pass_mark`).
    :param capped: whether a passed retake is handed in as at most the mark.
    """
    of = record_kinds.kind(record.kind)
    mark = record.pass_mark or school_mark
    passed = passes(record.score, record.passed, mark)
    attempts = [
        passed,
        passes(record.makeup_score, record.makeup_passed, mark),
        passes(record_kinds.decimal(record, "again_score"), _said(record, "again_passed"), mark),
        passes(record_kinds.decimal(record, "year_score"), _said(record, "year_passed"), mark),
    ]
    said = [one for one in attempts if one is not None]
    whole = any(said) if said else None
    handed = record.score
    if of.capped and capped and passed and handed is not None:
        handed = min(handed, Decimal(mark))
    return Standing(mark, whole, handed, _earned(record, whole))


def counts(record: CourseRecord) -> bool:
    """Whether a record may be handed in at all: group activities (class 8) and flexible time
    (class 9) only with attribute D."""
    code = course_code.read(record.code)
    return code is None or code.hands_in


def claims(record: CourseRecord, earned: int) -> dict[tuple[str, int, int], int]:
    """Which courses the earned credits are for: (course, its grade, its term) → credits."""
    course, grade = record.code or record.subject, record.grade
    if record.kind == "night_makeup":
        # one examination for the whole year: each term's periods by themselves
        first, second = record_kinds.periods_of(record)
        return {(course, grade, 1): first, (course, grade, 2): second} if earned else {}
    term = int(record.details.get("due_term") or record.term)
    return {(course, grade, term): earned} if earned else {}


def total(records: Iterable[tuple[CourseRecord, Standing]]) -> int:
    """Credits earned by all these records; a course that was passed twice counts once."""
    found: dict[tuple[str, int, int], int] = {}
    for record, one in records:
        for course, earned in claims(record, one.earned).items():
            found[course] = max(found.get(course, 0), earned)
    return sum(found.values())


def band(score: Decimal) -> int:
    """The ten-point band of a score, from 0 (0–9) to 9 (90–100).

    >>> band(Decimal("59.99")), band(Decimal(60)), band(Decimal(100))
    (5, 6, 9)
    """
    return min(int(score // 10), BANDS - 1)


def band_words(number: int) -> str:
    """What a band is called: 60–69; the last one holds 100 as well."""
    low = number * 10
    return f"{low}–{100 if number == BANDS - 1 else low + 9}"


def _earned(record: CourseRecord, passed: bool | None) -> int:
    if record.counted == NOT_COUNTED or not counts(record):
        return 0
    if record.counted == WITHOUT_SCORE:
        return 0 if passed is False else record.credits
    return record.credits if passed else 0


def _said(record: CourseRecord, key: str) -> bool | None:
    text = record.details.get(key, "")
    return None if not text else text == "1"
