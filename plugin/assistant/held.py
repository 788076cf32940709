"""What the assistant keeps about a person: what was said."""

from __future__ import annotations

import json

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db, retention
from plugin.assistant.dialogue.state import State
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
        *_waiting(about.person_id),
        Holding(
            _("對話紀錄（加密保存）"),
            db.reading().scalar(query) or 0,
            _("讓您可以接著上次的對話。"),
            _(
                "%(days)s 天後刪除；您可以隨時在對話頁清除。",
                days=retention.row("conversation").days,
            ),
            74,
        ),
    ]


def _waiting(person_id: int) -> list[Holding]:
    """Files that came before it was said what they are for."""
    query = sa.select(Conversation.state).where(Conversation.person_id == person_id)
    state = db.reading().scalar(query)
    count = len(State.unpack(json.loads(state)).files) if state else 0
    minutes = int(retention.row("staging").period.total_seconds() // 60)
    return [
        Holding(
            _("放進對話、還沒有說用途的檔案"),
            count,
            _("說出用途之後，放進那份表單。"),
            _("%(minutes)s 分鐘後刪除。", minutes=minutes),
            75,
        )
    ]
