"""Lists are paged by key: the next page begins after the last key shown, however many rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list.

    :param next: the key to give as `after` for the next page; None on the last one.
    """

    items: tuple[T, ...]
    next: str | None

    @classmethod
    def cut(cls, rows: Sequence[T], limit: int, key: Callable[[T], object]) -> Page[T]:
        """A page from `limit + 1` rows asked of the database."""
        shown = tuple(rows[:limit])
        return cls(shown, str(key(shown[-1])) if len(rows) > limit and shown else None)
