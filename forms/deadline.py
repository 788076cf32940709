"""How near a deadline is, in words. The clock is given: the server's, never the browser's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

LAST_HOUR = timedelta(hours=1)
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Deadline:
    """A window seen from now.

    Attributes:
        title: what can be done in it, e.g. 上傳課程學習成果.
        opens_at, closes_at: aware; `opens_at` may be None.
        now: the server's clock, aware.
        extended: `closes_at` is later than for the others.
        notes: further lines, such as what else was extended.
    """

    title: Any
    closes_at: datetime
    now: datetime
    opens_at: datetime | None = None
    extended: bool = False
    notes: Sequence[str] = ()

    @property
    def phase(self) -> str:
        """`ahead`, `open`, `soon` (7 days), `last-hour` or `closed`."""
        if self.opens_at is not None and self.now < self.opens_at:
            return "ahead"
        left = self.closes_at - self.now
        if left <= timedelta(0):
            return "closed"
        if left <= LAST_HOUR:
            return "last-hour"
        return "soon" if left <= SOON else "open"

    @property
    def left(self) -> str:
        """還有 3 天, 還有 5 小時 20 分, 還有 12 分; "" before opening and after closing."""
        if self.phase in {"ahead", "closed"}:
            return ""
        seconds = int((self.closes_at - self.now).total_seconds())
        days, rest = divmod(seconds, 86400)
        hours, rest = divmod(rest, 3600)
        if days:
            return _("還有 %(days)s 天 %(hours)s 小時", days=days, hours=hours)
        minutes = -(-rest // 60)
        if hours:
            return _("還有 %(hours)s 小時 %(minutes)s 分", hours=hours, minutes=minutes)
        return _("還有 %(minutes)s 分", minutes=minutes)
