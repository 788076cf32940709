"""Finding a school in the list by a part of its name, a short name, another name or its code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa

from forms.lookup import Entry
from plugin import db
from plugin.certification.models import ListedSchool

SHOWN = 10
"""Matches that a page offers."""
_LOOKED_AT = 200
"""Matches that are put in order; the shortest names, when there are more."""
MOST_LETTERS = 60
"""Of what is searched for."""
_LABEL = re.compile(r"(?P<name>.*)[（(](?P<code>[0-9A-Za-z]{1,16})[）)]")


def plain(text: str) -> str:
    """A name as it is compared: half-width, small letters, 臺 for 台, without spaces.

    >>> plain("台北市立 第一女子高級中學"), plain("ＡＢＣ國小")
    ('臺北市立第一女子高級中學', 'abc國小')
    """
    return "".join(unicodedata.normalize("NFKC", text).lower().replace("台", "臺").split())


class SchoolLookup:
    """The list of one tenant, as a form asks it (`forms.lookup.Lookup`)."""

    def __init__(self, school_id: int, url: str) -> None:
        self.school_id = school_id
        self.url = url
        self._found: dict[str, Entry | None] = {}

    def find(self, text: str) -> Entry | None:
        """The school of a label, a code, or a whole name that only one has."""
        if text not in self._found:
            self._found[text] = self._find(text)
        return self._found[text]

    def search(self, text: str, limit: int) -> Sequence[Entry]:
        """Schools that the words fit, the best first."""
        return search(self.school_id, text, limit)

    def _find(self, text: str) -> Entry | None:
        label = _LABEL.fullmatch(text.strip())
        code = label["code"] if label else text.strip()
        of_code = _rows(self.school_id, ListedSchool.code == code.upper(), 1)
        if of_code and (not label or plain(of_code[0].name) == plain(label["name"])):
            return _entry(of_code[0])
        key = plain(text)[:MOST_LETTERS]
        around = f"%{_escaped(key)}%"
        rows = _rows(self.school_id, ListedSchool.key.like(around, escape="\\"), _LOOKED_AT)
        same = [one for one in rows if key in one.key.split("\n")]
        return _entry(same[0]) if key and len(same) == 1 else None


def search(school_id: int, text: str, limit: int = SHOWN) -> list[Entry]:
    """Schools whose name holds these letters in this order (北一女, 師大附中), the best first."""
    words = plain(text)[:MOST_LETTERS]
    if not words:
        return []
    pattern = "%" + "%".join(_escaped(one) for one in words) + "%"
    fits = ListedSchool.key.like(pattern, escape="\\")
    starts = ListedSchool.code.like(f"{_escaped(words.upper())}%", escape="\\")
    rows = _rows(school_id, fits | starts, _LOOKED_AT)
    ranked = sorted(rows, key=lambda one: (_rank(one, words), len(one.name), one.code))
    return [_entry(one) for one in ranked[:limit] if _rank(one, words) < _NOWHERE]


_NOWHERE = 9


def _rank(one: ListedSchool, words: str) -> int:
    """How well the words fit: 0 the whole name … 4 letters in their order; 9 across two names."""
    return min(_fit(name, words) for name in (*one.key.split("\n"), one.code.lower()))


def _fit(name: str, words: str) -> int:
    if name == words:
        return 0
    if name.startswith(words):
        return 1
    if words in name:
        return 2
    rest = iter(name)
    return 4 if all(letter in rest for letter in words) else _NOWHERE


def _rows(school_id: int, fits: sa.ColumnElement[bool], limit: int) -> list[ListedSchool]:
    query = (
        sa.select(ListedSchool)
        .where(ListedSchool.school_id == school_id, ListedSchool.active, fits)
        .order_by(sa.func.length(ListedSchool.name), ListedSchool.code)
        .limit(limit)
    )
    return list(db.reading().scalars(query))


def count(school_id: int) -> int:
    """How many schools the list has."""
    query = sa.select(sa.func.count(ListedSchool.id)).where(
        ListedSchool.school_id == school_id, ListedSchool.active
    )
    return db.reading().scalar(query) or 0


def _entry(one: ListedSchool) -> Entry:
    return Entry(one.code, one.name, one.city, one.kind)


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
