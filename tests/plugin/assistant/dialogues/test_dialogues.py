"""Whole conversations with the trained model: how many come to their end."""

from __future__ import annotations

import time
from collections import Counter

from flask import Flask
from flask.testing import FlaskClient

from plugin.assistant.understanding import Understander
from tests.factories import FrozenClock
from tests.factories.school import count_anew
from tests.plugin.assistant.dialogues.runner import ACT_AS, Acting, csrf
from tests.plugin.assistant.dialogues.scripts import Script, read_all
from tests.plugin.assistant.dialogues.watching import watched

COMPLETED = 0.95
"""Share of the dialogues that must be completed."""
FEWEST = 320
PATTERNS = {
    "happy", "several values", "correction", "cancel", "cancel then resume", "resume tomorrow",
    "skip", "skip what is required", "back", "undo", "repeat", "why", "help", "progress",
    "digression", "nested", "not understood", "unsure", "deny at summary", "confirm by typing",
    "stale confirmation", "hand-off", "file alone", "several files", "wrong file type",
    "too large file", "ambiguous course", "ordinal", "minguo dates", "reset", "typos",
    "wrong role", "rooms not opened", "empty", "very long", "prompt injection", "two windows",
}  # fmt: skip
"""What may happen in a conversation; each of them in some dialogue."""


def test_every_pattern_has_its_dialogues() -> None:
    scripts = read_all()
    assert len(scripts) >= FEWEST
    assert {one.pattern for one in scripts} == PATTERNS


def test_dialogues_are_completed(
    app: Flask, client: FlaskClient, act_as: ACT_AS, clock: FrozenClock, trained: Understander
) -> None:
    scripts = read_all()
    begun, today = time.process_time(), clock()
    failed: list[tuple[Script, str, list[str]]] = []
    first = None
    with watched() as watch:
        for script in scripts:
            count_anew()
            clock.set(today)
            acting = Acting(script, client, act_as, clock, first or "", watch)
            if first is None:
                first = acting.csrf = _first_token(acting)
            fault = acting.fault()
            if fault:
                failed.append((script, fault, acting.lines))
    share = 1 - len(failed) / len(scripts)
    for script, fault, lines in failed:
        print(f"\nFAILED {script.name} ({script.pattern}, {script.form}): {fault}")
        print("\n".join(lines))
    by_pattern = Counter(one.pattern for one in scripts)
    print(f"\n{len(scripts)} dialogues, {len(by_pattern)} patterns,", end=" ")
    print(f"{share:.3f} completed, {time.process_time() - begun:.0f} s of one core")
    assert share >= COMPLETED, [f"{script.name}: {fault}" for script, fault, _lines in failed]


def _first_token(acting: Acting) -> str:
    from tests.plugin.assistant.dialogues.cast import make_cast

    acting.act_as(make_cast().actor("pupil"))
    return csrf(acting.client)
