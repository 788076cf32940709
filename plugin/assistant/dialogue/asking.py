"""The next question of a form, or its summary when nothing is open any more."""

from __future__ import annotations

from flask_babel import gettext as _

from forms.walk import Walk
from forms.wizard import Incomplete
from plugin.assistant.dialogue import phrases
from plugin.assistant.dialogue.state import Task
from plugin.assistant.dialogue.talk import Talk
from plugin.errors import Refusal
from plugin.skills.replies import Part, Say


def onward(talk: Talk, task: Task, walk: Walk) -> list[Part]:
    """Ask what is open next, or read everything back."""
    task.skipped = sorted(walk.skipped)
    task.token = ""
    skill = talk.skill(task)
    if skill.onto is None:
        return _next(talk, task, walk)
    try:
        subject, reply = skill.onto(talk.actor, task.subject, walk.form())
    except Refusal as refusal:
        told = phrases.refused(refusal)
        at_fault = [name for name in walk.names if name in refusal.fields]
        if at_fault:
            return told + question(talk, task, walk, at_fault[0], again=True)
        return told + _next(talk, task, walk)
    if subject != task.subject:
        task.subject = subject
        walk = talk.walk(task)
    return list(reply.parts) + _next(talk, task, walk)


def _next(talk: Talk, task: Task, walk: Walk) -> list[Part]:
    open_ = walk.open()
    if open_:
        name = task.asking if task.asking in open_ else _following(walk, task.asking, open_)
        return question(talk, task, walk, name)
    try:
        walk.finish()
    except Incomplete as missing:
        walk.skipped.discard(missing.first)
        task.skipped = sorted(walk.skipped)
        told: list[Part] = [Say(one, "warning") for one in walk.why_not()]
        return told + question(talk, task, walk, missing.first, again=True)
    return summary(talk, task, walk)


def _following(walk: Walk, asked: str, open_: list[str]) -> str:
    """The open question after the one just asked; from the top when there is none below."""
    if asked in walk.names:
        place = walk.names.index(asked)
        later = [name for name in open_ if walk.names.index(name) > place]
        if later:
            return later[0]
    return open_[0]


def question(talk: Talk, task: Task, walk: Walk, name: str, *, again: bool = False) -> list[Part]:
    """Ask one field."""
    task.asking, task.token = name, ""
    field = walk.question(name)
    if field.kind in {"choice", "choices"} and not any(value for value, _label in field.choices):
        if field.required:
            return _impossible(talk, task, phrases.nothing_to_choose(field))
        walk.skip(name)
        return onward(talk, task, walk)
    brought = walk.brought()
    told: list[Part] = []
    if name in brought:
        shown = next(row.value for row in walk.rows() if row.name == name)
        told = [Say(_("目前的答案：%(value)s", value=shown), "hint")]
    may_skip = not field.required or name in brought
    return told + phrases.ask(field, may_skip=may_skip, again=again)


def _impossible(talk: Talk, task: Task, told: list[Part]) -> list[Part]:
    """Nothing can be chosen, so there is nothing to go on with; what was answered stays a draft."""
    talk.state.tasks.remove(task)
    talk.state.question = None
    return told + again(talk, talk.state.task) if talk.state.task is not None else told


def summary(talk: Talk, task: Task, walk: Walk) -> list[Part]:
    """Read everything back; from now on this, and nothing else, can be confirmed."""
    skill = talk.skill(task)
    task.asking, task.missed = "", 0
    task.token = talk.token(task, walk)
    warning = str(skill.warning(talk.actor, walk.form())) if skill.warning else ""
    return phrases.summary(skill, walk.definition, walk.rows(), warning, task.token)


def again(talk: Talk, task: Task) -> list[Part]:
    """What a task was waiting for, said once more after something else came between."""
    walk = talk.walk(task)
    title = talk.skill(task).title
    told: list[Part] = [Say(_("回到「%(title)s」：", title=title), "hint")]
    return told + onward(talk, task, walk)
