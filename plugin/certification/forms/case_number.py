"""The form of how an office numbers its cases."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form
from forms.fields import TextField
from plugin.certification import case_numbers


class CaseNumberForm(Form):
    """The pattern of case numbers."""

    pattern = TextField(
        _l("案件編號格式"),
        max_points=40,
        ask=Ask(
            _l("案件編號怎麼編？"),
            help=_l(
                "{year} 是民國年，{serial:05} 是五位流水號；每年從 1 起編，"
                "改了格式，流水號仍接著編。"
            ),
            examples=[case_numbers.PATTERN],
        ),
    )

    class Meta(Form.Meta):
        name = "certification.case_number"
        title = _l("案件編號")

    def validate_pattern(self, field: Any) -> None:
        """A pattern that would repeat numbers or cannot be typed."""
        if fault := case_numbers.fault(field.data or ""):
            raise ValidationError(fault)
