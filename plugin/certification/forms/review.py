"""Reviewers: what is known of them, who is asked, what they declare, their sheet."""

from __future__ import annotations

from typing import Any, cast

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import (
    ChoiceField,
    LongTextField,
    ManyField,
    NumberField,
    RocDateField,
    TextField,
    TickField,
)
from forms.lookup import LookupField
from forms.validators import Between, Matches
from plugin.certification import criteria
from plugin.certification.models import Category
from plugin.certification.outlook import CONFLICTS, ORAL_FORMS, ORAL_RESULTS, VERDICTS

MARK = "mark_"
"""Before the key of a criterion."""


class ProfileForm(Form):
    """Where a reviewer serves and with whom they have published."""

    organisation = LookupField(
        _l("服務學校或機關"),
        free="unlisted",
        max_points=120,
        ask=Ask(
            _l("委員在哪裡服務？"),
            _l("可以輸入簡稱或學校代碼，再從符合的學校中選取；用來檢查是否與申請者同校。"),
        ),
    )
    unlisted = TickField(
        _l("清單中沒有，以填寫的名稱為準"),
        required=False,
        ask=Ask(_l("清單中沒有這個單位，要以填寫的名稱為準嗎？")),
    )
    co_authors = LongTextField(
        _l("共同發表著作的人"),
        max_points=2000,
        required=False,
        ask=Ask(_l("與誰共同發表過著作？"), _l("一行一個姓名；與申請者同名時不會指派。"), pii=True),
    )
    expertise = TextField(
        _l("專長"),
        max_points=200,
        required=False,
        ask=Ask(_l("專長是什麼？"), "", (_l("環境教育課程設計、氣候變遷"),)),
    )

    class Meta(Form.Meta):
        name = "certification.reviewer"
        title = _l("審查委員資料")
        lookup: Any = None


class AssignForm(Form):
    """Who is asked, until when."""

    reviewers = ManyField(
        _l("審查委員"),
        ask=Ask(_l("請哪幾位委員審查？"), _l("待審件數少的在前面；已知應迴避的委員不會列出。")),
    )
    due_on = RocDateField(
        _l("交回期限"),
        required=False,
        ask=Ask(_l("哪一天以前交回？"), _l("可以不填：兩週內，且不晚於審查期限。"), ("115/12/15",)),
    )

    class Meta(Form.Meta):
        name = "certification.assign"
        title = _l("指派審查委員")


class ReasonForm(Form):
    """Why something is taken away or given back."""

    words = LongTextField(
        _l("理由"), max_points=500, ask=Ask(_l("理由是什麼？"), _l("會通知這位委員。"))
    )

    class Meta(Form.Meta):
        name = "certification.review_reason"
        title = _l("理由")


class DeclareForm(Form):
    """Whether anything stands against reviewing this case."""

    conflict = ChoiceField(
        _l("有沒有應迴避的情形？"),
        choices=[("none", _l("沒有，可以公正審查")), *CONFLICTS.items()],
        ask=Ask(
            _l("您與申請者有沒有應迴避的情形？"),
            _l(
                "配偶、四親等內血親、三親等內姻親、同校服務、共同發表著作，或其他足以影響公正的關係。"
            ),
        ),
    )
    words = LongTextField(
        _l("說明"),
        max_points=500,
        required=False,
        ask=Ask(_l("要說明什麼？"), _l("選「其他利害關係」時請說明；只有承辦單位看得到。")),
    )

    class Meta(Form.Meta):
        name = "certification.declare"
        title = _l("迴避聲明")


class DecisionForm(Form):
    """A case is granted, with the comments."""

    words = LongTextField(
        _l("給申請者的審查意見"),
        max_points=5000,
        required=False,
        ask=Ask(
            _l("要對申請者說什麼？"), _l("預先放入委員的意見（不含姓名），會寫在通知信與公文裡。")
        ),
    )

    class Meta(Form.Meta):
        name = "certification.certify"
        title = _l("通過認證")


class ScoreForm(Form):
    """A sheet; `score_form` adds the criteria."""

    verdict = ChoiceField(
        _l("審查結論"),
        choices=[(one.value, words) for one, words in VERDICTS.items()],
        ask=Ask(_l("您的審查結論是？")),
    )
    comment = LongTextField(
        _l("給申請者的意見"),
        max_points=2000,
        required=False,
        ask=Ask(_l("要對申請者說什麼？"), _l("會隨審查結果告知申請者，不顯示您的姓名。")),
    )
    aside = LongTextField(
        _l("給承辦單位的說明"),
        max_points=2000,
        required=False,
        ask=Ask(_l("要對承辦單位說什麼？"), _l("申請者看不到。")),
    )

    class Meta(Form.Meta):
        name = "certification.score"
        title = _l("審查表")

    def marks(self) -> dict[str, int]:
        """Criterion → points, of those that were given."""
        return {
            name.removeprefix(MARK): one.data
            for name, one in self._fields.items()
            if name.startswith(MARK) and one.data is not None and not one.errors
        }


def score_form(category: Category) -> type[ScoreForm]:
    """The sheet of what is applied for."""
    fields = {
        MARK + one.key: NumberField(
            _l("%(label)s（0～%(most)s 分）", label=one.label.lazy, most=one.weight),
            [Between(0, one.weight)],
            ask=Ask(
                _l("「%(label)s」給幾分？", label=one.label.lazy), one.description.lazy, ("16",)
            ),
        )
        for one in criteria.sheet(category)
    }
    meta = type(
        "Meta",
        (ScoreForm.Meta,),
        {
            "groups": (
                Group("marks", _l("評分"), tuple(fields)),
                Group("verdict", _l("結論與意見"), ("verdict", "comment", "aside")),
            ),
        },
    )
    return cast(type[ScoreForm], type("ScoreForm", (ScoreForm,), {**fields, "Meta": meta}))


class OralForm(Form):
    """An appointment."""

    way = ChoiceField(
        _l("進行方式"), choices=list(ORAL_FORMS.items()), ask=Ask(_l("用什麼方式進行？"))
    )
    day = RocDateField(_l("日期"), ask=Ask(_l("哪一天進行？"), "", ("115/12/15",)))
    time = TextField(
        _l("開始時間"),
        [Matches(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", _l("時間請寫成 14:30。"))],
        max_points=5,
        ask=Ask(_l("幾點開始？"), _l("二十四小時制。"), ("14:30",)),
    )
    minutes = NumberField(
        _l("需要幾分鐘"), [Between(1, 480)], ask=Ask(_l("大約幾分鐘？"), "", ("20",))
    )
    place = TextField(_l("地點"), max_points=200, ask=Ask(_l("在哪裡進行？")))
    members = ManyField(
        _l("評審的審查委員"),
        required=False,
        ask=Ask(
            _l("由哪幾位審查委員評審？"),
            _l("會收到行事曆邀請，不會告知申請者；已知應迴避的委員不會列出。"),
        ),
    )
    assessors = TextField(
        _l("其他評審"),
        max_points=200,
        required=False,
        ask=Ask(_l("還有哪些人評審？"), _l("不是審查委員的評審，填寫姓名；請自行通知。"), pii=True),
    )
    words = LongTextField(
        _l("給申請者的話"),
        max_points=1000,
        required=False,
        ask=Ask(_l("要對申請者說什麼？"), _l("可以不填；例如要準備的內容。")),
    )

    class Meta(Form.Meta):
        name = "certification.oral"
        title = _l("安排展示或口試")


class OralChangeForm(OralForm):
    """The same, of an appointment that stands."""

    class Meta(OralForm.Meta):
        name = "certification.oral_change"
        title = _l("更改展示或口試的安排")


class OralResultForm(Form):
    """How it went."""

    result = ChoiceField(
        _l("結果"), choices=list(ORAL_RESULTS.items()), ask=Ask(_l("結果是什麼？"))
    )
    words = LongTextField(
        _l("給申請者的說明"),
        max_points=1000,
        ask=Ask(_l("要怎麼向申請者說明結果？"), _l("會寄給申請者。")),
    )

    class Meta(Form.Meta):
        name = "certification.oral_result"
        title = _l("登錄展示或口試的結果")


class OralOffForm(Form):
    """Why it is called off."""

    words = LongTextField(
        _l("理由"), max_points=1000, ask=Ask(_l("為什麼取消？"), _l("會寄給申請者。"))
    )

    class Meta(Form.Meta):
        name = "certification.oral_off"
        title = _l("取消展示或口試")
