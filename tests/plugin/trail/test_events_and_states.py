"""Signals between rooms, and state machines."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from statemachine import State, StateMachine

from plugin import db
from plugin.errors import Conflict
from plugin.trail import events, states


@pytest.fixture
def heard() -> Any:
    found: list[dict[str, Any]] = []

    def hear(_sender: Any, **values: Any) -> None:
        found.append(values)

    events.outcome_certified.connect(hear)
    yield found
    events.outcome_certified.disconnect(hear)


def test_an_event_is_told_once_the_change_is_on_disk(app: Flask, heard: Any) -> None:
    with db.writing():
        events.announce(events.outcome_certified, school_id=1, outcome_id=2)
        assert heard == []
    assert heard == [{"school_id": 1, "outcome_id": 2}]


def test_what_did_not_happen_is_not_told(app: Flask, heard: Any) -> None:
    with pytest.raises(RuntimeError), db.writing():
        events.announce(events.outcome_certified, school_id=1, outcome_id=2)
        raise RuntimeError
    assert heard == []


def test_a_receiver_that_fails_stops_nobody(app: Flask, heard: Any) -> None:
    def fail(_sender: Any, **_values: Any) -> None:
        raise ValueError

    events.outcome_certified.connect(fail)
    try:
        with db.writing():
            events.announce(events.outcome_certified, outcome_id=2)
    finally:
        events.outcome_certified.disconnect(fail)
    assert heard == [{"outcome_id": 2}]


class Life(StateMachine):
    draft = State("草稿", value="draft", initial=True)
    sent = State("待認證", value="sent")
    certified = State("已認證", value="certified", final=True)
    send_in = draft.to(sent)
    withdraw = sent.to(draft)
    certify = sent.to(certified)


def test_an_event_leads_on_or_is_refused(app: Flask) -> None:
    assert states.follow(Life, "draft", "send_in") == "sent"
    assert states.follow(Life, "sent", "withdraw") == "draft"
    with pytest.raises(Conflict, match="已認證"):
        states.follow(Life, "certified", "withdraw")


def test_what_may_follow() -> None:
    assert sorted(states.may_follow(Life, "sent")) == ["certify", "withdraw"]
    assert states.may_follow(Life, "certified") == []


def test_the_diagram_holds_every_state_and_step() -> None:
    drawn = states.diagram(Life)
    assert drawn.startswith("stateDiagram-v2\n")
    for line in ("[*] --> draft", "draft --> sent: send_in", "sent: 待認證", "certified --> [*]"):
        assert f"    {line}\n" in drawn
