"""The selection slip 勾選確認單 that a student and a parent sign, one page or more a student."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from reports.designed import qr_svg, set_pages
from reports.manifest.words import roc_date, roc_moment


@dataclass(frozen=True)
class SlipItem:
    """One selected item; ``course`` is the kind for an experience."""

    course: str
    title: str
    certified_by: str = ""
    date: datetime.date | None = None


@dataclass(frozen=True)
class SelectionSlip:
    """The selection of one student in one academic year (ROC); limits come from the rule set.

    ``made_at`` is aware; ``due`` is printed as it is (e.g. ``114 年 12 月 5 日``).
    """

    number: str
    school_name: str
    academic_year: int
    class_name: str
    seat: str
    student_number: str
    student_name: str
    outcome_limit: int
    experience_limit: int
    made_at: datetime.datetime
    due: str
    verify_url: str
    outcomes: tuple[SlipItem, ...] = ()
    experiences: tuple[SlipItem, ...] = ()


def selection_slips_pdf(slips: Sequence[SelectionSlip]) -> bytes:
    """One tagged PDF with each student on a page of their own, e.g. for a whole class.

    Raises ValueError when there is none, FontMissing, FetchRefused.
    """
    if not slips:
        raise ValueError("no slip to print")
    title = f"{slips[0].school_name} 學習歷程檔案勾選確認單 {slips[0].class_name}"
    context = {
        "slips": slips,
        "title": title,
        "roc_date": roc_date,
        "roc_moment": roc_moment,
    }
    pictures = {f"qr-{index}": qr_svg(slip.verify_url) for index, slip in enumerate(slips)}
    return set_pages("selection_slip.html", context, pictures=pictures)
