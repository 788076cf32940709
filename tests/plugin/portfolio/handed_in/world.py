"""A school that has handed in something on every sheet of both yearly books, and reads it back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl

from plugin.portfolio import kinds
from plugin.portfolio.models import SelectionKind, Submission, SubmissionFileKind
from plugin.portfolio.operations import selection
from plugin.school.models import WindowKind
from tests.factories import YEAR, make_rule, make_window
from tests.plugin.portfolio.academic.school import Records, make_records
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.submission_world import build, path_of
from tests.plugin.portfolio.test_outcome_sheets import code_of, enter, take
from tests.plugin.school.importing.world import Registry

BOOKS = (SubmissionFileKind.WORKBOOK, SubmissionFileKind.EXPERIENCES)
LINK = "https://example.org/v"
EARLIER = 114
"""A year before this system: everything of it comes from books."""


def make_all() -> tuple[Records, Submission]:
    """An outcome on each of the six sheets, an experience on each of the ten."""
    school = make_records()
    for kind in (WindowKind.EXPERIENCE_UPLOAD,):
        make_window(school.world.school, kind)
    make_rule(school.world.school, "selection.experiences.max", 10)
    take(school, 0, "國語文")
    take(school, 1, "補修物理")
    take(school, 2, "重修數學")
    take(school, 3, "重讀英文")
    take(school, 4, "轉科前製圖")
    take(school, 5, "借讀日語")
    enter(school, "supplementary", 1, "補修物理")
    enter(school, "retake", 2, "重修數學")
    enter(school, "repeat", 3, "重讀英文")
    enter(school, "transfer", 4, "轉科前製圖", due_year=str(YEAR), due_term="1")
    enter(school, "borrowed", 5, "借讀日語", due_year=str(YEAR), due_term="1")
    ids = [
        sent(school.world, name, summary=f"簡述\n{name} =1+1", link=LINK).id
        for name in kinds.names()
    ]
    selection.choose(school.pupil, YEAR, ids, SelectionKind.EXPERIENCE)
    return school, build(school.world)


def clerk_of(school: Records) -> Registry:
    return Registry(school.world.school)


def content_of(made: Submission, kind: SubmissionFileKind) -> bytes:
    return path_of(made, kind).read_bytes()


def altered(content: bytes, change: Callable[[openpyxl.Workbook], None]) -> bytes:
    """The book after somebody has worked on it in a spreadsheet program."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def earlier(content: bytes, change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """The same book of a year before this system."""

    def work(book: openpyxl.Workbook) -> None:
        book["封面"]["B2"] = str(EARLIER)
        if change is not None:
            change(book)

    return altered(content, work)


def data_sheets(content: bytes) -> Iterator[tuple[str, list[Any]]]:
    """(name, headings) of a book's sheets but for the cover."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book.worksheets[1:]:
        yield sheet.title, [cell.value for cell in sheet[1]]


__all__ = ["code_of"]
