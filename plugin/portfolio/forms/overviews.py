"""What is asked for an export and for the admission preview."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import LongTextField, ManyField, TickField


class ExportForm(Form):
    """What goes into an export besides what always does."""

    counselling = TickField(
        _l("加入課程諮詢紀錄（校內資料，不提交）"),
        required=False,
        ask=Ask(
            _l("要把課程諮詢紀錄也放進匯出檔嗎？"),
            _l("放在另一個資料夾並標明「校內資料，不提交」；PDF 不會收錄。"),
        ),
    )

    class Meta:
        name = "portfolio.export"
        title = _l("匯出學習歷程檔案")


class AdmissionForm(Form):
    """What a student would show a university; nothing of it is submitted."""

    outcomes = ManyField(
        _l("課程學習成果"),
        required=False,
        ask=Ask(_l("要預覽哪些課程學習成果？"), _l("只列出已認證的成果。")),
    )
    experiences = ManyField(
        _l("多元表現"),
        required=False,
        ask=Ask(_l("要預覽哪些多元表現？"), _l("只列出已送出的多元表現。")),
    )
    statement = LongTextField(
        _l("學習歷程自述"),
        max_points=800,
        required=False,
        ask=Ask(
            _l("請寫學習歷程自述。"),
            _l("高中學習歷程的反思、就讀動機、未來學習計畫與生涯規劃。"),
            (_l("我在社區水文調查中學會先問問題，再找資料……"),),
        ),
    )
    synthesis = LongTextField(
        _l("多元表現綜整心得"),
        max_points=800,
        required=False,
        ask=Ask(
            _l("請寫多元表現綜整心得。"),
            _l("把幾件多元表現放在一起，說說做了什麼、學到什麼。"),
            (_l("擔任幹部與參加服務學習，讓我知道分工要先說清楚……"),),
        ),
    )

    class Meta:
        name = "admission.preview"
        title = _l("備審預覽")
        groups = (
            Group("records", _l("選擇紀錄"), ("outcomes", "experiences")),
            Group("texts", _l("自述與心得"), ("statement", "synthesis")),
        )
