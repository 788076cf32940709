"""What is pasted from a spreadsheet into a grid: lines of cells, students told by their number.

Nothing is guessed: whoever cannot be told, or whose name does not fit the number, is said.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

NUMBER_TITLES = ("學號", "學生學號")
NAME_TITLES = ("姓名", "學生姓名")
MOST_LINES = 2000


@dataclass
class Pasted:
    """What a paste says.

    :ivar cells: number → column key → text, in the order of the lines.
    :ivar faults: what could not be used, line by line.
    """

    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read(
    text: str, columns: Sequence[tuple[str, Sequence[str]]], names: Mapping[str, str]
) -> Pasted:
    """Read a paste.

    :param columns: (key, headings) of the grid's columns in order. Without a heading line a line
        is number, name (if it is the second cell), then the columns in order.
    :param names: number → name of those who may stand there.
    """
    found = Pasted()
    lines = _lines(text)
    order: list[str] | None = None
    for at, line in enumerate(lines[:MOST_LINES], 1):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if order is None and not found.cells and (headed := _heading(cells, columns)):
            order = headed
            continue
        number = _plain(_number_cell(cells, order))
        if number not in names:
            found.faults.append(
                _("第 %(at)s 行：名單裡沒有學號「%(number)s」。", at=at, number=number[:32])
            )
            continue
        said, given = _split(cells, order, [key for key, _titles in columns], names[number])
        if said and said != _plain(names[number]):
            found.faults.append(
                _(
                    "第 %(at)s 行：學號 %(number)s 的姓名與名單不同，請確認沒有貼錯行。",
                    at=at,
                    number=number,
                )
            )
        elif number in found.cells:
            found.faults.append(_("第 %(at)s 行：學號 %(number)s 重複出現。", at=at, number=number))
        else:
            found.cells[number] = given
    if len(lines) > MOST_LINES:
        found.faults.append(_("一次最多貼上 %(most)s 行，其餘沒有讀入。", most=MOST_LINES))
    return found


def _lines(text: str) -> list[list[str]]:
    """Lines of cells; a spreadsheet quotes a cell that holds a line break or a tab."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if plain.count('"') % 2 == 0:
        try:
            return list(csv.reader(io.StringIO(plain, newline=""), delimiter="\t"))
        except csv.Error:
            pass  # not quoted by a spreadsheet: a cell as long as a book, perhaps
    return [line.split("\t") for line in plain.split("\n")]


def _heading(
    cells: Sequence[str], columns: Sequence[tuple[str, Sequence[str]]]
) -> list[str] | None:
    """The key of each cell of a heading line ("" what is not wanted); None: it is none."""
    known = {title: key for key, titles in columns for title in titles}
    known |= dict.fromkeys(NUMBER_TITLES, "number") | dict.fromkeys(NAME_TITLES, "name")
    order = [known.get(_plain(cell), "") for cell in cells]
    return order if "number" in order else None


def _number_cell(cells: Sequence[str], order: list[str] | None) -> str:
    at = order.index("number") if order else 0
    return cells[at] if at < len(cells) else ""


def _split(
    cells: Sequence[str], order: list[str] | None, keys: Sequence[str], name: str
) -> tuple[str, dict[str, str]]:
    """The name that is said ("" for none) and the columns of a line."""
    if order is not None:
        by_key = dict(zip(order, cells, strict=False))
        return _plain(by_key.get("name", "")), {key: by_key[key] for key in keys if key in by_key}
    rest = list(cells[1:])
    said = ""
    if rest and (_plain(rest[0]) == _plain(name) or _looks_like_name(rest[0])):
        said = _plain(rest.pop(0))
    return said, dict(zip(keys, rest, strict=False))


def _looks_like_name(cell: str) -> bool:
    """Whether the second cell is a name: letters, no digit in it, and something follows or not."""
    return len(cell) > 1 and not any(char.isdigit() for char in cell) and cell[:1].isalpha()


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
