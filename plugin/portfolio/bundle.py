"""A frozen submission's files: rows in, manifest, sheets, official workbook and package out.

Everything is made from the snapshot rows alone, with the moment of the submission's making as its
time: whoever makes them again gets the same bytes.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from plugin.clock import TAIPEI
from plugin.errors import Refusal
from plugin.portfolio.models import Submission, SubmissionFileKind, SubmissionRow
from plugin.portfolio.queries import submissions
from plugin.school.models import School, SchoolKind
from plugin.vault import queries as vault_queries
from plugin.vault import store
from reports.manifest import ClassBlock, Manifest, ManifestRow, write_manifest
from reports.package import BagInfo, PackageFile, write_package
from reports.roster import book, write_roster
from reports.sheets import write_manifest_csv, write_manifest_xlsx

Progress = Callable[[int, int], None]
SLOTS = ("document", "media")
CHUNK = 200


class FileNotWhole(Refusal):
    """A file's bytes are no longer those that were certified; nothing is handed in."""

    code = "FILE_NOT_WHOLE"
    status = 409


class Bundle:
    """The files of one submission, made in `folder`.

    :param verify_url: address of the public verification page, for the QR code.
    """

    def __init__(
        self, submission: Submission, school: School, folder: Path, verify_url: str
    ) -> None:
        self.submission = submission
        self.school = school
        self.folder = folder
        self.verify_url = verify_url
        self.name = submission.number

    def manifest(self, progress: Progress) -> Path:
        """提交名冊 as PDF."""
        total = self.submission.totals["files"]
        target = self.folder / f"{self.name}-manifest.pdf"
        write_manifest(
            self._manifest(),
            target,
            progress=lambda done, _total: progress(done, total),
        )
        return target

    def sheet(self) -> Path:
        """提交名冊 as XLSX."""
        target = self.folder / f"{self.name}-manifest.xlsx"
        write_manifest_xlsx(self._manifest(), target)
        return target

    def csv(self) -> Path:
        """提交名冊 as CSV."""
        target = self.folder / f"{self.name}-manifest.csv"
        write_manifest_csv(self._manifest(), target)
        return target

    def workbook(self) -> Path:
        """The official workbook; file links are paths inside the package."""
        night = self.school.kind is SchoolKind.NIGHT
        roster = book("outcomes_night" if night else "outcomes")
        target = self.folder / f"{self.name}-roster.xlsx"
        write_roster(
            roster,
            target,
            school_code=self.school.code,
            academic_year=self.submission.academic_year,
            made_at=self.submission.made_at,
            rows={"regular": (self._roster_row(row, night) for row in self._rows(personal=True))},
        )
        return target

    def verify_files(self, progress: Progress) -> None:
        """Read every file once and compare its SHA-256 with the row's.

        :raises FileNotWhole: a file differs or cannot be read; says whose.
        """
        done, total = 0, self.submission.totals["bytes"]
        for rows in _chunks(self._rows(), CHUNK):
            objects = vault_queries.objects_for_package(
                cell["id"] for row in rows for cell in _files(row)
            )
            for row in rows:
                for cell in _files(row):
                    found = objects[cell["id"]]
                    if cell["sha256"] != found.sha256 or store.digest(found.path) != found.sha256:
                        raise FileNotWhole(
                            _(
                                "「%(name)s」（%(who)s）與認證時的檔案不符，無法提交。",
                                name=cell["name"],
                                who=row.cells["student_number"],
                            ),
                            remedy=_("請通知系統管理者修復檔案後，再建立提交。"),
                        )
                    done += found.size
                progress(done, total)

    def package(self, parts: dict[SubmissionFileKind, Path], progress: Progress) -> Path:
        """The BagIt package: every handed-in file, and the manifest, sheets and workbook."""
        target = self.folder / f"{self.name}-package.zip"
        total = self.submission.totals["bytes"]
        write_package(
            target,
            self._members(parts),
            BagInfo(
                source_organization=self.school.name,
                external_identifier=self.name,
                external_description=_(
                    "%(year)s 學年度課程學習成果提交 第 %(version)s 版",
                    year=self.submission.academic_year,
                    version=self.submission.version,
                ),
                made_at=self.submission.made_at,
                contact_name=self.submission.made_by_name,
            ),
            total_bytes=total,
            progress=lambda done, _total: progress(min(done, total), total),
        )
        return target

    def _members(self, parts: dict[SubmissionFileKind, Path]) -> Iterator[PackageFile]:
        for path in parts.values():
            yield _made(path)
        for rows in _chunks(self._rows(), CHUNK):
            objects = vault_queries.objects_for_package(
                cell["id"] for row in rows for cell in _files(row)
            )
            for row in rows:
                for cell in _files(row):
                    found = objects[cell["id"]]
                    yield PackageFile(
                        cell["path"], found.size, found.crc32, found.sha256, found.path
                    )

    def _manifest(self) -> Manifest:
        one = self.submission
        return Manifest(
            school_name=self.school.name,
            school_code=self.school.code,
            academic_year=one.academic_year,
            term=0,
            version=one.version,
            number=one.number,
            made_at=one.made_at,
            made_by=one.made_by_name,
            verify_url=self.verify_url,
            classes=self._classes(),
            total_rows=one.totals["files"],
        )

    def _classes(self) -> Iterator[ClassBlock]:
        by_class = groupby(self._rows(), key=lambda row: row.cells["class_code"])
        for _code, rows in by_class:
            lines = [line for row in rows for line in _manifest_rows(row)]
            yield ClassBlock(lines[0].class_name, outcomes=lines)

    def _rows(self, *, personal: bool = False) -> Iterator[SubmissionRow]:
        return submissions.all_rows(self.submission.id, personal=personal)

    def _roster_row(self, row: SubmissionRow, night: bool) -> dict[str, Any]:
        cells = row.cells
        links = {slot: (cells[slot] or {}).get("path", "") for slot in SLOTS}
        return {
            "national_id": row.national_id,
            "birthday": date.fromisoformat(row.birthday) if row.birthday else None,
            "taken_term": cells["term"],
            "course_code": cells["course_code"],
            "subject": cells["course_name"],
            "grade": cells["course_grade"],
            "credits": cells["periods"] if night else cells["credits"],
            "summary": cells["summary"],
            "document_link": links["document"],
            "media_link": links["media"],
        }


def _manifest_rows(row: SubmissionRow) -> Iterator[ManifestRow]:
    cells = row.cells
    at = datetime.fromisoformat(cells["certified_at"]).astimezone(TAIPEI)
    for file in _files(row):
        yield ManifestRow(
            class_name=cells["class_name"],
            seat=str(cells["seat"]),
            student_number=cells["student_number"],
            student_name=cells["student_name"],
            course=cells["course_name"],
            course_code=cells["course_code"],
            title=cells["title"],
            file_name=file["name"],
            file_type=file["kind"].upper(),
            size=file["size"],
            sha256=file["sha256"],
            certified_by=cells["certified_by"],
            date=at.date(),
            item=str(row.outcome_id),
        )


def _files(row: SubmissionRow) -> list[dict[str, Any]]:
    return [row.cells[slot] for slot in SLOTS if row.cells[slot] is not None]


def _made(path: Path) -> PackageFile:
    """A file that was just made here, with its sums."""
    crc, digest = 0, hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            crc = zlib.crc32(chunk, crc)
            digest.update(chunk)
    return PackageFile(path.name, path.stat().st_size, crc, digest.hexdigest(), path)


def _chunks(rows: Iterator[SubmissionRow], size: int) -> Iterator[list[SubmissionRow]]:
    chunk: list[SubmissionRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
