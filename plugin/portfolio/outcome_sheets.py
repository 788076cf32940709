"""How the course of an outcome was attended, and so on which sheet of the official workbook the
outcome belongs: the one place that says it, for 預檢, snapshot, workbook and exchange.

Nothing here reads the database (`queries.attendance` does). Sources: central-rosters §3.6 (sheets
and columns), §5 Rules (a retaken course is named as it was when it was first taken), §7 (flags of
the exchange package); which kind of course record leads to which sheet stands in
`record_kinds.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plugin.portfolio import record_kinds
from plugin.portfolio.models import CourseRecord
from plugin.school.models import Course, School, SchoolKind
from reports.roster import RosterSheet, book

REGULAR, SUPPLEMENTARY, RETAKE, REPEAT = "regular", "supplementary", "retake", "repeat"
TRANSFER, BORROWED = "transfer", "borrowed"
FLAGS: Mapping[str, str] = {SUPPLEMENTARY: "madeup", RETAKE: "retaken", REPEAT: "repeated"}
"""How a course was attended → the flag of the exchange package that says so."""
YES = "1"


@dataclass(frozen=True)
class Told:
    """What another school's package said of an outcome that came from there.

    :param details: the cells by key (`reports/data/exchange.yaml`), as they were written.
    """

    school: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Attended:
    """A course as a student attended it.

    :param how: regular, supplementary, retake, repeat.
    :param school: 學校代碼 of the school where it was.
    :param own: it was this school.
    :param borrowed: as a student of this school who studied at another one.
    :param transferred: before the student changed school or department.
    :param year, term: when it was attended.
    :param due: the year and term in which it belongs, as written; of a retaken course its first.
    :param method: 補修方式, 重修方式.
    :param night: the school that has the outcome hands in the night division's book.
    """

    how: str
    school: str
    own: bool
    year: int
    term: int
    code: str
    subject: str
    grade: int
    credits: int
    periods: int
    borrowed: bool = False
    transferred: bool = False
    due: tuple[str, str] = ("", "")
    method: str = ""
    night: bool = False

    @property
    def sheet(self) -> str:
        """The key of its sheet; a book that lacks it has the outcome among the regular ones."""
        found = BORROWED if self.borrowed else TRANSFER if self.transferred else self.how
        return found if found in _sheets(self.night) else REGULAR

    @property
    def sheet_name(self) -> str:
        """What the sheet is called."""
        return _sheets(self.night)[self.sheet].name

    @property
    def cells(self) -> dict[str, Any]:
        """The columns of its sheet by key, but for the person, the summary and the files."""
        sheet = self.sheet
        first = self.due if sheet == RETAKE else (str(self.year), str(self.term))
        known = {
            "taken_term": self.term,
            "course_code": self.code,
            "subject": self.subject,
            "grade": self.grade,
            "credits": self.periods if self.night else self.credits,
            "due_year": self.due[0],
            "due_term": self.due[1],
            "first_school": self.school,
            "first_year": first[0],
            "first_term": first[1],
            "method": self.method,
        }
        columns = _sheets(self.night)[sheet].columns
        return {one.key: known[one.key] for one in columns if one.key in known}


def attended(
    school: School, course: Course, record: CourseRecord | None, told: Told | None
) -> Attended:
    """How the course of an outcome was attended.

    :param school: the one that has the outcome now.
    :param record: the course record that `matching` found.
    :param told: of an outcome that came from another school.
    """
    plain = Attended(
        how=REGULAR,
        school=school.code,
        own=True,
        year=course.academic_year,
        term=course.term,
        code=course.code,
        subject=course.name,
        grade=course.grade,
        credits=course.credits,
        periods=course.periods,
        night=school.kind is SchoolKind.NIGHT,
    )
    sheet = record_kinds.kind(record.kind).outcomes if record is not None else REGULAR
    if told is not None:
        return _arrived(plain, told, sheet)
    if record is None or sheet == REGULAR:
        return plain
    if sheet == TRANSFER:  # of this school, before the department was changed: as it was then
        return replace(plain, transferred=True)
    details = record.details
    named = replace(
        plain,
        code=record.code or course.code,
        subject=record.subject,
        grade=record.grade,
        credits=record.credits,
        periods=record.credits,
        due=(details.get("due_year", ""), details.get("due_term", "")),
        method=details.get("method", ""),
    )
    if sheet == BORROWED:
        return replace(named, borrowed=True, school=details.get("lent_school", ""), own=False)
    return replace(named, how=sheet)


def matching(records: Iterable[CourseRecord], course: Course) -> CourseRecord | None:
    """Which of a student's records is about the course of an outcome: one that names the course,
    else one of the same code and grade, else of the same subject and grade, in its term.

    A kind that leads to another sheet goes before the regular one: who sits in a class to retake
    its course has a grade in the class's grid as well.
    """
    found = [
        (_nearness(one, course), one.id, one)
        for one in records
        if record_kinds.kind(one.kind).outcomes != REGULAR
    ]
    nearest = max(found, key=lambda one: one[:2], default=(0, 0, None))
    return nearest[2] if nearest[0] else None


def flags(one: Attended, no_term: str) -> dict[str, str]:
    """What the exchange package says of it: flags, terms and ways by key of the format."""
    said = {
        "school": one.school,
        "year": one.due[0] or str(one.year),
        "term": one.due[1] or str(one.term),
        "given_term": str(one.term),
        "borrowed": YES if one.borrowed else "0",
        "transferred": YES if one.transferred else "0",
    }
    for how, flag in FLAGS.items():
        mine = one.how == how
        said |= {
            flag: YES if mine else "0",
            f"{flag}_term": f"{one.year}{one.term}" if mine else no_term,
            f"{flag}_way": one.method if mine else "",
        }
    return said


def _arrived(plain: Attended, told: Told, sheet: str) -> Attended:
    """Of an outcome from elsewhere. What a student who has come back once did here is no course of
    another school, whatever the other school calls it."""
    details = told.details
    how = next((how for how, flag in FLAGS.items() if details.get(flag) == YES), REGULAR)
    own = told.school == plain.school
    borrowed = not own and (details.get("borrowed") == YES or sheet == BORROWED)
    return replace(
        plain,
        how=how,
        school=told.school,
        own=own,
        borrowed=borrowed,
        transferred=not own and not borrowed,
        due=(details.get("year", ""), details.get("term", "")) if how != REGULAR else ("", ""),
        method=details.get(f"{FLAGS[how]}_way", "") if how != REGULAR else "",
    )


def _nearness(record: CourseRecord, course: Course) -> int:
    if record.course_id is not None:
        return 4 if record.course_id == course.id else 0
    when = (str(record.academic_year), str(record.term))
    if record_kinds.kind(record.kind).outcomes in {TRANSFER, BORROWED}:
        # handed in later than it was taken: the record names the term of the course itself
        when = (record.details.get("due_year", ""), record.details.get("due_term", ""))
    if when != (str(course.academic_year), str(course.term)) or record.grade != course.grade:
        return 0
    same_code = bool(record.code) and record.code == course.code
    return 2 * same_code + (record.subject == course.name)


def _sheets(night: bool) -> dict[str, RosterSheet]:
    found = book("outcomes_night" if night else "outcomes")
    return {one.key: one for one in found.sheets}
