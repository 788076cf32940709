"""A school whose registry brings files in; what the queue does is done at once."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl
import sqlalchemy as sa

from plugin import db, jobs, tenancy, uploads
from plugin.actor import Actor, Role
from plugin.school.importing import operations
from plugin.school.importing.models import ImportChange, ImportFault, ImportState, SchoolImport
from plugin.school.models import School
from plugin.school.terms import Term
from tests.factories import YEAR, actor_of, make_school, make_staff

TERM = Term(YEAR, 1)
Rows = Iterable[Sequence[Any]]
Sheets = Mapping[str, Rows]

STUDENTS = ("班級代碼", "座號", "學號", "身分證號", "出生日期", "姓名", "電子郵件")
SCHOOL: dict[str, list[Sequence[Any]]] = {
    "修課": [
        ("課程編號", "學號"),
        ("CHI1", "1150101"),
        ("CHI1", "1150102"),
        ("MAT1", "1150101"),
    ],
    "教師": [
        ("教職員編號", "姓名", "電子郵件"),
        ("T001", "陳老師", "T001@School.example"),
        ("T002", "林老師", ""),
    ],
    "班級": [
        ("班級代碼", "班級名稱", "年級", "導師編號"),
        ("101", "一年一班", 1, "T001"),
        ("102", "一年二班", 1, ""),
    ],
    "學生": [
        STUDENTS,
        ("101", 1, "1150101", "A123456789", "099/03/04", "王小明", "a@school.example"),
        ("101", 2, "1150102", "B223456782", "2010-05-06", "李小華", ""),
    ],
    "課程": [
        ("課程編號", "科目名稱", "課程代碼", "年級", "學分"),
        ("CHI1", "國語文", "115999901H1110101010101", 1, 4),
        ("MAT1", "數學", "", 1, 4),
    ],
    "授課": [
        ("課程編號", "教職員編號", "授課身分", "開始日期", "結束日期"),
        ("CHI1", "T001", "任課教師", "", ""),
        ("CHI1", "T002", "代理人", "115/11/01", "115/12/31"),
    ],
    "家長": [
        ("家長編號", "家長姓名", "電子郵件", "學生學號"),
        ("P1", "王大明", "p@home.example", "1150101"),
        ("P1", "王大明", "p@home.example", "1150102"),
    ],
}  # fmt: skip
"""A small school; its sheets stand in an order in which they cannot be written."""


class Registry:
    """A member of the registry, and what they do with files."""

    def __init__(self, school: School | None = None) -> None:
        self.school = school or make_school()
        self.actor: Actor = actor_of(make_staff(self.school, Role.REGISTRY, number="REG"))

    def upload(self, content: bytes, name: str, **options: Any) -> SchoolImport:
        """Upload and have it checked."""
        with tenancy.within(self.school.id):
            staged = uploads.stage(io.BytesIO(content), name)
            file = operations.receive(self.actor, staged)
            made = operations.start(self.actor, file.id, options.pop("term", TERM), **options)
        return self.worked(made)

    def book(self, sheets: Sheets, **options: Any) -> SchoolImport:
        """The same with sheets."""
        return self.upload(workbook(sheets), "匯入.xlsx", **options)

    def apply(self, one: SchoolImport) -> SchoolImport:
        with tenancy.within(self.school.id):
            operations.apply(self.actor, one.id)
        return self.worked(one)

    def undo(self, one: SchoolImport) -> SchoolImport:
        with tenancy.within(self.school.id):
            operations.undo(self.actor, one.id)
        return self.worked(one)

    def brought(self, sheets: Sheets, **options: Any) -> SchoolImport:
        """Upload, check and apply."""
        one = self.book(sheets, **options)
        assert one.state is ImportState.READY, (one.state, one.message, told(one))
        one = self.apply(one)
        assert one.state is ImportState.APPLIED, one.message
        return one

    def worked(self, one: SchoolImport) -> SchoolImport:
        """What the queue holds of it is done; the import as it is then."""
        db._close_reads()
        job_id = db.reading().get_one(SchoolImport, one.id).job_id
        assert job_id is not None
        jobs.run(job_id)
        db._close_reads()
        job = db.reading().get_one(jobs.Job, job_id)
        assert job.state is jobs.JobState.DONE, job.error
        return db.reading().get_one(SchoolImport, one.id)


def workbook(sheets: Sheets) -> bytes:
    """An XLSX as a school would write it: numbers as numbers."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([None if one == "" else one for one in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_bytes(rows: Rows, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(sheets: Sheets, title: str, row: int, column: int, value: Any) -> dict[str, Any]:
    """The sheets with one cell other."""
    found = {name: [list(one) for one in rows] for name, rows in sheets.items()}
    found[title][row][column] = value
    return found


def only(sheets: Sheets, *titles: str) -> dict[str, Any]:
    return {name: rows for name, rows in sheets.items() if name in titles}


def told(one: SchoolImport) -> list[str]:
    """Bad rows in one line each."""
    return [f"{row.sheet} {row.cell} {row.value}: {row.reason}" for row in faults(one)]


def faults(one: SchoolImport) -> list[ImportFault]:
    query = sa.select(ImportFault).where(ImportFault.import_id == one.id).order_by(ImportFault.id)
    return list(db.reading().scalars(query))


def changes(one: SchoolImport) -> list[ImportChange]:
    query = sa.select(ImportChange).where(ImportChange.import_id == one.id)
    return list(db.reading().scalars(query.order_by(ImportChange.id)))


def counts(one: SchoolImport, *names: str) -> dict[str, int]:
    """Of all kinds together."""
    names = names or ("new", "changed", "gone", "same", "faults")
    return {name: sum(kind[name] for kind in one.counts.values()) for name in names}


def everything(*tables: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in tables, for comparing before and after (without ids)."""
    db._close_reads()
    found = {}
    for table in tables:
        columns = [one for one in sa.inspect(table).columns if one.key not in {"id", "created_at"}]
        rows = db.reading().execute(sa.select(*columns))
        found[table.__tablename__] = sorted((tuple(row) for row in rows), key=repr)
    return found
