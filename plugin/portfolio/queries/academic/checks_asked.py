"""What the checks of a term are asked, and what each of them answers."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.portfolio import record_kinds
from plugin.school.terms import Term

SHOWN = 100
"""How many of each check a page lists; the figures count all."""


@dataclass(frozen=True)
class Fault:
    """One thing to look at.

    :ivar record_id: the course record to put right; None: the student's basic data.
    :ivar post_id: the officer post to put right.
    """

    student_id: int
    who: str
    what: str
    record_id: int | None = None
    post_id: int | None = None


@dataclass(frozen=True)
class Asked:
    """What is looked at: a term of a school, and the books that are handed in of it."""

    school_id: int
    term: Term
    books: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of course records that those books hold."""
        return tuple(one.key for one in record_kinds.kinds() if one.book in self.books)


Found = tuple[int, list[Fault]]
