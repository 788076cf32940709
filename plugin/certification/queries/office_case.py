"""One case as the issuing office sees it: application, files, history, clocks, fee, letters."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.definition import groups_of
from forms.essay import EssayField
from forms.file_field import FileAnswerField
from plugin import db
from plugin.actor import Actor
from plugin.certification import completeness, policy
from plugin.certification.ending import Left
from plugin.certification.forms.renewal import facts
from plugin.certification.models import (
    Assignment,
    CaseEvent,
    CaseFile,
    CaseKind,
    CaseNote,
    CaseVersion,
    Certificate,
    CertificationCase,
    Correction,
    CorrectionItem,
    FeeNotice,
    Payment,
    Score,
)
from plugin.certification.queries import office
from plugin.errors import NotFound
from plugin.school.models import Person
from plugin.vault.models import StoredFile

PRIVATE = frozenset({"national_id", "birthday"})
"""Encrypted at rest and masked on screen (SPEC §7); shown when asked for, which is audited."""
NO_OTHERS = 20
"""Other cases of the applicant that a page shows."""


@dataclass(frozen=True)
class Answer:
    """One answer, and what it was in the version it is compared with.

    :param before: None when it is the same or nothing is compared.
    """

    name: str
    label: str
    value: str
    before: str | None = None
    long: bool = False
    private: bool = False
    correctable: bool = True


@dataclass(frozen=True)
class Section:
    """A group of the form."""

    key: str
    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Attached:
    """A document; `file` is None when it is asked for and not there."""

    name: str
    label: str
    file: StoredFile | None
    changed: bool
    required: bool
    correctable: bool = True


@dataclass(frozen=True)
class Step:
    """A line of the history."""

    event: CaseEvent
    by: str


@dataclass(frozen=True)
class Asked:
    """A request for correction with its items."""

    correction: Correction
    items: tuple[tuple[str, str], ...]
    """Label and words."""


@dataclass(frozen=True)
class Noted:
    """An internal note."""

    note: CaseNote
    by: str


@dataclass(frozen=True)
class Judged:
    """A reviewer of the case, and how far they are."""

    assignment: Assignment
    name: str
    score: Score | None


def seen(actor: Actor, case_id: int) -> CertificationCase:
    """A case of the actor's office.

    :raises NotFound: another office's, one's own, a draft, or none.
    """
    case = db.reading().get(CertificationCase, case_id)
    if case is None or not policy.handles(actor, case):
        raise NotFound(_("找不到這件申請案。"))
    return case


def versions(case: CertificationCase) -> list[CaseVersion]:
    """Newest first."""
    query = sa.select(CaseVersion).where(CaseVersion.case_id == case.id)
    return list(db.reading().scalars(query.order_by(CaseVersion.number.desc())))


def sections(
    case: CertificationCase, version: CaseVersion, before: CaseVersion | None = None
) -> list[Section]:
    """The answers of a version by group, without documents; compared with another version."""
    form = completeness.bound(case, version)
    old = completeness.bound(case, before) if before is not None else None
    found = []
    for group in groups_of(form):
        answers = []
        for name in group.fields:
            field = form[name]
            if isinstance(field, FileAnswerField):
                continue
            value = _shown(field)
            was = _shown(old[name]) if old is not None else value
            answers.append(
                Answer(
                    name,
                    str(field.label.text),
                    value,
                    was if was != value else None,
                    isinstance(field, EssayField),
                    name in PRIVATE,
                    case.kind is CaseKind.NEW and name not in completeness.NOT_CORRECTED,
                )
            )
        if answers:
            found.append(Section(group.key, str(group.title), tuple(answers)))
    if case.kind is CaseKind.RENEWAL:
        found.insert(0, _renewed(version, before))
    return found


def _renewed(version: CaseVersion, before: CaseVersion | None) -> Section:
    """What a renewal was handed in with: facts of then, not answers."""
    kept = facts(json.loads(version.answers))
    old = facts(json.loads(before.answers)) if before is not None else kept
    answers = [
        Answer(
            completeness.HOURS if name == "hours" else name,
            label,
            value,
            was if was != value else None,
            correctable=name == "hours",
        )
        for (name, label, value), (_name, _label, was) in zip(kept, old, strict=True)
    ]
    return Section("renewal", _("展延"), tuple(answers))


def attached(
    case: CertificationCase, version: CaseVersion, before: CaseVersion | None = None
) -> list[Attached]:
    """The documents of a version, those missing too; two statements."""
    form = completeness.bound(case, version)
    ids = [version.id, *([before.id] if before is not None else [])]
    rows = db.reading().scalars(
        sa.select(CaseFile).where(CaseFile.version_id.in_(ids)).order_by(CaseFile.id)
    )
    by_version: dict[int, dict[str, int]] = {one: {} for one in ids}
    for row in rows:
        by_version[row.version_id][row.slot] = row.file_id
    there = by_version[version.id]
    old = by_version[before.id] if before is not None else there
    files = _files(there.values())
    asked = [
        name
        for group in groups_of(form)
        for name in group.fields
        if isinstance(form[name], FileAnswerField)
    ]
    names = [*asked, *(slot for slot in there if slot not in asked)]
    return [
        Attached(
            name,
            str(form[name].label.text) if name in form else _("研習證明"),
            files.get(there.get(name, 0)),
            there.get(name) != old.get(name),
            name in asked and bool(form[name].required),
            case.kind is CaseKind.NEW,
        )
        for name in names
    ]


def private_answers(case: CertificationCase) -> list[Answer]:
    """What is masked, in the newest version. Whoever asks for it is recorded by the operation."""
    version = completeness.newest(case)
    if version is None:
        return []
    some = [one for section in sections(case, version) for one in section.answers]
    return [one for one in some if one.private]


def history(case: CertificationCase) -> list[Step]:
    """Every step, newest first."""
    query = (
        sa.select(CaseEvent, Person.name)
        .outerjoin(Person, Person.id == CaseEvent.actor_id)
        .where(CaseEvent.case_id == case.id)
        .order_by(CaseEvent.id.desc())
    )
    return [Step(event, name or "") for event, name in db.reading().execute(query)]


def clocks(case: CertificationCase) -> tuple[Left, ...]:
    """The clocks that have not ended."""
    return office.clocks_of(case.school_id, [case.id]).get(case.id, ())


def corrections(case: CertificationCase) -> list[Asked]:
    """Every request for correction, newest first; two statements."""
    rows = db.reading().scalars(
        sa.select(Correction).where(Correction.case_id == case.id).order_by(Correction.id.desc())
    )
    asked = list(rows)
    if not asked:
        return []
    items: dict[int, list[CorrectionItem]] = {}
    query = sa.select(CorrectionItem).where(
        CorrectionItem.correction_id.in_([one.id for one in asked])
    )
    for item in db.reading().scalars(query.order_by(CorrectionItem.id)):
        items.setdefault(item.correction_id, []).append(item)
    labels = completeness.labels(case)
    return [
        Asked(
            one,
            tuple((labels.get(item.field, item.field), item.words) for item in items[one.id]),
        )
        for one in asked
    ]


def fees(case: CertificationCase) -> list[tuple[FeeNotice, list[Payment]]]:
    """Notices, newest first, with what was paid; two statements."""
    notices = list(
        db.reading().scalars(
            sa.select(FeeNotice).where(FeeNotice.case_id == case.id).order_by(FeeNotice.id.desc())
        )
    )
    if not notices:
        return []
    paid: dict[int, list[Payment]] = {}
    query = sa.select(Payment).where(Payment.notice_id.in_([one.id for one in notices]))
    for row in db.reading().scalars(query.order_by(Payment.id)):
        paid.setdefault(row.notice_id or 0, []).append(row)
    return [(one, paid.get(one.id, [])) for one in notices]


def reviewers(case: CertificationCase) -> list[Judged]:
    """Who reviews it, and whether they have handed in."""
    query = (
        sa.select(Assignment, Person.name, Score)
        .join(Person, Person.id == Assignment.reviewer_id)
        .outerjoin(Score, Score.assignment_id == Assignment.id)
        .where(Assignment.case_id == case.id)
        .order_by(Assignment.id)
    )
    return [Judged(one, name, score) for one, name, score in db.reading().execute(query)]


def notes(case: CertificationCase) -> list[Noted]:
    """Internal notes, newest first."""
    query = (
        sa.select(CaseNote, Person.name)
        .outerjoin(Person, Person.id == CaseNote.by_id)
        .where(CaseNote.case_id == case.id)
        .order_by(CaseNote.id.desc())
    )
    return [Noted(one, name or "") for one, name in db.reading().execute(query)]


def others(case: CertificationCase) -> list[CertificationCase]:
    """Further confirmed cases of the same person, newest first."""
    query = sa.select(CertificationCase).where(
        CertificationCase.school_id == case.school_id,
        CertificationCase.national_id_digest == case.national_id_digest,
        CertificationCase.id != case.id,
        CertificationCase.confirmed_at.is_not(None),
    )
    return list(db.reading().scalars(query.order_by(CertificationCase.id.desc()).limit(NO_OTHERS)))


def certificate(case: CertificationCase) -> Certificate | None:
    """What became of it, when it was certified."""
    query = sa.select(Certificate).where(Certificate.case_id == case.id)
    return db.reading().scalar(query.order_by(Certificate.id.desc()).limit(1))


def _files(ids: Collection[int]) -> Mapping[int, StoredFile]:
    query = sa.select(StoredFile).where(StoredFile.id.in_(ids))
    return {one.id: one for one in db.reading().scalars(query)}


def _shown(field: Any) -> str:
    return str(field.shown())
