"""Time in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plugin.clock import TAIPEI


def at(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    """A moment given by the clock on the wall in Taipei; returned aware, in UTC."""
    return datetime(year, month, day, hour, minute, second, tzinfo=TAIPEI).astimezone(UTC)


class FrozenClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        """Jump to `moment` (aware)."""
        self.moment = moment.astimezone(UTC)

    def advance(self, by: timedelta | None = None, **parts: float) -> None:
        """Move on: `advance(timedelta(…))` or `advance(minutes=5)`."""
        self.moment += by if by is not None else timedelta(**parts)
