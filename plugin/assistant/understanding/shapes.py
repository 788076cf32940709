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

from plugin.assistant.understanding.normal import normal

_POLITE = re.compile(r"(?:謝謝|謝啦|感謝|拜託|麻煩了)$")
TAILS = {
    "teacher": re.compile(r"(?:老師|教師|同學|先生|小姐|'s)$"),
    "student": re.compile(r"(?:同學|學生|'s)$"),
    "course": re.compile(r"(?:這門課|那門課|[這那][門班堂場]|(?<=[^選修])課程?)$"),
    "unit": re.compile(r"(?:'s|(?<=..)[開辦的])$"),
    "category": re.compile(r"(?:類|身[分份])$"),
    "place": re.compile(r"(?:(?<=[室館廳堂])輔導?|(?<=.)諮詢)$"),
    "indicator": re.compile(r"(?<=.)指標$"),
    "period": re.compile(r"(?<=月)份$"),
    "class_name": re.compile(r"(?<=\d)[.,和跟與]\d{3}班?$"),
    "keyword": re.compile(r"(?<=.)(?:班|課程?|研習|工作坊| (?:courses?|class(?:es)?|workshops?))$"),
    "reason": re.compile(r"[啦欸喔耶]$"),
    "summary": re.compile(rf"{_POLITE.pattern}|的(?:報告|調查|諮詢)$"),
    "title": _POLITE,
}
HEADS = {
    "teacher": re.compile(r"^(?:ms|mrs?|teacher)\.? +"),
    "course": re.compile(r"^棄(?=..)"),
    "class_name": re.compile(r"^[與和跟給對]"),
    "reason": re.compile(
        r"^(?:(?:欸|唉|糟糕?|慘|完蛋)了?[, ]*|因為|由於|[理事]由[是寫]|原因[是寫]"
        r"|[理事]由[:,]|原因[:,]|because )"
    ),
    "summary": re.compile(r"^(?:簡述|內容)(?:是|為)?[:, ]*"),
    "title": re.compile(r"^(?:標題|題目|名稱)(?:是|為|叫)?[:, ]*"),
    "category": re.compile(r"^[用以走](?=..)"),
    "measure": re.compile(r"^(?:修正|更正|填報|登錄|登記|補登|輸入|把|將)(?=...)"),
    "case_no": re.compile(r"^(?:案件|編|案)?號[:# ]*"),
}
_LONGER = {
    "course": re.compile(
        r"(?:應用|實務|實作|入門|基礎|進階|開發|設計|概論|訓練|專題){0,3}班(?![上級導長])"
        r"|(?<=工作)坊|(?<=專題)實[作做]"
    ),
    "class_name": re.compile(r"班(?![上級導長])"),
    "place": re.compile(
        r"[一二三四五六七八九十\d]{1,2}樓|(?<=room) ?\d{2,4}[a-z]?(?![a-z\d])"
        r"|[^\W的在去到辦開a-z]{0,3}?(?:展覽館|博物館|圖書館|科博館|體育館|美術館|會議室|教室|中心|公園|車站|醫院)"
    ),
}
_DEPARTMENT = (
    r"(?:機械|電機|資訊|電子|餐飲|觀光|商經|國貿|會計|資處|廣設|美工|幼保|照服|室設|汽車|製圖|建築|化工|園藝|森林"
    r"|食品|美容|時尚|多媒|應英|應日|應外|餐管|餐服|普通|綜合|體育|音樂|美術|數理|語文|[餐資商電機普綜觀汽建廣])"
)
_IN_DEPARTMENT = re.compile(rf"{_DEPARTMENT}科?$")
_OF_MEASURE = re.compile(r"(?:案?件數|金額|[總學師生]?人[數次]|張數|篇數|場次|[課門次]數)")
_LATIN_NUMBER = re.compile(r"(?: level)? \d{1,3}(?![\d./:%-])(?! ?(?:[a-z]+s(?![a-z])|people|nt))")
_SHAPES = {
    "class_name": re.compile(
        r"([高國]?[一二三]年[一二三四五六七八九十\d]{1,2}班"
        r"|[高國]?[一二三]年[忠孝仁愛信義和平甲乙丙丁]班?"
        r"|(?<![\d/.-])(?!11[3-6])[1-3][0-2]\d(?:班|(?=的|[^\d/.\-件個元人小時號年%]|$))"
        r"|(?<![年高])[一二三][忠孝仁愛信義甲乙丙丁](?:班|(?=的|$))"
        r"|(?<![一二三年高])[忠孝仁愛信義]班(?![上級導長])"
        r"|(?<!room )(?<![a-z\d.-])1[0-2][a-h](?![a-z\d-]))"
    ),
    "place": re.compile(
        r"地點(?:是|為|在|:)?([^,.!?;:是為在]{2,15})(?=[,.!?;]|$)"
        r"|(?<=in )(room \d{2,4}[a-z]?)(?![a-z\d])"
        r"|(?<=in the )([a-z]+ (?:office|room|library|hall))(?![a-z])"
        r"|(?<=at the )((?:[a-z]+ ){0,3}"
        r"(?:shelter|library|museum|park|centre|center|hall|hospital))(?![a-z])"
        r"|(?<=[在到])((?:會議|諮商|課諮|諮詢|晤談|輔導|團輔)室)"
    ),
    "indicator": re.compile(
        r"(?:指標|(?<![a-z])indicator) ?(\d{1,2}(?:\.\d{1,2})?)(?![\d件個項人%])"
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
_ASKS = re.compile(r"請|幫|麻煩|要|想|退|取消|撤|收回|拿回|申|改|讓|先|can |please|pls|so |i want")
_CLAUSE = re.compile(r"(?:^|[,.!?; ])([^,.!?; 我他她這那把欸慘]{1,4})$")
"""The little that the tagger may leave out between the beginning of a clause and a reason."""
_DONE = re.compile(r"去?了(?=[,.!?; 快]|可以|$)")
_WHOLE = {
    "place": re.compile(r"(?:會議|諮商|課諮|諮詢|晤談|輔導|辦公|導師|團輔|教師)室"),
    "role": re.compile(r"共授教師|協同教師|(?:歷程)?交換人員|課程諮詢教師|註.組長?|校務研究人員"),
}
_CLASS = re.compile(r"1[0-2][a-h]")
"""A class as English sentences name it."""
_BEFORE = {
    "class_name": (_IN_DEPARTMENT, re.compile(r"[高國][一二三]$")),
    "unit": (re.compile(r"(?:國立|私立|市立|縣立)[^\W\da-z的在]{0,12}$"),),
    "measure": (re.compile(r"number of $"),),
}
_REST_OF_WORD = re.compile(r"(?:[a-z]|[-'’](?=[a-z]{2}))+")
_ANNOUNCED = re.compile(
    r"(?:標題|題目|名稱|(?<![a-z])titled?)"
    r"(?:就?是|為|叫做?|寫|: ?|is | |[\"《])*(?<![題目稱])(?=\w)"
)
_OTHERS = re.compile(r"[,.!?;:\"《》改換成叫]|(?<![a-z])(?:is|to|for|called)(?![a-z])")
"""What says that a title begins further on."""
_REST = re.compile(
    r"(?:[^\W_a-z幫請麻謝傳送交給要可好的嗎喔啦吧呢這那我你他]|(?<=\d)\.(?=\d)){1,6}"
    r"(?=[ ,.!?;\"》]|$)"
)
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


@cache
def _known(slot: str) -> re.Pattern[str]:
    path = Path(__file__).resolve().parent / "gazetteer.yaml"
    words = {normal(one) for one in yaml.safe_load(path.read_text("utf-8"))[slot].split()}
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(rf"\b{w}\b" if w.isascii() else re.escape(w) for w in ordered))


def longer(slot: str, text: str, plain: str, start: int, end: int) -> tuple[int, int]:
    """The borders with the words beside that belong to the value: 301|班, 機械|一乙, 實作|班,
    Kevin| Tsai, Engineering| 101, number of |patents, 個|人工作者."""
    if slot in _LONGER and (found := _LONGER[slot].match(plain, end)):
        end = found.end()
    for known in (_known(slot) if slot in {"category", "place"} else None, _WHOLE.get(slot)):
        for found in known.finditer(plain) if known else ():
            if found.start() < end and start < found.end():
                start, end = min(start, found.start()), max(end, found.end())
    start = _sooner(slot, plain, start)
    if text[start:end].isascii() and text[start:end][-1:].isalpha():
        end = _latin(slot, text, plain, start, end)
    if slot == "title":
        return _titled(plain, start, end)
    if slot == "reason":
        return _reasoned(plain, start, end)
    return start, end


def _sooner(slot: str, plain: str, start: int) -> int:
    """Where a value begins that words before it belong to."""
    for before in _BEFORE.get(slot, ()):
        if found := before.search(plain, 0, start):
            return found.start()
    return start


def _latin(slot: str, text: str, plain: str, start: int, end: int) -> int:
    """Where a name in Latin letters ends: with its word (Chen Po|-yu), after the family name,
    after a course's number."""
    if rest := _REST_OF_WORD.match(plain, end):
        end = rest.end()
    found = None
    if slot in {"student", "teacher"} and " " not in text[start:end]:
        found = _NEXT_NAME.match(text, end)
    elif slot == "course":
        found = _LATIN_NUMBER.match(plain, end)
    return found.end() if found else end


def _titled(plain: str, start: int, end: int) -> tuple[int, int]:
    """A title begins after the word that announces it, and ends where its words do."""
    if plain[max(0, start - 1) : start + 1] == "叫做":
        start += 1
    if _TITLE_BEFORE.search(plain, 0, start):
        found = _JOINT.match(plain, start, end)
        if found and found.end() < end:  # title 是…, title is …
            start = found.end()
    for found in _ANNOUNCED.finditer(plain, 0, end):
        if found.end() <= start and not _OTHERS.search(plain, found.end(), start):
            rest = _REST.match(plain, end)
            return found.end(), rest.end() if rest else end
    return start, end


def _reasoned(plain: str, start: int, end: int) -> tuple[int, int]:
    """A reason that its marker announces is the whole clause, unless that asks for something."""
    for found in _SHAPES["reason"].finditer(plain):
        first, last = found.span(found.lastindex or 0)
        if first <= start and end <= last:
            return first, end if _ASKS.search(plain, end, last) else last
    if (left_out := _CLAUSE.search(plain, 0, start)) and not _ASKS.search(left_out[1]):
        start = left_out.start(1)
    if done := _DONE.match(plain, end):
        end = done.end()
    return start, end


def of_shape(slot: str, plain: str, start: int, end: int) -> str:
    """The slot that marked words have by their shape, whatever the tagger thinks: 11C, a class."""
    return "class_name" if _CLASS.fullmatch(plain, start, end) else slot


def counts(plain: str, end: int) -> int:
    """Where the words end that make a measure of an indicator, 產學合作|金額; 0 when none do."""
    found = _OF_MEASURE.match(plain, end)
    return found.end() if found else 0


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
