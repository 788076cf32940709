"""The one clock. Domain code never asks the machine for the time by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app

Clock = Callable[[], datetime]

TAIPEI = ZoneInfo("Asia/Taipei")
"""Windows, dates and deadlines are told in this zone (SPEC §1, Calendar)."""


def system_clock() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The application's time, aware, UTC; tests inject another clock into `create_app`."""
    clock: Clock = current_app.extensions["licheng.clock"]
    return clock()


def today() -> date:
    """Today's date in Taipei."""
    return now().astimezone(TAIPEI).date()
