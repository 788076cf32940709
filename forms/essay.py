"""An essay: several lines with a length that is recommended and counted while one writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup

from forms.definition import Text
from forms.fields import LongTextField, Validator
from forms.text import count_letters
from forms.widgets import TextArea


class EssayArea(TextArea):
    """Several lines with a counter. Without script the recommendation stands in the hint line."""

    template = "forms/essay.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params["rows"] = "10"
        params["low"], params["high"] = field.low, field.high
        params["count"] = count_letters(field.data or "")
        params["describedBy"] = f"{params['id']}-count"
        return params

    def render(self, params: dict[str, Any]) -> Markup:
        # The template escapes; its result is markup.
        return Markup(render_template(self.template, params=params))  # noqa: S704


class EssayField(LongTextField):
    """An essay; punctuation, symbols and white space do not count (`forms.text.count_letters`).

    Its length is advice: what is shorter or longer is told, and taken all the same.

    Args:
        low, high: recommended length; set on the form where a rule says it.
    """

    kind = "long_text"
    widget = EssayArea()

    def __init__(
        self,
        label: Text,
        validators: Sequence[Validator] = (),
        *,
        low: int = 200,
        high: int = 300,
        **kwargs: Any,
    ) -> None:
        self.low, self.high = low, high
        super().__init__(label, validators, **kwargs)

    def limits(self) -> dict[str, Any]:
        return {**super().limits(), "recommended": (self.low, self.high)}

    @property
    def advice(self) -> str:
        """How long it is, and whether that is as recommended; "" when nothing is written."""
        count = count_letters(self.data or "")
        if not count:
            return ""
        if self.low <= count <= self.high:
            return _("%(count)s 字", count=count)
        return _(
            "%(count)s 字，建議 %(low)s 至 %(high)s 字", count=count, low=self.low, high=self.high
        )
