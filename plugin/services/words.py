"""What a code means and what to do about it, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti import vocabulary as v
from lti.services.errors import EXPLANATIONS
from plugin.services.models import ErrandKind, Progress, RosterState

PROGRESS = {
    Progress.SUBMITTED: (_l("已繳交"), "wait"),
    Progress.CERTIFIED: (_l("已認證"), "good"),
}
ERRANDS = {
    ErrandKind.SUBSCRIBE: _l("向平臺訂閱通知"),
    ErrandKind.TERMS: _l("回報使用條款的答覆"),
}
NOTICES = {
    v.NOTICE_HELLO: _l("平臺測試通知"),
    v.NOTICE_CONTEXT_COPY: _l("平臺課程被複製"),
}
ROLES = {
    "learner": _l("學習者"),
    "instructor": _l("教師"),
    "assistant": _l("助教"),
    "designer": _l("內容設計者"),
    "mentor": _l("家長或導師"),
    "advisor": _l("輔導者"),
    "administrator": _l("管理者"),
}
"""What the LMS calls them; it grants nothing here."""


@dataclass(frozen=True)
class Advice:
    """A code in words: what happened, what to do."""

    code: str
    title: str
    todo: str


def advice(code: str) -> Advice | None:
    """The words of a code; None for none, and for OK."""
    if code == "UNBOUND":
        return Advice(
            code, _("這個平臺帳號目前沒有配對到本人。"), _("請註冊組在「帳號配對」完成配對。")
        )
    found = EXPLANATIONS.get(code)
    return Advice(code, _(found.title), _(found.todo)) if found else None


@dataclass(frozen=True)
class Standing:
    """How a roster stands, in a word and a tone."""

    text: str
    tone: str


def standing(state: RosterState | None, offered: bool, now: datetime) -> Standing:
    """The word for the state of a roster.

    :param offered: the platform gave an address for it.
    """
    if not offered:
        return Standing(_("平臺未提供"), "calm")
    if state is not None and state.lease_until is not None and state.lease_until > now:
        return Standing(_("更新中"), "info")
    if state is not None and state.failures:
        return Standing(_("上次失敗"), "bad")
    if state is None or state.done_at is None:
        return Standing(_("尚未讀取"), "wait")
    return Standing(_("正常"), "good")
