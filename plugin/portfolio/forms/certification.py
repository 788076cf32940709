"""Around certification: reasons that are used again, own choices, substitutes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, RocDateField, TextField


class ReasonForm(Form):
    """Words for returning an outcome, kept to be used again."""

    text = LongTextField(
        _l("常用退回原因"),
        max_points=500,
        ask=Ask(
            _l("要存下哪一段退回原因？"),
            _l("退回時可以插入再修改；請寫學生看了就知道要改什麼的話。"),
            (_l("檔案方向顛倒，請轉正後重新上傳。"),),
        ),
    )

    class Meta:
        name = "certification.reason"
        title = _l("常用退回原因")


class ChoicesForm(Form):
    """How a teacher wants to work."""

    keys = ChoiceField(
        _l("鍵盤快速鍵"),
        choices=[("on", _l("使用")), ("off", _l("不使用"))],
        ask=Ask(
            _l("在認證頁面使用單鍵快速鍵嗎？"),
            _l("使用報讀軟體或語音輸入時，若快速鍵與它衝突，請選「不使用」。"),
        ),
    )
    digest = ChoiceField(
        _l("待認證摘要信"),
        choices=[
            ("school", _l("依學校設定的頻率")),
            ("weekly", _l("每週最多一次")),
            ("off", _l("不要寄給我")),
        ],
        ask=Ask(
            _l("多久收一次待認證的摘要信？"),
            _l("沒有待認證的成果時不會寄信；首頁與認證清單隨時看得到件數。"),
        ),
    )

    class Meta:
        name = "certification.choices"
        title = _l("認證的個人設定")


class SubstituteDaysForm(Form):
    """From when to when a substitute stands in."""

    starts_on = RocDateField(
        _l("開始日期"),
        ask=Ask(_l("從哪一天開始代理？"), _l("當天起就看得到認證清單。"), ("115/12/01",)),
    )
    ends_on = RocDateField(
        _l("結束日期"),
        ask=Ask(_l("代理到哪一天？"), _l("當天仍有效，隔天起看不到。"), ("115/12/31",)),
    )
    note = TextField(
        _l("說明"),
        required=False,
        max_points=200,
        ask=Ask(_l("有要註明的事嗎？"), _l("例如公文字號；可不填，請勿寫請假事由。")),
    )

    class Meta:
        name = "certification.substitute_days"
        title = _l("修改代理期間")


class SubstituteForm(SubstituteDaysForm):
    """Who stands in for whom, from when to when."""

    teacher = ChoiceField(
        _l("代理哪位教師"),
        required=False,
        empty=_l("請選擇教師"),
        ask=Ask(_l("代理哪位教師的課程？"), _l("代理這位教師本學年與上學年任教的所有課程。")),
    )
    course = TextField(
        _l("或只代理一門課程"),
        required=False,
        max_points=64,
        ask=Ask(
            _l("只代理一門課程時，課程編號是什麼？"),
            _l("請填課程清單上的課程編號；填了就不必選教師。"),
            ("115-1-CHI101",),
        ),
    )
    substitute = ChoiceField(
        _l("代理人"), empty=_l("請選擇代理人"), ask=Ask(_l("由誰代理？"), pii=True)
    )

    class Meta:
        name = "certification.substitute"
        title = _l("設定代理人")
        groups = (
            Group(
                "substitute",
                _l("設定代理人"),
                ("teacher", "course", "substitute", "starts_on", "ends_on", "note"),
            ),
        )
