"""What is said while a form stands: an answer, a correction, a digression, a word that steers."""

from __future__ import annotations

from flask_babel import gettext as _

from forms.definition import FieldDefinition
from forms.text import normalise
from plugin import skills
from plugin.assistant.dialogue import (
    asking,
    commands,
    correcting,
    meanings,
    starting,
    steering,
    taking,
)
from plugin.assistant.dialogue.state import Task
from plugin.assistant.dialogue.talk import Talk
from plugin.assistant.understanding.reading import Understanding
from plugin.skills import Asked
from plugin.skills.replies import Part, Say

SURE = 0.75
"""Confidence at which something else than an answer is believed while a form is walked."""

PLAINLY = 0.9
"""The same where any words could be an answer."""


def heard(talk: Talk, task: Task, words: str) -> list[Part]:
    """Answer whatever is said while a task is current."""
    walk = talk.walk(task)
    told: list[Part] = []
    if talk.said.files:
        told = taking.files(talk, task, walk, talk.said.files)
        if not words:
            return told + asking.onward(talk, task, walk)
    if task.asking and _offered(walk.question(task.asking), words):
        answered = taking.from_words(talk, task, walk, task.asking, words)
        return steering.onward(talk, task, told + (answered or []))
    command = commands.command(words)
    if command in {"confirm", "deny"} and task.asking:
        # A yes is an answer where a yes is asked for.
        if walk.question(task.asking).kind == "tick":
            command = None
        elif command == "confirm":
            command = "repeat"
    if command is not None and command in steering.STEERING:
        return told + steering.STEERING[command](talk, task)
    changed = correcting.correction(talk, task, words)
    if changed is not None:
        return told + changed
    if task.asking:
        return told + _answer(talk, task, words)
    return told + _beside_summary(talk, task, words)


def _offered(field: FieldDefinition, words: str) -> bool:
    """Whether these are the words of a button under the question, which mean nothing else."""
    return normalise(words) in {normalise(answer) for _name, answer in field.offers}


def _answer(talk: Talk, task: Task, words: str) -> list[Part]:
    """What is typed while a question stands: its answer, something to do first, or neither."""
    walk = talk.walk(task)
    field = walk.question(task.asking)
    free = field.kind in {"text", "long_text", "summary"}
    if not free:
        answered = taking.from_words(talk, task, walk, task.asking, words)
        if answered is not None:
            return steering.onward(talk, task, answered)
    heard = talk.understand(words)
    elsewhere = _elsewhere(talk, task, heard, free=free)
    if elsewhere is not None:
        return elsewhere
    if _is_own(talk, task, heard) and (not free or heard.readings[0].confidence >= SURE):
        filled = taking.from_slots(talk, task, walk, Asked(words, heard.slots))
        if filled or talk.state.question is not None:
            return steering.onward(talk, task, filled)
    if free:
        text = correcting.without_marker(words, str(field.label))
        answered = taking.from_words(talk, task, walk, task.asking, text)
        return steering.onward(talk, task, answered or [])
    return steering.missed(talk, task)


def _is_own(talk: Talk, task: Task, heard: Understanding) -> bool:
    return heard.readings[0].intent == talk.skill(task).intent


def _elsewhere(talk: Talk, task: Task, heard: Understanding, *, free: bool) -> list[Part] | None:
    """A question or another job in the midst of a form; None: it is none.

    Where any words are an answer, only what is plainly none is taken for something else.
    """
    top = heard.readings[0]
    sure = PLAINLY if free else SURE
    if heard.verdict != "clear" or top.confidence < sure or _is_own(talk, task, heard):
        return None
    if top.intent in meanings.CONTROL:
        command = meanings.CONTROL[top.intent]
        if command in {"confirm", "deny"}:
            return None
        return steering.STEERING[command](talk, task)
    if top.intent in meanings.TALK:
        told = starting.everything(talk) if top.intent == "help" else []
        return told + asking.again(talk, task)
    found = [one for one in skills.of_intent(top.intent) if one.allows(talk.actor)]
    if not found or (free and not _asks(heard.text)):
        return None
    told = starting.begin(talk, top.intent, Asked(heard.text, heard.slots))
    if talk.state.task is task and talk.state.question is None:
        return told + asking.again(talk, task)
    return told


_QUESTION = (
    "?", "？", "嗎", "呢", "什麼", "哪", "幾", "多少", "怎麼", "如何", "了沒", "幫我", "我要",
    "我想", "查", "看", "what", "when", "how", "show me", "i want",
)  # fmt: skip
"""Words without which a sentence in the place of a free answer is taken as that answer."""


def _asks(text: str) -> bool:
    return any(one in text.lower() for one in _QUESTION)


def _beside_summary(talk: Talk, task: Task, words: str) -> list[Part]:
    """Something said while the summary stands: a new value, a question, another job."""
    heard = talk.understand(words)
    top = heard.readings[0]
    walk = talk.walk(task)
    if top.intent in meanings.CONTROL and top.confidence >= SURE:
        command = meanings.CONTROL[top.intent]
        if command in steering.STEERING:
            return steering.STEERING[command](talk, task)
    elsewhere = _elsewhere(talk, task, heard, free=False)
    if elsewhere is not None:
        return elsewhere
    told: list[Part] = [Say(_("請按「%(confirm)s」，或告訴我要修改哪一項。",
                             confirm=talk.skill(task).confirm), "hint")]  # fmt: skip
    return told + asking.summary(talk, task, walk)
