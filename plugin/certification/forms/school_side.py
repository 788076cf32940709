"""What the school side notes of a case that it filed with the issuing office outside."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField, LongTextField, RocDateField, TextField


class FiledForm(Form):
    """When and under which number it was handed in."""

    filed_on = RocDateField(
        _l("送件日期"), ask=Ask(_l("哪一天在核發機關的網站送件？"), _l("例如 115/11/20。"))
    )
    outside_number = TextField(
        _l("核發機關的案件編號"),
        required=False,
        max_points=40,
        ask=Ask(_l("核發機關給的案件編號是？"), _l("之後查詢進度時需要。"), ("EE115-00001",)),
    )

    class Meta:
        name = "certification.filed"
        title = _l("登錄已送件")


class OutcomeNoteForm(Form):
    """What the issuing office decided."""

    passed = ChoiceField(
        _l("審查結果"),
        choices=[("yes", _l("通過")), ("no", _l("駁回"))],
        ask=Ask(_l("核發機關的審查結果是？")),
    )
    note = LongTextField(
        _l("備註"),
        required=False,
        max_points=1000,
        ask=Ask(_l("要記下什麼嗎？"), _l("例如證書字號、效期，或駁回的理由。")),
    )

    class Meta:
        name = "certification.outcome"
        title = _l("登錄審查結果")
