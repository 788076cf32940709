"""What sheets of academic records have in common: who, and of which term."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.portfolio.record_values import value_of
from plugin.school.importing import Column, Value
from plugin.school.terms import Term

STUDENT_TITLES = ("身分證號", "身分證字號", "國民身分證統一編號", "學生學號")


def student_column(title: str = "學號") -> Column:
    """The student by 學號, or (in the official sheets) by 身分證號."""
    return Column(
        "number",
        title,
        lambda text: (text.strip().upper(), ""),
        required=True,
        secret=True,
        help=_l("學號；官方名冊的身分證號也可以。"),
        examples=("1150101",),
        also=STUDENT_TITLES,
    )


def _whole(key: str, text: str) -> tuple[Value, str]:
    return value_of("code", key, text, None)


def _number(text: str) -> tuple[Value, str]:
    plain = text.strip()
    return (int(plain), "") if plain in {"1", "2"} else (None, _("學期請填 1 或 2。"))


TERM_COLUMNS = (
    Column("year", "學年度", lambda text: _whole("record_year", text), examples=("115",),
           help=_l("登錄的學年度；不填就用上傳時選的學年度。")),
    Column("term", "學期", _number, choices=(("1", "1"), ("2", "2")),
           help=_l("登錄的學期；不填就用上傳時選的學期。")),
)  # fmt: skip
"""Not in the official sheets: there the cover says it."""


def term_of_row(values: Mapping[str, Value]) -> Term:
    """The term in which a row is handed in."""
    return Term(int(str(values["year"])), int(str(values["term"])))
