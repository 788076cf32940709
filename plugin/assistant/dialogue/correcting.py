"""Setting right what was answered: "標題改成…", "修改標題", "不對，是數學"."""

from __future__ import annotations

import re

from plugin.assistant.dialogue import asking, commands, meanings, steering, taking
from plugin.assistant.dialogue.state import Task
from plugin.assistant.dialogue.talk import Talk
from plugin.skills.replies import Part


def correction(talk: Talk, task: Task, words: str) -> list[Part] | None:
    """ "標題改成…", "修改標題", "不對，是數學"; None: no correction."""
    walk = talk.walk(task)
    labels = [(name, walk.question(name).label) for name in walk.names]
    found = commands.change(words)
    if found is not None:
        name = meanings.field_called(found[0], labels)
        if name is not None:
            return _corrected(talk, task, name, found[1])
    asked = commands.touch(words)
    if asked is not None:
        name = meanings.field_called(asked, labels)
        if name is not None:
            return asking.question(talk, task, walk, name)
        if not task.asking:  # 我要換檔案: which of them?
            return steering.which_to_change(talk, task)
    value = commands.correction(words)
    if value is not None:
        return _set_right(talk, task, value)
    return None


def _corrected(talk: Talk, task: Task, name: str, value: str) -> list[Part]:
    walk = talk.walk(task)
    told = taking.from_words(talk, task, walk, name, value)
    if told is None:
        task.asking = name
        return steering.missed(talk, task)
    return steering.onward(talk, task, told)


def _set_right(talk: Talk, task: Task, value: str) -> list[Part] | None:
    """ "不對，是數學": what was answered last, if it can be that; else whatever it fits."""
    walk = talk.walk(task)
    last = list(task.steps[-1].before) if task.steps else []
    named = commands.change(value) or _is_called(value)
    if named is not None:
        labels = [(name, walk.question(name).label) for name in walk.names]
        name = meanings.field_called(named[0], labels)
        if name is not None:
            return _corrected(talk, task, name, named[1])
    for name in last:
        if walk.question(name).kind == "file":
            continue
        told = taking.from_words(talk, task, walk, name, value)
        if told is not None:
            return steering.onward(talk, task, told)
    heard = talk.understand(talk.said.words)
    skill = talk.skill(task)
    for slot, name in skill.fields.items():
        if slot in heard.slots:
            told = taking.from_words(talk, task, walk, name, str(heard.slots[slot]))
            if told is not None:
                return steering.onward(talk, task, told)
    return None


def _is_called(value: str) -> tuple[str, str] | None:
    name, between, rest = value.partition("是")
    return (name.strip(), rest.strip()) if between and name.strip() and rest.strip() else None


_CALLED = re.compile(
    r"^(?:那?就|我想|想)?(?:叫做|叫|取名為?|命名為)\s*(?P<name>\S.*?)(?:吧|好了|就好)?[。.!！]?$"
)


def without_marker(words: str, label: str) -> str:
    """ "標題是水質調查" → "水質調查", when it is the title that is asked for."""
    if meanings.field_called("標題", [("", label)]) is not None:
        found = _CALLED.match(words)
        if found is not None:
            return found["name"]
    for name in meanings.names_of(label):
        if words.startswith(name):
            rest = words[len(name) :].lstrip(" 　")
            for joint in ("是", "叫做", "叫", "為", "：", ":", "就是"):
                if rest.startswith(joint) and rest[len(joint) :].strip():
                    return rest[len(joint) :].strip()
    return words
