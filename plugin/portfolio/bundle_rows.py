"""One row of a submission as a line of the manifest, of the sheets, of the official workbooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from plugin.clock import TAIPEI
from plugin.portfolio.cells import SLOTS, files_of
from plugin.portfolio.kinds import kind
from plugin.portfolio.models import SelectionKind, SubmissionRow
from plugin.portfolio.queries import lending
from plugin.vault import links
from reports.manifest import ClassBlock, ManifestRow

PROOF = {"document": "證明文件", "media": "影音檔"}
"""What a file of an experience is in the column 佐證; the paper is Chinese in every language."""
LINK = "外部連結"


def class_block(rows: list[SubmissionRow]) -> ClassBlock:
    """The rows of one class, outcomes and experiences apart."""
    lines = {kind: [] for kind in SelectionKind}  # type: dict[SelectionKind, list[ManifestRow]]
    for row in rows:
        lines[row.record_kind] += manifest_rows(row)
    return ClassBlock(
        rows[0].cells["class_name"],
        outcomes=lines[SelectionKind.OUTCOME],
        experiences=lines[SelectionKind.EXPERIENCE],
    )


def manifest_rows(row: SubmissionRow) -> Iterator[ManifestRow]:
    """A line for each file; one without a file for what has only a link."""
    cells = row.cells
    outcome = row.record_kind is SelectionKind.OUTCOME
    at = datetime.fromisoformat(cells["certified_at" if outcome else "sent_at"])
    common = {
        "class_name": cells["class_name"],
        "seat": str(cells["seat"]),
        "student_number": cells["student_number"],
        "student_name": cells["student_name"],
        "course": cells["course_name"] if outcome else cells["kind_name"],
        "course_code": cells["course_code"] if outcome else "",
        "title": cells["title"],
        "date": at.astimezone(TAIPEI).date(),
        "item": f"{row.record_kind[0]}{row.record_id}",
    }
    for slot in SLOTS:
        if (file := cells[slot]) is not None:
            yield ManifestRow(
                **common,
                file_name=file["name"],
                file_type=file["kind"].upper(),
                size=file["size"],
                sha256=file["sha256"],
                certified_by=cells["certified_by"] if outcome else PROOF[slot],
            )
    if not files_of(cells):
        yield ManifestRow(**common, certified_by=cells["certified_by"] if outcome else LINK)


def outcome_row(row: SubmissionRow, night: bool) -> dict[str, Any]:
    """A line of 課程學習成果名冊, on its sheet; the links to its files by `_links`."""
    cells = row.cells
    regular = {
        "taken_term": cells["term"],
        "course_code": cells["course_code"],
        "subject": cells["course_name"],
        "grade": cells["course_grade"],
        "credits": cells["periods"] if night else cells["credits"],
    }
    return {
        **_identity(row),
        **cells.get("roster", regular),
        "summary": cells["summary"],
        **_links(row),
    }


def experience_row(row: SubmissionRow) -> dict[str, Any]:
    """A line of 學生自填多元表現名冊, on the sheet of its kind."""
    cells = row.cells
    details = cells["details"]
    own = {
        one.key: one.read(details.get(one.key, ""))
        for one in kind(cells["kind"], cells["academic_year"]).fields
        if one.column
    }
    return {
        **_identity(row),
        **own,
        "summary": cells["summary"],
        **_links(row),
        "external_link": cells["link"],
    }


def _identity(row: SubmissionRow) -> dict[str, Any]:
    return {
        "national_id": row.national_id,
        "birthday": date.fromisoformat(row.birthday) if row.birthday else None,
    }


def _links(row: SubmissionRow) -> dict[str, str]:
    """Where the files are: lent by an address, or inside the package, as the school had it set
    when the submission was begun."""
    lending_id = lending.of(row.submission_id)
    if lending_id is None:
        return {f"{slot}_link": (row.cells[slot] or {}).get("path", "") for slot in SLOTS}
    return {
        f"{slot}_link": links.lent_url(lending_id, file["id"]) if (file := row.cells[slot]) else ""
        for slot in SLOTS
    }
