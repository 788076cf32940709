"""Versions of an application in words: sections to read, differences, and what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.definition import groups_of
from forms.essay import EssayField
from plugin import db
from plugin.certification import papers
from plugin.certification.drafting import read_answers
from plugin.certification.forms.application import ApplicationForm
from plugin.certification.forms.filling import reading_form
from plugin.certification.forms.renewal import HOURS, RenewalForm, proof_label, written
from plugin.certification.models import CaseFile, CaseVersion
from plugin.certification.papers import Facts
from plugin.vault.models import StoredFile

DECLARED = frozenset({"truthful", "agreed"})
Pieces = tuple[tuple[str, bool], ...]
_CLAUSE = re.compile(r"[^，。；！？、,;!?\n]*[，。；！？、,;!?\n]|[^，。；！？、,;!?\n]+")
"""Up to and with its mark; a whole short answer is one."""


@dataclass(frozen=True)
class Line:
    """One answer in words. `note`: the length of an essay and whether it is as recommended."""

    name: str
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Part:
    """The answers of one group of the form, without documents."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Difference:
    """What an answer or document was, and what it has become."""

    name: str
    label: str
    before: str
    after: str

    @property
    def before_pieces(self) -> Pieces:
        """What it was, and which parts of that are gone."""
        return _pieces(self.before, self.after)

    @property
    def after_pieces(self) -> Pieces:
        """What it has become, and which parts of that are new."""
        return _pieces(self.after, self.before)


def _pieces(text: str, other: str) -> Pieces:
    """A text in pieces, each with whether the other has none such in its place.

    Clauses are compared, not characters: whoever reads it looks for what was said anew.
    """
    clauses, others = _CLAUSE.findall(text), _CLAUSE.findall(other)
    found: list[tuple[str, bool]] = []
    for kind, start, end, _start, _end in SequenceMatcher(
        None, clauses, others, False
    ).get_opcodes():
        if start < end:
            found.append(("".join(clauses[start:end]), kind != "equal"))
    return tuple(found)


def parts(version: CaseVersion) -> list[Part]:
    """A version as people read it."""
    if (renewal := written(version.answers)) is not None:
        return [Part(str(RenewalForm.Meta.title), tuple(Line(*one) for one in renewal))]
    form = reading_form(version.answers)
    found = []
    for group in groups_of(form):
        lines = tuple(_line(form, name) for name in group.fields if name not in papers.papers())
        if lines:
            found.append(Part(str(group.title), lines))
    return found


def labels(version: CaseVersion) -> dict[str, str]:
    """Field → label of everything that a version's application asks for, documents too: what a
    request for correction may name."""
    if written(version.answers) is not None:
        return {HOURS: _("採計的研習時數與證明")}
    form = reading_form(version.answers)
    return {
        name: str(form[name].label.text)
        for group in groups_of(form)
        for name in group.fields
        if name not in DECLARED
    }


def missing(version: CaseVersion) -> list[str]:
    """Labels of the documents that are asked for and not there."""
    slots = sa.select(CaseFile.slot).where(CaseFile.version_id == version.id)
    there = set(db.reading().scalars(slots))
    wanted = papers.wanted(facts(version))
    return [str(one.label) for one in wanted if not one.optional and one.name not in there]


def facts(version: CaseVersion) -> Facts:
    """What decides which documents are asked for."""
    return reading_form(version.answers).facts


def differences(old: CaseVersion, new: CaseVersion) -> list[Difference]:
    """What a version has other than the one before; documents by name, size and hash."""
    before, after = _words(old), _words(new)
    names = [*after, *(name for name in before if name not in after)]
    known = before | after
    return [
        Difference(
            name,
            known[name].label,
            before[name].value if name in before else "",
            after[name].value if name in after else "",
        )
        for name in names
        if (before[name].value if name in before else "")
        != (after[name].value if name in after else "")
    ]


def number(case_id: int, number: int) -> CaseVersion | None:
    """One version of a case. Relation is the caller's question."""
    query = sa.select(CaseVersion).where(
        CaseVersion.case_id == case_id, CaseVersion.number == number
    )
    return db.reading().scalar(query)


def national_id(version: CaseVersion) -> str:
    """As it was typed; whoever shows it masks it."""
    return str(read_answers(version.answers).get("national_id") or "")


def masked(number: str) -> str:
    """A national ID as pages show it."""
    return f"{number[:4]}•••{number[-3:]}" if len(number) >= 10 else ""


def _words(version: CaseVersion) -> dict[str, Line]:
    found = {line.name: line for part in parts(version) for line in part.lines}
    query = (
        sa.select(CaseFile.slot, StoredFile)
        .join(StoredFile, StoredFile.id == CaseFile.file_id)
        .where(CaseFile.version_id == version.id)
        .order_by(CaseFile.id)
    )
    for row in db.reading().execute(query):
        paper = papers.papers().get(row.slot)
        label = str(paper.label) if paper else proof_label(row.slot)
        told = f"{row.StoredFile.name} · SHA-256 {row.StoredFile.sha256[:12]}"
        found[row.slot] = Line(row.slot, label, told)
    return found


def _line(form: ApplicationForm, name: str) -> Line:
    field = form[name]
    value = masked(field.data or "") if name == "national_id" else field.shown()
    note = field.advice if isinstance(field, EssayField) else ""
    return Line(name, str(field.label.text), value, note)
