"""Blank sheets to fill in, made from the definitions: nothing in them is written twice."""

from __future__ import annotations

import io
from collections.abc import Sequence

from flask_babel import gettext as _

from plugin.school.importing.definition import Column, Importable, importables
from plugin.school.importing.tables import NOTE
from reports.sheets import text_workbook, workbook_text, write_csv

ROWS = 5_000
"""Rows for which the lists of choices are offered."""
EXPLAINED = "填寫說明"
"""The sheet of explanations; it is passed over when the workbook comes back."""


def offered() -> tuple[Importable, ...]:
    """Kinds that have a template."""
    return tuple(one for one in importables() if one.in_template)


def workbook(kinds: Sequence[Importable]) -> bytes:
    """A workbook with a sheet for each kind, then one that explains every column.

    Every cell is text, so 0920301 keeps its zero; choices are offered as lists.
    """
    out = io.BytesIO()
    with text_workbook(out) as book:
        head = book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B5A4A", "valign": "vcenter"}
        )
        optional = book.add_format({"bold": True, "bg_color": "#D6E8E3", "valign": "vcenter"})
        text = book.add_format({"num_format": "@"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for of in kinds:
            sheet = book.add_worksheet(of.sheet.title[:31])
            sheet.freeze_panes(1, 0)
            for place, column in enumerate(of.sheet.columns):
                sheet.set_column(place, place, _width(column), text)
                sheet.write_string(0, place, column.title, head if column.required else optional)
                if column.choices:
                    words = [str(label) for _value, label in column.choices]
                    sheet.data_validation(
                        1,
                        place,
                        ROWS,
                        place,
                        {
                            "validate": "list",
                            "source": words,
                            "error_title": column.title,
                            "error_message": _("請從清單中選一個。"),
                        },
                    )
        sheet = book.add_worksheet(EXPLAINED)
        for place, (title, width) in enumerate(_headings()):
            sheet.set_column(place, place, width, wrapped)
            sheet.write_string(0, place, title, head)
        sheet.freeze_panes(1, 0)
        row = 0
        for of in kinds:
            for column in of.sheet.columns:
                row += 1
                for place, said in enumerate(_explained(of, column)):
                    sheet.write_string(row, place, workbook_text(said), wrapped)
    return out.getvalue()


def csv_file(of: Importable) -> bytes:
    """The headings, and a row of explanations that the import passes over."""
    out = io.BytesIO()
    notes = [_note(column) for column in of.sheet.columns]
    notes[0] = NOTE + notes[0]
    write_csv(out, [one.title for one in of.sheet.columns], [notes])
    return out.getvalue()


def _headings() -> tuple[tuple[str, int], ...]:
    return (
        (_("工作表"), 12),
        (_("欄"), 16),
        (_("必填"), 8),
        (_("怎麼填"), 60),
        (_("例子"), 28),
        (_("可填的值"), 40),
    )


def _explained(of: Importable, column: Column) -> tuple[str, ...]:
    return (
        of.sheet.title,
        column.title,
        _("必填") if column.required else _("選填"),
        str(column.help),
        _("、").join(str(one) for one in column.examples),
        _("、").join(str(label) for _value, label in column.choices),
    )


def _note(column: Column) -> str:
    must = _("必填") if column.required else _("選填")
    return _("（%(must)s）%(help)s", must=must, help=column.help)


def _width(column: Column) -> float:
    return max(len(column.title) * 2.2, 26 if column.key in {"email", "code"} else 12)
