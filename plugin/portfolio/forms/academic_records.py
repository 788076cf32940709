"""Course records: a form for each kind, made from the columns of its sheet; workbooks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form
from forms.fields import ChoiceField, NumberField, TextField
from forms.validators import Between
from plugin.portfolio import record_kinds
from plugin.portfolio.record_kinds import Column

HELP = {
    "score": _l("0 到 100，小數照登，不必四捨五入；沒有成績請留白。"),
    "code": _l("23 碼；重修請用原修課當學期有效的代碼。"),
    "passed": _l("不選則依及格分數判定。"),
    "counted": _l("3 用於不評分但採計學分的科目。"),
    "method": _l("3 為專班辦理；其他代碼請依主管機關公告。"),
}


class RecordForm(Form):
    """Base of the forms of every kind."""

    kind = ""

    def texts(self) -> dict[str, str]:
        """What was typed, by column key."""
        of = record_kinds.kind(type(self).kind)
        return {one.key: str(self[one.key].data or "") for one in of.columns}


@lru_cache(maxsize=32)
def record_form(kind: str) -> type[RecordForm]:
    """The form of a kind of course record.

    :raises UnknownRecordKind: none of that name.
    """
    of = record_kinds.kind(kind)
    fields: dict[str, Any] = {one.key: _field(one) for one in of.columns}
    fields["pass_mark"] = NumberField(
        _l("這位學生這一科的及格分數"),
        [Between(1, 100)],
        required=False,
        ask=Ask(_l("這位學生這一科幾分及格？"), _l("與學校規定不同時才填，例如 50。")),
    )
    meta = type("Meta", (), {"name": f"course_record.{kind}", "title": of.name.lazy})
    return type(f"RecordForm_{kind}", (RecordForm,), {**fields, "Meta": meta, "kind": kind})


class WorkbookForm(Form):
    """Which official workbook of the term."""

    book = ChoiceField(_l("名冊"), ask=Ask(_l("要製作哪一本名冊？")), empty=_l("請選擇名冊"))
    number = TextField(
        _l("名冊別"),
        required=False,
        max_points=4,
        ask=Ask(
            _l("名冊別是幾號？"),
            _l(
                "幹部名冊與上次填過的不必再填；成績與學生資料名冊的號碼沒有公開文件可查，"
                "請依中央資料庫公告填寫。"
            ),
        ),
    )

    override = TextField(
        _l("資料檢核未全部通過仍要提交的原因"),
        required=False,
        max_points=500,
        ask=Ask(
            _l("為什麼資料檢核未全部通過仍要提交？"),
            _l("檢核沒有必須處理的問題時不必填；原因會留在稽核紀錄與提交清冊。"),
        ),
    )

    class Meta:
        name = "workbook.make"
        title = _l("製作名冊")


def _field(column: Column) -> Any:
    ask = Ask(_l("%(label)s是？", label=column.title), HELP.get(column.key, ""))
    common: dict[str, Any] = {"ask": ask, "required": column.required}
    if column.format == "flag":
        return ChoiceField(column.title, choices=_flags(), **common)
    if column.codes is not None and not column.codes.open:
        choices = [(code, column.codes.said(code)) for code in column.codes.values]
        return ChoiceField(column.title, choices=choices, **common)
    return TextField(column.title, [_Reads(column)], **common)


def _flags() -> list[tuple[str, Any]]:
    return [("", _l("依及格分數判定")), ("1", _l("及格")), ("0", _l("不及格"))]


class _Reads:
    """The column itself says what can be read."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def __call__(self, form: Form, field: Any) -> None:
        _value, fault = self._column.read(field.data or "")
        if fault:
            raise ValidationError(fault)


def shown(texts: Mapping[str, str], kind: str) -> dict[str, Any]:
    """A record's texts as its form shows them."""
    return {
        one.key: texts.get(one.key) or ("" if one.format == "flag" else None)
        for one in record_kinds.kind(kind).columns
    }


__all__ = ["RecordForm", "WorkbookForm", "record_form", "shown"]
