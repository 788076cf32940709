"""More sentences out of the marked ones: other words in the slots, other ways of typing.

Only for training, and always after sentences were put aside for testing: a variant of a sentence
tells its answer. A fixed seed gives the same sentences each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from plugin.assistant.understanding.intents import ANYONE, roles
from plugin.assistant.understanding.marked import Mark, Marked

SEED = 1081
_BEFORE = (
    "請問 請 麻煩 麻煩你 不好意思， 你好， 老師好， 嗨， 欸 那個， 我想 我要 可以幫我 幫我 可不可以"
    " 想請問一下， 哈囉， 拜託 Hi,_ please_ 那 先 好， ok， 嗯， 小幫手， 您好，"
)
_AFTER = (
    "謝謝 ，謝謝 ，謝謝你 ，感謝 喔 啦 吧 好嗎 可以嗎 ？ 。 ！ ～ ，拜託 ，麻煩了 _thanks ，急"
    " ，3Q ，謝啦 耶 😊 🙏"
)
PREFIXES = tuple(one.replace("_", " ") for one in _BEFORE.split())
SUFFIXES = tuple(one.replace("_", " ") for one in _AFTER.split())
SAFE_TO_DRESS = frozenset({"confirm", "deny", "cancel", "back", "greet", "help"})
"""Short turns: a prefix such as 我要 would change what they say; they get none."""

_ALIKE = (
    "傳船 證正 認任 果過 習席 選宣 助住 名明 冊測 程成 現線 師獅 查察 請情 退腿 交教 回迴 紀記"
    " 錄綠 期其 標飆 確缺 撤徹 訖迄 諮資 詢尋 報抱 審神 繳交 進近 度渡 在再 做作 那哪 匯會"
)
_SOUNDS = tuple((pair[0], pair[1]) for pair in _ALIKE.split())
_BOPOMOFO = (("的", "ㄉ"), ("嗎", "ㄇ"), ("了", "ㄌ"), ("吧", "ㄅ"), ("啊", "ㄚ"), ("喔", "ㄛ"))
_SIGNS = "，。！？、：；「」『』,.!?:;"


Pools = dict[str, list[str]]


def pools(sentences: Sequence[Marked]) -> Pools:
    """Words that fill each slot, over all sentences."""
    found: dict[str, set[str]] = {}
    for one in sentences:
        for mark in one.marks:
            found.setdefault(mark.slot, set()).add(one.words(mark))
    return {slot: sorted(words) for slot, words in found.items()}


def replaced(one: Marked, words: dict[Mark, str]) -> Marked:
    """The sentence with other words in some of its marks."""
    text, marks, at = "", [], 0
    for mark in sorted(one.marks, key=lambda mark: mark.start):
        text += one.text[at : mark.start]
        filling = words.get(mark, one.words(mark))
        marks.append(Mark(mark.slot, len(text), len(text) + len(filling)))
        text += filling
        at = mark.end
    return Marked(one.intent, one.role, text + one.text[at:], tuple(marks))


def _latin(text: str) -> bool:
    return sum(one.isascii() and one.isalpha() for one in text) > len(text) / 2


def swapped(one: Marked, pool: Pools, chance: random.Random) -> Marked:
    """Slots filled with words from other sentences; Latin for Latin, figures for figures."""
    words = {}
    for mark in one.marks:
        if chance.random() < 0.25:
            continue
        was = one.words(mark)
        for _ in range(6):
            other = chance.choice(pool[mark.slot])
            alike = other[0].isdigit() == was[0].isdigit() and _latin(other) == _latin(was)
            if alike or (mark.slot in {"title", "summary"} and not _latin(one.text)):
                words[mark] = other
                break
    return replaced(one, words)


def shifted(one: Marked, before: str, after: str) -> Marked:
    """The sentence with words before and after it."""
    by = len(before)
    marks = tuple(Mark(mark.slot, mark.start + by, mark.end + by) for mark in one.marks)
    return Marked(one.intent, one.role, before + one.text + after, marks)


def respelled(one: Marked, changes: Sequence[tuple[str, str]], chance: random.Random) -> Marked:
    """One character typed as another that sounds alike."""
    possible = [
        (at, now) for at, char in enumerate(one.text) for was, now in changes if was == char
    ]
    if not possible:
        return one
    at, now = chance.choice(possible)
    return Marked(one.intent, one.role, one.text[:at] + now + one.text[at + 1 :], one.marks)


def without(one: Marked, at: int) -> Marked:
    """The sentence without one character, which stands in no mark's only place."""
    marks = tuple(
        Mark(mark.slot, mark.start - (at < mark.start), mark.end - (at < mark.end))
        for mark in one.marks
    )
    return Marked(one.intent, one.role, one.text[:at] + one.text[at + 1 :], marks)


def unpunctuated(one: Marked) -> Marked:
    """The sentence without its signs, as in a hurry; those within marks stay."""
    inside = {at for mark in one.marks for at in range(mark.start, mark.end)}
    for at in range(len(one.text) - 1, -1, -1):
        if one.text[at] in _SIGNS and at not in inside:
            one = without(one, at)
    return one


def lossy(one: Marked, chance: random.Random) -> Marked:
    """The sentence without one character outside its marks."""
    inside = {at for mark in one.marks for at in range(mark.start, mark.end)}
    free = [at for at in range(len(one.text)) if at not in inside]
    if len(one.text) < 8 or not free:
        return one
    return without(one, chance.choice(free))


def variants(one: Marked, pool: Pools, chance: random.Random, many: int) -> Iterator[Marked]:
    """The sentence, then `many` variants of it."""
    yield one
    for number in range(many):
        made = swapped(one, pool, chance) if one.marks else one
        way = chance.random()
        if one.intent not in SAFE_TO_DRESS and way < 0.45:
            before = chance.choice(PREFIXES) if chance.random() < 0.6 else ""
            after = chance.choice(SUFFIXES) if chance.random() < 0.5 or not before else ""
            made = shifted(made, before, after)
        elif way < 0.55:
            made = respelled(made, _SOUNDS, chance)
        elif way < 0.62:
            made = respelled(made, _BOPOMOFO, chance)
        elif way < 0.75:
            made = unpunctuated(made)
        elif way < 0.85:
            made = lossy(made, chance)
        if made is not one or number == 0:
            yield made


def spoken_by(one: Marked, chance: random.Random, speakers: Sequence[str]) -> str:
    """A role that says it: its own, or one of those who may."""
    return one.role if one.role != ANYONE else chance.choice(speakers or roles())
