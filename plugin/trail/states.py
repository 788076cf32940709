"""What every state machine of the rooms can do: move or refuse, say what may follow, be drawn."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from plugin.errors import Conflict


def follow(machine: type[StateMachine], state: Any, event: str, **facts: Any) -> Any:
    """The state value that `event` leads to from `state`.

    :param facts: attributes of the machine that its conditions ask.
    :raises Conflict: it cannot follow; somebody was faster.
    """
    life = machine(start_value=state)
    for name, value in facts.items():
        setattr(life, name, value)
    try:
        life.send(event)
    except TransitionNotAllowed as error:
        names = {one.value: one.name for one in machine.states}
        raise Conflict(
            _("目前的狀態是「%(state)s」，不能這樣處理。", state=names.get(state, state)),
            remedy=_("請重新整理頁面，看看最新的狀態。"),
        ) from error
    return life.current_state_value


def may_follow(machine: type[StateMachine], state: Any) -> list[str]:
    """The events that can happen in `state`, by id."""
    return [event.id for event in machine(start_value=state).allowed_events]


def diagram(machine: type[StateMachine]) -> str:
    """The machine as a Mermaid state diagram, for the guides."""
    lines = ["stateDiagram-v2"]
    for state in machine.states:
        lines.append(f"    {state.id}: {state.name}")
        if state.initial:
            lines.append(f"    [*] --> {state.id}")
        lines += [
            f"    {state.id} --> {step.target.id}: {step.event}" for step in state.transitions
        ]
        if state.final:
            lines.append(f"    {state.id} --> [*]")
    return "\n".join(lines) + "\n"
