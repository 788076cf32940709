"""Validators whose messages say, in plain words, what to do next."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, Form
from wtforms.validators import StopValidation, ValidationError

from forms.text import count_points


class Required:
    """An answer must be there. The message names the field and the act (填寫, 選擇, 上傳)."""

    def __init__(self, message: Any = None) -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if field.process_errors:
            raise StopValidation  # something came, and it is already said what is wrong with it
        if not _empty(field.data):
            return
        raise StopValidation(self.message or _missing(field))


class Skippable:
    """No answer is an answer: the validators behind this one are not asked."""

    def __call__(self, form: Form, field: Field) -> None:
        if _empty(field.data) and not field.process_errors:
            raise StopValidation


class MaxPoints:
    """At most `limit` code points, counted as `forms.text.count_points` counts."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, form: Form, field: Field) -> None:
        over = count_points(field.data or "") - self.limit
        if over > 0:
            raise ValidationError(
                _(
                    "「%(label)s」最多 %(limit)s 字，目前多了 %(over)s 字，請刪減後再送出。",
                    label=field.label.text,
                    limit=self.limit,
                    over=over,
                )
            )


class Between:
    """A number from `low` to `high`, both included; None leaves that side open."""

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        self.low = low
        self.high = high

    def __call__(self, form: Form, field: Field) -> None:
        if field.data is None:
            return
        low, high = self.low, self.high
        if (low is None or field.data >= low) and (high is None or field.data <= high):
            return
        label = field.label.text
        if low is not None and high is not None:
            raise ValidationError(
                _(
                    "「%(label)s」請填 %(low)s 到 %(high)s 之間的數字。",
                    label=label,
                    low=low,
                    high=high,
                )
            )
        if low is not None:
            raise ValidationError(_("「%(label)s」請填 %(low)s 以上的數字。", label=label, low=low))
        raise ValidationError(_("「%(label)s」請填 %(high)s 以下的數字。", label=label, high=high))


class Matches:
    """The whole text fits a pattern. The message must say what a right answer looks like."""

    def __init__(self, pattern: str, message: Any) -> None:
        self.pattern = re.compile(pattern)
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and not self.pattern.fullmatch(field.data):
            raise ValidationError(self.message)


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], ())


def _missing(field: Field) -> str:
    label = field.label.text
    kind = getattr(field, "kind", "text")
    if kind in {"choice", "choices", "radio"}:
        return _("請選擇「%(label)s」。", label=label)
    if kind == "file":
        return _("請上傳「%(label)s」。", label=label)
    if kind == "tick":
        return _("請先勾選「%(label)s」再繼續。", label=label)
    return _("請填寫「%(label)s」。", label=label)
