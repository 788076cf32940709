"""What came back, read strictly: one of the functions that were offered, with plain arguments.

Everything here was written by a stranger. Whatever is not exactly of the expected kind is either
dropped (an argument) or makes the whole answer unusable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.assistant.language_model.endpoint import Unusable

MOST_ARGUMENTS = 40
LONGEST_ARGUMENTS = 8192
LONGEST_VALUE = 500
MOST_ITEMS = 20
LARGEST = 10**12

Value = str | int | list[str | int]


@dataclass(frozen=True)
class Proposal:
    """A function that was called.

    :param arguments: slot → words, number or a list of them; nothing is known of their truth.
    """

    function: str
    arguments: Mapping[str, Value]


def read(body: bytes, offered: Collection[str]) -> Proposal | None:
    """The first function that the answer calls; None: it calls none.

    :param offered: names of functions that were offered.
    :raises Unusable: no JSON, another shape, a function that was not offered.
    """
    message = _message(_json(body))
    calls = message.get("tool_calls")
    if calls is None or calls == []:
        return None
    if not isinstance(calls, list) or not isinstance(calls[0], dict):
        raise Unusable("no list of calls")
    called = calls[0].get("function")
    if not isinstance(called, dict):
        raise Unusable("no function")
    name = called.get("name")
    if not isinstance(name, str) or name not in offered:
        raise Unusable("a function that was not offered")
    return Proposal(name, _arguments(called.get("arguments")))


def _message(answer: Any) -> dict[str, Any]:
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(message, dict):
        raise Unusable("no message")
    return message


def _arguments(told: Any) -> dict[str, Value]:
    if told is None or told == "":
        return {}
    if isinstance(told, str):
        if len(told) > LONGEST_ARGUMENTS:
            raise Unusable("arguments too long")
        told = _json(told.encode("utf-8", "replace"))
    if not isinstance(told, dict) or len(told) > MOST_ARGUMENTS:
        raise Unusable("no arguments")
    values = {slot: _value(value) for slot, value in told.items()}
    return {slot: value for slot, value in values.items() if value is not None}


def _value(told: Any) -> Value | None:
    if isinstance(told, list):
        if len(told) > MOST_ITEMS:
            return None
        return [one for one in map(_single, told) if one is not None] or None
    return _single(told)


def _single(told: Any) -> str | int | None:
    if isinstance(told, str):
        return told if told.strip() and len(told) <= LONGEST_VALUE else None
    if isinstance(told, int) and not isinstance(told, bool):
        return told if abs(told) < LARGEST else None
    return None


def _json(body: bytes) -> Any:
    """Plain JSON in UTF-8: no NaN, no name twice in one object."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_none, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unusable("no plain JSON") from None


def _none(name: str) -> None:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
