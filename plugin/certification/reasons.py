"""Words that the office says often: what to correct, why a case is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

Words = tuple[Any, ...]

OF_FILES: Words = (
    _l("檔案內容不清楚，請重新掃描後上傳。"),
    _l("缺頁，請補齊後合併成一個 PDF 檔上傳。"),
    _l("與本項要求的文件不符，請依說明上傳。"),
)
OF_ANSWERS: Words = (
    _l("請填寫完整名稱，不要用簡稱。"),
    _l("與證明文件所載不符，請更正或補充說明。"),
)
OF_ESSAYS: Words = (
    _l("內容過於簡略，請具體說明您的想法與做法。"),
    _l("請針對題目所問說明。"),
)
OF: Mapping[str, Words] = {
    "experience": (
        _l("缺少校長簽章，請補簽後上傳。"),
        _l("沒有勾選是否為指定人員，請勾選後由校長簽章。"),
        _l("服務期間未達連續一年或累計二年，請補充其他經歷證明。"),
    ),
    "hours": (
        _l("研習時數合計未達 24 小時，請補附證明。"),
        _l("缺少研習證明文件，請與統計表合併上傳。"),
        _l("五項必備議題有不足 2 小時者，請補附證明。"),
    ),
    "renewal_hours": (
        _l("研習證明看不清楚或缺頁，請在研習時數換上清楚的檔案。"),
        _l("研習日期不在證書有效期間內，請改列其他研習。"),
        _l("辦理單位或核定文號與證明不符，請更正。"),
    ),
    "plan": (
        _l("請標示計畫的年度與職掌分工。"),
        _l("計畫年度未涵蓋連續一年或累計二年，請補附。"),
    ),
    "results": (_l("成果與所附的環境教育計畫不相符，請補充說明或補附佐證。"),),
    "supporting": (_l("請補附學習單、作業或照片等授課佐證。"),),
}
"""Further ones for single documents, by name."""

REFUSALS: Words = (
    _l("申請者不符環境教育人員認證及管理辦法所定的資格。"),
    _l("所附文件不足以證明符合申請資格，且不能補正。"),
    _l("同一類別已取得認證且仍在有效期限內。"),
)


def of(name: str, *, file: bool, essay: bool = False) -> Words:
    """What is often said of a field or document."""
    general = OF_FILES if file else OF_ESSAYS if essay else OF_ANSWERS
    return (*OF.get(name, ()), *general)
