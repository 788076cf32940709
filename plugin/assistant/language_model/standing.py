"""Which form is being walked, as far as a model may know."""

from __future__ import annotations

from forms.definition import FieldDefinition
from plugin.assistant.dialogue.talk import Talk
from plugin.assistant.language_model.functions import FREE, Standing
from plugin.errors import Refusal


def standing(talk: Talk) -> Standing | None:
    """The current task's form; None: none is walked."""
    task = talk.state.task
    if task is None:
        return None
    skill = talk.skill(task)
    try:
        walk = talk.walk(task)
    except Refusal:
        return Standing(skill.intent, private=True)
    open_ = set(walk.open())
    fields: dict[str, FieldDefinition] = {}
    closed: set[str] = set()
    for slot, name in skill.fields.items():
        question = walk.question(name)
        if question.pii or question.kind == "file":
            closed.add(slot)
        elif name in open_:
            fields[slot] = question
    asked = walk.question(task.asking) if task.asking in walk.names else None
    private = asked is not None and (asked.pii or asked.kind in FREE)
    return Standing(skill.intent, fields, frozenset(closed), private)
