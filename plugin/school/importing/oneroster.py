"""OneRoster 1.2 CSV: a ZIP of tables that refer to each other, as rows of the school's own sheets.

Columns are found by name, unknown ones passed over; `bulk` tables are whole, `delta` ones hold what
changed; `status` may say `tobedeleted`. Roles stand in `roles.csv` (1.2) or in `users.csv` (1.1).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flask_babel import gettext as _

from plugin.school.importing import files
from plugin.school.importing.definition import Context, importables
from plugin.school.importing.errors import FileUnreadable
from plugin.school.importing.tables import Source, Table, letters
from plugin.school.terms import term_of

NEEDED = {
    "orgs": ("sourcedId", "name", "type"),
    "academicSessions": ("sourcedId", "startDate", "endDate"),
    "courses": ("sourcedId", "title"),
    "classes": ("sourcedId", "title", "courseSourcedId", "classType", "termSourcedIds"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("userSourcedId", "role"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "demographics": ("sourcedId", "birthDate"),
    "lineItems": ("sourcedId", "title", "classSourcedId"),
    "results": ("lineItemSourcedId", "studentSourcedId", "score"),
    "categories": ("sourcedId", "title"),
}
"""The tables that are read, and the columns without which they say nothing."""

VERSIONS = ("1.1", "1.2")
Record = Mapping[str, str]


@dataclass
class Bundle:
    """The tables of one ZIP.

    :ivar modes: table → `bulk` or `delta`; absent ones are missing.
    """

    path: Path
    modes: dict[str, str] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with files.opened(self.path) as archive:
            told = dict(_properties(archive, _member(archive, "manifest")))
            version = told.get("oneroster.version", "")
            if version not in VERSIONS:
                raise FileUnreadable(
                    _("OneRoster 的版本是「%(version)s」，無法讀取。", version=version or "—"),
                    remedy=_("請由來源系統匯出 OneRoster 1.2 的 CSV。"),
                )
            for table in NEEDED:
                mode = told.get(f"file.{table}", "absent").lower()
                if mode in {"bulk", "delta"}:
                    self.modes[table] = mode
                    self.places[table] = _headings(archive, table)

    def read(self, table: str) -> Iterator[tuple[int, Record]]:
        """(row number, cells by heading) of a table; nothing of an absent one."""
        if table not in self.modes:
            return
        with files.opened(self.path) as archive:
            info = _member(archive, table)
            rows = _lines(archive, info)
            names = next(rows, [])
            for number, cells in enumerate(rows, 2):
                if number > files.MAX_ROWS + 1:
                    raise FileUnreadable(
                        _(
                            "%(name)s 超過 %(most)s 列。",
                            name=info.filename,
                            most=f"{files.MAX_ROWS:,}",
                        ),
                        remedy=_("請分成幾個檔案匯入。"),
                    )
                found = {
                    name: text
                    for name, cell in zip(names, cells, strict=False)
                    if (text := files.clean(cell))
                }
                if found:
                    yield number, {**dict.fromkeys(NEEDED[table], ""), **found}

    def table(self, name: str, kind: str, columns: Mapping[str, str], rows: object) -> Table:
        """A table of the bundle as one of a kind; `columns`: key of ours → heading of theirs."""
        places = {key: self.places[name].get(title, "") for key, title in columns.items()}
        return Table(
            kind,
            f"{name}.csv",
            places,
            rows,  # type: ignore[arg-type]
            partial=self.modes[name] == "delta",
        )


def source(path: Path, context: Context) -> Source:
    """The tables of a OneRoster ZIP, by the kinds that are known.

    :raises FileUnreadable: with what to do.
    """
    from plugin.school.importing.oneroster_rows import tables_of

    bundle = Bundle(path)
    known = {one.kind for one in importables()}
    found = [one for one in tables_of(bundle, context) if one.kind in known]
    if not found:
        raise FileUnreadable(
            _("這份 OneRoster 資料裡沒有可以匯入的內容。"),
            remedy=_("請確認 manifest.csv 有把 users、classes、enrollments 等列為 bulk 或 delta。"),
        )
    return Source(found)


def _member(archive: zipfile.ZipFile, table: str) -> zipfile.ZipInfo:
    wanted = f"{table.lower()}.csv"
    for one in archive.infolist():
        if Path(one.filename).name.lower() == wanted and not one.is_dir():
            return one
    raise FileUnreadable(
        _("manifest.csv 說有 %(name)s.csv，壓縮檔裡卻沒有。", name=table),
        remedy=_("請由來源系統重新匯出完整的壓縮檔。"),
    )


def _lines(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[list[str]]:
    encoding = files.encoding_of_member(archive, info)
    with files.member(archive, info) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        try:
            yield from csv.reader(line.replace("\x00", "") for line in text)
        except csv.Error as error:
            raise FileUnreadable(
                _("%(name)s 的引號或分隔符號有誤，讀不下去。", name=info.filename),
                remedy=_("請由來源系統重新匯出。"),
            ) from error


def _properties(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[str, str]]:
    for row in _lines(archive, info):
        if len(row) >= 2:
            yield files.clean(row[0]), files.clean(row[1])


def _headings(archive: zipfile.ZipFile, table: str) -> dict[str, str]:
    """Heading → letters of its column."""
    names = [files.clean(one) for one in next(_lines(archive, _member(archive, table)), [])]
    missing = [one for one in NEEDED[table] if one not in names]
    if missing:
        raise FileUnreadable(
            _(
                "%(name)s.csv 缺少必要的欄：%(columns)s。",
                name=table,
                columns=_("、").join(missing),
            ),
            remedy=_("請由來源系統匯出 OneRoster 1.2 的 CSV，不要更動欄名。"),
        )
    return {name: letters(place) for place, name in enumerate(names)}


def listed(text: str) -> list[str]:
    """The ids of a cell that holds several."""
    return [one.strip() for one in text.split(",") if one.strip()]


def deleted(record: Record) -> bool:
    """Whether the source says that it goes."""
    return record.get("status", "").lower() == "tobedeleted"


def day(text: str) -> date | None:
    """An ISO day; None for nothing and for nonsense."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def terms(record: Record) -> list[tuple[int, int]]:
    """(academic year, term) of a session; both terms of one that lasts a year."""
    begins, ends = day(record.get("startDate", "")), day(record.get("endDate", ""))
    if begins is None or ends is None or ends < begins:
        return []
    if (ends - begins).days > 250:
        middle = term_of(date.fromordinal((begins.toordinal() + ends.toordinal()) // 2 - 60))
        return [(middle.academic_year, 1), (middle.academic_year, 2)]
    middle = term_of(date.fromordinal((begins.toordinal() + ends.toordinal()) // 2))
    return [(middle.academic_year, middle.term)]


def grade_of(text: str) -> str:
    """Year of senior high school of OneRoster's grades: 10 → 1.

    >>> grade_of("10"), grade_of("12,11"), grade_of("02")
    ('1', '2', '2')
    """
    years = [int(one) for one in listed(text) if one.isdigit()]
    if not years:
        return ""
    least = min(years)
    return str(least - 9 if 10 <= least <= 12 else least)
