"""What was said, for the page; and what to offer first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.assistant.models import Conversation, Speaker, Turn
from plugin.desk import queries as desk
from plugin.errors import NotFound
from plugin.skills.replies import Button, Link, Part, Progress, Reply, Say, unpack

SHOWN = 30
"""Turns on a page of the conversation."""

OFFERED = 5
"""Things to do that are offered first."""


@dataclass(frozen=True)
class Line:
    """One thing that was said.

    :param words: a person's words; empty for a reply.
    :param reply: the assistant's; None for a person's words.
    """

    id: int
    at: datetime
    words: str
    reply: Reply | None


@dataclass(frozen=True)
class History:
    """Some turns, the oldest first; `before` asks for those before them."""

    lines: list[Line]
    before: int | None


def history(actor: Actor, before: int | None = None) -> History:
    """The newest turns of the actor's own conversation, or those before a turn."""
    wanted = (
        sa.select(Turn)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(Conversation.person_id == actor.person_id, Conversation.school_id == actor.school_id)
        .order_by(Turn.id.desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        wanted = wanted.where(Turn.id < before)
    found = list(db.reading().scalars(wanted))
    more = len(found) > SHOWN
    shown = found[:SHOWN][::-1]
    return History([_line(one) for one in shown], shown[0].id if more else None)


def _line(turn: Turn) -> Line:
    if turn.speaker is Speaker.PERSON:
        return Line(turn.id, turn.said_at, turn.content, None)
    return Line(turn.id, turn.said_at, "", unpack(json.loads(turn.content)))


def progress_of(actor: Actor, job_id: int) -> Progress:
    """What the newest turns say of a job.

    :raises NotFound: nothing.
    """
    for line in reversed(history(actor).lines):
        for part in line.reply.parts if line.reply else ():
            if isinstance(part, Progress) and part.job_id == job_id:
                return part
    raise NotFound(_("找不到這項工作。"))


def welcome(actor: Actor) -> Reply:
    """Who one is talking to, and what waits for this person, with where to do it."""
    todos = [todo for section in desk.sections(actor) for todo in section.todos]
    parts: list[Part] = [
        Say(_("您好，%(name)s。告訴我要辦什麼事，或把檔案放進來。", name=actor.name))
    ]
    if todos:
        parts.append(Say(_("目前有 %(count)s 件待辦：", count=len(todos))))
        parts += [Link(todo.text, todo.endpoint, dict(todo.args)) for todo in todos[:OFFERED]]
    parts.append(Button(_("你會做什麼？"), _("你會做什麼？")))
    return Reply(tuple(parts))
