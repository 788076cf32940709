"""What every template may use: loaders, globals, filters."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from forms import i18n, uploads
from forms.assets import Assets
from forms.dates import TAIPEI, english_day, english_moment, roc_day, roc_moment
from forms.definition import Form, groups_of
from forms.frame import frame
from forms.page import has_files
from forms.sizes import file_size
from forms.states import state_label

ROOT = Path(__file__).resolve().parent.parent


def init_app(app: Flask, *, static: Path | None = None) -> None:
    """Register loaders, globals and filters, and the answer to the upload script.

    Args:
        static: folder made by scripts/assets.py; default is the repository's.
    """
    uploads.init_app(app)
    packages = ("govuk_frontend_jinja", "govuk_frontend_wtf")
    app.jinja_loader = ChoiceLoader(
        [
            *([app.jinja_loader] if app.jinja_loader else []),
            PrefixLoader({name: PackageLoader(name) for name in packages}),
        ]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=Assets(static or ROOT / "static").url,
        error_list=error_list,
        frame=frame,
        groups_of=groups_of,
        html_lang=i18n.html_lang,
        languages=i18n.LOCALES,
        current_language=i18n.current,
        page_with=page_with,
        state_label=state_label,
    )
    app.jinja_env.filters.update(
        file_size=file_size,
        has_files=has_files,
        iso=lambda moment: moment.isoformat(),
        roc_date=roc_date,
        short_hash=short_hash,
        taipei_clock=lambda moment: f"{moment.astimezone(TAIPEI):%H:%M:%S}",
    )


def roc_date(moment: date | datetime | None) -> str:
    """民國115年11月30日（星期一）17:00, or without the hour for a date; English pages in AD.

    None gives a dash. Raises ValueError for a datetime without a time zone.
    """
    if moment is None:
        return "—"
    if isinstance(moment, datetime):
        return english_moment(moment) if i18n.is_english() else roc_moment(moment)
    return english_day(moment) if i18n.is_english() else roc_day(moment, weekday=True)


def short_hash(digest: str, length: int = 12) -> str:
    """The first characters of a hex digest, in fours: `1a2b 3c4d 5e6f`."""
    head = digest[:length]
    return " ".join(head[start : start + 4] for start in range(0, len(head), 4))


def error_list(form: Form) -> list[dict[str, str]]:
    """Errors for the summary on top of a page, each linked to its field, in page order."""
    found = [{"text": str(one), "href": "#main-content"} for one in form.form_errors]
    for group in groups_of(form):
        for name in group.fields:
            one = form[name]
            found += [{"text": str(error), "href": f"#{one.id}"} for error in one.errors[:1]]
    token = form._fields.get("csrf_token")
    if token is not None and token.errors:
        found.insert(0, {"text": str(token.errors[0]), "href": "#main-content"})
    return found


def page_with(**changes: Any) -> str:
    """The address of this page with some query arguments changed; None takes one away.

    Arguments named like a part of the path, or like an option of `url_for` (`_scheme`), are a
    stranger's play and are left out.
    """
    asked = request.args.to_dict(flat=False)
    values: dict[str, Any] = {k: v for k, v in asked.items() if not k.startswith("_")}
    values.update(request.view_args or {})
    values.update(changes)
    kept = {name: value for name, value in values.items() if value is not None}
    return url_for(request.endpoint or "", **kept)
