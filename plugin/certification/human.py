"""Is it a person? One question in plain words, which a screen reader reads like any other label.

The server makes the question and puts a sealed ticket of it into the form: for which school, when,
its words, and a keyed digest of each right answer. Nothing is stored until it is answered, and then
only that it was, so that a ticket works once. No picture, no sound, no script, no other service.

It stops what posts forms blindly; whoever writes a program against this very page is stopped by the
limits behind it (`operations.door_counts`).
"""

from __future__ import annotations

import base64
import binascii
import json
import random
import secrets as random_secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from plugin import clock, secrets

LASTS = timedelta(minutes=30)
"""How long a question may stand open: reading the page, finding the ID card, being called away."""
SOONEST = timedelta(seconds=2)
"""Nobody reads and answers a form faster; a program does."""
_PURPOSE = "human-check"
_random = random.SystemRandom()


@dataclass(frozen=True)
class Question:
    """What is asked, and the ticket that comes back with the answer."""

    words: str
    ticket: str


@dataclass(frozen=True)
class Ticket:
    """What a ticket of ours says. `mark` is its digest, by which it is used up."""

    mark: str
    question: Question
    answers: tuple[str, ...]
    fresh: bool
    hasty: bool

    def takes(self, answer: str) -> bool:
        """Whether an answer is right."""
        return _digest(self.mark, _plain(answer)) in self.answers


def ask(school_id: int, language: str) -> Question:
    """A new question in the reader's language."""
    said = _words(language)
    words, answers = _random.choice((_sum, _odd, _place))(said)
    nonce = random_secrets.token_urlsafe(12)
    mark = secrets.digest(_PURPOSE, nonce)
    body = json.dumps(
        [school_id, int(clock.now().timestamp()), nonce, words]
        + [_digest(mark, _plain(one)) for one in answers]
    ).encode()
    sealed = base64.urlsafe_b64encode(body).decode()
    return Question(words, f"{sealed}.{secrets.sign(_PURPOSE, body)}")


def read(school_id: int, ticket: str) -> Ticket | None:
    """What a ticket says; None for what this school's page did not make."""
    sealed, _dot, signature = ticket.partition(".")
    try:
        body = base64.urlsafe_b64decode(sealed.encode())
    except (ValueError, binascii.Error):
        return None
    if not signature.isascii() or not secrets.verify(_PURPOSE, body, signature):
        return None
    of_school, asked_at, nonce, words, *answers = json.loads(body)
    if of_school != school_id:
        return None
    age = clock.now().timestamp() - asked_at
    return Ticket(
        mark=secrets.digest(_PURPOSE, nonce),
        question=Question(words, ticket),
        answers=tuple(answers),
        fresh=age <= LASTS.total_seconds(),
        hasty=age < SOONEST.total_seconds(),
    )


def _sum(said: dict[str, Any]) -> tuple[str, list[str]]:
    numbers = said["numbers"]
    a, b = _random.randint(1, 10), _random.randint(1, 9)
    if _random.random() < 0.5:
        return said["plus"].format(a=numbers[a], b=numbers[b]), _spoken(a + b)
    a, b = max(a, b) + 1, min(a, b)
    return said["minus"].format(a=numbers[a], b=numbers[b]), _spoken(a - b)


def _odd(said: dict[str, Any]) -> tuple[str, list[str]]:
    one, other = _random.sample(said["kinds"], 2)
    stranger = _random.choice(other)
    words = [*_random.sample(one, 3), stranger]
    _random.shuffle(words)
    return said["odd"].format(words=said["between"].join(words)), [stranger]


def _place(said: dict[str, Any]) -> tuple[str, list[str]]:
    words = [_random.choice(kind) for kind in _random.sample(said["kinds"], 4)]
    n = _random.randint(1, 4)
    asked = said["place"].format(n=said["numbers"][n], words=said["between"].join(words))
    return asked, [words[n - 1]]


def _spoken(number: int) -> list[str]:
    """A number as it may be written, in any of our languages."""
    return [str(number), *(said["numbers"][number] for said in _all().values())]


def _plain(answer: str) -> str:
    """An answer as it is compared: half-width, small letters, without punctuation and spaces."""
    folded = unicodedata.normalize("NFKC", answer).casefold()
    return "".join(one for one in folded if unicodedata.category(one)[0] in "LN")


def _digest(mark: str, answer: str) -> str:
    return secrets.digest(_PURPOSE + "-answer", f"{mark}:{answer}")


def _words(language: str) -> dict[str, Any]:
    return _all().get(language) or _all()["zh_Hant_TW"]


@cache
def _all() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("questions.yaml").read_text("utf-8")
    )
    return found
