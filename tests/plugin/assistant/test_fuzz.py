"""Whatever is said, handed over or pressed: no failure, and nothing done that was not confirmed.

A part in every run; ten thousand turns by `make fuzz-talk`.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient

from plugin.actor import Actor
from plugin.assistant import hearing
from plugin.assistant.dialogue import commands
from plugin.assistant.dialogue.meanings import CONTROL
from plugin.assistant.understanding import Understander
from plugin.assistant.understanding.marked import read_all as sentences
from plugin.skills.replies import Button, Link, Reply
from tests.factories import FrozenClock
from tests.plugin.assistant.dialogues.cast import Cast, happen, make_cast
from tests.plugin.assistant.dialogues.runner import ACT_AS, csrf, newest, send
from tests.plugin.assistant.dialogues.watching import Watch, watched
from tests.plugin.portfolio.world import mp3, pdf, png

TURNS = int(os.environ.get("FUZZ_TURNS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "20261120"))
PARTS = ("pupil", "pupil", "mate", "teacher", "homeroom", "clerk", "admin", "counsellor", "parent")
BEFORE = ("sent 讀書心得 國文", "certified 水質調查 化學", "returned 函數之美 數學", "assigned")
ANSWERS = (
    "國文", "第一個", "水質調查", "115/12/1", "明天", "3", "不對，是數學", "標題改成新的",
    "校慶放映。", "全部", "張小安", "先儲存，之後還可以改", "確認並鎖定", "長" * 200, "啊" * 5000,
)  # fmt: skip
FRESH = 400
"""After so many turns a new school: its people have everything to do again."""


@dataclass
class Person:
    """Somebody who talks.

    :param token: of the summary in the last reply; empty: none stands.
    :param old: tokens of earlier replies; :param keys: of the forms that were linked.
    """

    actor: Actor
    last: Reply = field(default_factory=Reply)
    token: str = ""
    old: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def hears(self, reply: Reply) -> None:
        if self.token:
            self.old.append(self.token)
        self.last = reply
        shown = [one.token for one in reply.parts if isinstance(one, Button) and one.token]
        self.token = shown[-1] if shown else ""
        self.keys += [
            str(one.args["key"])
            for one in reply.parts
            if isinstance(one, Link) and "key" in one.args
        ]


@dataclass
class Turn:
    """What is sent in one turn."""

    words: str = ""
    pressed: str = ""
    token: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    kind: str = ""

    def confirms(self, who: Person) -> bool:
        """Whether it is a yes to exactly the summary that was shown last."""
        if not who.token:
            return False
        if self.token:
            return self.token == who.token
        said = (self.pressed or self.words)[:4000].strip()
        if commands.command(said) == "confirm":
            return True
        heard = hearing._read(said, hearing.speaks_as(who.actor)).readings[0] if said else None
        return heard is not None and CONTROL.get(heard.intent) == "confirm"


class Fuzz:
    """Makes turns up; the same seed, the same turns."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.said = [one.text for one in sentences()]
        self.known = [one for one in commands._KNOWN if one]
        self.kinds = {
            "sentence": (self.sentence, 25), "command": (self.command, 22),
            "answer": (self.answer, 14), "button": (self.button, 24), "noise": (self.noise, 4),
            "file": (self.file, 9), "stale": (self.stale, 4), "stolen": (self.stolen, 3),
        }  # fmt: skip

    def turn(self, who: Person, others: list[Person]) -> Turn:
        names = list(self.kinds)
        weights = [self.kinds[name][1] for name in names]
        (kind,) = self.chance.choices(names, weights)
        made = self.kinds[kind][0](who, others)
        made.kind = kind
        return made

    def sentence(self, _who: Person, _others: list[Person]) -> Turn:
        words = list(self.chance.choice(self.said))
        for _ in range(self.chance.choice((0, 0, 0, 1, 2, 5))):
            at = self.chance.randrange(len(words) + 1)
            words[at : at + self.chance.randrange(2)] = self.chance.choice(
                ("", "ㄉ", "的", "x", "?")
            )
        return Turn("".join(words))

    def command(self, _who: Person, _others: list[Person]) -> Turn:
        return Turn(self.chance.choice([*self.known, "好", "確認送出", "取消", "跳過", "復原"]))

    def answer(self, _who: Person, _others: list[Person]) -> Turn:
        return Turn(self.chance.choice(ANSWERS))

    def button(self, who: Person, others: list[Person]) -> Turn:
        shown = [one for one in who.last.parts if isinstance(one, Button)]
        if not shown:
            return self.sentence(who, others)
        one = self.chance.choice(shown)
        return Turn(pressed=str(one.say), token=one.token)

    def noise(self, _who: Person, _others: list[Person]) -> Turn:
        return Turn(self.chance.randbytes(self.chance.randrange(1, 300)).decode("latin-1"))

    def file(self, who: Person, others: list[Person]) -> Turn:
        made = [
            ("a.pdf", pdf), ("b.png", png), ("c.mp3", mp3), ("d.pdf", lambda: b"MZ no document"),
            ("e.exe", lambda: b"MZ a program"), ("無.", lambda: self.chance.randbytes(50)),
            ("../../f.pdf", pdf), ("<b>.pdf", lambda: pdf()[:200]),
        ]  # fmt: skip
        some = self.chance.sample(made, self.chance.choice((1, 1, 1, 2, 4)))
        words = self.sentence(who, others).words if self.chance.random() < 0.2 else ""
        return Turn(words, files=tuple((name, content()) for name, content in some))

    def stale(self, who: Person, _others: list[Person]) -> Turn:
        made_up = f"{self.chance.getrandbits(256):064x}"
        return Turn(pressed="確認", token=self.chance.choice([*who.old[-5:], made_up]))

    def stolen(self, who: Person, others: list[Person]) -> Turn:
        tokens = [one.token for one in others if one is not who and one.token]
        return Turn(pressed="確認", token=self.chance.choice(tokens)) if tokens else self.stale(
            who, others
        )  # fmt: skip


def test_only_what_was_confirmed_is_done(
    app: Flask, client: FlaskClient, act_as: ACT_AS, clock: FrozenClock, trained: Understander
) -> None:
    fuzz, today = Fuzz(SEED), clock()
    kinds: Counter[str] = Counter()
    done: Counter[str] = Counter()
    people: list[Person] = []
    token = ""
    with watched() as watch:
        for number in range(TURNS):
            if number % FRESH == 0:
                clock.set(today)
                people = _people()
            who = fuzz.chance.choice(people)
            act_as(who.actor)
            token = token or csrf(client)
            if fuzz.chance.random() < 0.01:
                clock.advance(hours=fuzz.chance.randrange(60))
            turn = fuzz.turn(who, people)
            kinds[turn.kind] += 1
            about = f"turn {number} of seed {SEED}: {who.actor.name} {turn}"[:600]
            _take(client, token, watch, who, turn, about, done)
            if number % 20 == 0:
                _look_at_forms(client, fuzz, who, people)
    print(f"\n{TURNS} turns, seed {SEED}: {dict(kinds)}; done after a yes: {dict(done)}")
    assert done, "nothing was ever confirmed, so nothing was tried"


def _take(
    client: FlaskClient,
    token: str,
    watch: Watch,
    who: Person,
    turn: Turn,
    about: str,
    done: Counter[str],
) -> None:
    may = turn.confirms(who)
    watch.clear()
    data = {"words": turn.words, "say": turn.pressed, "token": turn.token}
    answer = send(client, token, data, turn.files)
    answer.close()
    assert answer.status_code in {302, 400, 413}, f"{answer.status_code} {about}"
    if watch.tables:
        assert may, f"{sorted(watch.tables)} were written to by {about}"
        done["+".join(sorted(watch.tables))] += 1
    if answer.status_code == 302:
        who.hears(newest(who.actor))


def _look_at_forms(client: FlaskClient, fuzz: Fuzz, who: Person, people: list[Person]) -> None:
    """Form keys of one's own, of others, made up: a form or nothing, and never somebody else's."""
    others = [key for one in people if one is not who for key in one.keys]
    for key in (*fuzz.chance.sample(others, min(2, len(others))), fuzz.chance.randbytes(4).hex()):
        assert client.get(f"/assistant/forms/{key}").status_code == 404, key
    for key in who.keys[-1:]:
        assert client.get(f"/assistant/forms/{key}").status_code in {200, 404}, key


def _people() -> list[Person]:
    cast: Cast = make_cast()
    for one in BEFORE:
        happen(cast, one)
    return [Person(cast.actor(part)) for part in dict.fromkeys(PARTS)]
