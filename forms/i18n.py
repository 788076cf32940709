"""Language: Traditional Chinese is the source, English comes from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from babel import Locale
from flask import Flask
from flask_babel import Babel, get_locale

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "zh_Hant_TW"
LOCALES = {"zh_Hant_TW": "中文", "en": "English"}
"""Babel identifier → the language's own name, as the switch shows it."""


def init_app(
    app: Flask, select: Callable[[], str | None], *, translations: Path | None = None
) -> Babel:
    """Wire Flask-Babel.

    Args:
        select: gives the identifier for this request (session, launch, browser), or None.
        translations: folder of the catalogues; default is the repository's.
    """

    def known() -> str:
        asked = select()
        return asked if asked in LOCALES else SOURCE

    return Babel(
        app,
        default_locale=SOURCE,
        default_timezone="Asia/Taipei",
        default_translation_directories=str(translations or ROOT / "translations"),
        locale_selector=known,
    )


def current() -> str:
    """Identifier of the language of this page; the source language outside of a request."""
    locale: Locale | None = get_locale()
    return str(locale) if locale is not None else SOURCE


def html_lang() -> str:
    """The same for the `lang` attribute: zh-Hant-TW or en."""
    return current().replace("_", "-")


def is_english() -> bool:
    """True when this page speaks English."""
    return current().startswith("en")
