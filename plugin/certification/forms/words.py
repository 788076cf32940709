"""Words of the application's choices and questions, verbatim from seed 000 where it has them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugin.certification.models import Category, Path

SEXES = [("male", _l("男")), ("female", _l("女"))]
YES_NO = [("yes", _l("是")), ("no", _l("否"))]

CATEGORIES = [
    (Category.ADMINISTRATIVE.value, _l("行政人員")),
    (Category.TEACHING.value, _l("教學人員")),
    (Category.BOTH.value, _l("行政及教學人員")),
]
CATEGORY_HELP = _l("行政：規劃與推動；教學：教案與授課。應附的文件因類別而不同。")

PATHS = [
    (Path.EDUCATION.value, _l("學歷（辦法第 4 條）")),
    (Path.EXPERIENCE.value, _l("經歷（辦法第 5 條）")),
    (Path.EXPERTISE.value, _l("專長（辦法第 6 條）")),
    (Path.RECOMMENDED.value, _l("薦舉（辦法第 7 條）")),
    (Path.EXAMINATION.value, _l("考試（辦法第 8 條）")),
    (Path.TRAINING.value, _l("訓練（辦法第 9 條）")),
]

THEMES = [
    ("ethics", _l("環境倫理")),
    ("climate", _l("氣候變遷")),
    ("sustainability", _l("永續發展")),
    ("disaster", _l("災害防救")),
    ("resources", _l("能資源永續利用")),
]

QUESTIONS = (
    _l(
        "1. 對於現今環境議題的感受。"
        "（請就環境倫理、氣候變遷、永續發展、災害防救、能資源永續利用擇一說明）"
    ),
    _l("2. 現階段我已將那些環境保護理念實踐於生活中。"),
    _l("3. 如何落實學校環境教育規劃與執行。"),
    _l("4. 身為環境教育者如何規劃自我增能。"),
    _l("5. 身為環境教育者如何規劃後續推廣。"),
)
