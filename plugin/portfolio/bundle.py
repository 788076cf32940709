"""A frozen submission's files: rows in, manifest, sheets, official workbooks and package out.

Everything is made from the snapshot rows alone, with the moment of the submission's making as its
time: whoever makes them again gets the same bytes. So a file that an earlier worker has finished
stands, and a worker that takes over goes on behind it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from plugin.errors import Refusal
from plugin.portfolio.bundle_rows import class_block, experience_row, outcome_row
from plugin.portfolio.cells import files_of
from plugin.portfolio.kinds import kinds
from plugin.portfolio.models import SelectionKind, Submission, SubmissionFileKind, SubmissionRow
from plugin.portfolio.outcome_sheets import REGULAR
from plugin.portfolio.queries import submissions
from plugin.school.batches import LABELS, Batch
from plugin.school.models import School, SchoolKind
from plugin.vault import queries as vault_queries
from reports.errors import SourceChanged
from reports.manifest import ClassBlock, Manifest, write_manifest
from reports.package import BagInfo, PackageFile, write_package
from reports.roster import book, write_roster
from reports.sheets import write_manifest_csv, write_manifest_xlsx

Progress = Callable[[int, int], None]
CHUNK = 200


class FileNotWhole(Refusal):
    """A file's bytes are no longer those that were handed in; nothing is submitted."""

    code = "FILE_NOT_WHOLE"
    status = 409


class Bundle:
    """The files of one submission, made in `folder`; what is there already is not made again.

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
        total = self.submission.totals["lines"]
        return self._made(
            f"{self.name}-manifest.pdf",
            lambda target: write_manifest(
                self._manifest(), target, progress=lambda done, _total: progress(done, total)
            ),
        )

    def sheet(self) -> Path:
        """提交名冊 as XLSX."""
        return self._made(
            f"{self.name}-manifest.xlsx",
            lambda target: write_manifest_xlsx(self._manifest(), target),
        )

    def csv(self) -> Path:
        """提交名冊 as CSV."""
        return self._made(
            f"{self.name}-manifest.csv", lambda target: write_manifest_csv(self._manifest(), target)
        )

    def workbook(self) -> Path:
        """課程學習成果名冊, the official workbook; each sheet is read for itself."""
        night = self.school.kind is SchoolKind.NIGHT
        key = "outcomes_night" if night else "outcomes"
        on_sheet = partial(self._rows, SelectionKind.OUTCOME, personal=True)
        line = partial(outcome_row, night=night)
        rows = {
            sheet.key: map(line, on_sheet(kind="" if sheet.key == REGULAR else sheet.key))
            for sheet in book(key).sheets
        }
        return self._roster(f"{self.name}-roster.xlsx", key, rows)

    def experiences(self) -> Path:
        """學生自填多元表現名冊, the official workbook; each kind is read for its own sheet."""
        of_kind = partial(self._rows, SelectionKind.EXPERIENCE, personal=True)
        rows = {
            one.key: map(experience_row, of_kind(kind=one.key))
            for one in kinds(self.submission.academic_year)
        }
        return self._roster(f"{self.name}-experiences.xlsx", "experiences", rows)

    def package(self, parts: dict[SubmissionFileKind, Path], progress: Progress) -> Path:
        """The BagIt package: every handed-in file, and the manifest, sheets and workbooks.

        Each file is read once, while it is copied, and compared with the hash of its row.

        :raises FileNotWhole: a file differs or cannot be read; says whose.
        """
        total = self.submission.totals["bytes"]
        info = BagInfo(
            source_organization=self.school.name,
            external_identifier=self.name,
            external_description=_(
                "%(year)s 學年度學習歷程檔案提交（%(batch)s）第 %(version)s 版",
                year=self.submission.academic_year,
                batch=LABELS[self.submission.batch],
                version=self.submission.version,
            ),
            made_at=self.submission.made_at,
            contact_name=self.submission.made_by_name,
        )
        members = _Members(self, parts)

        def write(target: Path) -> None:
            write_package(
                target,
                members,
                info,
                total_bytes=total,
                progress=lambda done, _total: progress(min(done, total), total),
                check=True,
            )

        try:
            return self._made(f"{self.name}-package.zip", write)
        except SourceChanged as error:
            raise members.not_whole() from error

    def _made(self, name: str, write: Callable[[Path], object]) -> Path:
        """A file takes its name only when it is whole, so the name says that it is."""
        target = self.folder / name
        if not target.exists():
            write(target)
        return target

    def _roster(self, name: str, key: str, rows: Mapping[str, Iterable[dict[str, Any]]]) -> Path:
        return self._made(
            name,
            lambda target: write_roster(
                book(key),
                target,
                school_code=self.school.code,
                academic_year=self.submission.academic_year,
                made_at=self.submission.made_at,
                rows=rows,
                batch=self.submission.batch.value,
            ),
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
            total_rows=one.totals["lines"],
            batch="" if one.batch is Batch.ORDINARY else str(LABELS[one.batch]),
        )

    def _classes(self) -> Iterator[ClassBlock]:
        for _code, rows in groupby(self._rows(), key=lambda row: row.cells["class_code"]):
            yield class_block(list(rows))

    def _rows(
        self,
        record_kind: SelectionKind | None = None,
        *,
        kind: str | None = None,
        personal: bool = False,
    ) -> Iterator[SubmissionRow]:
        return submissions.all_rows(
            self.submission.id, record_kind=record_kind, kind=kind, personal=personal
        )


class _Members:
    """What goes into the package, in order; knows whose file was last handed out."""

    def __init__(self, bundle: Bundle, parts: dict[SubmissionFileKind, Path]) -> None:
        self.bundle = bundle
        self.parts = parts
        self.last: tuple[SubmissionRow, dict[str, Any]] | None = None

    def __iter__(self) -> Iterator[PackageFile]:
        for path in self.parts.values():
            yield _own(path)
        for rows in _chunks(self.bundle._rows(), CHUNK):
            objects = vault_queries.objects_for_package(
                cell["id"] for row in rows for cell in files_of(row.cells)
            )
            for row in rows:
                for cell in files_of(row.cells):
                    self.last = row, cell
                    found = objects[cell["id"]]
                    if found.sha256 != cell["sha256"]:
                        raise SourceChanged(cell["sha256"])
                    yield PackageFile(
                        cell["path"], found.size, found.crc32, found.sha256, found.path
                    )

    def not_whole(self) -> FileNotWhole:
        """Of the file at which it stopped."""
        assert self.last is not None
        row, cell = self.last
        return FileNotWhole(
            _(
                "「%(name)s」（%(who)s）與收件時的檔案不符，無法提交。",
                name=cell["name"],
                who=row.cells["student_number"],
            ),
            remedy=_("請通知系統管理者修復檔案後，再建立提交。"),
        )


def _own(path: Path) -> PackageFile:
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
