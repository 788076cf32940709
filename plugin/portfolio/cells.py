"""The cells of a submission's row: everything that is handed in of one record, copied.

See `plugin.portfolio.models.SubmissionRow` for what they are.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from plugin import secrets
from plugin.portfolio.outcome_sheets import REGULAR, Attended
from plugin.portfolio.queries.chosen_experiences import ChosenExperience
from plugin.portfolio.queries.snapshot import AnyChosen, Chosen
from plugin.school.models import Person
from plugin.vault.models import StoredFile

SLOTS = ("document", "media")
IDENTITY = "submission-identity"


def cells_of(one: AnyChosen) -> dict[str, Any]:
    """Everything that the manifest, the sheets and the package say of a record, copied.

    :raises ValueError: it has faults that block (see `plugin.portfolio.checking`).
    """
    own = _experience(one) if isinstance(one, ChosenExperience) else _outcome(one)
    placed, record = one.school_class, one.record
    if placed is None:
        raise ValueError(f"{one.record_kind} {record.id} has no class")
    return {
        "class_code": placed.code,
        "class_name": placed.name,
        "grade": placed.grade,
        "seat": one.seat,
        "student_number": one.student.number,
        "student_name": one.student.name,
        "title": record.title,
        "summary": record.summary,
        "ai_note": record.ai_note,
        "document": _file(one, one.document, "document"),
        "media": _file(one, one.media, "media"),
        **own,
    }


def files_of(cells: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of the files there are."""
    return [cells[slot] for slot in SLOTS if cells[slot] is not None]


def cells_digest(cells: dict[str, Any]) -> str:
    """SHA-256 of a row's cells as they are stored."""
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def identity_of(student: Person) -> str:
    """A digest of national ID and birthday that only this installation can make."""
    return secrets.digest(IDENTITY, f"{student.national_id or ''}|{student.birthday or ''}")


def _outcome(one: Chosen) -> dict[str, Any]:
    course, decision, taken = one.course, one.decision, one.attended
    if course is None or decision is None or taken is None:
        raise ValueError(f"outcome {one.outcome.id} cannot be handed in")
    return {
        "course_number": course.number,
        "course_code": taken.code,
        "course_name": taken.subject,
        "course_grade": taken.grade,
        "credits": taken.credits,
        "periods": taken.periods,
        "academic_year": course.academic_year,
        "term": course.term,
        "decision_id": decision.id,
        "certified_by": decision.by_name,
        "certified_at": decision.at.isoformat(),
        **_placed(taken),
    }


def _placed(taken: Attended) -> dict[str, Any]:
    """The sheet of an outcome and its line there; nothing of one on the regular sheet, whose line
    follows from the other cells."""
    if taken.sheet == REGULAR:
        return {}
    return {"sheet": taken.sheet, "sheet_name": taken.sheet_name, "roster": taken.cells}


def _experience(one: ChosenExperience) -> dict[str, Any]:
    record = one.experience
    if record.sent_at is None:
        raise ValueError(f"experience {record.id} was never sent")
    return {
        "kind": record.kind,
        "kind_name": one.kind.name.zh,
        "academic_year": record.academic_year,
        "term": record.term,
        "details": dict(record.details),
        "link": record.link,
        "sent_at": record.sent_at.isoformat(),
    }


def _file(one: AnyChosen, file: StoredFile | None, slot: str) -> dict[str, Any] | None:
    if file is None:
        return None
    mark = "e" if isinstance(one, ChosenExperience) else ""
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "sha256": file.sha256,
        "path": f"files/{one.student.number}/{mark}{one.record.id}-{slot}.{file.kind}",
    }
