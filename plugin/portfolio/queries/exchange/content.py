"""What goes into an exchange package: a student's own work as it stands in this school.

Counselling records stay in the school (rule `counselling.leaves_school`, fixed): nothing here reads
their tables. Drafts and returned work are not handed over either; the student's own export has
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.clock import TAIPEI
from plugin.portfolio.models import (
    Decision,
    ExchangeArrival,
    Experience,
    ExperienceState,
    OfficerPost,
    Outcome,
    OutcomeState,
    Submission,
    SubmissionRow,
    SubmissionState,
    Verdict,
)
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.outcome_sheets import flags
from plugin.portfolio.queries import attendance
from plugin.portfolio.queries.shared import files_of
from plugin.school.models import Course, Person, School
from plugin.school.terms import term_of
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from reports.exchange import GivenFile, GivenItem, GivenStudent, layout

OUT = (OutcomeState.SENT, OutcomeState.CERTIFIED, OutcomeState.OVERDUE)
"""The states of outcomes that go out."""


def file_ids(student_ids: Collection[int]) -> list[int]:
    """Every file that their packages would hold."""
    session = db.reading()
    records = [
        *session.scalars(_outcomes(student_ids)),
        *session.scalars(_experiences(student_ids)),
    ]
    return [
        found for one in records for found in (one.document_file_id, one.media_file_id) if found
    ]


def students(school: School, student_ids: Iterable[int], unit_code: str) -> Iterator[GivenStudent]:
    """Each student's package, one at a time; as many queries for each."""
    for student_id in student_ids:
        student = db.reading().get_one(Person, student_id)
        yield _Content(school, student, unit_code).given()


def _outcomes(student_ids: Collection[int]) -> sa.Select[Outcome]:
    query = sa.select(Outcome).where(Outcome.student_id.in_(student_ids), Outcome.state.in_(OUT))
    return query.order_by(Outcome.academic_year, Outcome.term, Outcome.id)


def _experiences(student_ids: Collection[int]) -> sa.Select[Experience]:
    query = sa.select(Experience).where(
        Experience.student_id.in_(student_ids), Experience.state == ExperienceState.SENT
    )
    return query.order_by(Experience.academic_year, Experience.term, Experience.id)


class _Content:
    """One student's work."""

    def __init__(self, school: School, student: Person, unit_code: str) -> None:
        self.school, self.student, self.unit = school, student, unit_code
        session = db.reading()
        self.outcomes = session.scalars(_outcomes([student.id])).all()
        self.experiences = session.scalars(_experiences([student.id])).all()
        self.files = files_of([*self.outcomes, *self.experiences])
        self.objects = vault_queries.objects_for_package(self.files)
        wanted = {one.course_id for one in self.outcomes if one.course_id}
        query = sa.select(Course).where(Course.id.in_(wanted))
        self.courses = {one.id: one for one in session.scalars(query)}
        self.attended = attendance.of_outcomes(
            school, [(one, self.courses.get(one.course_id or 0)) for one in self.outcomes]
        )
        newest = (
            sa.select(sa.func.max(Decision.id))
            .where(Decision.outcome_id.in_([one.id for one in self.outcomes]))
            .group_by(Decision.outcome_id)
        )
        decided = session.scalars(sa.select(Decision).where(Decision.id.in_(newest)))
        self.decisions = {one.outcome_id: one for one in decided}
        arrived = session.scalars(
            sa.select(ExchangeArrival).where(ExchangeArrival.student_id == student.id)
        ).all()
        self.origins = {(one.outcome_id, one.experience_id): one.origin_code for one in arrived}
        self.submitted = _submitted(student.id)

    def given(self) -> GivenStudent:
        term = term_of(clock.today())
        return GivenStudent(
            basic={
                **self._who(),
                "school": self.school.code,
                "unit": self.unit,
                "year": str(term.academic_year),
                "term": str(term.term),
                "name": self.student.name,
            },
            posts=tuple(self._posts()),
            outcomes=tuple(self._outcome(one) for one in self.outcomes),
            experiences=tuple(self._experience(one) for one in self.experiences),
        )

    def _who(self) -> dict[str, str]:
        return {
            "national_id": self.student.national_id or "",
            "birthday": self.student.birthday or "",
        }

    def _outcome(self, one: Outcome) -> GivenItem:
        attended = self.attended.get(one.id)
        decision = self.decisions.get(one.id)
        certified = one.state is OutcomeState.CERTIFIED
        record = {
            **self._who(),
            "school": self.school.code,
            "unit": self.unit,
            "year": str(one.academic_year),
            "term": str(one.term),
            "summary": one.summary,
            "status": layout().certified if certified else layout().other,
            "uploaded_term": f"{one.academic_year}{one.term}",
            "made_at": _moment(one.started_at),
            "sent_at": _moment(one.sent_at),
            "submitted": self.submitted.get((one.id, None), layout().no_term),
        }
        extra: dict[str, Any] = {"title": one.title, "ai_note": one.ai_note, "state": one.state}
        if attended is not None:
            record |= {
                "code": attended.code,
                "subject": attended.subject,
                "credits": str(attended.credits),
                "grade": str(attended.grade),
                **flags(attended, layout().no_term),
            }
            number = self.courses[one.course_id or 0].number
            extra |= {"periods": attended.periods, "course_number": number}
        if certified and decision is not None and decision.verdict is Verdict.CERTIFIED:
            record |= {
                "certified_at": _moment(decision.at),
                "certified_by": decision.by_name,
                "certified_note": decision.reason,
            }
        return GivenItem("", record, {}, extra, *self._files(one))

    def _experience(self, one: Experience) -> GivenItem:
        kind = layout().kinds[one.kind]
        known = {cell.key for cell in kind.own}
        own = {key: text for key, text in one.details.items() if key in known}
        record = {
            **self._who(),
            "school": self.origins.get((None, one.id)) or self.school.code,
            "unit": self.unit,
            "year": str(one.academic_year),
            "term": str(one.term),
            "link": one.link,
            "uploaded_term": f"{one.academic_year}{one.term}",
            "made_at": _moment(one.sent_at),
            "submitted": self.submitted.get((None, one.id), layout().no_term),
        }
        extra = {
            "ai_note": one.ai_note,
            "details": {key: text for key, text in one.details.items() if key not in known},
        }
        return GivenItem(one.kind, record, own | {"summary": one.summary}, extra, *self._files(one))

    def _posts(self) -> Iterator[dict[str, str]]:
        """Those of this school and those that came from others, oldest first."""
        session = db.reading()
        mine = sa.select(OfficerPost).where(
            OfficerPost.student_id == self.student.id, OfficerPost.removed_at.is_(None)
        )
        arrived = sa.select(ExchangePost).where(ExchangePost.student_id == self.student.id)
        found = [*session.scalars(mine), *session.scalars(arrived)]
        for one in sorted(found, key=lambda one: (one.starts_on, one.id)):
            yield {
                **self._who(),
                "school": (one.origin_code if isinstance(one, ExchangePost) else self.school.code),
                "unit": self.unit,
                "year": str(one.academic_year),
                "term": str(one.term),
                "place": one.unit,
                "starts_on": one.starts_on.isoformat(),
                "ends_on": one.ends_on.isoformat(),
                "duty": one.duty,
                "level": one.level.value,
                "made_at": _moment(one.made_at),
                "submitted": layout().no_term,
            }

    def _files(self, one: Outcome | Experience) -> tuple[GivenFile | None, GivenFile | None]:
        return self._file(one.document_file_id), self._file(one.media_file_id)

    def _file(self, file_id: int | None) -> GivenFile | None:
        if file_id is None:
            return None
        file: StoredFile = self.files[file_id]
        found = self.objects[file_id]
        assert found.md5 is not None  # `vault.know_md5` was asked for all of them
        return GivenFile(found.path, file.name, file.kind, found.size, found.md5, found.sha256)


def _submitted(student_id: int) -> dict[tuple[int | None, int | None], str]:
    """In which year each record was last handed in: 學年度 of the submission and 學期 0 in one
    field. The rows of a version that failed stay as well: they were not handed in."""
    query = (
        sa.select(SubmissionRow.outcome_id, SubmissionRow.experience_id, Submission.academic_year)
        .join(Submission, Submission.id == SubmissionRow.submission_id)
        .where(SubmissionRow.student_id == student_id, Submission.state == SubmissionState.FROZEN)
        .order_by(SubmissionRow.id)
    )
    rows = db.reading().execute(query)
    return {(outcome_id, experience_id): f"{year}0" for outcome_id, experience_id, year in rows}


def _moment(at: datetime | None) -> str:
    return at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S") if at is not None else ""
