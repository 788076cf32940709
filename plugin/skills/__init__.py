"""What each room can do in a conversation: it registers, and the assistant needs no other change.

A room's `skills.py`, imported when the room is registered::

    skills.register(
        FormSkill(
            intent="outcome.upload", title=_l("上傳課程學習成果"), who=_l("學生"),
            policy=policy.students, build=_form, fields={"course": "course_id", "title": "title"},
            run=_send, confirm=_l("送出認證"),
        )
    )
    skills.register(
        QuerySkill(
            intent="outcome.status", title=_l("我的成果"), who=_l("學生"),
            policy=policy.students, answer=_status,
        )
    )

`build` makes the very form that the page shows, `run` calls the very operation that the page
calls; so there is one rule for all doors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from forms.definition import Form
from plugin.actor import Actor
from plugin.errors import InvalidInput
from plugin.skills.replies import Link, Reply, Text

Policy = Callable[[Actor | None], bool]
Slots = Mapping[str, Any]
"""What was understood of a sentence: slot name → words or value (SPEC §5; docs/assistant)."""

NEW = "new"


@dataclass(frozen=True)
class Asked:
    """What a skill knows of the sentence that called it.

    :param words: the sentence as typed.
    :param slots: what was understood of it.
    """

    words: str = ""
    slots: Slots = field(default_factory=dict)


@dataclass(frozen=True)
class Going:
    """What an operation knows of the conversation that calls it.

    :param key: of this run of the form: 32 hexadecimal digits, the same when it is tried again.
    :param begun_at: when the request began.
    :param subject: what the form is about (`outcome:42`), or `NEW`.
    """

    key: str
    begun_at: datetime
    subject: str = NEW


class WhichOne(InvalidInput):
    """Several things may be meant, or none was named; the person says which.

    :param offers: (label, words that name it), shown as buttons.
    """

    code = "WHICH_ONE"

    def __init__(
        self, message: str, *, remedy: str = "", offers: Sequence[tuple[Text, Text]] = ()
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.offers = offers


def _always(_actor: Actor, _asked: Asked) -> bool:
    return True


def _new(_actor: Actor, _asked: Asked) -> str:
    return NEW


@dataclass(frozen=True, kw_only=True)
class Skill:
    """What both kinds share.

    :param intent: one of SPEC §5's names; a job without a name of its own takes the nearest.
    :param name: unique; the intent's name unless several skills share it.
    :param title: a few words, as on a button ("上傳課程學習成果").
    :param who: in words, who may: told to those who may not.
    :param policy: whether the role may at all (relation is asked by queries and operations).
    :param suits: whether this of several skills of one intent is meant; when several or none
        suit, the person is asked.
    :param say: words that call exactly this skill (button); the title when empty.
    :param order: place among those of one intent.
    """

    intent: str
    title: Text
    who: Text
    policy: Policy
    name: str = ""
    suits: Callable[[Actor, Asked], bool] = _always
    say: Text = ""
    order: int = 50

    @property
    def key(self) -> str:
        """The unique name."""
        return self.name or self.intent

    def allows(self, actor: Actor) -> bool:
        """Whether the actor's role may."""
        return bool(self.policy(actor))


@dataclass(frozen=True, kw_only=True)
class QuerySkill(Skill):
    """A question that is answered at once; it changes nothing.

    :param answer: may raise a Refusal, which is told.
    """

    answer: Callable[[Actor, Asked], Reply]


@dataclass(frozen=True, kw_only=True)
class FormSkill(Skill):
    """A form that is walked, read back, confirmed and carried out.

    :param build: makes the form for this actor and subject from form data (None: empty), without
        CSRF (`meta={"csrf": False}`), with choices and limits of the actor's own.
    :param fields: slot → field that takes its words. Choices are matched against the field's own
        labels, dates and numbers are read.
    :param fill: more than `fields` can say: field → posted words, from everything understood
        (e.g. the teacher's name that narrows the course). Comes before `fields`.
    :param subject: what the form is about; `NEW` is one draft a person and form.
    :param first: what an old record already holds: field → posted words, for a new draft.
    :param run: the operation, asked again for permission there; tells what became of it.
    :param confirm: words on the button that carries it out.
    :param warning: what cannot be undone, told above that button.
    :param page: the room's own page of the same job, if the person would rather use that.
    :param stands: what the form is about by now, where another door may have moved it on (a page
        has given it a number); raises a Refusal when there is nothing to be filled any more. Asked
        before every turn.
    :param onto: what is done on the way with answers that are complete by themselves; the subject
        from then on, and what to tell. Asked after every answer, so it does nothing twice.
    :param anew: fields that are asked although `first` brought an answer, unless it was looked at.
    """

    build: Callable[[Actor, str, Any], Form]
    run: Callable[[Actor, Form, Going], Reply]
    confirm: Text
    fields: Mapping[str, str] = field(default_factory=dict)
    fill: Callable[[Actor, Asked, Form], Mapping[str, Sequence[str]]] | None = None
    subject: Callable[[Actor, Asked], str] = _new
    first: Callable[[Actor, str], Mapping[str, Sequence[str]]] | None = None
    warning: Callable[[Actor, Form], Text] | None = None
    page: Callable[[Actor, str], Link | None] | None = None
    stands: Callable[[Actor, str], str] | None = None
    onto: Callable[[Actor, str, Form], tuple[str, Reply]] | None = None
    anew: Callable[[Actor, str, Form], Collection[str]] | None = None


_skills: dict[str, Skill] = {}


def register(skill: Skill) -> Skill:
    """Make a skill known.

    :raises ValueError: the name is taken by another.
    """
    if _skills.setdefault(skill.key, skill) is not skill:
        raise ValueError(f"two skills are called {skill.key}")
    return skill


def find(key: str) -> Skill | None:
    """The skill of that unique name."""
    return _skills.get(key)


def of_intent(intent: str) -> list[Skill]:
    """All skills of an intent, in order; none: no room has it."""
    found = [one for one in _skills.values() if one.intent == intent]
    return sorted(found, key=lambda one: (one.order, one.key))


def all_skills() -> list[Skill]:
    """Every skill, in order of intent."""
    return sorted(_skills.values(), key=lambda one: (one.intent, one.order, one.key))
