"""How figures and dates are written on paper."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")


@lru_cache(maxsize=4096)
def roc_date(day: date | None) -> str:
    """114.11.20; empty for none.  Years before 1912 are written 民前."""
    if day is None:
        return ""
    year = day.year - 1911
    if year < 1:
        return f"民前{1 - year}.{day.month:02}.{day.day:02}"
    return f"{year}.{day.month:02}.{day.day:02}"


def roc_moment(moment: datetime) -> str:
    """民國 114 年 11 月 20 日 14:30, in Asia/Taipei.  ``moment`` is aware."""
    at = moment.astimezone(TAIPEI)
    return f"民國 {at.year - 1911} 年 {at.month} 月 {at.day} 日 {at:%H:%M}"


def file_size(size: int | None) -> str:
    """Bytes as a clerk reads them: 812 B, 3.2 KB, 1.9 MB (1 KB = 1,024 bytes)."""
    if size is None:
        return ""
    if size < 1024:
        return f"{size} B"
    value = size / 1024
    for unit in ("KB", "MB", "GB"):
        if value < 1023.95 or unit == "GB":
            return f"{value:,.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def period(academic_year: int, term: int, batch: str = "") -> str:
    """114 學年度第 1 學期, or 114 學年度 for a whole year, with the batch if any."""
    words = f"{academic_year} 學年度" + (f"第 {term} 學期" if term else "")
    return f"{words}　{batch}" if batch else words
