"""Fields of our own: each knows how it is asked, and speaks for itself to every door."""

from __future__ import annotations

import decimal
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import ValidationError

from forms import widgets
from forms.dates import DateNotUnderstood, parse_date, roc_day
from forms.definition import Ask, Text
from forms.text import normalise
from forms.validators import MaxPoints, Required, Skippable

Validator = Callable[[Any, Any], None]

# No exponent: 1e999999999 would be a number of a gigabyte.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.(?P<part>[0-9]{1,9}))?")


def _plain(choices: Any) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in choices or []]


class Asked(wtforms.Field):
    """What all fields of ours share: `ask`, `required`, a kind, and plain words about themselves.

    Args:
        label: short name, as on the page.
        validators: run after the check for presence.
        ask: how a conversation asks, help, examples.
        required: False lets the answer be left out.
        purpose: what it is in HTML's list of autofill details ("email", "one-time-code"), where
            it is about the person who types (WCAG 2.2, 1.3.5); "": none of these.
    """

    kind = "text"
    ask: Ask
    required: bool
    purpose: str

    def __init__(
        self,
        label: Text,
        validators: Sequence[Validator] = (),
        *,
        ask: Ask,
        required: bool = True,
        purpose: str = "",
        **kwargs: Any,
    ) -> None:
        self.purpose = purpose
        self.ask = ask
        self.required = required
        first: list[Validator] = [Required() if required else Skippable()]
        kwargs.setdefault("description", ask.help)
        super().__init__(label, [*first, *validators], **kwargs)

    @property
    def posted_names(self) -> tuple[str, ...]:
        """Every name under which a page may post something of this field."""
        return (self.name,)

    def limits(self) -> dict[str, Any]:
        """Bounds a door may tell beforehand, e.g. {"max_points": 100}."""
        return {}

    def plain_choices(self) -> Iterable[tuple[str, str]]:
        """(value, label) of each choice, in the language of now; empty for open questions."""
        return ()

    def shown(self) -> str:
        """The answer as a person reads it back; "" when there is none."""
        data = getattr(self, "data", None)
        return "" if data is None else str(data)

    def draft_values(self) -> dict[str, list[str]]:
        """What a draft keeps: the words as they were typed, by posted name."""
        raw = getattr(self, "raw_data", None) or []
        return {self.name: [str(one) for one in raw]}


class TextField(Asked, wtforms.StringField):
    """One line of text, normalised (NFC, trimmed).

    Args:
        max_points: most code points allowed, or None.
    """

    widget = widgets.TextInput()

    def __init__(
        self,
        label: Text,
        validators: Sequence[Validator] = (),
        *,
        max_points: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.max_points = max_points
        super().__init__(label, validators, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = normalise(str(valuelist[0]))

    def _value(self) -> str:
        # What was typed comes back as it was typed, also when it was refused.
        return str(self.raw_data[0]) if self.raw_data else (self.data or "")

    def pre_validate(self, form: Any) -> None:
        if self.max_points is not None and self.data:
            MaxPoints(self.max_points)(form, self)

    def limits(self) -> dict[str, Any]:
        return {} if self.max_points is None else {"max_points": self.max_points}


class LongTextField(TextField):
    """Several lines of text."""

    kind = "long_text"
    widget = widgets.TextArea()


class SummaryField(LongTextField):
    """A summary 簡述: at most `max_points` code points, with a counter that counts the same.

    The page carries no maxlength: browsers count UTF-16 units there. The limit is a rule of the
    school; set `form.<field>.max_points` when it is not the default.
    """

    kind = "summary"
    widget = widgets.CountedTextArea()

    def __init__(self, label: Text, validators: Sequence[Validator] = (), **kwargs: Any) -> None:
        kwargs.setdefault("max_points", 100)
        super().__init__(label, validators, **kwargs)


class NumberField(Asked):
    """A number; full-width digits and thousands separators are understood.

    Args:
        places: decimal places allowed; 0 makes `data` an int, more a `decimal.Decimal`.
    """

    kind = "number"
    widget = widgets.TextInput()

    def __init__(
        self, label: Text, validators: Sequence[Validator] = (), *, places: int = 0, **kwargs: Any
    ) -> None:
        self.places = places
        super().__init__(label, validators, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = unicodedata.normalize("NFKC", str(valuelist[0])).strip() if valuelist else ""
        text = text.replace(",", "")
        if not text:
            return
        found = _NUMBER.fullmatch(text)
        if found is None or len(found["part"] or "") > self.places:
            raise ValueError(self._not_a_number())
        self.data = decimal.Decimal(text) if self.places else int(text)

    def _not_a_number(self) -> str:
        label = self.label.text
        if self.places:
            return _(
                "「%(label)s」請填數字，小數最多 %(places)s 位，例如 2.5。",
                label=label,
                places=self.places,
            )
        return _("「%(label)s」請填整數，例如 12。", label=label)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def limits(self) -> dict[str, Any]:
        found: dict[str, Any] = {"places": self.places}
        for validator in self.validators:
            for side in ("low", "high"):
                if getattr(validator, side, None) is not None:
                    found[side] = getattr(validator, side)
        return found


class TickField(Asked, wtforms.BooleanField):
    """One box to tick (a declaration, a wish). Required means: must be ticked."""

    kind = "tick"
    widget = widgets.Tick()

    def shown(self) -> str:
        return _("是") if self.data else _("否")


class ChoiceField(Asked):
    """One of several. Few are shown as radio buttons, more as a list, many with a search box.

    Args:
        choices: (value, label) pairs, or set `form.<field>.choices` in the view.
        empty: the words of "none chosen yet" in a list.
    """

    kind = "choice"
    RADIOS_UP_TO = 6
    SEARCH_FROM = 13

    widget = widgets.Choice()

    def __init__(
        self,
        label: Text,
        validators: Sequence[Validator] = (),
        *,
        choices: Sequence[tuple[str, Text]] | None = None,
        empty: Text | None = None,
        **kwargs: Any,
    ) -> None:
        self.empty = empty
        self.choices = list(choices or ())
        super().__init__(label, validators, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = (str(valuelist[0]) or None) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        known = {value for value, _label in self.plain_choices()}
        if self.data is not None and self.data not in known:
            raise ValidationError(
                _("「%(label)s」沒有這個選項，請從列出的選項中選一個。", label=self.label.text)
            )

    def plain_choices(self) -> list[tuple[str, str]]:
        return _plain(self.choices)

    def shown(self) -> str:
        return dict(self.plain_choices()).get(self.data or "", "")


class ManyField(Asked):
    """Any number of several, as boxes to tick; many of them with a search box."""

    kind = "choices"
    SEARCH_FROM = 13

    widget = widgets.Ticks()

    def __init__(
        self,
        label: Text,
        validators: Sequence[Validator] = (),
        *,
        choices: Sequence[tuple[str, Text]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.choices = list(choices or ())
        super().__init__(label, validators, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [str(one) for one in valuelist]

    def pre_validate(self, form: Any) -> None:
        known = {value for value, _label in self.plain_choices()}
        if not set(self.data or ()) <= known:
            raise ValidationError(
                _("「%(label)s」有不存在的選項，請重新勾選。", label=self.label.text)
            )

    def plain_choices(self) -> list[tuple[str, str]]:
        return _plain(self.choices)

    def shown(self) -> str:
        names: Mapping[str, str] = dict(self.plain_choices())
        return "、".join(names[one] for one in self.data or () if one in names)


class RocDateField(Asked):
    """A day, written in either calendar and shown in that of the Republic."""

    kind = "date"
    widget = widgets.TextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: date | None = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = parse_date(text)
        except DateNotUnderstood:
            raise ValueError(
                _(
                    "「%(label)s」看不懂這個日期，請寫成 115/11/30 或 民國115年11月30日。",
                    label=self.label.text,
                )
            ) from None

    def _value(self) -> str:
        if self.raw_data and (self.data is None or self.process_errors):
            return str(self.raw_data[0])
        return self.shown()

    def shown(self) -> str:
        return roc_day(self.data) if self.data else ""
