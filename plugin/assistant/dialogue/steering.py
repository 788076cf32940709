"""Words that steer: skip, back, undo, why, how far, stop; and what is done when nothing fits."""

from __future__ import annotations

from flask_babel import gettext as _

from forms.wizard import Incomplete
from plugin.assistant.dialogue import asking, phrases, starting, taking
from plugin.assistant.dialogue.state import Task
from plugin.assistant.dialogue.talk import Talk
from plugin.skills.replies import Button, Part, Say

MISSES = 2
"""Answers in a row that were not understood, after which the page is offered."""


def onward(talk: Talk, task: Task, told: list[Part]) -> list[Part]:
    task.missed = 0
    if talk.state.question is not None:
        return told
    return told + asking.onward(talk, task, talk.walk(task))


def missed(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    task.missed += 1
    field = walk.question(task.asking)
    told: list[Part] = [
        Say(
            _("請把檔案拖到這裡，或按「選擇檔案」。")
            if field.kind == "file"
            else _("這句話我沒辦法當作「%(label)s」的答案。", label=field.label),
            "warning",
        )
    ]
    if task.missed >= MISSES:
        told.append(starting.page_of(talk, task))
    told += asking.question(talk, task, walk, task.asking, again=True)
    if task.missed >= MISSES:  # whoever talks about something else must see the way out
        told.append(Button(phrases.CANCEL, phrases.CANCEL))
    return told


def _skip(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    if not task.asking:
        return asking.onward(talk, task, walk)
    label = walk.question(task.asking).label
    try:
        walk.skip(task.asking)
    except Incomplete:
        told: list[Part] = [Say(_("「%(label)s」一定要填，不能跳過。", label=label), "warning")]
        return told + asking.question(talk, task, walk, task.asking, again=True)
    return asking.onward(talk, task, walk)


def _repeat(talk: Talk, task: Task) -> list[Part]:
    return asking.onward(talk, task, talk.walk(task))


def _why(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    if not task.asking:
        return asking.onward(talk, task, walk)
    field = walk.question(task.asking)
    told: list[Part] = [Say(phrases.why(field))]
    if phrases.limits(field):
        told.append(Say(phrases.limits(field), "hint"))
    return told + asking.question(talk, task, walk, task.asking, again=True)


def _help(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    if not task.asking:
        return starting.everything(talk) + asking.onward(talk, task, walk)
    field = walk.question(task.asking)
    told: list[Part] = [Say(one, "hint") for one in (field.help, phrases.limits(field)) if one]
    told.append(Say(_("也可以說：上一步、跳過、為什麼要問、復原、取消。"), "hint"))
    told.append(starting.page_of(talk, task))
    return told + asking.question(talk, task, walk, task.asking, again=True)


def _undo(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    told = taking.take_back(task, walk)
    return told + asking.onward(talk, task, walk)


def _back(talk: Talk, task: Task) -> list[Part]:
    """Ask the question before this one again; its answer stays until there is another."""
    walk = talk.walk(task)
    names = list(walk.names)
    place = names.index(task.asking) if task.asking in names else len(names)
    if place == 0:
        told: list[Part] = [Say(_("這已經是第一題了。"))]
        return told + asking.question(talk, task, walk, names[0])
    name = names[place - 1]
    row = next(one for one in walk.rows() if one.name == name)
    shown: list[Part] = (
        [Say(_("目前的答案：%(value)s", value=row.value), "hint")] if row.value else []
    )
    return shown + asking.question(talk, task, walk, name)


def _progress(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    done, total = walk.progress()
    left = _("、").join(walk.question(name).label for name in walk.open())
    words = _("「%(title)s」已完成 %(done)s／%(total)s 題。",
              title=talk.skill(task).title, done=done, total=total)  # fmt: skip
    if left:
        words += _("還沒填：%(left)s。", left=left)
    return [Say(words), *asking.onward(talk, task, walk)]


def _cancel(talk: Talk, task: Task) -> list[Part]:
    title = talk.skill(task).title
    talk.state.tasks.remove(task)
    talk.state.question = None
    told: list[Part] = [
        Say(_("已停止「%(title)s」，什麼都沒有送出；填到一半的內容還留著。", title=title)),
        Button(_("接著填「%(title)s」", title=title), title),
    ]
    if talk.state.task is not None:
        return told + asking.again(talk, talk.state.task)
    return told + starting.nearest(talk, [])


def _reset(talk: Talk, task: Task) -> list[Part]:
    starting.forget_draft(talk, task)
    told: list[Part] = [Say(_("已清空，重新開始。"))]
    return told + asking.onward(talk, task, talk.walk(task))


def _handoff(talk: Talk, task: Task) -> list[Part]:
    task.token = ""
    words = _("填過的內容都帶過去了；想回來時，直接在這裡繼續說即可。")
    return [Say(words), starting.page_of(talk, task)]


def which_to_change(talk: Talk, task: Task) -> list[Part]:
    walk = talk.walk(task)
    if task.asking:
        return missed(talk, task)
    task.token = ""
    buttons = [
        Button(_("修改%(label)s", label=row.label), _("修改%(label)s", label=row.label))
        for row in walk.rows()
    ]
    return [Say(_("要修改哪一項？")), *buttons, Button(phrases.CANCEL, phrases.CANCEL)]


def _todo(talk: Talk, task: Task) -> list[Part]:
    return starting.todos(talk) + asking.again(talk, task)


def _thanked(talk: Talk, task: Task) -> list[Part]:
    told: list[Part] = [Say(phrases.WELCOME)]
    return told + asking.again(talk, task)


STEERING = {
    "skip": _skip,
    "repeat": _repeat,
    "why": _why,
    "help": _help,
    "undo": _undo,
    "back": _back,
    "progress": _progress,
    "cancel": _cancel,
    "reset": _reset,
    "resume": _repeat,
    "handoff": _handoff,
    "deny": which_to_change,
    "confirm": _repeat,
    "todo": _todo,
    "thanks": _thanked,
}
