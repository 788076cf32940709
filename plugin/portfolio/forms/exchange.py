"""Exchange between schools: the password, packages out, packages in."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import LongTextField, TextField
from forms.file_field import FileAnswerField
from plugin.portfolio.forms.receipts import SecretField


class ExchangePasswordForm(Form):
    """The password of the school's packages."""

    password = SecretField(
        _l("交換檔案的密碼"),
        max_points=100,
        ask=Ask(
            _l("之後製作的歷程交換檔案要用什麼密碼？"),
            _l("至少 8 個字元。密碼以加密方式保存；請另外以安全的方式告知對方學校。"),
            pii=True,
        ),
    )
    unit_code = TextField(
        _l("就讀單位代碼"),
        max_points=20,
        required=False,
        ask=Ask(_l("就讀單位代碼是什麼？"), _l("沒有分校或分部時，保留 000000000。")),
    )

    class Meta:
        name = "exchange.password"
        title = _l("設定交換檔案的密碼")


class ExchangeOutForm(Form):
    """Students whose work goes to another school."""

    students = LongTextField(
        _l("學生學號"),
        max_points=4000,
        ask=Ask(
            _l("要交換哪些學生的學習歷程？"),
            _l("一行一個學號，也可以用空白或逗號分開；最多 200 位。"),
            ("S11500123",),
        ),
    )
    target = TextField(
        _l("對方學校"),
        max_points=100,
        required=False,
        ask=Ask(_l("要交給哪一所學校？"), _l("只供本校查考。")),
    )
    reason = TextField(
        _l("原因"),
        max_points=200,
        ask=Ask(_l("為什麼要交換？"), _l("例如：轉學。會留在紀錄裡。"), (_l("轉學"),)),
    )

    class Meta:
        name = "exchange.out"
        title = _l("製作歷程交換檔案")

    def numbers(self) -> list[str]:
        """The student numbers, each once."""
        return list(dict.fromkeys(re.findall(r"[^\s,，、;；]+", self.students.data or "")))


class ExchangeInForm(Form):
    """A package of another school."""

    package = FileAnswerField(
        _l("歷程交換 ZIP"),
        accept=["application/zip", ".zip"],
        ask=Ask(_l("請選擇他校製作的歷程交換 ZIP。"), _l("先檢查並預覽，確認後才會匯入。")),
    )
    password = SecretField(
        _l("解壓縮密碼"),
        required=False,
        ask=Ask(_l("壓縮檔的密碼是什麼？"), _l("由製作檔案的學校告知。"), pii=True),
    )

    class Meta:
        name = "exchange.in"
        title = _l("匯入他校歷程交換檔案")
