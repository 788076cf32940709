"""The notice about personal data 個人資料蒐集告知事項, in its versions (`notice.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from plugin import clock
from plugin.certification.papers import Words

DATA = Path(__file__).with_name("notice.yaml")


@dataclass(frozen=True)
class Notice:
    """One version of the words. Texts hold `{authority}`."""

    version: str
    from_day: date
    truthful: Words
    notice: tuple[Words, ...]
    publish: Words


def say(words: Words, authority: str) -> str:
    """The words for one office, in the language of now."""
    return str(words).format(authority=authority)


def current(on: date | None = None) -> Notice:
    """The version that holds on a day (today)."""
    day = on or clock.today()
    known = [one for one in versions() if one.from_day <= day]
    return known[-1] if known else versions()[0]


@lru_cache
def versions() -> tuple[Notice, ...]:
    """Every version, the oldest first."""
    data: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    found = [
        Notice(
            one["version"],
            one["from"],
            Words(**one["truthful"]),
            tuple(Words(**line) for line in one["notice"]),
            Words(**one["publish"]),
        )
        for one in data["versions"]
    ]
    return tuple(sorted(found, key=lambda one: one.from_day))
