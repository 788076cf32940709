"""What the entrance asks people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, ManyField, NumberField, TextField
from forms.validators import Between


class ClaimForm(Form):
    """A one-time code on a slip of paper."""

    class Meta(Form.Meta):
        name = "entrance.claim"
        title = _l("輸入認領代碼")
        groups = (Group("code", _l("認領代碼"), ("code",)),)

    code = TextField(
        _l("認領代碼"),
        max_points=40,
        ask=Ask(
            _l("請輸入學校給您的認領代碼。"),
            help=_l("12 個英數字，例如 K7QM-2XWD-9HPT；大小寫與連字號不拘。"),
            examples=("K7QM-2XWD-9HPT",),
        ),
    )


class InviteForm(Form):
    """A new installation link."""

    class Meta(Form.Meta):
        name = "entrance.invite"
        title = _l("建立安裝連結")
        groups = (Group("days", _l("有效期限"), ("days",)),)

    days = NumberField(
        _l("有效天數"),
        [Between(1, 90)],
        ask=Ask(
            _l("這個連結幾天內有效？"),
            help=_l("1 到 90 天。連結只能使用一次，請只交給平臺管理員。"),
            examples=("14",),
        ),
    )


class SelectForm(Form):
    """What a teacher adds to the LMS course."""

    class Meta(Form.Meta):
        name = "entrance.select"
        title = _l("選擇要放進課程的項目")
        groups = (Group("item", _l("項目"), ("item",)),)

    item = ChoiceField(
        _l("要加入的項目"), ask=Ask(_l("要在課程裡放哪一個連結？"), help=_l("學生點選後直接進入。"))
    )


class CoursesForm(Form):
    """Which roster courses an LMS course stands for."""

    class Meta(Form.Meta):
        name = "entrance.courses"
        title = _l("這門平臺課程對應到哪些課？")
        groups = (Group("courses", _l("校內課程"), ("courses",)),)

    courses = ManyField(
        _l("對應的課程"),
        required=False,
        ask=Ask(
            _l("這門平臺課程是校內的哪一門課？可以複選。"),
            help=_l("併班上課時可勾選多門；全部不勾表示解除對應。"),
        ),
    )
