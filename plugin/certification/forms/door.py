"""What the public door asks: who you are, the code, the number of a case."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, TextField
from forms.validators import Matches
from plugin.certification.identity import MOST_POINTS, Address, NationalId
from plugin.certification.operations.addresses import HOW

_ID = Ask(
    _l("您的身分證或居留證統一編號是什麼？"),
    help=_l("1 個英文字母加 9 碼；居留證新式、舊式統一證號都可以。"),
    examples=("A123456789",),
    why=_l("用來認出是不是同一位申請人；加密保存，不會顯示在網頁上。"),
    pii=True,
)


def _digits(typed: Any) -> Any:
    """A code as it was copied: full-width digits, spaces and hyphens between them do not count."""
    if not isinstance(typed, str):
        return typed
    return unicodedata.normalize("NFKC", typed).replace("-", "").replace(" ", "")


class EntryForm(Form):
    """電子信箱確認, first part: whom a code is sent to."""

    class Meta(Form.Meta):
        name = "certification.entry"
        title = _l("電子信箱確認")
        groups = (Group("entry", _l("電子信箱確認"), ("national_id", "email", "answer")),)

    national_id = TextField(_l("身分證統一編號"), [NationalId()], max_points=20, ask=_ID)
    email = TextField(
        _l("電子信箱"),
        [Address()],
        max_points=MOST_POINTS,
        purpose="email",
        ask=Ask(
            _l("驗證碼要寄到哪一個電子信箱？"),
            help=_l("請填您現在可以收信的信箱；之後修改資料、接收通知都用同一個。"),
            examples=("wang@example.edu.tw",),
            pii=True,
        ),
    )
    answer = TextField(
        _l("確認您不是機器人"),
        max_points=40,
        ask=Ask(_l("請回答這個問題。"), help=_l("這一題只是用來擋下自動程式，答錯會換一題。")),
    )


class CodeForm(Form):
    """電子信箱確認, second part: the code."""

    class Meta(Form.Meta):
        name = "certification.entry_code"
        title = _l("輸入驗證碼")
        groups = (Group("code", _l("輸入驗證碼"), ("code",)),)

    code = TextField(
        _l("驗證碼"),
        [Matches(r"\d{6}", _l("驗證碼是 6 個數字，請照信件內容輸入。"))],
        max_points=20,
        purpose="one-time-code",
        filters=[_digits],
        ask=Ask(_l("信件中的驗證碼是什麼？"), help=_l("6 個數字。"), examples=("482913",)),
    )


class StatusForm(Form):
    """Number and ID of a case."""

    class Meta(Form.Meta):
        name = "certification.status"
        title = _l("查詢申請進度")
        groups = (Group("status", _l("查詢申請進度"), ("number", "national_id")),)

    number = TextField(
        _l("案件編號"),
        max_points=40,
        ask=Ask(
            _l("案件編號是什麼？"),
            help=_l("填完基本資料時顯示，並寄到您的信箱。"),
            examples=("EE115-00001",),
        ),
    )
    national_id = TextField(_l("身分證統一編號"), [NationalId()], max_points=20, ask=_ID)


class AddressForm(Form):
    """The office gives an applicant another address."""

    class Meta(Form.Meta):
        name = "certification.address"
        title = _l("更改申請人的電子信箱")
        groups = (Group("address", _l("更改申請人的電子信箱"), ("email", "how")),)

    email = TextField(
        _l("新的電子信箱"),
        [Address()],
        max_points=MOST_POINTS,
        ask=Ask(
            _l("新的電子信箱是什麼？"),
            help=_l("更改後，申請人只能用這個信箱取得驗證碼；用舊信箱開啟的頁面立即失效。"),
            examples=("wang@example.edu.tw",),
            pii=True,
        ),
    )
    how = ChoiceField(
        _l("如何確認是申請人本人"),
        choices=list(HOW.items()),
        ask=Ask(_l("您如何確認是申請人本人？"), help=_l("會記入稽核紀錄。")),
    )
