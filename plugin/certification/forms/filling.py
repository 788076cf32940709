"""The application's form for one person, and its answers as plain values and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask import has_request_context, url_for

from forms.definition import every_field
from forms.lookup import Entry
from plugin import clock
from plugin.actor import Actor
from plugin.certification import papers
from plugin.certification.drafting import Application
from plugin.certification.forms.application import VERSION, ApplicationForm, is_part
from plugin.certification.queries.schools import SchoolLookup
from plugin.certification.stage import PaperStage
from plugin.school import rules
from plugin.school.terms import term_of

ESSAYS = ("essay1", "essay2", "essay3", "essay4", "essay5")


def application_form(
    actor: Actor, data: Any, *, only: Collection[str] | None = None, csrf: bool = True
) -> ApplicationForm:
    """The form for one applicant: own files, the school's limits, the list of schools.

    :param data: form data, or None for an empty form.
    :param only: the items of an open correction.
    """
    assert actor.school_id is not None
    meta: dict[str, Any] = {"lookup": SchoolLookup(actor.school_id, _address()), "only": only}
    if not csrf:
        meta["csrf"] = False
    form = ApplicationForm(data, stage=PaperStage(actor), meta=meta)
    year = term_of(clock.today()).academic_year
    for name, paper in papers.papers().items():
        form[name].max_bytes = rules.number(actor.school_id, paper.rule, year)
    for name in ESSAYS:
        form[name].low = rules.number(actor.school_id, "case.essay.min", year)
        form[name].high = rules.number(actor.school_id, "case.essay.max", year)
    return form


def application_of(form: ApplicationForm) -> Application:
    """What is handed in: every answer that belongs to the application, whoever asks for how many
    of them now."""
    files = {
        name: int(form[name].data.ref)
        for name in papers.papers()
        if form[name].data is not None and is_part(form, name)
    }
    return Application(answers_of(form), files, VERSION)


def answers_of(form: ApplicationForm) -> dict[str, Any]:
    """Field → value: text, choice, True or False, a date as ISO; no files."""
    found: dict[str, Any] = {}
    for name in every_field(form):
        if name not in papers.papers() and is_part(form, name):
            value = form[name].data
            found[name] = value.isoformat() if isinstance(value, date) else value
    found["organisation_code"] = form.basics().organisation_code
    return found


def words_of(answers: Mapping[str, Any], files: Mapping[str, int]) -> dict[str, list[str]]:
    """Answers as a draft keeps them, e.g. for the answer to a request for correction."""
    words: dict[str, list[str]] = {}
    for name, value in answers.items():
        if value is True:
            words[name] = ["y"]
        elif value not in (None, False, ""):
            words[name] = [str(value)]
    words.update({f"{name}-ref": [str(file_id)] for name, file_id in files.items()})
    words.pop("organisation_code", None)
    return words


class AsWritten:
    """The school of a version as it was found then, whatever the list says now."""

    url = ""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._code = str(answers.get("organisation_code") or "")

    def find(self, text: str) -> Entry | None:
        """What was written, when it was found in the list."""
        name = text.removesuffix(f"（{self._code}）")
        return Entry(self._code, name) if self._code else None

    def search(self, _text: str, _limit: int) -> Sequence[Entry]:
        """Nothing is looked up any more."""
        return ()


def reading_form(answers: str) -> ApplicationForm:
    """A version's answers in the form, to be read: labels and words of now, no files.

    :param answers: `CaseVersion.answers`.
    """
    from forms.walk import data_of

    said: dict[str, Any] = json.loads(answers)
    meta = {"lookup": AsWritten(said), "only": None, "csrf": False}
    return ApplicationForm(data_of(words_of(said, {})), meta=meta)


def _address() -> str:
    return url_for("certification.school_search") if has_request_context() else ""
