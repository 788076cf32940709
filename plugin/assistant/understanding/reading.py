"""What understanding answers: readings of a sentence, its slots, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["clear", "unsure", "nothing"]


class UnderstandingError(Exception):
    """Training data or model cannot be used; the message says what to do."""

    code = "UNDERSTANDING_UNUSABLE"


@dataclass(frozen=True)
class Span:
    """Words of the text that fill a slot.

    :param start, end: positions in the text as it was typed.
    :param value: ISO date, term '1'|'2', an integer, or the words themselves.
    """

    slot: str
    text: str
    start: int
    end: int
    value: object


@dataclass(frozen=True)
class Reading:
    """One thing that the sentence may ask for, with a calibrated probability."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Understanding:
    """A sentence as it was understood.

    :param readings: all intents, the likeliest first.
    :param verdict: `clear`: act on the first reading; `unsure`: offer the first two;
        `nothing`: say so and offer the nearest three.
    """

    text: str
    readings: tuple[Reading, ...]
    slots: Mapping[str, object] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    verdict: Verdict = "clear"

    @property
    def intent(self) -> str:
        """What the sentence asks for; `out_of_scope` when nothing was near enough."""
        return "out_of_scope" if self.verdict == "nothing" else self.readings[0].intent
