"""Words in both languages: an export is read where nobody can choose the language of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale

from forms.dates import english_day, english_moment, roc_day, roc_moment
from forms.i18n import SOURCE
from reports.dossier import Said


@contextmanager
def speaking() -> Iterator[None]:
    """A language of this thread's own.

    Outside of a request Flask-Babel keeps the forced language on the application, where every
    other job would meet it; a request context of our own keeps it here.
    """
    with current_app.test_request_context():
        yield


def both(words: Any) -> Said:
    """A lazy string (or anything whose text follows the language) in both. Needs `speaking`."""
    with force_locale(SOURCE):
        zh = str(words)
    with force_locale("en"):
        en = str(words)
    return Said(zh, en)


def plain(text: object) -> Said:
    """What is the same in every language: names, numbers, what people wrote."""
    return Said(str(text))


def moment(at: datetime | None) -> Said:
    """A moment in Taipei, in the calendar of each language."""
    return plain("—") if at is None else Said(roc_moment(at), english_moment(at))


def day(on: date | None) -> Said:
    """A day, in the calendar of each language."""
    return plain("—") if on is None else Said(roc_day(on), english_day(on))


def joined(*parts: Said, between: str = "　") -> Said:
    """Several, one after the other; empty ones are left out."""
    given = [one for one in parts if one.zh]
    return Said(between.join(one.zh for one in given), "  ".join(one.english for one in given))
