"""Whom of the school a sentence names."""

from __future__ import annotations

import re

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.assistant.understanding.normal import traditional, width
from plugin.school.models import Person

_HAN = re.compile(r"[\u3400-\u9fff·・]+")
_LATIN = re.compile(r"[A-Za-zÀ-ÿ'-]+")
_NUMBER = re.compile(r"[A-Za-z0-9]{3,32}")
LONGEST = 5
"""Characters of a Chinese name that are looked for."""


def named(actor: Actor, text: str) -> list[str]:
    """Names, given names and numbers of people of the actor's school that stand in the text, and
    the actor's own; one statement, however many people there are."""
    plain = traditional(width(text))
    han = {
        run[at : at + long]
        for one in (text, plain)
        for run in _HAN.findall(one)
        for long in range(2, LONGEST + 1)
        for at in range(len(run) - long + 1)
    }
    words = _LATIN.findall(plain)
    latin = {
        " ".join(words[at : at + long]).lower()
        for long in range(1, 5)
        for at in range(len(words) - long + 1)
    }
    numbers = set(_NUMBER.findall(plain))
    own = [actor.name] if actor.name else []
    if actor.school_id is None or not (han or latin or numbers):
        return own
    given = sa.func.substr(Person.name, 2)
    found = db.reading().execute(
        sa.select(Person.name, Person.number).where(
            Person.school_id == actor.school_id,
            sa.or_(
                Person.name.in_(han),
                sa.func.lower(Person.name).in_(latin),
                sa.and_(sa.func.length(Person.name) == 3, given.in_(han)),  # 小明 of 王小明
                Person.number.in_(numbers),
            ),
        )
    )
    rows = [(str(name), str(number)) for name, number in found]
    return own + sorted({one for name, number in rows for one in _ways(name, number, plain)})


def _ways(name: str, number: str, plain: str) -> list[str]:
    ways = [name, number]
    if len(name) == 3 and _HAN.fullmatch(name):
        ways.append(name[1:])
    small = plain.lower()
    return [one for one in ways if traditional(width(one)).lower() in small]
