"""What is wrong with what would be handed in: one look at each record, and at its student once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.portfolio.checking import experiences
from plugin.portfolio.checking.table import FAULTS, FaultKind, Mender
from plugin.portfolio.models import OutcomeState, SelectionKind
from plugin.portfolio.operations.intake import EXPERIENCE_SLOTS, SLOTS
from plugin.portfolio.outcome_sheets import REPEAT
from plugin.portfolio.queries import batches
from plugin.portfolio.queries.chosen_experiences import ChosenExperience
from plugin.portfolio.queries.snapshot import AnyChosen, Chosen, ClassGroup
from plugin.school import course_code, rules
from plugin.school.batches import Batch
from plugin.school.identity import plausible, well_formed
from plugin.school.models import Person, School, SchoolKind
from plugin.vault import store
from plugin.vault.models import StoredFile, VaultObject
from reports.typeset.chars import clusters, invisible_in
from reports.typeset.fonts import FontChain

TEST_SCHOOLS = frozenset({"000000", "000001", "000005", "00000A", "000B00"})
"""Codes that stood among real schools in the central data (central-rosters §4)."""
CREDITS = range(1, 10)
PERIODS = range(1, 21)
GRADES = (1, 2, 3)
LIMITS = {
    SelectionKind.OUTCOME: "selection.outcomes.max",
    SelectionKind.EXPERIENCE: "selection.experiences.max",
}
_ALLOWED = re.compile("[\t\n\r]")


@dataclass(frozen=True)
class Fault:
    """One fault of one record; words and rule are in the table under `code`."""

    code: str
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> FaultKind:
        """What the table says of it."""
        return FAULTS[self.code]

    @property
    def blocks(self) -> bool:
        """Whether nothing can be handed in until it is mended."""
        return self.kind.blocks


@dataclass(frozen=True)
class Found:
    """A fault with the record at which it was found."""

    fault: Fault
    one: AnyChosen


class Inspector:
    """Looks at everything of a submission, class by class; remembers what it has seen.

    :param batch: what is handed in.
    :param personal: national IDs and birthdays were read, too.
    """

    def __init__(self, school: School, academic_year: int, batch: Batch, *, personal: bool) -> None:
        self.school = school
        self.year = academic_year
        self._elsewhere = batches.counted_elsewhere(school.id, academic_year, batch)
        self.personal = personal
        self.today = clock.today()
        self._students: set[int] = set()
        self._records: dict[SelectionKind, set[int]] = {kind: set() for kind in SelectionKind}
        self._told_twice: set[int] = set()
        self._ids: dict[str, str] = {}
        self._courses: set[tuple[int, int | None, str]] = set()

    def look(self, group: ClassGroup) -> Iterator[Found]:
        """What is wrong with what one class hands in."""
        broken = _broken(file for one in group for file in one.files)
        counts = _counts(group)
        for one in group:
            if one.student.id not in self._students:
                self._students.add(one.student.id)
                for fault in self._of_student(one):
                    yield Found(fault, one)
            for fault in self._of_selection(one, counts):
                yield Found(fault, one)
            for fault in self._of_record(one, broken):
                if not self._said_of_course(fault, one):
                    yield Found(fault, one)

    @property
    def students(self) -> int:
        """How many were seen."""
        return len(self._students)

    def _of_student(self, one: AnyChosen) -> Iterator[Fault]:
        if self.school.code in TEST_SCHOOLS and len(self._students) == 1:
            yield Fault("school.test", {"code": self.school.code})
        if one.school_class is None:
            yield Fault("student.no_class")
        if not one.identified:
            yield Fault("student.no_identity")
        if self.personal:
            yield from self._of_identity(one.student)
        if odd := _without_font(one.student.name):
            yield Fault("text.glyph", {"field": _("姓名"), "found": odd})

    def _of_identity(self, student: Person) -> Iterator[Fault]:
        if student.national_id:
            number = student.national_id.strip().upper()
            if not well_formed(number):
                yield Fault("student.id")
            other = self._ids.setdefault(number, student.number)
            if other != student.number:
                yield Fault("student.same_id", {"number": other})
        if student.birthday and not plausible(student.birthday, self.today):
            yield Fault("student.birthday")

    def _of_selection(
        self, one: AnyChosen, counts: dict[tuple[int, SelectionKind], int]
    ) -> Iterator[Fault]:
        """Of each student's choice of each kind, at its first record; a record seen before."""
        seen = self._records[one.record_kind]
        if one.record.id in seen:
            if one.student.id not in self._told_twice:
                self._told_twice.add(one.student.id)
                yield Fault("student.two_classes")
            return
        seen.add(one.record.id)
        n = counts.pop((one.student.id, one.record_kind), None)
        if n is None:
            return
        n += self._elsewhere.get((one.student.id, one.record_kind), 0)
        limit = rules.number(self.school.id, LIMITS[one.record_kind], self.year)
        if n > limit:
            yield Fault("student.too_many", {"n": n, "limit": limit})
        if not one.confirmed:
            yield Fault("student.unconfirmed")

    def _of_record(self, one: AnyChosen, broken: dict[int, str]) -> Iterator[Fault]:
        if isinstance(one, ChosenExperience):
            for code, detail in experiences.faults_of(one, self.year, self.today):
                yield Fault(code, detail)
            name, slots = "experience", EXPERIENCE_SLOTS
        else:
            yield from self._of_outcome(one)
            yield from self._of_course(one)
            name, slots = "outcome", SLOTS
        yield from self._of_texts(one, name)
        for slot, file in (("document", one.document), ("media", one.media)):
            if file is None:
                continue
            words = {"field": _("文件檔") if slot == "document" else _("影音檔")}
            if file.id in broken:
                yield Fault(broken[file.id], words)
            if file.kind not in slots[slot].kinds:
                yield Fault(f"{name}.file_kind", {**words, "found": file.kind.upper()})
            limit = rules.number(self.school.id, slots[slot].rule, one.record.academic_year)
            if file.size > limit:
                yield Fault(f"{name}.file_size", {**words, "n": file.size, "limit": limit})

    def _of_texts(self, one: AnyChosen, name: str) -> Iterator[Fault]:
        record = one.record
        rule = f"{name}.summary.max_points"
        limit = rules.number(self.school.id, rule, record.academic_year)
        if len(record.summary) > limit:
            yield Fault(f"{name}.summary", {"n": len(record.summary), "limit": limit})
        for label, text in ((_("名稱"), record.title), (_("簡述"), record.summary)):
            if invisible_in(_ALLOWED.sub("", text)):
                yield Fault(f"{name}.text", {"field": label})

    def _said_of_course(self, fault: Fault, one: AnyChosen) -> bool:
        """Whether the course's fault was said already: once in each class is enough to mend it."""
        if fault.kind.mender is not Mender.COURSE or not isinstance(one, Chosen):
            return False
        assert one.course is not None
        key = (one.course.id, one.school_class.id if one.school_class else None, fault.code)
        said = key in self._courses
        self._courses.add(key)
        return said

    def _of_outcome(self, one: Chosen) -> Iterator[Fault]:
        if one.outcome.state is not OutcomeState.CERTIFIED or one.decision is None:
            yield Fault("outcome.state")
        else:
            now = tuple(file.sha256 if file else None for file in (one.document, one.media))
            if now != (one.decision.document_sha256, one.decision.media_sha256):
                yield Fault("outcome.other_files")
        if not one.files:
            yield Fault("outcome.no_file")
        if not one.outcome.summary:
            yield Fault("outcome.no_summary")

    def _of_course(self, one: Chosen) -> Iterator[Fault]:
        course = one.attended  # what the workbook will say, which may be a course record's word
        if course is None:
            yield Fault("course.none")
            return
        if not course.subject.strip():
            yield Fault("course.name")
        if course.grade not in GRADES:
            yield Fault("course.grade", {"found": course.grade})
        night = self.school.kind is SchoolKind.NIGHT
        counted = course.periods if night else course.credits
        if counted not in (PERIODS if night else CREDITS):
            yield Fault("course.credits", {"found": "" if counted is None else counted})
        code = course_code.read(course.code)
        said = course_code.wrong(course.code)
        if code is None or said:
            yield Fault("course.code", {"said": said})
            return
        if course.own and code["school"] != self.school.code:
            words = {"found": code["school"], "code": self.school.code}
            yield Fault("course.school", words)
        year = int(course.due[0] or course.year)
        # who repeats a year attends it with the code of an earlier one
        if course.how != REPEAT and int(code["intake"]) + course.grade - 1 != year:
            yield Fault(
                "course.intake", {"found": code["intake"], "year": year, "grade": course.grade}
            )
        if not code.hands_in:
            yield Fault("course.no_outcome", {"found": code["attribute"]})


def _counts(group: ClassGroup) -> dict[tuple[int, SelectionKind], int]:
    found: dict[tuple[int, SelectionKind], int] = {}
    for one in group:
        key = (one.student.id, one.record_kind)
        found[key] = found.get(key, 0) + 1
    return found


def _broken(files: Iterable[StoredFile]) -> dict[int, str]:
    """Which of these files the vault knows to be damaged or gone, or no copy has: the code of the
    fault by file id. One query, and one look at each file's size on disk."""
    wanted = {file.id: file for file in files}
    query = (
        sa.select(StoredFile.id)
        .join(VaultObject, VaultObject.id == StoredFile.object_id)
        .where(
            StoredFile.id.in_(wanted),
            sa.or_(VaultObject.damaged_at.is_not(None), VaultObject.purged_at.is_not(None)),
        )
    )
    found = dict.fromkeys(db.reading().scalars(query), "file.damaged")
    places = store.copies()
    for file_id, file in wanted.items():
        if file_id not in found and not any(one.has(file.sha256, file.size) for one in places):
            found[file_id] = "file.missing"
    return found


def _without_font(text: str) -> str:
    return "".join(cluster for cluster in clusters("".join(text.split())) if not _covered(cluster))


@lru_cache(maxsize=8192)
def _covered(cluster: str) -> bool:
    return _fonts().covers(cluster)


@lru_cache(maxsize=1)
def _fonts() -> FontChain:
    return FontChain("Regular")
