"""What the office does with a case, as buttons and sentences call it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from plugin.certification.models import CaseState
from plugin.certification.skills.paying_titles import CONFIRM, DOUBT

TAKE = _l("開始程序審查")
ACCEPT = _l("程序審查通過，通知繳費")
CORRECT = _l("要求補正")
DROP = _l("撤回補正要求")
REFUSE = _l("駁回申請")
NOTE = _l("內部註記")
ASSIGN = _l("指派審查委員")
CERTIFY = _l("通過並核發證書")
ORAL = _l("安排展示或口試")
ORAL_CHANGE = _l("更改展示或口試的安排")
ORAL_END = _l("登錄展示或口試的結果")
ORAL_OFF = _l("取消展示或口試")

DOABLE: Mapping[CaseState, Sequence[Any]] = {
    CaseState.RECEIVED: (TAKE,),
    CaseState.PROCEDURAL: (ACCEPT, CORRECT, REFUSE),
    CaseState.CORRECTION: (DROP,),
    CaseState.FEE_DUE: (CONFIRM,),
    CaseState.FEE_CLAIMED: (CONFIRM, DOUBT),
    CaseState.REVIEW: (ASSIGN, CERTIFY, ORAL, CORRECT, REFUSE),
    CaseState.ORAL: (ORAL_END, ORAL_CHANGE, ORAL_OFF),
}
"""State → what can be done by talking."""
