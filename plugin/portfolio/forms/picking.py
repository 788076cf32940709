"""Which record: a page asks by the row that a button stands in, a conversation in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField


class WithdrawForm(Form):
    """Which sent outcome is taken back; the choices are the student's own."""

    outcome_id = ChoiceField(
        _l("成果"),
        ask=Ask(_l("要撤回哪一件待認證的成果？"), _l("只列出教師還沒有決定的成果。")),
    )

    class Meta:
        name = "outcome.withdraw"
        title = _l("撤回成果")
