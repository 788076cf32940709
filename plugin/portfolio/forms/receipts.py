"""Receipts: disputing, answering, bringing the central side's package, naming its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms import widgets
from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, TextField
from forms.file_field import FileAnswerField
from plugin.portfolio.models import AnswerVerdict, Submission
from plugin.portfolio.receipt_words import ANSWER_LABELS, ITEM_REASONS, REASONS
from reports.received import ROLES, Names

WHOLE = "whole"
"""Stands for the whole sheet where an item is asked for."""
TEXT_POINTS = 500


class SecretInput(widgets.TextInput):
    """A single line that is not shown, and never written into a page again."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params.update(
            type="password", value="", autocomplete="off", classes="govuk-input--width-20"
        )
        return params


class SecretField(TextField):
    """A password of a file: taken as it was typed, kept in no draft, read back to nobody."""

    kind = "secret"
    widget = SecretInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = str(valuelist[0])

    def _value(self) -> str:
        return ""

    def shown(self) -> str:
        return "••••" if self.data else ""

    def draft_values(self) -> dict[str, list[str]]:
        return {}


class DisputeForm(Form):
    """What is wrong with a sheet."""

    item = ChoiceField(
        _l("哪一項"),
        ask=Ask(_l("是哪一項有問題？"), _l("整份都有問題，或清單裡缺了項目，請選「整份明細」。")),
        empty=_l("請選擇項目"),
    )
    reason = ChoiceField(
        _l("原因"),
        choices=[(key, words) for key, words in REASONS.items()],
        ask=Ask(_l("是什麼問題？")),
    )
    text = LongTextField(
        _l("說明"),
        max_points=TEXT_POINTS,
        ask=Ask(
            _l("請說明哪裡有錯、應該是什麼。"),
            _l("註冊組會看到這段文字並回覆您。最多 500 字。"),
            (_l("檔案應該是 11 月 20 日重新上傳的第二版。"),),
        ),
    )

    class Meta:
        name = "receipt.dispute"
        title = _l("對收訖明細提出異議")

    def check(self, names: frozenset[str]) -> None:
        """Of an item one cannot say that it is not there."""
        if not {"item", "reason"} <= names or self.item.errors or self.row_id is None:
            return
        if self.reason.data and self.reason.data not in ITEM_REASONS:
            self.reason.errors = [_("缺件請選「整份明細」；這一項請選其他原因。")]

    @property
    def row_id(self) -> int | None:
        """The item; None for the whole."""
        return None if self.item.data in {None, WHOLE} else int(self.item.data)


def dispute_form(items: Iterable[tuple[int, str]], **data: Any) -> DisputeForm:
    """The form for one sheet: its items, and the whole."""
    form = DisputeForm(**data)
    form.item.choices = [
        (WHOLE, _("整份明細")),
        *((str(row_id), title) for row_id, title in items),
    ]
    return form


class AnswerForm(Form):
    """What the registry answers."""

    verdict = ChoiceField(
        _l("處理結果"),
        choices=[(one.value, label.text) for one, label in ANSWER_LABELS.items()],
        ask=Ask(_l("學生說的是對的嗎？")),
    )
    text = LongTextField(
        _l("說明"),
        max_points=TEXT_POINTS,
        ask=Ask(
            _l("要怎麼回覆學生？"),
            _l("學生會看到這段文字。回覆後不能修改。"),
            (_l("已請任課教師更正，將於下一版重新提交。"),),
        ),
    )

    class Meta:
        name = "receipt.answer"
        title = _l("回覆異議")

    @property
    def decided(self) -> AnswerVerdict:
        """Asked once the form is valid."""
        return AnswerVerdict(self.verdict.data)


class CentralForm(Form):
    """A receipt package of the central side."""

    submission = ChoiceField(
        _l("比對的提交"),
        ask=Ask(_l("這是哪一次提交的收訖檔案？"), _l("會拿這一版提交的內容逐件比對。")),
        empty=_l("請選擇提交"),
    )
    package = FileAnswerField(
        _l("收訖檔案"),
        accept=["application/zip", ".zip", "text/csv", ".csv"],
        ask=Ask(
            _l("請選擇主管機關發給的收訖檔案。"),
            _l("ZIP（內含 JSON 或 CSV，以及雜湊值清單 SHA.txt）；也可以是單獨的 CSV。"),
        ),
    )
    password = SecretField(
        _l("解壓縮密碼"),
        required=False,
        ask=Ask(_l("壓縮檔的密碼是什麼？"), _l("沒有密碼可以不填。"), pii=True),
    )

    class Meta:
        name = "receipt.import"
        title = _l("匯入收訖檔案")


def central_form(stage: Any, submissions: Iterable[Submission], **data: Any) -> CentralForm:
    """The form for the registry: the frozen submissions there are."""
    form = CentralForm(stage=stage, **data)
    form.submission.choices = [
        (str(one.id), _("%(number)s（第 %(version)s 版）", number=one.number, version=one.version))
        for one in submissions
    ]
    return form


_ROLE_LABELS = {
    "student": _l("身分證號的欄位"),
    "number": _l("學號的欄位"),
    "title": _l("名稱的欄位（成果、科目、多元表現）"),
    "summary": _l("簡述的欄位"),
    "code": _l("課程代碼的欄位"),
    "file": _l("檔名或檔案連結的欄位"),
    "hash": _l("檔案雜湊值的欄位"),
    "status": _l("收訖狀態的欄位"),
    "note": _l("說明的欄位"),
}


def _names_field(role: str) -> LongTextField:
    return LongTextField(
        _ROLE_LABELS[role],
        required=False,
        max_points=2000,
        ask=Ask(_l("這個值在收訖檔案裡叫什麼名稱？"), _l("可以寫好幾個，一行一個。")),
    )


class MappingForm(Form):
    """Which column of the central side's file means what."""

    student = _names_field("student")
    number = _names_field("number")
    title = _names_field("title")
    summary = _names_field("summary")
    code = _names_field("code")
    file = _names_field("file")
    hash = _names_field("hash")
    status = _names_field("status")
    note = _names_field("note")
    words = LongTextField(
        _l("代表「已收訖」的值"),
        required=False,
        max_points=2000,
        ask=Ask(
            _l("收訖狀態的欄位出現哪些值，才算已經收訖？"),
            _l("一行一個。檔案裡沒有狀態欄位時，列在檔案裡的都算收訖。"),
        ),
    )

    class Meta:
        name = "receipt.mapping"
        title = _l("收訖檔案欄位對照")
        groups = (
            Group("who", _l("是哪位學生"), ("student", "number"), _l("至少填一個。")),
            Group(
                "item", _l("是哪一件"), ("title", "summary", "code", "file", "hash"),
                _l("至少填一個；雜湊值最可靠，其次是檔名。"),
            ),
            Group("state", _l("收到了沒有"), ("status", "words", "note")),
        )  # fmt: skip

    def names(self) -> dict[str, list[str]]:
        """Role → names."""
        return {role: lines(self[role].data) for role in ROLES}


def mapping_data(held: Names) -> dict[str, str]:
    """A mapping as the form shows it."""
    said = {role: "\n".join(names) for role, names in held.names.items()}
    return said | {"words": "\n".join(held.words)}


def lines(text: str | None) -> list[str]:
    """What stands on the lines of a text."""
    return [one.strip() for one in re.split(r"[\r\n]+", text or "") if one.strip()]
