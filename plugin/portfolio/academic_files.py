"""A term's hand-in as files: official workbook, CSV, list to be stamped, package.

Everything is made from the copied rows alone, with the moment at which it was begun as its time:
whoever makes them again gets the same bytes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from plugin.portfolio.models import SubmissionFileKind, TermWorkbook
from plugin.portfolio.operations.academic.handing_in import OPENING
from plugin.portfolio.queries.academic import hand_ins
from plugin.school.models import School
from plugin.vault import queries as vault_queries
from reports.package import BagInfo, PackageFile, write_package
from reports.roster import RosterBook, write_roster
from reports.sheets import write_csv
from reports.term_list import TermLine, TermList, write_term_list

NOTES = ("data_key", "note_", "next_")
"""Keys of the columns that repeat whose line it is; the paper says that in columns of its own."""
NOTHING = ("", "-1")
"""Cells that say that there is nothing."""
BATCHES = {
    "ordinary": "",
    "third_year_first": "三年級第一梯次",
    "third_year_second": "三年級第二梯次",
}
"""As printed; the paper is Chinese in every language."""
PREFIX = ("工作表", "班級", "座號", "學號", "姓名")

Step = Callable[[], None]


class TermFiles:
    """Writes the files of one hand-in into `folder`.

    :param step: called for every row that is written.
    :param verify_url: the public page where the printed list is checked; "" where there is none.
    """

    def __init__(
        self,
        made: TermWorkbook,
        school: School,
        roster: RosterBook,
        folder: Path,
        step: Step,
        verify_url: str = "",
    ) -> None:
        self.verify_url = verify_url
        self.made = made
        self.school = school
        self.roster = dataclasses.replace(
            roster, cover_term=str(made.term), numbers={made.batch: made.number}
        )
        self.folder = folder
        self.step = step
        self.stem = (
            f"{roster.name}-{made.academic_year}-{made.term}-{made.number}-v{made.version:02}"
        )

    def workbook(self) -> Path:
        """The official workbook, with national IDs and birthdays."""
        target = self.folder / "workbook.xlsx"
        write_roster(
            self.roster,
            target,
            school_code=self.school.code,
            academic_year=self.made.academic_year,
            made_at=self.made.made_at,
            rows={one.key: self._sheet(one.key) for one in self.roster.sheets},
            batch=self.made.batch,
        )
        return target

    def csv(self) -> Path:
        """Every row of every sheet in one table, without national IDs and birthdays."""
        titles: dict[str, str] = {}
        for sheet in self.roster.sheets:
            for column in sheet.columns[OPENING:]:
                titles.setdefault(column.title, "")
        target = self.folder / "rows.csv"
        with target.open("wb") as out:
            write_csv(out, [*PREFIX, *titles], self._lines(list(titles)))
        return target

    def manifest(self, files: dict[SubmissionFileKind, Any]) -> Path:
        """The list to be stamped, class by class; names the other files with their hashes."""
        made = self.made
        facts = [
            *((one.name, f"{made.counts.get(one.key, 0):,} 筆") for one in self.roster.sheets),
            ("名冊別", made.number),
            ("資料內容的 SHA-256", made.rows_sha256),
            *((file.name, f"SHA-256 {file.sha256}") for file in files.values()),
        ]
        if made.override:
            facts.append(("資料檢核未全部通過，仍提交的原因", made.override))
        target = self.folder / "manifest.pdf"
        write_term_list(
            TermList(
                school_name=self.school.name,
                school_code=self.school.code,
                title=f"{self.roster.name}提交清冊",
                academic_year=made.academic_year,
                term=made.term,
                version=made.version,
                made_at=made.made_at,
                made_by=made.made_by_name,
                facts=tuple(facts),
                lines=self._paper(),
                batch=BATCHES[made.batch],
                verify_url=self.verify_url,
            ),
            target,
        )
        return target

    def package(self, files: dict[SubmissionFileKind, Any]) -> Path:
        """The BagIt package of the other files, as they lie in the vault."""
        made = self.made
        stored = vault_queries.objects_for_package(one.file_id for one in files.values())
        objects = ((one.name, stored[one.file_id]) for one in files.values())
        members = [
            PackageFile(name, one.size, one.crc32, one.sha256, one.path) for name, one in objects
        ]
        info = BagInfo(
            source_organization=self.school.name,
            external_identifier=(
                f"{made.academic_year:03}{made.term}-{self.school.code}-{made.book}-"
                f"{made.batch}-{made.version:02}"
            ),
            external_description=f"{self.roster.name} 第 {made.version} 版",
            made_at=made.made_at,
            contact_name=made.made_by_name,
        )
        target = self.folder / "package.zip"
        write_package(target, members, info, check=True)
        return target

    def _sheet(self, key: str) -> Iterator[dict[str, Any]]:
        for row in hand_ins.all_rows(self.made.id, key, personal=True):
            self.step()
            born = date.fromisoformat(row.birthday) if row.birthday else None
            yield {"national_id": row.national_id, "birthday": born, **row.cells}

    def _lines(self, titles: list[str]) -> Iterator[list[str | int]]:
        sheets = {one.key: one for one in self.roster.sheets}
        for row in hand_ins.all_rows(self.made.id):
            self.step()
            sheet = sheets[row.sheet]
            cells = {one.title: row.cells[one.key] for one in sheet.columns[OPENING:]}
            yield [
                sheet.name, row.class_name, row.seat or "", row.student_number, row.student_name,
                *(cells.get(title, "") for title in titles),
            ]  # fmt: skip

    def _paper(self) -> Iterator[TermLine]:
        sheets = {one.key: one for one in self.roster.sheets}
        for row in hand_ins.by_class(self.made.id):
            self.step()
            sheet = sheets[row.sheet]
            said = [
                f"{one.title} {row.cells[one.key]}"
                for one in sheet.columns[OPENING:]
                if not one.key.startswith(NOTES) and row.cells[one.key] not in NOTHING
            ]
            yield TermLine(
                row.class_name, str(row.seat or ""), row.student_number, row.student_name,
                sheet.name, "；".join(said),
            )  # fmt: skip
