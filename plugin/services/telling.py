"""Scores are told to one gradebook: our column, then one student after another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from lti.products import product
from lti.services import grades
from lti.services.connector import Connector
from lti.services.errors import ServiceError
from plugin import clock
from plugin.entrance.columns import LABEL, MAXIMUM, RESOURCE_ID, TAG
from plugin.services import gateway
from plugin.services.models import Progress
from plugin.services.operations import pushes

ROUNDS = 3
"""How often a score that is not newer than what is there is sent at once, each time in another
second."""
_PAUSE = pushes.AGAIN + timedelta(milliseconds=200)

_ON_ITS_OWN = frozenset({"MEMBER_UNKNOWN", "SCORE_CONFLICT"})
"""Refusals that concern one score; all others concern the whole gradebook."""


def tell(context_id: int, holder: str) -> dict[str, Any]:
    """Tell everything that is due in one LMS course; what fails is written down, never raised.

    :param holder: who does it; two at once are one.
    """
    book = pushes.hold(context_id, holder)
    if book is None:
        return {"told": 0}
    told = 0
    try:
        telling = _Telling(book)
        for round_ in range(ROUNDS):
            told += telling.round(last=round_ == ROUNDS - 1)
            if not telling.conflicts:
                break
            pause(_PAUSE.total_seconds())
    except ServiceError as error:
        pushes.all_refused(book, error)
    except pushes.Lost:
        return {"told": told, "lost": True}
    finally:
        pushes.release(book)
    return {"told": told}


pause = time.sleep
"""Waiting for another second; tests move their clock instead."""


class _Telling:
    """One worker at one gradebook."""

    def __init__(self, book: pushes.Book) -> None:
        self._book = book
        self._url = book.line_item_url
        self._remade = self._looked = False
        self._connector: Connector | None = None
        self.conflicts = 0

    def round(self, *, last: bool) -> int:
        """Everything that is due now; returns how many scores were taken.

        :raises ServiceError: the way to the gradebook failed. :raises Lost: somebody else writes.
        """
        self.conflicts, told = 0, 0
        while batch := pushes.due(self._book):
            for one in batch:
                try:
                    self._post(one)
                except ServiceError as error:
                    if error.code not in _ON_ITS_OWN:
                        raise
                    again = error.code == "SCORE_CONFLICT" and not last
                    self.conflicts += again
                    pushes.refused(self._book, one, error, again=again)
                else:
                    pushes.told(self._book, one)
                    told += 1
        return told

    def _post(self, one: pushes.Due) -> None:
        try:
            self._send(one)
        except ServiceError as error:
            if error.code != "COLUMN_GONE" or self._remade:
                raise
            # A teacher deleted it, or the course was reset: once, not in a circle.
            self._remade, self._url = True, ""
            pushes.remember_column(self._book, "")
            self._send(one)

    def _send(self, one: pushes.Due) -> None:
        if self._connector is None:
            self._connector = gateway.connect(self._book.registration_id)
        if not self._url:
            self._url = self._column(self._connector)
            pushes.remember_column(self._book, self._url)
        elif not self._looked:
            self._follow_link(self._connector)
        self._looked = True
        grades.post_score(self._connector, self._url, score(one), clock.now())

    def _follow_link(self, connector: Connector) -> None:
        """Once a job: has a link brought its own column since ours was made?"""
        linked = next((one.url for one in self._ours(connector) if one.resource_link_id), self._url)
        if linked != self._url:
            self._url = linked
            pushes.move_column(self._book, linked)

    def _ours(self, connector: Connector) -> Iterator[grades.Column]:
        return grades.columns(
            connector,
            self._book.line_items_url,
            follow_pages=product(self._book.product).line_item_paging,
            tag=TAG,
            resource_id=RESOURCE_ID,
        )

    def _column(self, connector: Connector) -> str:
        """Our column: the one that is there already, or a new one."""
        # One that came with a link (deep linking) is the one that the teacher looks at, though it
        # goes when the link goes; then another is made. By no other way is one of ours a link's.
        ours = sorted(self._ours(connector), key=lambda column: not column.resource_link_id)
        if ours:
            return ours[0].url
        made = grades.make_column(
            connector,
            self._book.line_items_url,
            label=LABEL,
            maximum=MAXIMUM,
            resource_id=RESOURCE_ID,
            tag=TAG,
        )
        return made.url


def score(one: pushes.Due) -> grades.Score:
    """What is told. Certified is the full point; submitted carries no number at all, and is only
    told where that empties nothing (`Product.tells_submitted`)."""
    if one.progress is Progress.CERTIFIED:
        return grades.Score(one.user_id, MAXIMUM, MAXIMUM, "Completed", "FullyGraded")
    return grades.Score(one.user_id, None, MAXIMUM, "Submitted", "PendingManual")
