"""What a submission would hold now, line by line, and what is wrong with it (預檢)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import defer

from plugin import db
from plugin.portfolio.models import (
    Decision,
    Outcome,
    OutcomeState,
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.queries.shared import files_of, seated
from plugin.school import course_code
from plugin.school.models import ClassSeat, Course, Person, School, SchoolClass
from plugin.vault.models import StoredFile, VaultObject

CHUNK = 500
"""23 characters: year 3, school 6, type 1, group 2, department 3, class group 1, course class 1,
way 1, attribute 1, field 2, subject 2 (central-rosters.md §5)."""
SHOWN = 200
"""How many faults of each kind a page lists; the figures count all."""


@dataclass(frozen=True)
class Chosen:
    """One selected outcome with everything that a submission copies of it."""

    outcome: Outcome
    course: Course | None
    student: Person
    school_class: SchoolClass | None
    seat: int | None
    identified: bool
    """Whether the school knows national ID and birthday."""
    confirmed: bool
    document: StoredFile | None
    media: StoredFile | None
    decision: Decision | None

    @property
    def files(self) -> list[StoredFile]:
        """The files there are."""
        return [file for file in (self.document, self.media) if file is not None]

    @property
    def who(self) -> str:
        """Class, seat and name, as a clerk looks for them."""
        place = f"{self.school_class.name} {self.seat} " if self.school_class else ""
        return f"{place}{self.student.name}（{self.student.number}）"


@dataclass(frozen=True)
class Fault:
    """Something that the registry should look at before handing in.

    :param blocks: nothing can be handed in until it is mended.
    :param cell: the column it is about, as the roster calls it.
    """

    blocks: bool
    outcome_id: int
    who: str
    cell: str
    message: str


@dataclass
class Check:
    """The result of a 預檢; `errors` and `warnings` hold at most `SHOWN` each."""

    rows: int = 0
    students: int = 0
    classes: int = 0
    files: int = 0
    size: int = 0
    error_count: int = 0
    warning_count: int = 0
    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether a submission may be made."""
        return self.rows > 0 and self.error_count == 0

    def note(self, fault: Fault) -> None:
        """Count a fault, keep it while there is room."""
        kept = self.errors if fault.blocks else self.warnings
        if fault.blocks:
            self.error_count += 1
        else:
            self.warning_count += 1
        if len(kept) < SHOWN:
            kept.append(fault)


def chosen(school_id: int, academic_year: int, *, personal: bool) -> Iterator[Chosen]:
    """Every selected outcome in the order of the manifest: class, seat, student, course.

    Read in chunks: memory is bounded, and the queries grow with the chunks, not with the rows.

    :param personal: also decrypt national IDs and birthdays; without, the students' are not there
        to be read.
    """
    session = db.reading()
    query = (
        sa.select(
            Outcome,
            Course,
            Person,
            SchoolClass,
            ClassSeat.seat,
            sa.and_(Person.national_id.is_not(None), Person.birthday.is_not(None)),
            Selection.locked_at,
        )
        .select_from(Selection)
        .join(SelectionItem, SelectionItem.selection_id == Selection.id)
        .join(Outcome, Outcome.id == SelectionItem.outcome_id)
        .join(Person, Person.id == Selection.student_id)
        .outerjoin(Course, Course.id == Outcome.course_id)
        .outerjoin(ClassSeat, seated(Selection.student_id, Selection.academic_year))
        .outerjoin(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(
            Selection.school_id == school_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.OUTCOME,
        )
        .order_by(
            SchoolClass.grade,
            SchoolClass.code,
            ClassSeat.seat,
            Person.number,
            Outcome.term,
            Course.number,
            Outcome.id,
        )
    )
    if not personal:
        hidden = (Person.national_id, Person.birthday)
        query = query.options(*(defer(one, raiseload=True) for one in hidden))
    rows = iter(session.execute(query.execution_options(yield_per=CHUNK)))
    while chunk := list(islice(rows, CHUNK)):
        outcomes = [row[0] for row in chunk]
        files = files_of(outcomes)
        decisions = _last_decisions(outcomes)
        for outcome, course, student, school_class, seat, identified, locked_at in chunk:
            yield Chosen(
                outcome,
                course,
                student,
                school_class,
                seat,
                bool(identified),
                locked_at is not None,
                files.get(outcome.document_file_id or 0),
                files.get(outcome.media_file_id or 0),
                decisions.get(outcome.id),
            )


def check(school: School, academic_year: int) -> Check:
    """Look at everything that would be handed in."""
    found = Check()
    students: set[int] = set()
    classes: set[int] = set()
    rows = chosen(school.id, academic_year, personal=False)
    while chunk := list(islice(rows, CHUNK)):
        hurt = _hurt(file for one in chunk for file in one.files)
        for one in chunk:
            found.rows += 1
            if one.student.id not in students:
                students.add(one.student.id)
                for fault in _faults_of_student(one):
                    found.note(fault)
            if one.school_class is not None:
                classes.add(one.school_class.id)
            found.files += len(one.files)
            found.size += sum(file.size for file in one.files)
            for fault in _faults(one, school, hurt):
                found.note(fault)
    found.students, found.classes = len(students), len(classes)
    return found


def _faults(one: Chosen, school: School, hurt: set[int]) -> Iterator[Fault]:
    def fault(cell: str, message: str, *, blocks: bool = True) -> Fault:
        return Fault(blocks, one.outcome.id, one.who, cell, message)

    if one.outcome.state is not OutcomeState.CERTIFIED or one.decision is None:
        yield fault(_("認證"), _("這件成果目前不是「已認證」，不能提交。"))
    if one.school_class is None:
        yield fault(_("班級"), _("學生在這個學年度沒有班級座號，名冊無法編排。"))
    if not one.files:
        yield fault(_("檔案"), _("這件成果沒有檔案。"))
    if any(file.id in hurt for file in one.files):
        yield fault(_("檔案"), _("檔案有缺損，請先由系統管理者修復後再提交。"))
    if wrong := course_code.wrong(one.course.code if one.course else ""):
        yield fault(_("課程代碼"), wrong + _("請更正課程資料。"))
    elif one.course is None:
        return
    elif one.course.code[3:9] != school.code:
        yield fault(
            _("課程代碼"),
            _(
                "課程代碼第 4–9 碼是 %(found)s，與本校代碼 %(code)s 不同；轉學、借讀生除外請更正。",
                found=one.course.code[3:9],
                code=school.code,
            ),
            blocks=False,
        )


def _faults_of_student(one: Chosen) -> Iterator[Fault]:
    """What is to be said once of a student, however many outcomes are selected."""
    if not one.identified:
        yield Fault(
            False,
            one.outcome.id,
            one.who,
            _("身分證號、出生日期"),
            _("學生資料缺身分證號或出生日期，公版名冊的這兩欄會是空白。"),
        )
    if not one.confirmed:
        yield Fault(False, one.outcome.id, one.who, _("勾選"), _("學生已勾選但尚未確認。"))


def _hurt(files: Iterable[StoredFile]) -> set[int]:
    """Which of these files the vault knows to be damaged or gone, by file id; one query."""
    wanted = {file.id for file in files}
    query = (
        sa.select(StoredFile.id)
        .join(VaultObject, VaultObject.id == StoredFile.object_id)
        .where(
            StoredFile.id.in_(wanted),
            sa.or_(VaultObject.damaged_at.is_not(None), VaultObject.purged_at.is_not(None)),
        )
    )
    return set(db.reading().scalars(query))


def _last_decisions(outcomes: Iterable[Outcome]) -> dict[int, Decision]:
    newest = (
        sa.select(sa.func.max(Decision.id))
        .where(Decision.outcome_id.in_([one.id for one in outcomes]))
        .group_by(Decision.outcome_id)
    )
    query = sa.select(Decision).where(Decision.id.in_(newest))
    return {one.outcome_id: one for one in db.reading().scalars(query)}


def cells_of(one: Chosen) -> dict[str, Any]:
    """Everything that the manifest, the sheets and the package say of an outcome, copied.

    :raises ValueError: the outcome has faults that block (see `check`).
    """
    course, placed, decision = one.course, one.school_class, one.decision
    if course is None or placed is None or decision is None:
        raise ValueError(f"outcome {one.outcome.id} cannot be handed in")
    return {
        "class_code": placed.code,
        "class_name": placed.name,
        "grade": placed.grade,
        "seat": one.seat,
        "student_number": one.student.number,
        "student_name": one.student.name,
        "course_number": course.number,
        "course_code": course.code,
        "course_name": course.name,
        "course_grade": course.grade,
        "credits": course.credits,
        "periods": course.periods,
        "academic_year": course.academic_year,
        "term": course.term,
        "title": one.outcome.title,
        "summary": one.outcome.summary,
        "ai_note": one.outcome.ai_note,
        "decision_id": decision.id,
        "certified_by": decision.by_name,
        "certified_at": decision.at.isoformat(),
        "document": _file(one, one.document, "document"),
        "media": _file(one, one.media, "media"),
    }


def _file(one: Chosen, file: StoredFile | None, slot: str) -> dict[str, Any] | None:
    if file is None:
        return None
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "sha256": file.sha256,
        "path": f"files/{one.student.number}/{one.outcome.id}-{slot}.{file.kind}",
    }
