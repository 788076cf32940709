"""The first door: the whole form on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, render_template

from forms.definition import Form, Text, field_names

INVALID = 422
"""Status of a page that shows a form again with its errors."""


def render(
    form: Form,
    *,
    action: str = "",
    submit: Text = "",
    cancel: str = "",
    template: str = "forms/page.html",
    **context: Any,
) -> Response:
    """The form as a page: error summary, groups, what was typed, kept files, button.

    Args:
        action: where it posts; "" is this page.
        submit: words on the button; default 送出.
        cancel: address of the way out; "" shows none.
        template: one that extends `forms/page.html`.
        context: for the template.

    Returns:
        Status 422 when the form carries errors, else 200.
    """
    body = render_template(
        template, form=form, action=action, submit=submit, cancel=cancel, **context
    )
    return make_response(body, INVALID if form.errors else 200)


def has_files(form: Form, names: Sequence[str] | None = None) -> bool:
    """True when the page must post as multipart/form-data."""
    asked = field_names(form) if names is None else names
    return any(getattr(form[name], "kind", "") == "file" for name in asked)
