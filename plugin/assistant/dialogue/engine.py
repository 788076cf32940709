"""One turn: what was said → what changes in the conversation, and what is answered.

Nothing is carried out here: a confirmed task is handed back to be run (`Turned.run`) once it is on
record that it was confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from plugin import skills
from plugin.assistant import matching
from plugin.assistant.dialogue import (
    asking,
    commands,
    filling,
    meanings,
    phrases,
    starting,
    taking,
    waiting,
)
from plugin.assistant.dialogue.state import Question, Task
from plugin.assistant.dialogue.talk import Talk
from plugin.assistant.understanding.reading import Understanding
from plugin.errors import Refusal
from plugin.skills import Asked, FormSkill, Skill
from plugin.skills.replies import Part, Reply, Say


@dataclass
class Turned:
    """What a turn led to.

    :param run: the task to be carried out now; its reply follows this one.
    """

    reply: Reply
    run: Task | None = None


def turn(talk: Talk) -> Turned:
    """Answer one thing that was said; a file that found no place waits for one."""
    drop_lost(talk)
    gone = catch_up(talk)
    turned = _turn(talk)
    if gone:
        turned = Turned(Reply((*gone, *turned.reply.parts)), turned.run)
    if not talk.said.files:
        return turned
    told = waiting.keep(talk.state, talk.said.files) if _takers(talk) else [_no_place()]
    return Turned(Reply((*told, *turned.reply.parts)), turned.run)


def _turn(talk: Talk) -> Turned:
    words = talk.said.words.strip()
    task = talk.state.task
    if task is not None and task.running:
        return _told(_unsure_whether_done(talk, task))
    yes = talk.said.token or (task and task.token and _means(talk, words) == "confirm")
    if yes and not (task and talk.said.files):  # with a new file it is no longer what was shown
        return _confirmed(talk, task)
    if talk.state.question is not None:
        answered = _asked_back(talk, talk.state.question, words)
        if answered is not None:
            return _told(answered)
    if not words and not talk.said.files:
        return _told(_silence(talk))
    if task is None:
        return _told(_open_talk(talk, words))
    return _told(filling.heard(talk, task, words))


def _told(parts: list[Part]) -> Turned:
    return Turned(Reply(tuple(parts)))


def drop_lost(talk: Talk) -> None:
    """Forget tasks whose room stands no longer, or whose role was taken away meanwhile."""
    kept = []
    for one in talk.state.tasks:
        found = skills.find(one.skill)
        if isinstance(found, FormSkill) and found.allows(talk.actor):
            kept.append(one)
    if len(kept) != len(talk.state.tasks):
        talk.state.tasks, talk.state.question = kept, None


def catch_up(talk: Talk) -> list[Part]:
    """Go on from where another door has led the current task, or let go of it, where nothing is
    left to be filled; then the one before it stands, and why is told."""
    told: list[Part] = []
    while (task := talk.state.task) is not None:
        stands = talk.skill(task).stands
        if stands is None:
            break
        try:
            task.subject = stands(talk.actor, task.subject)
            break
        except Refusal as refusal:
            talk.state.tasks.remove(task)
            talk.state.question = None
            told += phrases.refused(refusal)
    return told


def _means(talk: Talk, words: str) -> str | None:
    """A command, said in so many words or understood with certainty."""
    found = commands.command(words)
    if found or not words:
        return found
    top = talk.understand(words).readings[0]
    if top.intent in meanings.CONTROL and top.confidence >= filling.SURE:
        return meanings.CONTROL[top.intent]
    return None


def _confirmed(talk: Talk, task: Task | None) -> Turned:
    if task is None:
        return _told([Say(_("目前沒有等待確認的事。")), *starting.nearest(talk, [])])
    walk = talk.walk(task)
    now = talk.token(task, walk)
    given = talk.said.token or task.token
    if not task.token or given != task.token or now != task.token:
        told: list[Part] = [Say(_("內容和您剛才看到的不一樣了，請再看一次。"), "warning")]
        return _told(told + asking.onward(talk, task, walk))
    return Turned(Reply(), run=task)


def _unsure_whether_done(talk: Talk, task: Task) -> list[Part]:
    """A worker died between the operation and its answer: say so, and let the person look."""
    task.running = False
    title = talk.skill(task).title
    told: list[Part] = [
        Say(
            _("剛才「%(title)s」送出時連線中斷，可能已經完成。請先查看結果，再決定是否重新確認。",
              title=title),
            "warning",
        )
    ]  # fmt: skip
    return told + asking.again(talk, task)


def _asked_back(talk: Talk, question: Question, words: str) -> list[Part] | None:
    """The answer to "which one?"; None: something else was said, and the question is dropped."""
    choices = [(value, label) for label, value in question.options]
    place = matching.place(words, len(choices))
    found = choices[place][0] if place is not None else matching.find(words, choices).sure
    talk.state.question = None
    if found is None:
        return None
    task = talk.state.task
    if not question.about:
        skill = skills.find(found)
        return starting.run(talk, skill, Asked(words, question.slots)) if skill else None
    if task is None:
        return None
    walk = talk.walk(task)
    told = taking.put(task, walk, {question.about: [found]}) or taking.heard(walk, [question.about])
    return told + asking.onward(talk, task, walk)


def _silence(talk: Talk) -> list[Part]:
    if talk.state.task is not None:
        return asking.again(talk, talk.state.task)
    return [Say(_("請輸入您要辦的事，或按下面的按鈕。")), *starting.nearest(talk, [])]


def _open_talk(talk: Talk, words: str) -> list[Part]:
    if not words:
        return _bare_file(talk)
    named = _named_skill(talk, words)
    if named is not None:
        return starting.run(talk, named, Asked(words))
    intent = meanings.called(words)
    if intent in {one.intent for one in skills.all_skills()}:
        return starting.begin(talk, str(intent), Asked(words))
    command = commands.command(words)
    if command in _IDLE:
        return _IDLE[command](talk)
    return _meant(talk, talk.understand(words))


def _bare_file(talk: Talk) -> list[Part]:
    """A file and not a word: it goes into the form that takes files, if there is just one."""
    takers = _takers(talk)
    if len(takers) == 1:
        return starting.run(talk, takers[0], Asked())
    if not takers:
        return starting.nearest(talk, [])
    return starting.which(talk, list(takers), Asked(), _("這個檔案要用在哪裡？"))


def _takers(talk: Talk) -> list[FormSkill]:
    """What this person may do with a file."""
    return [
        one
        for one in skills.all_skills()
        if isinstance(one, FormSkill)
        and one.intent in meanings.TAKE_FILES
        and one.allows(talk.actor)
    ]


def _no_place() -> Say:
    return Say(_("您的身分在這裡沒有可以上傳檔案的地方，這個檔案沒有收下。"), "warning")


def _named_skill(talk: Talk, words: str) -> Skill | None:
    """The skill whose button was pressed, or whose very name was typed, also with the number of
    what it is about behind it; somebody else's last."""
    title, _space, thing = words.strip().rpartition(" ")
    told = [words] + ([title] if title and any(one.isdigit() for one in thing) else [])
    said = {matching.plain(one) for one in told}
    named = [
        one
        for one in skills.all_skills()
        if said & {matching.plain(str(one.title)), matching.plain(str(one.say))} - {""}
    ]
    return next((one for one in named if one.allows(talk.actor)), named[0] if named else None)


def _meant(talk: Talk, heard: Understanding) -> list[Part]:
    top = heard.readings[0]
    asked = Asked(heard.text, heard.slots)
    if heard.verdict == "nothing" or top.intent == "out_of_scope":
        return _not_understood(talk, heard)
    if top.intent in meanings.CONTROL:
        command = meanings.CONTROL[top.intent]
        return _IDLE.get(command, _nothing_runs)(talk)
    if top.intent in meanings.TALK:
        return _greet(talk) if top.intent == "greet" else starting.everything(talk)
    if heard.verdict == "unsure":
        near = _offerable(talk, [one.intent for one in heard.readings[:4]], asked)
        if len(near) > 1:
            return starting.which(talk, near[:2], asked, _("您的意思是哪一個？"))
    return starting.begin(talk, top.intent, asked)


def _offerable(talk: Talk, readings: list[str], asked: Asked) -> list[Skill]:
    """Jobs of these readings that this person may do and that the words suit."""
    found: list[Skill] = []
    for intent in readings:
        mine = [one for one in skills.of_intent(intent) if one.allows(talk.actor)]
        found += [one for one in mine if one.suits(talk.actor, asked)] or mine
    return found


def _not_understood(talk: Talk, heard: Understanding) -> list[Part]:
    words = _("這件事我幫不上忙，或沒有聽懂。")
    readings = [one.intent for one in heard.readings[:6]]
    return [Say(words), *starting.nearest(talk, readings)]


def _greet(talk: Talk) -> list[Part]:
    words = _("您好，%(name)s。請告訴我要辦什麼事。", name=talk.actor.name)
    return [Say(words), *starting.todos(talk), *starting.nearest(talk, [])]


def _thanked(_talk: Talk) -> list[Part]:
    return [Say(phrases.WELCOME)]


def _nothing_runs(talk: Talk) -> list[Part]:
    return [Say(_("目前沒有進行中的事。")), *starting.nearest(talk, [])]


def _give_up(talk: Talk) -> list[Part]:
    return [*waiting.drop(talk.state), *_nothing_runs(talk)]


_IDLE = {
    "help": starting.everything,
    "cancel": _give_up,
    "back": _nothing_runs,
    "skip": _nothing_runs,
    "undo": _nothing_runs,
    "confirm": _nothing_runs,
    "deny": _nothing_runs,
    "reset": _nothing_runs,
    "handoff": _nothing_runs,
    "resume": _nothing_runs,
    "todo": starting.todos,
    "thanks": _thanked,
}
