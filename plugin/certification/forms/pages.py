"""A text of the public area, as the office writes it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, RocDateField, TextField
from plugin.certification.areas import AREAS
from plugin.certification.operations.pages import BODY_POINTS, LINK_POINTS, TITLE_POINTS


class PageForm(Form):
    """One text."""

    class Meta(Form.Meta):
        name = "certification.page"
        title = _l("專區內容")
        groups = (Group("page", _l("專區內容"), ("area", "title", "body", "link", "shown_on")),)

    area = ChoiceField(
        _l("頁面"),
        choices=list(AREAS.items()),
        ask=Ask(_l("要放在哪一頁？")),
    )
    title = TextField(
        _l("標題"),
        max_points=TITLE_POINTS,
        ask=Ask(_l("標題是什麼？"), examples=("115 年度第二次審查會議日程",)),
    )
    body = LongTextField(
        _l("內容"),
        max_points=BODY_POINTS,
        ask=Ask(
            _l("內容是什麼？"),
            help=_l("純文字。空一行分段，行首加「-」成為項目，網址會自動變成連結。"),
        ),
    )
    link = TextField(
        _l("相關網址"),
        max_points=LINK_POINTS,
        required=False,
        ask=Ask(
            _l("有相關網址嗎？"),
            help=_l("可以不填；會顯示在內容下方。"),
            examples=("https://www.example.edu.tw",),
        ),
    )
    shown_on = RocDateField(
        _l("開始顯示的日期"),
        required=False,
        ask=Ask(_l("從哪一天開始顯示？"), help=_l("不填就是今天。"), examples=("115/12/01",)),
    )
