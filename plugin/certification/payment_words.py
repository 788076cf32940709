"""Words for payments: what a row is, and what to do about it by hand."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.states import StateLabel
from plugin.certification.models import PaymentMatch

MATCHES = {
    PaymentMatch.REFERENCE: StateLabel(_l("依銷帳編號相符"), "good"),
    PaymentMatch.AMOUNT_NAME: StateLabel(_l("依金額與姓名相符"), "good"),
    PaymentMatch.BY_HAND: StateLabel(_l("人工確認"), "good"),
    PaymentMatch.UNMATCHED: StateLabel(_l("找不到案件"), "wait"),
    PaymentMatch.DOUBLE: StateLabel(_l("重複繳費"), "bad"),
    PaymentMatch.SHORT: StateLabel(_l("金額不足"), "wait"),
    PaymentMatch.OVER: StateLabel(_l("溢繳"), "info"),
    PaymentMatch.LATE: StateLabel(_l("逾期入帳"), "bad"),
    PaymentMatch.CLOSED: StateLabel(_l("案件已結案"), "bad"),
}
"""What a row of money is."""

ADVICE = {
    PaymentMatch.UNMATCHED: _l(
        "銷帳編號與姓名都對不到繳費通知。請查明是誰繳的，再以銷帳編號或案件編號人工對應；"
        "查不到時登錄退費，或註明後不處理。"
    ),
    PaymentMatch.DOUBLE: _l("這張繳費通知先前已經繳清。請登錄退費，並通知繳款人。"),
    PaymentMatch.SHORT: _l(
        "金額比應繳的少，案件還在等待繳費；系統已通知申請者補足。"
        "補足的款項到達時會自動合併；逾期未補足時請登錄退費。"
    ),
    PaymentMatch.OVER: _l("已確認繳費，多繳的部分請登錄退費。"),
    PaymentMatch.LATE: _l(
        "銀行的入帳日在繳費期限之後。案件還沒駁回時，可以說明理由後人工受理；已駁回的請登錄退費。"
    ),
    PaymentMatch.CLOSED: _l("案件已撤回或以其他原因結案，不能再繳費。請登錄退費。"),
}
"""What is to be done by hand."""
