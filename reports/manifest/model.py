"""What goes into a manifest and what comes back."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

SHA256_PRINTED = 12
"""Leading hex digits printed of a file's SHA-256 (the whole one is in the workbook)."""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One file of one submitted item (an item without a file is one row with empty file fields).

    Rows of one item share ``item`` and follow one another; an empty ``item`` makes each row an
    item of its own.  ``course`` holds the kind for an experience, with no ``course_code``.
    ``size`` in bytes.  ``certified_by`` is the certifying teacher, or 佐證 for an experience.
    """

    class_name: str
    seat: str
    student_number: str
    student_name: str
    course: str
    title: str
    course_code: str = ""
    file_name: str = ""
    file_type: str = ""
    size: int | None = None
    sha256: str = ""
    certified_by: str = ""
    date: datetime.date | None = None
    item: str = ""


@dataclass(frozen=True)
class ClassBlock:
    """One class: its outcomes and experiences, each read once, in the order to print."""

    name: str
    outcomes: Iterable[ManifestRow] = ()
    experiences: Iterable[ManifestRow] = ()


@dataclass(frozen=True)
class Manifest:
    """One frozen submission of a school.

    ``academic_year`` is the ROC year; ``term`` is 1 or 2, 0 for the whole year.  ``made_at`` is
    aware; it is printed in Asia/Taipei.  ``verify_url`` is the public verification page.
    ``total_rows`` serves the progress only.  ``classes`` may be a generator.
    """

    school_name: str
    school_code: str
    academic_year: int
    term: int
    version: int
    number: str
    made_at: datetime.datetime
    made_by: str
    verify_url: str
    classes: Iterable[ClassBlock]
    total_rows: int | None = None
    title: str = "學生學習歷程檔案提交名冊"
    batch: str = ""
    """梯次, e.g. 高三第一梯次; empty when there is none."""


@dataclass(frozen=True)
class Totals:
    """Counts of a class or of the school; ``size`` in bytes."""

    students: int = 0
    outcomes: int = 0
    outcome_files: int = 0
    experiences: int = 0
    experience_files: int = 0
    size: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.students + other.students,
            self.outcomes + other.outcomes,
            self.outcome_files + other.outcome_files,
            self.experiences + other.experiences,
            self.experience_files + other.experience_files,
            self.size + other.size,
        )


@dataclass(frozen=True)
class ManifestResult:
    """What was made.  ``missing``: characters no font has (printed 〓); ``cleaned``: invisible
    characters printed by their code.  ``sha256`` and ``size`` are those of the PDF."""

    pages: int
    rows: int
    totals: Totals
    by_class: tuple[tuple[str, Totals], ...]
    missing: tuple[str, ...] = ()
    cleaned: tuple[str, ...] = ()
    sha256: str = ""
    size: int = 0
    class_pages: tuple[int, ...] = field(default=())
    """First page of each class, counted from 1."""
