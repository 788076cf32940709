"""Which record: a page asks by the row that a button stands in, a conversation in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField, ManyField


class WithdrawForm(Form):
    """Which sent outcome is taken back; the choices are the student's own."""

    outcome_id = ChoiceField(
        _l("成果"),
        ask=Ask(_l("要撤回哪一件待認證的成果？"), _l("只列出教師還沒有決定的成果。")),
    )

    class Meta:
        name = "outcome.withdraw"
        title = _l("撤回成果")


class ChooseForm(Form):
    """Exactly which records are handed in for a year, and whether that is final for now."""

    records = ManyField(
        _l("要提交的項目"),
        ask=Ask(
            _l("要勾選哪幾件？"),
            _l("說出名稱或第幾件，用頓號隔開；沒說到的就不勾選。"),
            (_l("第一件和第三件"),),
        ),
    )
    lock = ChoiceField(
        _l("勾選之後"),
        choices=[("keep", _l("先儲存，之後還可以改")), ("lock", _l("確認並鎖定"))],
        ask=Ask(
            _l("要先儲存，還是確認並鎖定？"),
            _l("鎖定後，在勾選期間內仍可以重新開放修改。"),
        ),
    )

    class Meta:
        name = "selection.choose"
        title = _l("勾選要提交的項目")


class ReopenForm(Form):
    """Open a confirmed selection again."""

    kind = ChoiceField(
        _l("哪一種勾選"),
        choices=[("outcome", _l("課程學習成果")), ("experience", _l("多元表現"))],
        ask=Ask(_l("要重新開放哪一種勾選？")),
    )

    class Meta:
        name = "selection.reopen"
        title = _l("重新開放勾選")


class ConfirmForm(Form):
    """Which 收訖明細 is right; the choices are the student's own that may be confirmed now."""

    sheet_id = ChoiceField(
        _l("收訖明細"),
        ask=Ask(_l("要確認哪一份收訖明細？"), _l("只列出現在可以確認的明細。")),
    )

    class Meta:
        name = "receipt.confirm"
        title = _l("確認收訖明細")
