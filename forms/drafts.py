"""Answers on the way: kept after every step, found again on another day or by another door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict

from forms.definition import Form


@dataclass(frozen=True)
class DraftKey:
    """Whose draft of what: a person has one draft of a form about a subject.

    Attributes:
        person: stable id of the person within the installation.
        form: `Form.Meta.name`.
        subject: what the form is about ("outcome:42"), or "new".
    """

    person: str
    form: str
    subject: str = "new"


@dataclass(frozen=True)
class Draft:
    """What was typed so far, word for word, also where it is not valid yet.

    Attributes:
        version: `Form.Meta.version` when it was saved.
        values: posted name → words; files by reference. JSON-safe.
        done: keys of the groups that passed validation.
        saved_at: when the store took it; None before.
    """

    key: DraftKey
    version: str
    values: Mapping[str, list[str]] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    saved_at: datetime | None = None


class DraftStore(Protocol):
    """Where drafts live. The store checks nothing but the key: the key names the person.

    A draft may hold personal data (fields with `Ask.pii`): keep `values` encrypted at rest.
    """

    def get(self, key: DraftKey) -> Draft | None:
        """The draft, or None."""

    def save(self, draft: Draft) -> Draft:
        """Keep it, in place of an earlier one; returns it with `saved_at`."""

    def delete(self, key: DraftKey) -> None:
        """Forget it; no error when there is none."""


def load(store: DraftStore, key: DraftKey, version: str) -> Draft:
    """The draft to go on with.

    An older version keeps its words, but every group must be looked at again.
    """
    found = store.get(key)
    if found is None:
        return Draft(key, version)
    if found.version != version:
        return replace(found, version=version, done=())
    return found


def answers(draft: Draft) -> MultiDict[str, Any]:
    """The draft as form data, to be read by the form class like a post."""
    return MultiDict((name, one) for name, many in draft.values.items() for one in many)


def typed(form: Form, names: Iterable[str]) -> dict[str, list[str]]:
    """What a draft keeps of some fields of a form that has read a post."""
    kept: dict[str, list[str]] = {}
    for name in names:
        kept.update(form[name].draft_values())
    return kept
