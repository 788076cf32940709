"""What an applicant reads about their case besides its state: what comes next, and who does it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugin.certification.models import CaseState, Category

NEXT = {
    CaseState.DRAFT: _l("申請還沒有送出。請進入申請案，填完後確認送出。"),
    CaseState.RECEIVED: _l("申請已受理，等候程序審查。您目前不需要做什麼。"),
    CaseState.PROCEDURAL: _l("承辦人正在進行程序審查。您目前不需要做什麼。"),
    CaseState.CORRECTION: _l("請在期限內補正通知的項目；逾期未補正，申請會被駁回。"),
    CaseState.FEE_DUE: _l("請在期限內依繳費通知繳費；逾期未繳，申請會被駁回。"),
    CaseState.FEE_CLAIMED: _l("已收到您的繳費回報，等候承辦人確認入帳。"),
    CaseState.REVIEW: _l("委員正在審查。您目前不需要做什麼，結果會寄到您的信箱。"),
    CaseState.ORAL: _l("請依通知的時間與方式參加展示或口試。"),
    CaseState.CERTIFIED: _l("已通過認證，證書可以進入自己的案件下載。"),
    CaseState.REFUSED: _l("申請已駁回，理由與救濟方式請看通知信。"),
    CaseState.WITHDRAWN: _l("申請已撤回。需要時可以重新申請。"),
    CaseState.REVOKED: _l("認證已撤銷，理由請看通知信。"),
    CaseState.ANNULLED: _l("認證已廢止，理由請看通知信。"),
    CaseState.PREPARED: _l("申請資料已備妥，等候送件。"),
    CaseState.FILED: _l("已送核發機關，等候審查結果。"),
}
"""What comes next, in one sentence."""

BY_APPLICANT = frozenset(
    {CaseState.DRAFT, CaseState.CORRECTION, CaseState.FEE_DUE, CaseState.ORAL, CaseState.CERTIFIED}
)
"""Something waits for the applicant inside."""

CATEGORIES = {
    Category.ADMINISTRATIVE: _l("行政"),
    Category.TEACHING: _l("教學"),
    Category.BOTH: _l("行政與教學"),
}
