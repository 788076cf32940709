"""Where values begin and end, and values that their shape alone betrays, by the conventions.

The tagger is right about what a word is more often than about its last character: these rules are
the exact part of the conventions (notes/chat-labels.md, 14 to 18).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

_POLITE = re.compile(r"(?:謝謝|謝啦|感謝|拜託|麻煩了)$")
TAILS = {
    "teacher": re.compile(r"(?:老師|教師|同學|先生|小姐|'s)$"),
    "student": re.compile(r"(?:同學|學生|'s)$"),
    "unit": re.compile(r"'s$"),
    "course": re.compile(r"(?:這門課|那門課|這門|那門|(?<=[^選修])課程?)$"),
    "category": re.compile(r"類$"),
    "indicator": re.compile(r"(?<=.)指標$"),
    "period": re.compile(r"(?<=月)份$"),
    "summary": _POLITE,
    "title": _POLITE,
}
HEADS = {
    "teacher": re.compile(r"^(?:ms|mrs?|teacher)\.? +"),
    "reason": re.compile(r"^(?:因為|由於|理由是|原因是|理由[:,]|原因[:,]|because )"),
    "summary": re.compile(r"^(?:簡述|內容)(?:是|為)?[:, ]*"),
    "title": re.compile(r"^(?:標題|題目|名稱)(?:是|為|叫)?[:, ]*"),
    "case_no": re.compile(r"^(?:案件|編|案)?號[:# ]*"),
}
_LONGER = {
    "course": re.compile(
        r"(?:應用|實務|實作|入門|基礎|進階|開發|設計|概論|訓練|專題){0,3}班(?![上級導長])"
    ),
    "class_name": re.compile(r"班(?![上級導長])"),
}
_SHAPES = {
    "class_name": re.compile(
        r"([高國]?[一二三]年[一二三四五六七八九十\d]{1,2}班"
        r"|[高國]?[一二三]年[忠孝仁愛信義和平甲乙丙丁]班?"
        r"|(?<![\d/.-])(?!11[3-6])[1-3][0-2]\d(?:班|(?=的|[^\d/.\-件個元人小時號年%]|$))"
        r"|(?<![年高])[一二三][忠孝仁愛信義甲乙丙丁](?:班|(?=的|$)))"
    ),
    "case_no": re.compile(
        r"(ee-?\d{2,3}-?\d{3,}|(?<![a-z\d])[a-z]\d{6,}|(?<!\d)\d{3,}(?=號案))"
        r"|(?:編號|案號|(?<![a-z])case(?: no\.?| number)?)[:# ]{0,2}(\d[\d-]{3,})"
    ),
    "course": re.compile(
        r"(?:上傳|[送交]出|繳?交|傳)(?:一[下份件個])?"
        r"([^\W我你他您這那哪本上下今昨每的老師]{2,10}?)課的"
    ),
    "reason": re.compile(
        r"(?:因為|由於|[理原]由(?:是因為|是|為|:)|原因(?:是|為|:))([^,.!?;:嗎呢]{3,40})(?=[,.!?;]|$)"
        r"|(?<![a-z])because (?:of )?([^,.!?;:]{3,80})(?=[,.!?;]|$)"
    ),
}
_TITLE_BEFORE = re.compile(r"(?:標題|題目|名稱|title|called|named) ?$")
_JOINT = re.compile(r"(?:就?是|叫做?|(?:is|should be|will be)(?![a-z]))[: ]*")
_YEAR = re.compile(r"(?<=the )1[01]\d(?= [a-z])")
_TITLED = re.compile(r"(?<![A-Za-z])(?:Ms|Mrs|Mr|Miss|Teacher)\.? +([A-Z][a-z]+(?: [A-Z][a-z]+)?)")
_NEXT_NAME = re.compile(r" [A-Z][a-z]+(?![A-Za-z])")


@cache
def _teacher() -> re.Pattern[str]:
    path = Path(__file__).resolve().parent / "gazetteer.yaml"
    surnames = "|".join(yaml.safe_load(path.read_text("utf-8"))["surname"].split())
    return re.compile(rf"(?<![課任對雙校地])({surnames})(?=老師)")


def longer(slot: str, text: str, plain: str, start: int, end: int) -> tuple[int, int]:
    """The border after words that belong to the value: 301|班, 實作|班, Kevin| Tsai."""
    if slot in _LONGER and (found := _LONGER[slot].match(plain, end)):
        end = found.end()
    latin = slot in {"student", "teacher"} and text[start:end].isascii()
    if latin and " " not in text[start:end] and (found := _NEXT_NAME.match(text, end)):
        end = found.end()
    if slot == "title" and plain[max(0, start - 1) : start + 1] == "叫做":
        start += 1
    if slot == "title" and _TITLE_BEFORE.search(plain, 0, start):
        found = _JOINT.match(plain, start, end)
        if found and found.end() < end:  # title 是…, title is …
            start = found.end()
    return start, end


def shaped(text: str, plain: str) -> Iterator[tuple[str, int, int, object]]:
    """(slot, start, end, value) of all that shape alone betrays."""
    for slot, pattern in _SHAPES.items():
        for found in pattern.finditer(plain):
            start, end = found.span(found.lastindex or 0)
            yield slot, start, end, text[start:end]
    for found in _YEAR.finditer(plain):
        yield "academic_year", *found.span(), int(found[0])
    for pattern in (_TITLED, _teacher()):
        for found in pattern.finditer(text):
            yield "teacher", *found.span(1), found[1]
