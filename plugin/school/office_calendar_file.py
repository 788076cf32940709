"""The government's table of office days as a file: 行政院人事行政總處 政府行政機關辦公日曆表.

One row a day: 西元日期, 星期, 是否放假 (0 works, 2 rests), 備註; UTF-8 or Big5, quoted or not.
A table is believed only when it says every day of one year.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from plugin.errors import InvalidInput

MAX_BYTES = 256 * 1024
"""A year has 366 short lines; nobody's table is this long."""
LONGEST_REST = 30
"""Days; a longer rest is a mistake of the file."""
_WORKS, _RESTS = {"0", "否"}, {"1", "2", "是"}
_WEEKDAYS = "一二三四五六日"
_DATE = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})")
_REMARK = 60
"""Characters of a remark that are kept."""
_FAULTS = 5
"""Bad lines that are told at once."""


class BadCalendar(InvalidInput):
    """The file is no table of office days."""

    code = "BAD_OFFICE_CALENDAR"


@dataclass(frozen=True)
class Read:
    """What a file says."""

    year: int
    rests: tuple[date, ...]
    remarks: dict[date, str]
    sha256: str


def read(data: bytes) -> Read:
    """Read a table.

    :raises BadCalendar: with the lines that are wrong, and what to do.
    """
    if len(data) > MAX_BYTES:
        raise BadCalendar(_("檔案太大，不是辦公日曆表。"), remedy=_remedy())
    rests, remarks, faults = {}, {}, []
    for number, cells in _rows(_text(data)):
        try:
            day, rest, remark = _row(cells)
        except ValueError as error:
            faults.append(_("第 %(line)s 行：%(fault)s", line=number, fault=error))
            continue
        if day in rests:
            faults.append(_("第 %(line)s 行：這一天已經出現過。", line=number))
        rests[day] = rest
        if remark:
            remarks[day] = remark
    if faults:
        raise BadCalendar("".join(faults[:_FAULTS]), remedy=_remedy())
    year = _whole_year(sorted(rests))
    resting = tuple(day for day in sorted(rests) if rests[day])
    _believable(resting)
    return Read(year, resting, remarks, hashlib.sha256(data).hexdigest())


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp950"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadCalendar(_("檔案的文字編碼無法辨識。"), remedy=_remedy())


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by heading.

    :raises BadCalendar: no heading with the columns of the table.
    """
    found: Sequence[str] = ()
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            named = [one.strip().lstrip("\ufeff") for one in cells]
            if not any(named):
                continue
            if not found:
                if not {"西元日期", "是否放假"} <= set(named):
                    break
                found = named
                continue
            yield reader.line_num, dict(zip(found, named, strict=False))
    except csv.Error as error:
        raise BadCalendar(_("檔案不是 CSV。"), remedy=_remedy()) from error
    if not found:
        raise BadCalendar(_("第一行沒有「西元日期」與「是否放假」的欄名。"), remedy=_remedy())


def _row(cells: dict[str, str]) -> tuple[date, bool, str]:
    """Day, whether it rests, remark.

    :raises ValueError: in words for the reader.
    """
    match = _DATE.fullmatch(cells.get("西元日期", ""))
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(_("西元日期看不懂，應如 20270101。"))
    named = cells.get("星期", "").removeprefix("星期").removeprefix("週")
    if named and named != _WEEKDAYS[day.weekday()]:
        raise ValueError(_("星期與日期不合。"))
    flag = cells.get("是否放假", "")
    if flag not in _WORKS | _RESTS:
        raise ValueError(_("「是否放假」應為 0（上班）或 2（放假）。"))
    return day, flag in _RESTS, cells.get("備註", "")[:_REMARK]


def _whole_year(days: list[date]) -> int:
    """The one year of which every day is there.

    :raises BadCalendar: another year's day among them, or one that is missing.
    """
    years = {day.year for day in days}
    if len(years) != 1:
        words = _("檔案裡有好幾個年度。") if years else _("檔案裡沒有任何日期。")
        raise BadCalendar(words, remedy=_remedy())
    (year,) = years
    known, day = set(days), date(year, 1, 1)
    while day.year == year:
        if day not in known:
            missing = f"{day.month}/{day.day}"
            raise BadCalendar(
                _("%(year)s 年的檔案缺少 %(day)s。", year=year, day=missing), remedy=_remedy()
            )
        day += timedelta(days=1)
    return year


def _believable(rests: Sequence[date]) -> None:
    """:raises BadCalendar: a rest that no government ever gave."""
    run, before = 0, date.min
    for day in rests:
        run = run + 1 if day - before == timedelta(days=1) else 1
        before = day
        if run > LONGEST_REST:
            raise BadCalendar(
                _("檔案裡連續放假超過 %(n)s 天，應是「是否放假」欄有誤。", n=LONGEST_REST),
                remedy=_remedy(),
            )


def _remedy() -> str:
    return _("請由行政院人事行政總處下載該年的「政府行政機關辦公日曆表」CSV，不要改動後再上傳。")
