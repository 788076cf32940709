"""From a kept file to its tables, whatever its format."""

from __future__ import annotations

from pathlib import Path

from plugin.school.importing import files, index, oneroster, plan_list, tables
from plugin.school.importing.definition import Context
from plugin.school.importing.files import Format
from plugin.school.importing.tables import Source


def source_of(path: Path, name: str, kind: str, context: Context) -> Source:
    """The tables of a file.

    :param kind: what the person said it is; "" = find out.
    :raises FileUnreadable: with what to do about it.
    """
    what = files.format_of(path, name)
    if what is Format.WORKBOOK:
        return tables.workbook_source(path, index.school_code(context), kind)
    if what is Format.ONEROSTER:
        return oneroster.source(path, context)
    if kind == "plan" or (what is Format.PLAN and not kind):
        return plan_list.source(path, name)
    return tables.csv_source(path, name, kind)
