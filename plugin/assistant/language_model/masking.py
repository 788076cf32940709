"""Personal data is taken out of a sentence before it is sent, and put back into the answer.

Every step works on a form of the text of the same length, so a place found there is the same place
in what was typed. Rather too much is masked than too little: what is masked still comes back as
the person's own words, for the model copies NAME_1 where it would have copied the name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from plugin.assistant.language_model.called import called
from plugin.assistant.understanding import dates
from plugin.assistant.understanding.normal import traditional, width

_FILE_ENDINGS = (
    "pdf|docx?|odt|rtf|txt|pptx?|odp|xlsx?|ods|csv|jpe?g|png|gif|heic|webp|mp3|mp4|mov|m4a|wav|"
    "zip|rar|7z"
)
_BEFORE_NUMBERS = (
    "學號|座號|身[分份]證(?:字號|號碼)?|居留證(?:號碼)?|護照(?:號碼)?|帳號|密碼|員工編號|教師編號"
    r"|手機|電話|分機|line ?id|student ?(?:id|number|no\.?)|password|phone"
)
_ADDRESS = (
    r"[\u4e00-\u9fff]{2}[縣市][\u4e00-\u9fff\d ]{2,20}?(?:路|街|大道|巷|弄|村|里)"
    r"[\u4e00-\u9fff\d -]{0,15}?號(?:之\d+)?(?:[\d一二三四五六七八九十]+樓)?"
)
_PATTERNS = (
    ("EMAIL", r"[a-z0-9._%+-]+ ?@ ?[a-z0-9.-]+"),
    ("LINK", r"(?:https?://|www\.)[!-~]+"),
    ("FILE", rf"[「『\"'《][^「」『』\"'《》\n]*\.(?:{_FILE_ENDINGS})[」』\"'》]"),
    ("FILE", rf"[^\s,，、。;:「」『』\"'()《》<>]+\.(?:{_FILE_ENDINGS})(?![a-z0-9])"),
    ("ID", r"(?<![a-z0-9])[a-z][ -]?[a-d1289](?:[ -]?\d){8}(?!\d)"),
    ("ID", r"(?<![a-z0-9])[a-z]{1,4}-?\d(?:-?\d){3,}"),
    (
        "ID",
        rf"(?:{_BEFORE_NUMBERS})(?:號碼)?(?:是|為|:|=| )*(?P<own>[a-z0-9@._#+-]{{1,40}})",
    ),
    ("NUMBER", r"\+?\(?\d(?:[ ().#_-]{0,2}\d){4,}"),
    ("NUMBER", r"[〇零一二三四五六七八九]{5,}"),
    ("ADDRESS", _ADDRESS),
)
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
_BIRTH = re.compile(
    r"生日|出生|生於|誕生|[日號年月\d]生(?![物活涯字])|年次|\b(?:born|birth\w*|dob)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?:\d{2,4}|[〇零一二三四五六七八九十百]+)\s*[./年-]\s*(?:\d{1,2}|[一二三四五六七八九十]+)"
    r"(?:\s*[./月-]\s*(?:\d{1,2}|[一二三四五六七八九十廿]+)\s*[日號]?)?|\d{2,4}年次?"
)


@dataclass(frozen=True)
class Masked:
    """A sentence without personal data.

    :param sent: what may be sent.
    :param hidden: what stands for words → those words, as they were typed.
    """

    sent: str
    hidden: Mapping[str, str]

    def restore(self, words: str) -> str:
        """The person's own words again, wherever something stands for them."""
        for mark in sorted(self.hidden, key=len, reverse=True):
            words = words.replace(mark, self.hidden[mark])
        return words


def mask(text: str, *, today: date, names: Collection[str] = ()) -> Masked:
    """Hide what could tell who is meant.

    :param names: of people (and their numbers) that the caller knows to be meant.
    """
    sent: list[str] = []
    hidden: dict[str, str] = {}
    marks: dict[str, str] = {}
    at = 0
    for start, end, kind in _joined(_found(text, names, today)):
        words = text[start:end]
        if words not in marks:
            marks[words] = _mark(kind, text, hidden)
            hidden[marks[words]] = words
        sent += [text[at:start], marks[words]]
        at = end
    return Masked("".join([*sent, text[at:]]), hidden)


def _mark(kind: str, text: str, taken: Collection[str]) -> str:
    number = 1
    while (mark := f"{kind}_{number}") in taken or mark in text:
        number += 1
    return mark


def _found(text: str, names: Collection[str], today: date) -> Iterator[tuple[int, int, str]]:
    plain = traditional(width(text))
    times = [(one.start, one.end) for one in dates.find(text, today)]
    born = _BIRTH.search(plain) is not None
    for kind, pattern in _COMPILED:
        for found in pattern.finditer(plain):
            start, end = found.span("own") if "own" in pattern.groupindex else found.span()
            if kind == "NUMBER" and not born and _written_date(plain, start, end, times):
                continue
            yield start, end, kind
    if born:
        yield from ((start, end, "DATE") for start, end in times)
        yield from ((*found.span(), "DATE") for found in _DAY.finditer(plain))
    beside = list(called(plain))
    yield from ((start, end, "NAME") for start, end in beside)
    small = plain.lower()
    again = [plain[start:end] for start, end in beside if end - start > 1]
    for name in [*names, *again]:
        told = traditional(width(name)).lower()
        if told.strip():
            for found in re.finditer(re.escape(told), small):
                yield (*found.span(), "NAME")


def _written_date(plain: str, start: int, end: int, times: list[tuple[int, int]]) -> bool:
    """2026-12-15 is a date; eight figures in a row may as well be somebody's number."""
    inside = any(first <= start and end <= last for first, last in times)
    return inside and not plain[start:end].isdigit()


def _joined(found: Iterator[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """In order, what touches another as one."""
    joined: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found):
        if joined and start < joined[-1][1]:
            first, last, was = joined[-1]
            joined[-1] = (first, max(last, end), was)
        elif start < end:
            joined.append((start, end, kind))
    return joined
