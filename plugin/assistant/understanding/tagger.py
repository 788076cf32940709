"""Which words of a sentence fill which slot: a conditional random field over small units.

Units are single characters, Latin words, figures, and times that the rules found (so a
date is never cut in two). The label is the slot, or O. Features: the characters around, their
classes, known words (gazetteer.yaml), quotations, what follows a marker such as 標題 or 因為, what
the rules found (dates, numbers), and the intent. See docs/decisions/0010.
"""

from __future__ import annotations

import ctypes
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pycrfsuite
import yaml

from plugin.assistant.understanding.clauses import said
from plugin.assistant.understanding.marked import Mark, Marked
from plugin.assistant.understanding.normal import normal
from plugin.assistant.understanding.rules import TIMES, Seen, seen

SEED = 1081
_MARKERS = {
    "title": re.compile(r"標題|題目|名稱|名字|名為|叫做?|篇名|主題是|title[d]?|named?|called"),
    "summary": re.compile(
        r"簡述|內容|說明|摘要|大意|描述|心得是|備註|談到?|聊到?|討論|關於|summary|about"
        r"|on the topic|description"
    ),
    "reason": re.compile(
        r"因為|理由|原因|由於|事由|所以|原由|because|reason|since|退回.?[,:]|是因|事項"
    ),
    "until": re.compile(r"以前|之前|前|到|止|截至|延到|by|until|before|至"),
    "from": re.compile(r"以後|之後|起|從|自|開始|from|since|after"),
}
_UNIT = re.compile(r"[a-z]+(?:'(?!s(?![a-z]))[a-z]+)?|'s(?![a-z])|\d+|.", re.DOTALL)
"""A possessive is a unit of its own: Harper|'s."""
_REASONED = frozenset(
    [
        "certify.return",
        "outcome.withdraw",
        "receipt.dispute",
        "training.cancel",
        "training.approve",
        "certification.review",
        "selection.choose",
        "indicator.fill",
        "role.grant",
    ]
)
"""Intents where a clause without a marker may be the reason."""
_FAR = 24
"""Characters after which a marker is no longer felt."""


@cache
def _gazetteer() -> tuple[re.Pattern[str], dict[str, str]]:
    path = Path(__file__).resolve().parent / "gazetteer.yaml"
    kinds: dict[str, str] = {}
    for kind, words in yaml.safe_load(path.read_text("utf-8")).items():
        for word in words.split():
            key = normal(word)
            kinds[key] = f"{kinds[key]}+{kind}" if key in kinds else kind
    longest = sorted(kinds, key=len, reverse=True)
    bounded = (
        rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w.isascii() else re.escape(w) for w in longest
    )
    return re.compile("|".join(bounded)), kinds


def _kind(char: str) -> str:
    if char.isdigit():
        return "9"
    if char in "〇零一二三四五六七八九十百千萬兩廿壹貳參肆伍陸柒捌玖拾":
        return "N"
    if char.isascii() and char.isalpha():
        return "a"
    if char in "\"'《》":
        return "Q"
    if char.isspace():
        return "_"
    return "c" if char.isalpha() else "."


def _layer(length: int, found: Iterable[tuple[int, int, str]]) -> list[str]:
    """For each character the word it stands in, with B or I; '' where it stands in none."""
    layer = [""] * length
    for start, end, name in found:
        for at in range(start, min(end, length)):
            layer[at] = f"{'B' if at == start else 'I'}{name}"
    return layer


def _since(text: str, marker: re.Pattern[str]) -> list[int]:
    """How far each character is from the last marker before it (-1: none)."""
    ends = [found.end() for found in marker.finditer(text)]
    distances = [-1] * len(text)
    for end in ends:
        for at in range(end, len(text)):
            distances[at] = at - end
    return distances


def _quoted(text: str) -> list[tuple[int, int, str]]:
    return [
        (found.start(1), found.end(1), "q")
        for found in re.finditer(r"[\"《']([^\"《》']+)[\"》']", text)
    ]


@dataclass(frozen=True)
class Unit:
    """What gets one label: a time found by rule, a Latin word, a figure, or one character."""

    start: int
    end: int
    kind: str


def units(plain: str, known: Sequence[Seen]) -> list[Unit]:
    """A text cut into units; `plain` is its normal form, `known` what the rules found."""
    found: list[Unit] = []
    at = 0
    for one in known:
        if one.start < at:
            continue
        found += [
            Unit(at + m.start(), at + m.end(), "") for m in _UNIT.finditer(plain[at : one.start])
        ]
        found.append(Unit(one.start, one.end, "time" if one.time else "number"))
        at = one.end
    return found + [Unit(at + m.start(), at + m.end(), "") for m in _UNIT.finditer(plain[at:])]


def features(text: str, intent: str, today: date) -> tuple[list[Unit], list[list[str]]]:
    """The units of a text and the features of each.

    :param today: dates count from it; which day it is does not matter to the tagger.
    """
    plain = normal(text)
    known = seen(text, today)
    cut = units(plain, known)
    pattern, kinds = _gazetteer()
    size = len(plain)
    names = _layer(size, ((m.start(), m.end(), kinds[m[0]]) for m in pattern.finditer(plain)))
    rules = _layer(size, ((one.start, one.end, one.kind) for one in known))
    quoted = _layer(size, _quoted(plain))
    since = {name: _since(plain, marker) for name, marker in _MARKERS.items()}
    signs = [at for at, char in enumerate(plain) if char in ",.!?;:"]
    words = ["^^", "^", *(_word(plain, unit) for unit in cut), "$", "$$"]
    part_of = said(plain, known) if intent in _REASONED else []
    cases = ["", "", *(_case(text[unit.start : unit.end]) for unit in cut), "", ""]
    rows = []
    for number, unit in enumerate(cut):
        at = unit.start
        row = ["bias", f"i {intent}", *_letters(plain, unit, words, number + 2, intent)]
        for offset, other in ((-2, number - 2), (-1, number - 1), (0, number), (1, number + 1)):
            if 0 <= other < len(cut):
                place = cut[other].start
                row += [f"g{offset} {names[place]}"] if names[place] else []
                row += [f"d{offset} {rules[place]}"] if rules[place] else []
        if names[at]:
            right, left = plain[unit.end : unit.end + 2], plain[max(0, at - 2) : at]
            row += [f"gi {names[at]} {intent}", f"gr {names[at]} {right}"]
            row += [f"gl {names[at]} {left}", *_around(plain, names, at, "g")]
        if rules[at]:
            around = _around(plain, rules, at, "d")
            row += [f"di {rules[at]} {intent}", *around, *(f"{one} {intent}" for one in around)]
        if quoted[at]:
            row += [f"q {quoted[at]}", f"q {quoted[at]} {intent}"]
        row += _marked(since, signs, at, intent)
        if cases[number + 2]:
            row += _cased(cases[number : number + 5], intent, first=at == 0)
        if intent in _REASONED:
            row += [f"{one} {intent}" for one in part_of[at]]
            part = sum(sign < at for sign in signs)
            row += [f"part {min(part, 3)} {intent}", f"last {all(sign < at for sign in signs)}"]
        rows.append(row)
    return cut, rows


def _letters(plain: str, unit: Unit, words: list[str], p: int, intent: str) -> list[str]:
    """The unit itself (`words[p]`) and the characters around it."""
    left, right = f"^^^{plain}"[unit.start : unit.start + 3], f"{plain}$$$"[unit.end :][:3]
    word = words[p]
    shapes = [_kind(one[0]) for one in words[p - 2 : p + 3]]
    row = [f"c {word}", f"i {intent} {word}"]
    for size in (1, 2, 3):
        row += [f"l{size} {left[-size:]}", f"r{size} {right[:size]}"]
    row += [f"lc {left[-1:]}{word}", f"cr {word}{right[:1]}", f"llc {left[-2:]}{word}"]
    row += [f"lcr {left[-1:]}{word}{right[:1]}", f"crr {word}{right[:2]}"]
    row += [f"s {''.join(shapes)}", f"s1 {''.join(shapes[1:4])}"]
    row += [f"k {shapes[2]}", f"k {shapes[2]} {intent}", f"w {words[p - 1]}|{words[p + 1]}"]
    row += [f"i {intent} l {left[-2:]}", f"i {intent} r {right[:2]}"]
    row += [f"i {intent} l1 {left[-1:]}", f"i {intent} r1 {right[:1]}"]
    return [*row, f"i {intent} lc {left[-1:]}{word}", f"i {intent} cr {word}{right[:1]}"]


def _marked(since: dict[str, list[int]], signs: Sequence[int], at: int, intent: str) -> list[str]:
    """After which markers a place stands, how near, and whether a sign lies between."""
    row = []
    for name, distances in since.items():
        if 0 <= distances[at] <= _FAR:
            stopped = any(at - distances[at] < sign <= at for sign in signs)
            row.append(f"m {name} {min(distances[at], 4)} {stopped}")
            row.append(f"m {name} {intent} {stopped}")
    return row


def _case(words: str) -> str:
    """How a Latin word is written: names and titles begin with a capital."""
    if not words.isascii() or not words[0].isalpha():
        return ""
    return "A" if words.isupper() and len(words) > 1 else "C" if words[0].isupper() else "a"


def _cased(cases: Sequence[str], intent: str, *, first: bool) -> list[str]:
    """The writing of a word and of the two before and after it."""
    return [
        f"case {cases[2]} {first}",
        f"case {cases[2]} {first} {intent}",
        f"case3 {'|'.join(cases[1:4])}",
        f"case5 {'|'.join(cases)}",
    ]


def _word(plain: str, unit: Unit) -> str:
    return f"<{unit.kind}>" if unit.kind else plain[unit.start : unit.end]


def _around(plain: str, layer: list[str], at: int, name: str) -> list[str]:
    """What stands before and after the words of a layer at this place."""
    start = at
    while start > 0 and layer[start].startswith("I"):
        start -= 1
    end = at + 1
    while end < len(plain) and layer[end].startswith("I"):
        end += 1
    kind = f"{name} {layer[at][0]} {layer[at][1:]}"
    after, before = plain[end : end + 2], plain[max(0, start - 2) : start]
    return [
        f"after {kind} {after}",
        f"after {kind} {after[:1]}",
        f"before {kind} {before}",
        f"before {kind} {before[-1:]}",
        f"between {kind} {before[-1:]}/{after[:1]}",
    ]


def labels(one: Marked, cut: Sequence[Unit]) -> list[str]:
    """The slot of each unit of a marked sentence, O where it fills none."""
    found = []
    for unit in cut:
        mark = next((m for m in one.marks if m.start < unit.end and unit.start < m.end), None)
        if mark is None or (mark.slot in TIMES and unit.kind != "time"):
            found.append("O")  # only the date reader can tell what a time is worth
        else:
            found.append(mark.slot)
    return found


class Tagger:
    """The fitted tagger."""

    def __init__(self, model: bytes) -> None:
        self._model = model  # the C library reads from this memory as long as it tags
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)

    def marks(self, text: str, intent: str, today: date) -> list[Mark]:
        """The words of a text that fill slots."""
        if not text:
            return []
        cut, rows = features(text, intent, today)
        return _joined(cut, self._tagger.tag(rows))


def _joined(cut: Sequence[Unit], tags: Sequence[str]) -> list[Mark]:
    marks: list[Mark] = []
    for unit, tag in zip(cut, tags, strict=True):
        if tag == "O":
            continue
        last = marks[-1] if marks else None
        if last and last.slot == tag and last.end == unit.start and tag not in TIMES:
            marks[-1] = Mark(tag, last.start, unit.end)
        else:
            marks.append(Mark(tag, unit.start, unit.end))
    return marks


def fit(sentences: Iterable[Marked], today: date, *, rounds: int = 10) -> bytes:
    """Fit a tagger to marked sentences; the model as CRFsuite writes it.

    Passive-aggressive updates (the second kind, averaged) take half the time of L-BFGS and were
    no worse on sentences held out.
    """
    ctypes.CDLL(None).srand(SEED)  # the C library shuffles with it: the same model each time
    trainer = pycrfsuite.Trainer(algorithm="pa", verbose=False)
    trainer.set_params({"max_iterations": rounds, "type": 2, "feature.minfreq": 3})
    for one in sentences:
        if one.text:
            cut, rows = features(one.text, one.intent, today)
            trainer.append(rows, labels(one, cut))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagger"
        trainer.train(str(path))
        return path.read_bytes()
