"""Who speaks → how their words are understood."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from plugin import clock
from plugin.actor import Actor, Role
from plugin.assistant import language_model, understanding
from plugin.assistant.language_model.functions import Standing
from plugin.assistant.language_model.second import LanguageModel
from plugin.assistant.understanding.reading import Reading, Understanding

_SPEAKS_AS = {
    Role.REGISTRY: "registry",
    Role.STUDENT_AFFAIRS: "student_affairs",
    Role.ADMINISTRATOR: "administrator",
    Role.HOMEROOM: "homeroom",
    Role.COUNSELLOR: "counsellor",
    Role.TEACHER: "teacher",
    Role.SUBSTITUTE: "teacher",
    Role.STUDENT: "student",
    Role.PARENT: "parent",
    Role.REVIEWER: "reviewer",
    Role.TRAINING_UNIT: "training_unit",
    Role.UNIT_STAFF: "unit_staff",
    Role.IR_OFFICER: "ir_officer",
    Role.EXCHANGE: "registry",
    Role.ISSUING_OFFICE: "administrator",
    Role.PROGRAMME_OFFICE: "administrator",
    Role.APPLICANT: "teacher",
}
"""School role → the role that the classifier knows, in the order in which they are heard."""

MOST_ROLES = 3


def speaks_as(actor: Actor) -> list[str]:
    """As which roles a person's words are heard; at least one."""
    held = dict.fromkeys(told for role, told in _SPEAKS_AS.items() if role in actor.roles)
    return list(held)[:MOST_ROLES] or ["student"]


def understander(
    actor: Actor, standing: Callable[[], Standing | None] = lambda: None
) -> Callable[[str], Understanding]:
    """Reads a sentence as this person's; each sentence once, at most one of them by the language
    model, where one is set and wanted.

    :param standing: the form that is being walked.
    """
    kept: dict[str, Understanding] = {}
    model: LanguageModel | None = current_app.extensions.get(language_model.EXTENSION)

    def read(text: str) -> Understanding:
        nonlocal model
        if text not in kept:
            roles = speaks_as(actor)
            kept[text] = heard = _read(text, roles)
            if model is not None and model.wanted(heard):
                kept[text] = model.read(heard, actor, roles, clock.today(), standing())
                model = None
        return kept[text]

    return read


def _read(text: str, roles: list[str]) -> Understanding:
    """With several roles, the one in which the words make most sense is believed."""
    today = clock.today()
    heard = [understanding.read(text, role=role, today=today) for role in roles]
    return max(heard, key=_sense)


def _sense(heard: Understanding) -> float:
    top: Reading = heard.readings[0]
    return top.confidence if heard.verdict != "nothing" else top.confidence - 1
