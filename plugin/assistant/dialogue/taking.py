"""Answers go into the form: typed, understood on the way, or handed over as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from forms.definition import FieldDefinition, Form
from forms.walk import Walk, answered
from plugin.assistant.dialogue import answers
from plugin.assistant.dialogue.state import MOST_STEPS, Question, Step, Task
from plugin.assistant.dialogue.talk import Talk
from plugin.skills import Asked, FormSkill
from plugin.skills.replies import Button, Part, Say


def put(task: Task, walk: Walk, given: Mapping[str, Sequence[Any]]) -> list[Part]:
    """Take answers, remember how to take them back, tell what does not pass."""
    if not given:
        return []
    taken = walk.put(given)
    before = {name: dict(words) for name, words in taken.before.items()}
    task.steps = [*task.steps, Step(before, task.asking)][-MOST_STEPS:]
    task.token, task.skipped = "", sorted(walk.skipped)
    told: list[Part] = []
    for name, faults in taken.faults.items():
        told += [Say(one, "warning") for one in faults]
        told += _instead(walk, name)
        task.asking = name
    return told


def _instead(walk: Walk, name: str) -> list[Part]:
    """What a field that looks names up found instead of what was said, and the tick by which what
    was said is kept all the same."""
    form = walk.form()
    field: Any = form[name]
    free = getattr(field, "free", "")
    if not free:
        return []
    form.validate_fields([name])
    tick = str(form[free].label.text)
    return [*(Button(one.label, one.label) for one in field.suggested), Button(tick, tick)]


def from_words(talk: Talk, task: Task, walk: Walk, name: str, text: str) -> list[Part] | None:
    """Answer one field with what was typed; None: the words say nothing about it."""
    field = walk.question(name)
    found = answers.read(field, text, talk.today)
    if found.options:
        return ask_back(talk, field, found)
    if found.words is None:
        return None
    told = put(task, walk, {name: found.words})
    return told or heard(walk, [name])


def from_slots(talk: Talk, task: Task, walk: Walk, asked: Asked) -> list[Part]:
    """Fill open questions with what a sentence held; nothing that is answered is overwritten."""
    skill = talk.skill(task)
    form = walk.form()
    given: dict[str, Sequence[Any]] = {}
    told: list[Part] = []
    open_ = set(walk.open())
    if skill.fill is not None:
        given.update(skill.fill(talk.actor, asked, form))
    for name, value in _pointers(skill, form, walk, asked):
        if name in given or name not in open_:
            continue
        field = walk.question(name)
        found = _found(field, value, asked, talk)
        if found.words is not None:
            given[name] = found.words
        elif found.options and talk.state.question is None:
            told += ask_back(talk, field, found)
        elif value is not None and not found.options:
            words = _("找不到符合「%(words)s」的%(label)s。", words=value, label=field.label)
            told.append(Say(words, "warning"))
    given = {name: words for name, words in given.items() if name in open_}
    faults = put(task, walk, given)
    good = [name for name in given if name not in walk.faults()]
    return heard(walk, good) + faults + told


def _pointers(skill: FormSkill, form: Form, walk: Walk, asked: Asked) -> list[tuple[str, Any]]:
    """Fields and what the slots say of them; None where no slot does, and a choice may be named
    in the sentence all the same."""
    slots = [
        (name, asked.slots[slot]) for slot, name in skill.fields.items() if slot in asked.slots
    ]
    said = {name for name, _value in slots}
    rest = [one for one in walk.names if one not in said and form[one].kind in answers.NAMED]
    return [*slots, *((name, None) for name in rest)]


def _found(field: FieldDefinition, value: Any, asked: Asked, talk: Talk) -> answers.Read:
    found = answers.NOTHING
    if value is not None:
        found = answers.from_slot(field, value, talk.today)
    return answers.named_in(field, asked.words) if found == answers.NOTHING else found


def heard(walk: Walk, names: Sequence[str]) -> list[Part]:
    """What was understood, in the words of the form; of an essay how long it is."""
    form = walk.form()
    essays = {name: form[name].advice for name in names if getattr(form[name], "advice", "")}
    told = _facts(walk, [name for name in names if name not in essays])
    parts: list[Part] = [Say(_("記下了。") + told, "hint")] if told else []
    return parts + [Say(_("記下了。") + words, "hint") for words in essays.values()]


def brought(walk: Walk) -> list[Part]:
    """What a new draft begins with: of the record that is revised, or of what was meant."""
    form = walk.form()
    told = _facts(walk, [name for name in walk.names if answered(form, name)])
    return [Say(_("已帶入：%(facts)s", facts=told), "hint")] if told else []


def _facts(walk: Walk, names: Sequence[str]) -> str:
    rows = {row.name: row for row in walk.rows()}
    return str(
        _("；").join(
            _("%(label)s：%(value)s", label=rows[name].label, value=rows[name].value)
            for name in names
            if rows[name].value
        )
    )


def ask_back(talk: Talk, field: FieldDefinition, found: answers.Read) -> list[Part]:
    """Several readings: the person says which."""
    talk.state.question = Question(field.name, list(found.options))
    words = _("「%(label)s」是指哪一個？", label=field.label)
    return [Say(words), *(Button(label, label) for label, _value in found.options)]


def files(talk: Talk, task: Task, walk: Walk, uploads: Sequence[Any]) -> list[Part]:
    """Bind each file to a question: the one that is asked, else the first empty one that takes
    its type; what no question takes is told, file by file. Nothing is left of `talk.said.files`."""
    told: list[Part] = []
    placed: set[str] = set()
    for upload in uploads:
        form = walk.form()
        name = _place_of(task, walk, form, upload)
        if name is None or name in placed:  # of two that came together neither pushes the other out
            told.append(
                Say(
                    _("「%(name)s」沒有可以放的地方，沒有收下。", name=_name(upload)),
                    "warning",
                )
            )
            continue
        had = form[name].data
        faults = put(task, walk, {name: [upload]})
        if faults:
            told += faults
            continue
        placed.add(name)
        staged = walk.form()[name].data
        label = walk.question(name).label
        words = _("已收到「%(file)s」，放在「%(label)s」。", file=staged.name, label=label)
        if had is not None:
            words += _("先前的「%(file)s」已換掉。", file=had.name)
        if staged.sha256:
            words += _("檔案指紋 SHA-256：%(prefix)s…", prefix=staged.sha256[:16])
        told.append(Say(words, "good"))
    talk.said = replace(talk.said, files=())
    return told


def _place_of(task: Task, walk: Walk, form: Any, upload: Any) -> str | None:
    places = [name for name in walk.names if form[name].kind == "file"]
    fitting = [name for name in places if _takes(form[name], upload)] or places
    if task.asking in places and (task.asking in fitting or len(places) == 1):
        return task.asking
    free = [name for name in fitting if form[name].data is None]
    return next(iter(free or fitting), None)


_TYPES = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png",
    "mp3": "audio/mpeg", "mp4": "video/mp4",
}  # fmt: skip


def _takes(field: Any, upload: Any) -> bool:
    """Whether the field takes files that are called so; the content is judged by the stage."""
    ending = _name(upload).rpartition(".")[2].lower()
    claimed = _TYPES.get(ending) or getattr(upload, "mimetype", "") or ""
    return not field.accept or claimed in field.accept


def _name(upload: Any) -> str:
    return str(getattr(upload, "filename", "") or getattr(upload, "name", "") or _("檔案"))


def take_back(task: Task, walk: Walk) -> list[Part]:
    """Undo the newest answers."""
    if not task.steps:
        return [Say(_("還沒有可以收回的答案。"))]
    step = task.steps.pop()
    walk.back(step.before)
    walk.skipped -= set(step.before)
    task.token, task.skipped = "", sorted(walk.skipped)
    task.asking = step.asked if step.asked in walk.names else next(iter(step.before), "")
    labels = _("、").join(walk.question(name).label for name in step.before)
    return [Say(_("已收回「%(labels)s」的答案。", labels=labels))]
