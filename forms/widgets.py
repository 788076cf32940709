"""How our fields look: GOV.UK Frontend markup through govuk-frontend-wtf, in our words.

The package's widgets say "Error:" in English and know neither optional fields nor kept files;
the classes here add that and leave the markup to the package.
"""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import gettext as _
from govuk_frontend_wtf.gov_form_base import GovFormBase
from markupsafe import Markup

from forms.sizes import file_size


class Widget(GovFormBase):
    """Common ground: label with （選填）, help as hint, the first error with its hidden 錯誤."""

    template = ""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        params = kwargs.pop("params", {})
        mapped = self.map_gov_params(field, **kwargs)
        return self.render(self.merge_params(mapped, params))

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """The parameters of the GOV.UK macro for this field."""
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params["label"] = {"text": label_of(field), "classes": "govuk-label--s"}
        params["hint"] = {"text": str(field.description)} if field.description else None
        if field.errors:
            params["errorMessage"] = error_of(field)
        return params


def label_of(field: Any) -> str:
    """The field's label; what may be left out says so."""
    text = str(field.label.text)
    if getattr(field, "required", True) or field.kind == "tick":
        return text  # a box that may stay empty needs no word for it
    return _("%(label)s（選填）", label=text)


def error_of(field: Any) -> dict[str, str]:
    """The first error of a field, as the GOV.UK macros want it."""
    return {"text": str(field.errors[0]), "visuallyHiddenText": _("錯誤")}


class TextInput(Widget):
    """A single line."""

    template = "govuk_frontend_wtf/input.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params.update(value=field._value(), type="text")
        if field.kind == "number":
            params.update(inputmode="decimal", classes="govuk-input--width-10")
        elif field.kind == "date":
            params.update(classes="govuk-input--width-20", autocomplete="off")
        if field.purpose:
            params.update(autocomplete=field.purpose)
        return params


class TextArea(Widget):
    """Several lines."""

    template = "govuk_frontend_wtf/textarea.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params.update(value=field._value(), rows=str(params.pop("rows", 5)))
        return params


class CountedTextArea(TextArea):
    """Several lines with a counter. Without script the limit stands in the hint line."""

    template = "forms/counted.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params["rows"] = "4"
        params["limit"] = field.max_points
        params["attributes"].update(
            {"data-count": str(field.max_points), "aria-describedby": f"{params['id']}-count"}
        )
        params["describedBy"] = params["attributes"].pop("aria-describedby")
        return params


class Tick(Widget):
    """One box to tick."""

    template = "govuk_frontend_wtf/checkboxes.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        label = params.pop("label")["text"]
        # With a hint the group needs no legend: the box carries the whole question.
        item = {"value": "y", "text": label, "checked": bool(field.data), "id": params["id"]}
        return {
            "name": field.name,
            "idPrefix": params["id"],
            "items": [item],
            "hint": params["hint"],
            "errorMessage": params.get("errorMessage"),
        }


class Ticks(Widget):
    """Several boxes; many of them in a frame of their own, with a search box over it."""

    template = "forms/many.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = _set_of(super().map_gov_params(field, **kwargs), field, set(field.data or ()))
        params["search"] = len(params["items"]) >= field.SEARCH_FROM
        return params


class Choice(Widget):
    """Radio buttons, a list, or a list with a search box, by the number of choices."""

    template = "forms/choice.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        count = len(field.plain_choices())
        if count <= field.RADIOS_UP_TO:
            params = _set_of(params, field, {field.data})
            params["radios"] = True
            return params
        empty = str(field.empty) if field.empty is not None else _("請選擇")
        params["items"] = [{"value": "", "text": empty}] + [
            {"value": value, "text": label, "selected": value == field.data}
            for value, label in field.plain_choices()
        ]
        params["search"] = count >= field.SEARCH_FROM
        params["count"] = count
        return params


def _set_of(params: dict[str, Any], field: Any, chosen: set[Any]) -> dict[str, Any]:
    legend = {"text": params["label"]["text"], "classes": "govuk-fieldset__legend--s"}
    return {
        "name": field.name,
        "idPrefix": params["id"],
        "fieldset": {"legend": legend},
        "hint": params["hint"],
        "errorMessage": params.get("errorMessage"),
        "items": [
            {"value": value, "text": label, "checked": value in chosen}
            for value, label in field.plain_choices()
        ],
    }


class FileAnswer(Widget):
    """A file to choose, and the one already kept with its name, size and a way to let it go."""

    template = "forms/file.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        if field.accept:
            params["attributes"]["accept"] = ",".join(field.accept)
        if field.max_bytes is not None:
            params["attributes"]["data-max-bytes"] = str(field.sent_bytes or field.max_bytes)
            limit = _("每個檔案上限 %(size)s。", size=file_size(field.max_bytes))
            told = params["hint"]["text"] if params["hint"] else ""
            ended = not told or told[-1] in "。.；;"
            hint = f"{told} {limit}".strip() if ended else f"{told}{_('；')}{limit}"
            params["hint"] = {"text": hint}
        params["kept"] = field.data
        params["ref_name"] = field.ref_name
        params["remove_name"] = field.remove_name
        return params

    def render(self, params: dict[str, Any]) -> Markup:
        # The template escapes; its result is markup.
        body = render_template(self.template, params=params, kept=params["kept"])
        return Markup(body)  # noqa: S704
