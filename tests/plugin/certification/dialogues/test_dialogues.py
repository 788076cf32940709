"""Whole conversations about certification with the trained model; all come to their end."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.assistant.understanding import Understander
from tests.factories import FrozenClock
from tests.factories.school import count_anew
from tests.plugin.assistant.conftest import model_path, trained, understander  # noqa: F401
from tests.plugin.assistant.dialogues.runner import ACT_AS, Acting, House, csrf
from tests.plugin.assistant.dialogues.scripts import Script, read_all
from tests.plugin.assistant.dialogues.watching import watched
from tests.plugin.certification.dialogues.cast import happen, make_cast, missed

FEWEST = 60
HOUSE = House(make_cast, happen, missed)
SCRIPTS = read_all(Path(__file__).parent)


@pytest.fixture(autouse=True)
def _no_papers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters and certificates are asked for; that they are made is tested elsewhere."""
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)


def test_every_role_and_form_has_its_dialogues() -> None:
    assert len(SCRIPTS) >= FEWEST
    assert {one.part for one in SCRIPTS} >= {
        "teacher", "visitor", "clerk", "first", "colleague", "admin",
    }  # fmt: skip


def test_dialogues_are_completed(
    app: Flask,
    client: FlaskClient,
    act_as: ACT_AS,
    clock: FrozenClock,
    trained: Understander,  # noqa: F811
) -> None:
    failed: list[tuple[Script, str, list[str]]] = []
    act_as(make_cast().actor("clerk"))
    token, today = csrf(client), clock()
    with watched() as watch:
        for script in SCRIPTS:
            count_anew()
            clock.set(today)
            acting = Acting(script, client, act_as, clock, token, watch, house=HOUSE)
            fault = acting.fault()
            if fault:
                failed.append((script, fault, acting.lines))
    for script, fault, lines in failed:
        print(f"\nFAILED {script.name} ({script.form}): {fault}")
        print("\n".join(lines))
    assert not failed, [f"{script.name}: {fault}" for script, fault, _lines in failed]
