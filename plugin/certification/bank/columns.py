"""Which column of a bank's file is which: guessed from its headings, chosen by the clerk, kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugin.certification.bank.values import SIGNS, STYLES
from plugin.school.importing.tables import heading, letters

ROLES = ("day", "amount", "reference", "payer", "memo", "serial", "mark")
"""What may be read of a row. `mark` tells money that came in from money that went out."""
REQUIRED = ("day", "amount")
HEADINGS_WITHIN = 20
"""Rows in which headings are looked for: banks begin with the account and the period."""

KNOWN: Mapping[str, Sequence[str]] = {
    "day": ("入帳日期", "入帳日", "入帳日期時間", "繳款日期", "繳費日期", "繳費日", "帳務日期",
            "記帳日期", "記帳日", "交易日期", "交易日", "轉帳日期", "日期", "date"),
    "amount": ("存入金額", "入帳金額", "繳款金額", "繳費金額", "實繳金額", "存入", "貸方金額",
               "收入金額", "收入", "交易金額", "轉入金額", "金額", "amount"),
    "reference": ("銷帳編號", "銷帳碼", "虛擬帳號", "繳款帳號", "繳費代碼", "訂單編號",
                  "轉入帳號", "對帳編號", "reference"),
    "payer": ("繳款人", "繳款人姓名", "繳費人", "繳費人姓名", "匯款人", "匯款人姓名", "存款人",
              "付款人", "轉出戶名", "戶名", "對方戶名", "姓名", "payer"),
    "memo": ("備註", "附言", "摘要", "說明", "附註", "存摺備註", "交易說明", "memo"),
    "serial": ("交易序號", "序號", "交易編號", "流水號", "查詢序號", "帳戶餘額", "餘額", "serial"),
    "mark": ("借貸", "借貸別", "存提別", "收支別", "存提", "借貸註記"),
}  # fmt: skip
"""Headings that banks and collecting agencies use, the surest first."""

INCOMING = frozenset({"存", "存入", "貸", "貸方", "收", "收入", "入", "轉入", "c", "cr", "+"})
"""Marks of money that came in."""


@dataclass(frozen=True)
class Columns:
    """How a file is read.

    :param places: role → heading, or "#C" for the third column when headings do not tell it.
    :param header: the row with the headings, from 1; 0: the file has none.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    header: int = 0
    style: str = STYLES[0]
    sign: str = SIGNS[0]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "places": dict(self.places),
            "header": self.header,
            "style": self.style,
            "sign": self.sign,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Columns:
        """From plain values; what is unknown is left out."""
        places = kept.get("places") or {}
        return cls(
            {role: str(places[role]) for role in ROLES if places.get(role)},
            int(kept.get("header") or 0),
            kept["style"] if kept.get("style") in STYLES else STYLES[0],
            kept["sign"] if kept.get("sign") in SIGNS else SIGNS[0],
        )

    def indexes(self, headings: Sequence[str]) -> dict[str, int]:
        """Role → index of its column in a file with such headings; those that are not there are
        left out."""
        return {
            role: index
            for role, place in self.places.items()
            if (index := index_of(place, headings)) is not None
        }

    def fits(self, headings: Sequence[str]) -> bool:
        """Every column that was chosen is there."""
        return self.indexes(headings).keys() == self.places.keys()


def names(headings: Sequence[str]) -> list[str]:
    """The name of each column: its heading, or its letter where that is empty or not alone."""
    plain = [heading(one) for one in headings]
    return [
        one if one and plain.count(one) == 1 else f"#{letters(index)}"
        for index, one in enumerate(plain)
    ]


def index_of(place: str, headings: Sequence[str]) -> int | None:
    """Where a column of that name stands."""
    known = names(headings)
    if place in known:
        return known.index(place)
    by_letter = [f"#{letters(index)}" for index in range(len(known))]
    return by_letter.index(place) if place in by_letter else None


def guess(lines: Sequence[tuple[int, Sequence[str]]]) -> Columns:
    """The row of headings and the columns, as far as they can be told.

    :param lines: the first rows with their numbers.
    """
    best, found = 0, Columns()
    for number, cells in lines[:HEADINGS_WITHIN]:
        places = _places(cells)
        if len(places) > best and places.keys() & set(REQUIRED):
            best, found = len(places), Columns(places, number)
    return found


def header_of(columns: Columns, lines: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """The row in which the headings of kept columns stand in another file; None: nowhere."""
    if columns.header == 0:
        return 0
    told = {role: one for role, one in columns.places.items() if not one.startswith("#")}
    if not told:
        return columns.header
    for number, cells in lines[:HEADINGS_WITHIN]:
        if set(told.values()) <= set(names(cells)):
            return number
    return None


def _places(cells: Sequence[str]) -> dict[str, str]:
    known = names(cells)
    places: dict[str, str] = {}
    for role, titles in KNOWN.items():
        for title in titles:
            if heading(title) in known and heading(title) not in places.values():
                places[role] = heading(title)
                break
    return places
