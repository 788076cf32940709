"""What the assistant keeps about a person: what was said."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db, retention
from plugin.assistant.models import Conversation, Turn
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding


@holdings.kept
def _conversation(about: About) -> list[Holding]:
    """Turns of the person's own conversation."""
    if about.person_id is None:
        return []
    query = (
        sa.select(sa.func.count(Turn.id))
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(Conversation.person_id == about.person_id)
    )
    return [
        Holding(
            _("對話紀錄（加密保存）"),
            db.reading().scalar(query) or 0,
            _("讓您可以接著上次的對話。"),
            _(
                "%(days)s 天後刪除；您可以隨時在對話頁清除。",
                days=retention.row("conversation").days,
            ),
            74,
        )
    ]
