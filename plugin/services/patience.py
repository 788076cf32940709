"""How long to wait before a platform is asked again, and when to give up."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=6)
TRIES = 12
"""Of something that may get better by itself: more than a day, longer than a weekend's night
without power."""
TRIES_REFUSED = 4
"""Of something that only a person can put right, who may be at it just now."""


def wait_after(tries: int, asked: float | None = None) -> timedelta:
    """How long to wait after the nth failure in a row: 1, 2, 4 … minutes, at most six hours.

    :param asked: seconds that the platform asked for (Retry-After); heeded up to the longest wait.
    """
    usual = FIRST * 2 ** min(max(tries, 1) - 1, 16)
    wanted = timedelta(seconds=min(max(asked or 0.0, 0.0), LONGEST.total_seconds()))
    return min(max(usual, wanted), LONGEST)


def spent(tries: int, *, retry: bool) -> bool:
    """Whether to give up after this many tries."""
    return tries >= (TRIES if retry else TRIES_REFUSED)
