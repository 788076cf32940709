"""What is said while a form stands: an answer, a correction, a digression, a word that steers."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from forms.definition import FieldDefinition
from forms.text import normalise
from forms.walk import Walk
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
    ticked = _ticked(walk, words)
    if ticked is not None:
        return steering.onward(talk, task, told + taking.put(task, walk, {ticked: ["y"]}))
    command, words = _command(task, walk, words)
    if command is not None and command in steering.STEERING:
        return told + steering.STEERING[command](talk, task)
    changed = correcting.correction(talk, task, words)
    if changed is not None:
        return told + changed
    if task.asking:
        return told + _answer(talk, task, words)
    return told + _beside_summary(talk, task, words)


def _command(task: Task, walk: Walk, words: str) -> tuple[str | None, str]:
    """The word that steers, and the words as they are to be read; a yes is an answer where a yes
    is asked for, and where just one thing can be meant."""
    command = commands.command(words)
    if command not in {"confirm", "deny"} or not task.asking:
        return command, words
    field = walk.question(task.asking)
    if field.kind == "tick":
        return None, words
    if command == "confirm":
        only = [str(label) for value, label in field.choices if value]
        return (None, only[0]) if len(only) == 1 else ("repeat", words)
    return command, words


def _offered(field: FieldDefinition, words: str) -> bool:
    """Whether these are the words of a button under the question, which mean nothing else."""
    buttons = [answer for _name, answer in field.offers]
    buttons += [label for value, label in field.choices if value]
    return normalise(words) in {normalise(one) for one in buttons}


def _ticked(walk: Walk, words: str) -> str | None:
    """The tick whose own words these are, where it is not answered yet."""
    for name in walk.open():
        field = walk.question(name)
        if field.kind == "tick" and normalise(words) == normalise(field.label):
            return name
    return None


def _answer(talk: Talk, task: Task, words: str) -> list[Part]:
    """What is typed while a question stands: its answer, something to do first, or neither."""
    walk = talk.walk(task)
    field = walk.question(task.asking)
    free = field.kind in {"text", "long_text", "summary"}
    if not free:
        answered = taking.from_words(talk, task, walk, task.asking, words)
        if answered is not None:
            return steering.onward(talk, task, answered + _beside(talk, task, words))
        filled = _filled(talk, task, walk, words)
        if filled is not None:
            return steering.onward(talk, task, filled)
    if free and len(words) >= ESSAY:
        return steering.onward(
            talk, task, taking.from_words(talk, task, walk, task.asking, words) or []
        )
    heard = talk.understand(words)
    elsewhere = _elsewhere(talk, task, heard, free=free)
    if elsewhere is not None:
        return elsewhere
    more = {talk.skill(task).fields.get(slot) for slot in heard.slots} - {task.asking, None}
    if _is_own(talk, task, heard) and (
        not free or (more and heard.readings[0].confidence >= SURE)  # else all of it is the answer
    ):
        filled = taking.from_slots(talk, task, walk, Asked(words, heard.slots))
        if filled or talk.state.question is not None:
            return steering.onward(talk, task, filled)
    if free:
        text = _without_because(field, correcting.without_marker(words, str(field.label)))
        answered = taking.from_words(talk, task, walk, task.asking, text)
        return steering.onward(talk, task, answered or [])
    reason = _reason(talk, task, walk, words)
    return steering.missed(talk, task) if reason is None else steering.onward(talk, task, reason)


ESSAY = 80
"""Characters of a text that nobody writes to ask for something else."""

LONG = 12
"""Characters of an answer that may hold more than what was asked for."""


def _beside(talk: Talk, task: Task, words: str) -> list[Part]:
    """What else a long answer holds: 團體，11/18 在輔導室談選課."""
    if len(words) < LONG or talk.state.question is not None:
        return []
    heard = talk.understand(words)
    if not _is_own(talk, task, heard):
        return []
    return taking.from_slots(talk, task, talk.walk(task), Asked(words, heard.slots))


_BECAUSE = re.compile(r"^\s*(?:因為|由於|理由是|原因是|because)\s*(?P<why>\S.*)$", re.IGNORECASE)


def _without_because(field: FieldDefinition, words: str) -> str:
    """因為職務調整 → 職務調整, where a reason is asked for (chat-labels 17)."""
    found = _BECAUSE.match(words)
    if found is None or meanings.field_called("理由", [(field.name, field.label)]) is None:
        return words
    return found["why"]


def _reason(talk: Talk, task: Task, walk: Walk, words: str) -> list[Part] | None:
    """因為職務調整, said where another question stands: it answers the one that asks why."""
    found = _BECAUSE.match(words)
    labels = [(name, walk.question(name).label) for name in walk.open()]
    name = meanings.field_called("理由", labels) if found else None
    if found is None or name is None:
        return None
    return taking.from_words(talk, task, walk, name, found["why"].rstrip("。.!！"))


def _filled(talk: Talk, task: Task, walk: Walk, words: str) -> list[Part] | None:
    """What the room itself reads in the words for the question that stands; None: nothing."""
    skill = talk.skill(task)
    if skill.fill is None:
        return None
    given = skill.fill(talk.actor, Asked(words), walk.form()).get(task.asking)
    if not given or list(given) == walk.form()[task.asking].draft_values().get(task.asking):
        return None
    return taking.put(task, walk, {task.asking: given}) or taking.heard(walk, [task.asking])


def _is_own(talk: Talk, task: Task, heard: Understanding) -> bool:
    """Whether it is said of the very job that is being done, not of another of its kind."""
    skill = talk.skill(task)
    if heard.readings[0].intent != skill.intent:
        return False
    asked = Asked(heard.text, heard.slots)
    mine = [one for one in skills.of_intent(skill.intent) if one.allows(talk.actor)]
    suited = [one for one in mine if one.suits(talk.actor, asked)]
    return not suited or skill in suited


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
        if free and not _asks(heard.text):
            return None
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
