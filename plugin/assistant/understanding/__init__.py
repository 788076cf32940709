"""Understanding: a sentence, the role that says it and the day in; readings and slots out.

No Flask and no database; nothing here decides what a person may do. The model is read once a
process, at the first sentence, from the place that `configure` was given.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from threading import Lock

from plugin.assistant.understanding.intents import OUT_OF_SCOPE
from plugin.assistant.understanding.marked import Mark
from plugin.assistant.understanding.model import Model, fingerprint, load
from plugin.assistant.understanding.reading import (
    Reading,
    Span,
    Understanding,
    UnderstandingError,
    Verdict,
)
from plugin.assistant.understanding.slots import read_slots

__all__ = [
    "Reading",
    "Span",
    "Understander",
    "Understanding",
    "UnderstandingError",
    "configure",
    "read",
]

LONGEST = 2000
"""Characters of one turn that are read; nobody says more, and time stays short."""
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, as a damaged message has them: no letters."""


class Understander:
    """Reads sentences with one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._tagging = Lock()  # CRFsuite's tagger keeps one sentence at a time

    @classmethod
    def at(cls, path: Path, *, expected: str | None = None) -> Understander:
        """The model of a file.

        Raises:
            UnderstandingError: no model there, or a stale one; the message says what to do.
        """
        return cls(load(path, expected=expected))

    def read(self, text: str, *, role: str, today: date) -> Understanding:
        """What a sentence asks for, and the values in it (SPEC section 5).

        :param role: a role of intents.yaml; another one counts as none.
        :param today: relative dates count from it.
        """
        spoken = _HALVES.sub(" ", text[:LONGEST])
        model = self._model
        if not any(one.isalnum() or not one.isascii() for one in spoken.strip()):
            return Understanding(text, self._nothing(), verdict="nothing")
        chances = model.classifier.probabilities(spoken, role)
        readings = tuple(
            Reading(model.classifier.intents[at], float(chances[at])) for at in (-chances).argsort()
        )
        verdict = self._verdict(readings)
        intent = OUT_OF_SCOPE if verdict == "nothing" else readings[0].intent
        allowed = model.slots.get(intent, frozenset())
        marks: list[Mark] = []
        if allowed:
            with self._tagging:
                marks = model.tagger.marks(spoken, intent, today)
        slots, spans = read_slots(spoken, intent, marks, today, allowed)
        return Understanding(text, readings, slots, spans, verdict)

    def _nothing(self) -> tuple[Reading, ...]:
        names = sorted(self._model.classifier.intents, key=lambda name: name != OUT_OF_SCOPE)
        return tuple(Reading(name, float(name == OUT_OF_SCOPE)) for name in names)

    def _verdict(self, readings: tuple[Reading, ...]) -> Verdict:
        best = readings[0]
        limits = self._model.thresholds
        if best.intent == OUT_OF_SCOPE or best.confidence < limits.nothing:
            return "nothing"
        return "clear" if best.confidence >= limits.clear else "unsure"


_path = Path("var/assistant/model")
_loaded: dict[Path, Understander] = {}
_loading = Lock()


def configure(path: Path) -> None:
    """Where this process finds its model."""
    global _path
    _path = path


def read(text: str, *, role: str, today: date) -> Understanding:
    """What a sentence asks for, with the model of this process, which is loaded the first time.

    Raises:
        UnderstandingError: no model, or a stale one; the message says what to do.
    """
    path = _path
    with _loading:
        if path not in _loaded:
            _loaded[path] = Understander.at(path, expected=fingerprint())
    return _loaded[path].read(text, role=role, today=today)
