"""What intents and words mean to a dialogue: steering, small talk, names of questions."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from flask_babel import get_locale

from plugin.assistant.matching import plain
from plugin.assistant.understanding.intents import intents

CONTROL = {
    "confirm": "confirm",
    "deny": "deny",
    "cancel": "cancel",
    "back": "back",
    "handoff.form": "handoff",
}
"""Intent → command (`commands.yaml`)."""

TALK = frozenset({"greet", "help"})
"""Intents that no room answers."""

TAKE_FILES = frozenset({"outcome.upload", "experience.upload", "counselling.log"})
"""Intents that a file without a word may be meant for."""


USUAL = (
    "outcome.upload", "outcome.status", "selection.choose", "certify.pending", "certify.approve",
    "certify.return", "counselling.log", "progress.show", "reminder.send", "submission.create",
    "manifest.generate", "role.grant", "window.set", "roster.import", "deadline.show",
    "experience.upload", "counselling.show", "record.show", "selection.show", "receipt.show",
)  # fmt: skip
"""What people come for, the commonest first; everything else follows."""


def rank(intent: str) -> int:
    """The place of an intent where some of all are offered."""
    return USUAL.index(intent) if intent in USUAL else len(USUAL)


def called(words: str) -> str | None:
    """The intent whose own short name these words are."""
    said = plain(words)
    return next(
        (one for one, told in intents().items() if said in {plain(told.zh), plain(told.en)}), None
    )


def name(intent: str) -> str:
    """A short name of an intent in the reader's language."""
    found = intents()[intent]
    return found.en if str(get_locale() or "").startswith("en") else found.zh


@cache
def _groups() -> tuple[frozenset[str], ...]:
    text = Path(__file__).with_name("field_words.yaml").read_text(encoding="utf-8")
    return tuple(frozenset(plain(one) for one in line.split(",")) for line in yaml.safe_load(text))


def names_of(label: str) -> list[str]:
    """What people call the question of that label, the longest first, as `plain` writes."""
    told = plain(label)
    found = {told}
    for group in _groups():
        if any(one in told for one in group):
            found |= group
    return sorted(found, key=len, reverse=True)


def field_called(words: str, labels: list[tuple[str, str]]) -> str | None:
    """The field that the words name; None: none, or more than one.

    :param labels: (field, label).
    """
    said = plain(words)
    if not said:
        return None
    for _pass in (
        lambda told: said == told,
        lambda told: len(said) > 1 and (told.endswith(said) or said.endswith(told)),
    ):
        found = [field for field, label in labels if _pass(plain(label))]
        if len(found) == 1:
            return found[0]
    found = [field for field, label in labels if said in names_of(label)]
    return found[0] if len(found) == 1 else None
