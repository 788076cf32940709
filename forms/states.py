"""Words and tones of states. The rooms own the states; here is only how they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from flask import Flask, current_app

EXTENSION = "licheng.states"
TONES = ("good", "wait", "bad", "info", "calm")


class UnknownState(LookupError):
    """A page shows a state for which no words were registered."""

    code = "state.unknown"


@dataclass(frozen=True)
class StateLabel:
    """Words of a state and its tone.

    Attributes:
        text: short, as in a tag.
        tone: good, wait, bad, info or calm.
    """

    text: Any
    tone: str = "calm"

    def __post_init__(self) -> None:
        if self.tone not in TONES:
            raise ValueError(f"tone {self.tone!r} is none of {TONES}")


def register_states(app: Flask, kind: str, labels: Mapping[Any, StateLabel]) -> None:
    """Give the words for the states of one kind, e.g. "outcome". Keys: enum members or values."""
    plain = {_plain(key): label for key, label in labels.items()}
    app.extensions.setdefault(EXTENSION, {}).setdefault(kind, {}).update(plain)


def state_label(kind: str, state: Any) -> StateLabel:
    """The words of a state. Raises UnknownState when nobody registered them."""
    known = current_app.extensions.get(EXTENSION, {}).get(kind, {})
    try:
        found: StateLabel = known[_plain(state)]
    except KeyError:
        raise UnknownState(f"{kind}: {state!r}") from None
    return found


def _plain(state: Any) -> str:
    return str(state.value) if isinstance(state, Enum) else str(state)
