"""Sentences with other people, courses and titles in them, for the tagger.

A field that has seen 陳品妤 in three frames learns her name; one that meets another name in every
frame learns the frame. Names are put together from gazetteer.yaml; courses, titles and items come
from the marks of other sentences. A fixed seed gives the same sentences each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

from plugin.assistant.understanding.augment import Pools, replaced
from plugin.assistant.understanding.marked import Mark, Marked

SHARE = 0.4
"""Share of the sentences with such marks that are said once more."""
_GIVEN = (
    "子涵 品妤 宥廷 承翰 語彤 詠晴 柏宇 冠廷 佳穎 怡君 雅婷 俊賢 志豪 佩珊 宜蓁 彥廷 欣怡 家豪 "
    "思妤 昱安 書豪 品妍 文彬 凱文 淑芬 美玲 建宏 立偉 心怡 婉婷 鈺婷 哲瑋 郁庭 紹安 可欣 宗翰 "
    "若彤 明哲 雨潔 慧敏 威廷 以恩 恩 翔 妤 宇 晴 蓉 傑 樺 霖"
)
_CLASSES = "班 實務班 入門班 應用班 實作班 基礎班 進階班 課程設計 概論 入門 應用 實務"
_OF_COMPANIES = ("training.apply", "training.cancel", "training.status", "training.survey")
_NAMED = frozenset({"course", "title", "items", "keyword", "measure", "unit", "place", "role"})
_OF_INTENT = frozenset({"window", "category", "item_kind", "audience"})
"""What differs so much from intent to intent that only words of the same one fit."""
_PEOPLE = frozenset({"student", "teacher"})


@cache
def _words(kind: str) -> tuple[str, ...]:
    path = Path(__file__).resolve().parent / "gazetteer.yaml"
    return tuple(yaml.safe_load(path.read_text("utf-8"))[kind].split())


def _latin(words: str) -> bool:
    return words.isascii() and words[:1].isalpha()


def person(was: str, chance: random.Random) -> str:
    """Another name written the same way: surname, given name or both; Latin for Latin."""
    if _latin(was):
        parts = was.split()
        return " ".join(chance.choice(_words("latin")).capitalize() for _ in parts)
    surname = chance.choice(_words("surname"))
    if len(was) == 1:
        return surname
    return surname + chance.choice(_GIVEN.split()) if len(was) > 2 or chance.random() < 0.3 else was


def _course(one: Marked, was: str, pool: Pools, chance: random.Random) -> str:
    """Another course; those of companies often end in 班."""
    if _latin(was):
        other = [words for words in pool["course"] if _latin(words)]
        return chance.choice(other)
    if one.intent.startswith(_OF_COMPANIES) and chance.random() < 0.4:
        return chance.choice(_words("topic")[:40]) + chance.choice(_CLASSES.split())
    return chance.choice([words for words in pool["course"] if not words.isascii()])


def another(one: Marked, pool: Pools, chance: random.Random) -> Marked:
    """The sentence about somebody and something else."""
    words: dict[Mark, str] = {}
    for mark in one.marks:
        was = one.words(mark)
        if mark.slot in _PEOPLE:
            words[mark] = person(was, chance)
        elif mark.slot == "course":
            words[mark] = _course(one, was, pool, chance)
        elif mark.slot in _NAMED:
            slots = ("title", "items") if mark.slot in {"title", "items"} else (mark.slot,)
            alike = [w for slot in slots for w in pool.get(slot, ()) if _alike(w, was)]
            words[mark] = chance.choice(alike) if alike else was
        elif mark.slot in _OF_INTENT:
            alike = [w for w in pool.get(f"{one.intent} {mark.slot}", ()) if _alike(w, was)]
            words[mark] = chance.choice(alike) if alike else was
    return replaced(one, words)


def _alike(words: str, was: str) -> bool:
    """Latin for Latin, and an ordinal never for a name."""
    return _latin(words) == _latin(was) and (words[0] in "第0123456789") == (
        was[0] in "第0123456789"
    )


def told_again(
    sentences: Iterable[Marked], pool: Pools, chance: random.Random, share: float = SHARE
) -> Iterator[Marked]:
    """Some of the sentences once more, about others."""
    sentences = list(sentences)
    within: dict[str, set[str]] = {}
    for one in sentences:
        for mark in one.marks:
            if mark.slot in _OF_INTENT:
                within.setdefault(f"{one.intent} {mark.slot}", set()).add(one.words(mark))
    both = {**pool, **{name: sorted(words) for name, words in within.items()}}
    swapped = _NAMED | _PEOPLE | _OF_INTENT
    for one in sentences:
        if any(mark.slot in swapped for mark in one.marks) and chance.random() < share:
            yield another(one, both, chance)
