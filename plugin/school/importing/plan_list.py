"""The list of course codes from the plan platform, as TXT.

Nobody has written its layout down (central-rosters §5, H): the separators and the order of the
columns are therefore not relied on. A code is what looks like one (23 characters); its name is the
first other text; six characters of credits are known by their form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flask_babel import gettext as _

from plugin.school.importing import files
from plugin.school.importing.errors import FileUnreadable
from plugin.school.importing.tables import RawRow, Source, Table, csv_lines, heading, table_of

KIND = "plan"
_CODE = re.compile(r"[0-9]{3}[0-9A-Za-z]{15,29}")
"""Also too short and too long ones: they are shown as bad rows, not passed over."""
_CREDITS = re.compile(r"[0-9A-Da-d]{6}")
_SPLIT = re.compile(r"[\t,;|，]")
_HEADING = "課程代碼"


def source(path: Path, name: str) -> Source:
    """The list as a table; one with headings is read by them.

    :raises FileUnreadable: not one code in it.
    """
    encoding = files.encoding_of(path)
    title = Path(name).stem[:40]
    with path.open(encoding=encoding, newline="") as stream:
        first = next((line for line in stream if line.strip()), "")
    cells = [heading(one) for one in _SPLIT.split(first)]
    if heading(_HEADING) in cells and "|" not in first:
        lines = csv_lines(lambda: path.open(encoding=encoding, newline=""))
        return Source([table_of(title, lines, [KIND])])
    if not any(True for _row in _rows(path, encoding)):
        raise FileUnreadable(
            _("這個文字檔裡沒有 23 碼的課程代碼。"),
            remedy=_("請由課程計畫平臺下載課程代碼 TXT 檔，不要修改內容。"),
        )
    letters = {"code": "", "name": "", "credits": ""}
    return Source([Table(KIND, title, letters, lambda: _rows(path, encoding))])


def _rows(path: Path, encoding: str) -> Iterator[RawRow]:
    with path.open(encoding=encoding, newline=None) as stream:
        for number, line in enumerate(stream, 1):
            cells = [files.clean(one) for one in _SPLIT.split(line)]
            if len(cells) == 1:
                cells = cells[0].split()
            found = _row([one for one in cells if one])
            if found:
                place = _("第 %(n)s 列", n=number)
                yield RawRow(number, found, places=dict.fromkeys(found, place))


def _row(cells: list[str]) -> dict[str, str]:
    code = next((one for one in cells if _CODE.fullmatch(one)), "")
    if not code:
        return {}
    rest = [one for one in cells if one != code]
    found = {"code": code}
    if credits_ := next((one for one in rest if _CREDITS.fullmatch(one)), ""):
        found["credits"] = credits_
    if name := next((one for one in rest if not one.isascii()), ""):
        found["name"] = name
    return found
