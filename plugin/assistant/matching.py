"""Words for a thing → the thing, among those that this person may choose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

CLOSE = 72.0
"""Of 100; below it two names are not the same thing mistyped."""

AHEAD = 8.0
"""The best is taken without asking when the next is so much worse."""


@dataclass(frozen=True)
class Match:
    """What words may mean.

    :param values: the values of the likely choices, the best first; one: it is sure.
    """

    values: tuple[str, ...] = ()

    @property
    def sure(self) -> str | None:
        """The one choice that is meant; None when several or none are."""
        return self.values[0] if len(self.values) == 1 else None


def find(words: str, choices: Sequence[tuple[str, str]]) -> Match:
    """The choices whose label fits the words: exactly, by a part of it, or mistyped.

    :param choices: (value, label).
    """
    said = plain(words)
    if not said:
        return Match()
    found = _find(said, choices)
    shorter = _POINTING.sub("", said)
    if not found.values and shorter and shorter != said:
        found = _find(shorter, choices)
    if not found.values and said in SUBJECTS:
        found = _find(SUBJECTS[said], choices)
    return found


_POINTING = re.compile(r"(?:的?[那這哪][個件門批份筆項班位]?(?:課|好了|吧)?|課|吧|好了|的)$")
"""What is said behind a name: 化學那件, 國文課."""
SUBJECTS = {
    "chinese": "國語文", "english": "英語文",
    "math": "數學", "maths": "數學", "mathematics": "數學",
    "physics": "物理", "chemistry": "化學", "biology": "生物", "earthscience": "地球科學",
    "history": "歷史", "geography": "地理", "civics": "公民與社會", "music": "音樂", "art": "美術",
    "finearts": "美術", "pe": "體育", "physicaleducation": "體育", "technology": "科技",
    "informationtechnology": "資訊科技", "livingtechnology": "生活科技", "homeeconomics": "家政",
}  # fmt: skip
"""English names of subjects, as `plain` writes them: course names are Chinese."""


def _find(said: str, choices: Sequence[tuple[str, str]]) -> Match:
    labels = [(value, plain(label), plain(_short(label))) for value, label in choices]
    for fits in (_is, _begins, _holds, _shortens):
        found = tuple(value for value, whole, short in labels if fits(said, whole, short))
        if found:
            return Match(found)
    return _mistyped(said, labels)


SHORTEST = 3
"""Characters of a name that counts where it stands among other words; shorter ones stand in
many."""


def standing_in(words: str, choices: Sequence[tuple[str, str]]) -> Match:
    """The choices whose very name stands in a sentence that says more than that.

    Of two names the longer holds: 水質調查報告 is not 水質調查, too. Where something is named to be
    left out, or several are called so, nothing is found.
    """
    said = plain(words)
    if _BUT.search(words):
        return Match()
    named = [(value, plain(_short(label))) for value, label in choices if value]
    found = [(value, name) for value, name in named if len(name) >= SHORTEST and name in said]
    names = [name for _value, name in found]
    if len(set(names)) < len(names):
        return Match()
    return Match(
        tuple(
            value
            for value, name in found
            if not any(name != other and name in other for other in names)
        )
    )


_BUT = re.compile(
    r"除了|除外|以外|之外|不含|不包括|不要|不是|別|except|but|other than|without", re.IGNORECASE
)


def _is(said: str, whole: str, short: str) -> bool:
    return said in (whole, short)


def _begins(said: str, _whole: str, short: str) -> bool:
    return bool(short) and (short.startswith(said) or said.endswith(short))


def _holds(said: str, whole: str, short: str) -> bool:
    return said in whole or (len(short) > 1 and short in said)


def _shortens(said: str, _whole: str, short: str) -> bool:
    """國文 for 國語文, 公社 for 公民與社會: its first character and others in their order."""
    rest = iter(short)
    return len(said) > 1 and said[:1] == short[:1] and all(one in rest for one in said)


def _mistyped(said: str, labels: Iterable[tuple[str, str, str]]) -> Match:
    if len(said) < 2:
        return Match()
    scored = sorted(
        ((_likeness(said, whole, short), value) for value, whole, short in labels),
        key=lambda one: -one[0],
    )
    close = [one for one in scored if one[0] >= CLOSE]
    return Match(tuple(value for score, value in close if score > close[0][0] - AHEAD))


def _likeness(said: str, whole: str, short: str) -> float:
    best = fuzz.ratio(said, short)
    if len(said) >= 3:  # a part of a long label, with a slip in it
        best = max(best, 0.95 * fuzz.partial_ratio(said, whole))
    return best


_PLACE = re.compile(
    r"^(?:我?[要選]|就)*\s*第?\s*(?P<digits>\d{1,3}|[一二兩三四五六七八九十]{1,3})\s*[個項件門筆份樣種]?$"
)
_DIGITS = {word: place for place, word in enumerate("零一二三四五六七八九")} | {"兩": 2}


def place(words: str, of: int) -> int | None:
    """Which of a list of `of` things is meant by 第二個, 2, 最後一個; from 0; None: none."""
    said = unicodedata.normalize("NFKC", words).strip().rstrip("。.!！")
    if said in {"最後一個", "最後一項", "最後一件", "最後", "last", "the last one"}:
        return of - 1 if of else None
    ordinals = {"first": 0, "second": 1, "third": 2, "the first one": 0, "the second one": 1}
    if said.lower() in ordinals:
        found = ordinals[said.lower()]
    else:
        match = _PLACE.match(said)
        if match is None:
            return None
        found = _number(match["digits"]) - 1
    return found if 0 <= found < of else None


def _number(digits: str) -> int:
    if digits.isdecimal():
        return int(digits)
    tens, has_tens, ones = digits.partition("十")
    if not has_tens:
        return _DIGITS.get(digits, 0) if len(digits) == 1 else 0
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def _short(label: str) -> str:
    """A label without what stands in brackets or after a dot: 國文（115 學年度…） → 國文."""
    return re.split(r"[（(·｜|]", label)[0]


@lru_cache(maxsize=4096)
def plain(words: str) -> str:
    """The words as they are compared: half width, Traditional, small letters, without marks."""
    from plugin.assistant.understanding.normal import traditional

    told = traditional(unicodedata.normalize("NFKC", words)).lower().replace("臺", "台")
    return "".join(one for one in told if one.isalnum())
