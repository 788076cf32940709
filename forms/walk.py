"""The third door: one question at a time, in any order, with as many answers as a sentence holds.

It shares the wizard's draft: what was said here is found there, and the other way round.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from forms import drafts
from forms.definition import (
    FieldDefinition,
    Form,
    describe,
    every_field,
    field_names,
    groups_of,
)
from forms.drafts import Draft, DraftKey, DraftStore
from forms.wizard import Incomplete, Row


@dataclass(frozen=True)
class Taken:
    """What became of some answers.

    Attributes:
        good: fields whose answer stands.
        faults: field → what is wrong with its answer. What was typed is kept all the same, so
            that another door shows it; the question stays open.
        before: field → what the draft held before, for taking the answers back.
    """

    good: tuple[str, ...]
    faults: Mapping[str, tuple[str, ...]]
    before: Mapping[str, Mapping[str, list[str]]]


class Walk:
    """One person's conversation over one form.

    Args:
        build: makes the form from form data, or empty from None; no CSRF.
        store: where drafts live.
        person, subject: with the form's name, the key of the draft.
        skipped: optional questions that were passed over.
        first: posted words that a draft begins with, e.g. of the record that is revised.
        anew: names of fields, by the answers so far, whose answer was brought along and is asked
            all the same, until it is given or passed over.
    """

    def __init__(
        self,
        build: Callable[[Any], Form],
        store: DraftStore,
        *,
        person: str,
        subject: str = "new",
        skipped: Collection[str] = (),
        first: Mapping[str, Sequence[str]] | None = None,
        anew: Callable[[Form], Collection[str]] | None = None,
    ) -> None:
        self._anew = anew
        self._build = build
        self._store = store
        blank = build(None)
        self.definition = describe(blank)
        self.key = DraftKey(person, self.definition.name, subject)
        self._every = every_field(blank)
        self.skipped = set(skipped)
        self._still: Draft | None = None
        self._begin(first)

    def _begin(self, first: Mapping[str, Sequence[str]] | None) -> None:
        found = self._store.get(self.key)
        self.resumed = found is not None and any(found.values.values())
        """Whether a draft was there already."""
        if not self.resumed and first:
            values = {name: list(words) for name, words in first.items()}
            self._save(values)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that are asked, in order, by the answers so far."""
        return _asked(self.form())

    def hold_still(self) -> None:
        """Read the draft a last time: whatever another door does to it from here on, what `shown`
        tells is what `finish` gives. Nothing can be taken any more."""
        self._still = self.draft()

    def draft(self) -> Draft:
        """The draft as it stands."""
        return self._still or drafts.load(self._store, self.key, self.definition.version)

    def form(self) -> Form:
        """The form filled with the draft; nothing validated."""
        return self._build(drafts.answers(self.draft()))

    def question(self, name: str) -> FieldDefinition:
        """One field in plain words, its choices those of this person now. Raises KeyError."""
        return describe(self.form()).field(name)

    def put(self, answers: Mapping[str, Sequence[Any]]) -> Taken:
        """Take answers to some fields: posted words, or uploads for a file.

        Whatever way an answer came, it is validated here. Raises KeyError for an unknown field.
        """
        names = [name for name in self._every if name in answers]
        if len(names) != len(answers):
            raise KeyError(sorted(set(answers) - set(names)))
        draft = self.draft()
        data = drafts.answers(draft)
        blank = self._build(None)
        posted = {name: blank[name].posted_names for name in names}
        for name in names:
            for one in posted[name]:
                data.poplist(one)
            data.setlist(_target(blank[name], answers[name]), list(answers[name]))
        form = self._build(data)
        faults = {name: found for name in names if (found := _faults(form, name))}
        before = {
            name: {one: list(draft.values[one]) for one in posted[name] if one in draft.values}
            for name in names
        }
        kept = _without(draft.values, [one for name in names for one in posted[name]])
        self._save({**kept, **drafts.typed(form, names)})
        self.skipped -= set(names)
        # "no" to an optional tick leaves nothing in the draft, and is an answer all the same
        self.skipped |= {name for name in names if not answers[name] and not blank[name].required}
        self.skipped |= self.brought() & (set(names) - set(faults))
        return Taken(tuple(name for name in names if name not in faults), faults, before)

    def post(self, data: MultiDict[str, Any]) -> Form:
        """Take a whole page of answers, keep them, validate them; look at the form's `errors`."""
        form = self._build(data)
        names = _asked(form)
        form.validate_fields(names)
        self._save(drafts.typed(form, names))
        return form

    def back(self, before: Mapping[str, Mapping[str, list[str]]]) -> None:
        """Put fields back to what they held (see `Taken.before`)."""
        blank = self._build(None)
        gone = [one for name in before if name in self._every for one in blank[name].posted_names]
        kept = _without(self.draft().values, gone)
        for name, words in before.items():
            if name in self._every:
                kept.update({one: list(values) for one, values in words.items()})
        self._save(kept)

    def skip(self, name: str) -> None:
        """Pass over an optional question, or one whose answer was brought along and may stand; an
        answer that does not pass is dropped.

        Raises:
            Incomplete: it must be answered.
        """
        if self._build(None)[name].required and name not in self.brought():
            raise Incomplete(name)
        form = self.form()
        if _faults(form, name):
            self._save(_without(self.draft().values, form[name].posted_names))
        self.skipped.add(name)

    def open(self) -> list[str]:
        """Fields that are still to be asked, in order: required ones without a good answer,
        optional ones neither answered nor passed over, and answers that do not pass."""
        form = self.form()
        brought = self.brought() - self.skipped
        return [
            name
            for name in _asked(form)
            if _faults(form, name)
            or (not answered(form, name) and self._asks(form, name))
            or name in brought
        ]

    def brought(self) -> set[str]:
        """Fields with an answer that was brought along and may stand, once it was looked at."""
        if self._anew is None:
            return set()
        form = self.form()
        return {name for name in self._anew(form) if answered(form, name)}

    def _asks(self, form: Form, name: str) -> bool:
        return form[name].required or name not in self.skipped

    def faults(self) -> dict[str, tuple[str, ...]]:
        """Field → faults of an answer that stands in the draft and does not pass."""
        form = self.form()
        found = {name: _faults(form, name) for name in _asked(form) if answered(form, name)}
        return {name: one for name, one in found.items() if one}

    def progress(self) -> tuple[int, int]:
        """(questions done, questions in all)."""
        asked = len(self.names)
        return asked - len(self.open()), asked

    def rows(self) -> list[Row]:
        """All answers as a person reads them back."""
        form = self.form()
        return [
            Row(str(form[name].label.text), form[name].shown(), "", name) for name in _asked(form)
        ]

    def finish(self) -> Form:
        """The whole form, validated, for the operation. The draft stays until `forget`.

        Raises:
            Incomplete: `first` is a field at fault.
        """
        form = self.form()
        names = _asked(form)
        if not form.validate_fields(names):
            at_fault = [name for name in names if form[name].errors]
            raise Incomplete(at_fault[0] if at_fault else names[0])
        return form

    def why_not(self) -> list[str]:
        """What is wrong with the whole form, rules between fields included."""
        form = self.form()
        names = _asked(form)
        form.validate_fields(names)
        found = [str(one) for name in names for one in form[name].errors]
        return [*found, *(str(one) for one in form.form_errors)]

    def shown(self) -> str:
        """A digest of exactly what a person reads before confirming: form, version, subject,
        and every answer in words and as posted. Hexadecimal."""
        told = {
            "key": [self.key.person, self.key.form, self.key.subject],
            "version": self.definition.version,
            "rows": [[one.name, one.label, one.value] for one in self.rows()],
            "values": {name: list(words) for name, words in self.draft().values.items()},
        }
        words = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()

    def forget(self) -> None:
        """Drop the draft, after the operation has taken over."""
        self._store.delete(self.key)

    def _save(self, values: Mapping[str, list[str]]) -> None:
        if self._still is not None:
            raise RuntimeError("a draft that is held still takes no answers")
        draft = replace(self.draft(), values=values)
        form = self._build(drafts.answers(draft))
        done = tuple(
            group.key
            for group in groups_of(form)
            if all(
                not _faults(form, name) and (answered(form, name) or not form[name].required)
                for name in group.fields
            )
            and any(answered(form, name) for name in group.fields)
        )
        self._store.save(replace(draft, done=done))


def answered(form: Form, name: str) -> bool:
    """Whether a field holds an answer, good or bad."""
    one = form[name]
    words = one.draft_values()
    return bool(one.data) or any(word for many in words.values() for word in many)


def empty(form: Form) -> bool:
    """Whether nothing at all was answered."""
    return not any(answered(form, name) for name in field_names(form))


def _faults(form: Form, name: str) -> tuple[str, ...]:
    """What is wrong with one answer by itself; nothing is wrong with no answer."""
    if not answered(form, name) and not form[name].process_errors:
        return ()
    form.validate_fields([name])
    return tuple(str(one) for one in form[name].errors)


def _asked(form: Form) -> tuple[str, ...]:
    return tuple(name for group in groups_of(form) for name in group.fields)


def _target(field: Any, answer: Sequence[Any]) -> str:
    """A file that has arrived before is posted by reference."""
    if field.kind == "file" and all(isinstance(one, str) for one in answer):
        return str(field.ref_name)
    return str(field.name)


def _without(values: Mapping[str, list[str]], names: Collection[str]) -> dict[str, list[str]]:
    return {name: words for name, words in values.items() if name not in names}


def data_of(answers: Mapping[str, Sequence[Any]]) -> MultiDict[str, Any]:
    """Answers as form data."""
    return MultiDict((name, one) for name, many in answers.items() for one in many)
