"""Saying something, and forgetting what was said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.assistant.dialogue import asking, engine, phrases, starting, waiting
from plugin.assistant.dialogue.state import State, Task
from plugin.assistant.dialogue.talk import Said, Talk
from plugin.assistant.hearing import understander
from plugin.assistant.language_model.standing import standing
from plugin.assistant.models import Conversation, Speaker, Turn
from plugin.assistant.understanding.reading import UnderstandingError
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, NotAllowed, NotFound, Refusal
from plugin.retention import Row
from plugin.skills import Going
from plugin.skills.replies import Part, Reply, Say, pack
from plugin.trail.chain import record

log = structlog.get_logger(__name__)

MOST_WORDS = 4000
"""Of one thing said; the rest is cut off, and told."""


class NotReady(Refusal):
    """There is no trained model, or one of an earlier version; buttons and pages still work."""

    code = "ASSISTANT_NOT_READY"
    status = 503


@dataclass(frozen=True)
class Answer:
    """A reply and the turn that keeps it."""

    reply: Reply
    turn_id: int


def say(
    actor: Actor,
    words: str,
    *,
    files: Sequence[Any] = (),
    token: str = "",
    begun_at: datetime,
) -> Answer:
    """Take one thing that a person says, and answer it.

    A confirmed task is put on record as running before its operation begins, and taken off after
    it; so two windows that confirm at once carry it out once, and a worker that dies in between
    leaves a conversation that says so.

    :param files: uploads that came with it.
    :param token: of a pressed confirmation.
    :raises Conflict: the same person said something else meanwhile, in another window.
    """
    found = _open(actor)
    talk = _talk(actor, State.unpack(json.loads(found.state)))
    talk.said = Said(words[:MOST_WORDS], files, token)
    try:
        turned = engine.turn(talk)
    except UnderstandingError as error:
        log.error("understanding_unusable", reason=str(error))
        raise NotReady(
            _("對話功能還沒有準備好，這句話沒有處理。"),
            remedy=_("請改用選單上的頁面；系統管理者請執行 flask assistant train。"),
        ) from error
    if turned.run is None:
        return _keep(found, talk.state, words, turned.reply)
    turned.run.running = True
    _keep_state(found, talk.state)
    reply = carry_out(talk, turned.run, begun_at)
    return _keep(found, talk.state, words, reply)


def carry_out(talk: Talk, task: Task, begun_at: datetime) -> Reply:
    """Do what was confirmed; the room asks again for permission. The task ends, or its form stays
    with the reason."""
    skill = talk.skill(task)
    task.running = False
    if not skill.allows(talk.actor):
        with db.writing():
            record(talk.actor, "access.refused", "skill", None, skill=skill.key)
        talk.state.tasks.remove(task)
        return Reply(tuple(starting.not_yours(talk, skill)))
    walk = talk.walk(task)
    walk.hold_still()
    if talk.token(task, walk) != task.token:  # by another window, since the token was looked at
        return Reply(tuple(_changed(talk, task)))
    try:
        done = skill.run(talk.actor, walk.finish(), Going(task.key, begun_at, task.subject))
    except Refusal as refusal:
        if isinstance(refusal, NotAllowed):
            with db.writing():
                record(talk.actor, "access.refused", "skill", None, skill=skill.key)
        return Reply(tuple(_refused(talk, task, refusal)))
    walk.forget()
    talk.state.tasks.remove(task)
    parts: list[Part] = list(done.parts)
    if talk.state.task is not None:
        parts += asking.again(talk, talk.state.task)
    return Reply(tuple(parts))


def _changed(talk: Talk, task: Task) -> list[Part]:
    told: list[Part] = [Say(_("內容和您剛才看到的不一樣了，請再看一次。"), "warning")]
    return told + asking.onward(talk, task, talk.walk(task))


def _refused(talk: Talk, task: Task, refusal: Refusal) -> list[Part]:
    told = phrases.refused(refusal)
    walk = talk.walk(task)
    task.token = ""
    at_fault = [name for name in walk.names if name in refusal.fields]
    told.append(Say(_("填過的內容都還在。"), "hint"))
    if at_fault:
        return told + asking.question(talk, task, walk, at_fault[0])
    return told + asking.onward(talk, task, walk)


def forget(actor: Actor) -> None:
    """Clear the conversation: what was said and where it stood. Drafts of forms stay."""
    with db.writing() as session:
        found = session.scalar(_mine(actor))
        if found is None:
            return
        session.execute(sa.delete(Turn).where(Turn.conversation_id == found.id))
        waiting.drop(State.unpack(json.loads(found.state)))
        found.state, found.version, found.updated_at = "{}", found.version + 1, clock.now()
        record(actor, "conversation.forget", "conversation", found.id)


def purge(row: Row) -> int:
    """Forget what was said longer ago than the retention table keeps it; returns how much."""
    with db.writing() as session:
        kept_from = row.before(clock.now())
        gone: Any = session.execute(sa.delete(Turn).where(Turn.said_at < kept_from))
        return int(gone.rowcount)


def talk_of(actor: Actor) -> Talk:
    """Where the actor's conversation stands, for the page of a form in it."""
    found = db.reading().scalar(_mine(actor))
    talk = _talk(actor, State.unpack(json.loads(found.state)) if found else State())
    engine.catch_up(talk)
    return talk


def ask_again(talk: Talk, task: Task) -> Answer:
    """Go on with a form in the conversation after its page was sent.

    :raises Conflict: something was said meanwhile.
    """
    talk.state.tasks = [*(one for one in talk.state.tasks if one is not task), task]
    talk.state.question = None
    reply = Reply(tuple(asking.onward(talk, task, talk.walk(task))))
    return _keep(_open(talk.actor), talk.state, "", reply)


def _talk(actor: Actor, state: State) -> Talk:
    heard = understander(actor, lambda: standing(talk))
    talk = Talk(actor, state, Drafts(actor), clock.today(), heard)
    return talk


def _mine(actor: Actor) -> sa.Select[Conversation]:
    return sa.select(Conversation).where(
        Conversation.person_id == actor.person_id, Conversation.school_id == actor.school_id
    )


def _open(actor: Actor) -> Conversation:
    """The actor's conversation, begun if there is none."""
    if actor.person_id is None or actor.school_id is None:
        raise NotFound(_("找不到這筆資料，或它不屬於您。"))
    found = db.reading().scalar(_mine(actor))
    if found is not None:
        return found
    with db.writing() as session:
        begun = Conversation(
            school_id=actor.school_id,
            person_id=actor.person_id,
            state="{}",
            version=0,
            updated_at=clock.now(),
        )
        session.add(begun)
        session.flush()
        return begun


def _keep_state(found: Conversation, state: State) -> None:
    with db.writing() as session:
        _move_on(session, found, state)


def _keep(found: Conversation, state: State, words: str, reply: Reply) -> Answer:
    with db.writing() as session:
        _move_on(session, found, state)
        now = clock.now()
        if words.strip():
            session.add(_turn(found, Speaker.PERSON, words[:MOST_WORDS], now))
            session.flush()
        told = _turn(found, Speaker.ASSISTANT, json.dumps(pack(reply), ensure_ascii=False), now)
        session.add(told)
        session.flush()
        return Answer(reply, told.id)


def _move_on(session: Session, found: Conversation, state: State) -> None:
    """Keep the state, unless another window was faster."""
    moved: Any = session.execute(
        sa.update(Conversation)
        .where(Conversation.id == found.id, Conversation.version == found.version)
        .values(
            state=json.dumps(state.pack(), ensure_ascii=False),
            version=found.version + 1,
            updated_at=clock.now(),
        )
    )
    if moved.rowcount != 1:
        raise Conflict(
            _("您剛才在另一個視窗說了話，這一句沒有處理。"),
            remedy=_("請重新整理，看過最新的對話後再說一次。"),
        )
    found.version += 1


def _turn(found: Conversation, speaker: Speaker, content: str, now: datetime) -> Turn:
    return Turn(
        school_id=found.school_id,
        conversation_id=found.id,
        speaker=speaker,
        content=content,
        said_at=now,
    )
