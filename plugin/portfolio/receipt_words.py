"""Words of receipts: why a student disputes, how it stands, what became of it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.states import StateLabel
from plugin.portfolio.models import (
    AnswerVerdict,
    CentralState,
    InState,
    OutState,
    SheetState,
)

REASONS = {
    "missing": _l("缺件：我勾選的項目沒有列出"),
    "not_received": _l("中央資料庫沒有收到這一件"),
    "wrong_file": _l("檔案不是我上傳的那一個"),
    "wrong_text": _l("名稱、課程、類別或簡述有誤"),
    "not_mine": _l("這不是我的項目，或我沒有勾選"),
    "other": _l("其他"),
}
"""Reason codes of a dispute; the first is for the whole sheet."""

ITEM_REASONS = tuple(key for key in REASONS if key != "missing")

SHEET_LABELS = {
    SheetState.WAITING: StateLabel(_l("待確認"), "wait"),
    SheetState.CONFIRMED: StateLabel(_l("已確認"), "good"),
    SheetState.DISPUTED: StateLabel(_l("有異議"), "bad"),
    SheetState.ANSWERED: StateLabel(_l("異議已回覆，待確認"), "info"),
}

ANSWER_LABELS = {
    AnswerVerdict.UPHELD: StateLabel(_l("屬實，將更正後重新提交"), "info"),
    AnswerVerdict.DISMISSED: StateLabel(_l("經查無誤"), "calm"),
}

CENTRAL_LABELS = {
    CentralState.QUEUED: StateLabel(_l("處理中"), "wait"),
    CentralState.DONE: StateLabel(_l("已匯入"), "good"),
    CentralState.REFUSED: StateLabel(_l("不予匯入"), "bad"),
}

OUT_LABELS = {
    OutState.BUILDING: StateLabel(_l("製作中"), "wait"),
    OutState.DONE: StateLabel(_l("可下載"), "good"),
    OutState.FAILED: StateLabel(_l("未完成"), "bad"),
}

IN_LABELS = {
    InState.CHECKING: StateLabel(_l("檢查中"), "wait"),
    InState.READY: StateLabel(_l("待匯入"), "info"),
    InState.TAKING: StateLabel(_l("匯入中"), "wait"),
    InState.TAKEN: StateLabel(_l("已匯入"), "good"),
    InState.UNDONE: StateLabel(_l("已復原"), "calm"),
    InState.DROPPED: StateLabel(_l("已放棄"), "calm"),
    InState.REFUSED: StateLabel(_l("不予匯入"), "bad"),
}
