"""From what was meant to the room that does it: begin, answer, ask which, or say who can."""

from __future__ import annotations

from collections import Counter

from flask_babel import gettext as _

from forms.drafts import DraftKey
from forms.walk import Walk
from plugin import skills
from plugin.assistant.dialogue import asking, meanings, phrases, taking, waiting
from plugin.assistant.dialogue.state import MOST_TASKS, Question, Task
from plugin.assistant.dialogue.talk import Talk
from plugin.desk import queries as desk
from plugin.errors import Refusal
from plugin.skills import Asked, FormSkill, QuerySkill, Skill
from plugin.skills.replies import Button, Link, Part, Say
from plugin.uploads import StagedFile

OFFERED = 3
TODOS = 5


def begin(talk: Talk, intent: str, asked: Asked) -> list[Part]:
    """Do what an intent asks for, as far as this school and this person's role allow."""
    known = skills.of_intent(intent)
    if not known:
        return not_opened(talk, intent)
    mine = [one for one in known if one.allows(talk.actor)]
    if not mine:
        return not_yours(talk, known[0])
    fitting = [one for one in mine if one.suits(talk.actor, asked)] or mine
    if len(fitting) > 1:
        return which(talk, fitting, asked, _("您要做的是哪一件？"))
    return run(talk, fitting[0], asked)


def run(talk: Talk, skill: Skill, asked: Asked) -> list[Part]:
    """Begin exactly this skill."""
    if not skill.allows(talk.actor):
        return not_yours(talk, skill)
    if isinstance(skill, QuerySkill):
        try:
            return list(skill.answer(talk.actor, asked).parts)
        except Refusal as refusal:
            return phrases.refused(refusal)
    assert isinstance(skill, FormSkill)
    return _begin_form(talk, skill, asked)


def _begin_form(talk: Talk, skill: FormSkill, asked: Asked) -> list[Part]:
    state, current = talk.state, talk.state.task
    try:
        subject = skill.subject(talk.actor, asked)
    except Refusal as refusal:
        return phrases.refused(refusal)
    known = next((t for t in state.tasks if (t.skill, t.subject) == (skill.key, subject)), None)
    if known is None and len(state.tasks) >= MOST_TASKS:
        return [
            Say(_("已經有 %(count)s 件事做到一半，請先完成或取消一件。", count=len(state.tasks)))
        ]
    told: list[Part] = []
    task = known or Task(skill.key, subject)
    if current is not None and current is not task:
        paused = talk.skill(current).title
        told.append(Say(_("先放下「%(title)s」，等一下再回來。", title=paused), "hint"))
        current.token = ""
    state.tasks = [*(one for one in state.tasks if one is not task), task]
    talk.state.question = None
    try:
        walk = talk.walk(task)
    except Refusal as refusal:
        state.tasks.remove(task)
        return told + phrases.refused(refusal)
    if known is None:
        told.append(Say(_("開始「%(title)s」。", title=skill.title)))
        if walk.resumed:
            done, total = walk.progress()
            told += [
                Say(
                    _("上次填到一半，%(done)s／%(total)s 題的答案都還在。", done=done, total=total)
                ),
                Button(phrases.RESTART, phrases.RESTART),
            ]
        elif skill.first is not None:
            told += taking.brought(walk)
    told += taking.from_slots(talk, task, walk, asked)
    told += _files(talk, task, walk)
    if talk.state.waits:
        return told
    return told + asking.onward(talk, task, walk)


def _files(talk: Talk, task: Task, walk: Walk) -> list[Part]:
    """Put in what came with the sentence, and what came before it."""
    told: list[Part] = []
    waiting_: list[StagedFile] = []
    if talk.state.files and any(one.kind == "file" for one in walk.definition.fields):
        waiting_, told = waiting.bring(talk.state)
    try:
        if waiting_ or talk.said.files:
            told += taking.files(talk, task, walk, [*waiting_, *talk.said.files])
    finally:
        for one in waiting_:
            one.close()
    return told


def which(talk: Talk, found: list[Skill], asked: Asked, words: str) -> list[Part]:
    """Ask which of several is meant."""
    options = [(str(one.say or one.title), one.key) for one in found]
    talk.state.question = Question("", options, dict(asked.slots))
    return phrases.offer(found, words)


def not_opened(talk: Talk, intent: str) -> list[Part]:
    """The product knows the job, but no room of this school does it."""
    words = _("聽起來您要辦的是「%(name)s」，本校還沒有開放這項功能。", name=meanings.name(intent))
    return [Say(words), *nearest(talk, [])]


def not_yours(talk: Talk, skill: Skill) -> list[Part]:
    """Another role does this."""
    words = _("「%(title)s」由%(who)s辦理，您的身分不能使用。", title=skill.title, who=skill.who)
    return [Say(words, "warning"), *nearest(talk, [])]


def nearest(talk: Talk, readings: list[str]) -> list[Part]:
    """Three things this person can do: those nearest to what was said, then the usual."""
    found: list[Skill] = []
    for intent in readings:
        found += [one for one in skills.of_intent(intent) if one.allows(talk.actor)][:1]
    for one in _mine(talk):
        if not any(one.intent == other.intent for other in found):
            found.append(one)
    offered = found[:OFFERED]
    if not offered:
        return []
    return [Say(_("我可以幫您：")), *_buttons(talk, offered)]


def _mine(talk: Talk) -> list[Skill]:
    """What this person may, the commonest first."""
    mine = [one for one in skills.all_skills() if one.allows(talk.actor)]
    return sorted(mine, key=lambda one: (meanings.rank(one.intent), one.intent, one.order))


def _buttons(talk: Talk, some: list[Skill]) -> list[Part]:
    """One an intent: of several jobs of one kind, pressing it asks which."""
    several = Counter(one.intent for one in _mine(talk))
    told: dict[str, Part] = {}
    for one in some:
        words = one.say or one.title
        if several[one.intent] > 1:
            words = meanings.name(one.intent)
        told.setdefault(one.intent, Button(words if several[one.intent] > 1 else one.title, words))
    return list(told.values())


def todos(talk: Talk) -> list[Part]:
    """What waits for this person, with where to do it."""
    found = [todo for section in desk.sections(talk.actor) for todo in section.todos]
    if not found:
        return [Say(_("目前沒有待辦事項。"), "good")]
    told: list[Part] = [Say(_("目前有 %(count)s 件待辦：", count=len(found)))]
    return told + [Link(one.text, one.endpoint, dict(one.args)) for one in found[:TODOS]]


def everything(talk: Talk) -> list[Part]:
    """What this person can do here, by talking."""
    mine = _mine(talk)
    if not mine:
        return [Say(_("您的身分目前沒有可以在這裡辦的事。"))]
    return [
        Say(
            _(
                "直接用一句話告訴我要做什麼，例如「%(example)s」。我可以幫您：",
                example=mine[0].title,
            )
        ),
        *_buttons(talk, mine),
        Say(
            _("填寫途中隨時可以說：上一步、跳過、為什麼要問、復原、取消、改用表單填。"),
            "hint",
        ),
    ]


def forget_draft(talk: Talk, task: Task) -> None:
    """Drop what was answered in a task."""
    walk = talk.walk(task)
    talk.store.delete(DraftKey(walk.key.person, walk.key.form, walk.key.subject))
    task.skipped, task.steps, task.asking, task.token = [], [], "", ""


def page_of(talk: Talk, task: Task) -> Link:
    """The same form with the same answers as a page."""
    return Link(phrases.HANDOFF, "assistant.form", {"key": task.key})
