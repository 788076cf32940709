"""How people name a window of the calendar in a sentence: the kind, the grade, the batch."""

from __future__ import annotations

import re

from plugin.school.models import WindowKind
from plugin.school.windows import FINAL_GRADE

_KINDS = (
    (WindowKind.COUNSELLING, r"諮詢|咨询|counsel"),
    (WindowKind.BASIC_DATA, r"基本資料|基本资料|學籍|basic data"),
    (WindowKind.POSTS, r"幹部|干部|officer|posts?\b"),
    (WindowKind.COURSE_RECORDS, r"修課|成績|course record|grades\b"),
    (WindowKind.RECEIPT, r"收訖|收讫|receipt"),
    (WindowKind.SELECTION, r"勾選|勾选|選件|select|choos"),
    (WindowKind.CERTIFICATION, r"認證|认证|certif"),
    (WindowKind.EXPERIENCE_UPLOAD, r"多元|多表|experience"),
    (WindowKind.SUBMISSION, r"提交|中央|submission|submit|central"),
    (WindowKind.OUTCOME_UPLOAD, r"成果|上傳|上传|補傳|作業|outcome|upload"),
)
"""The first that is named holds: 課程學習成果認證 is certification, 多元表現上傳 is no outcome."""

_GRADES = (
    (1, r"高一|一年級|一年级|grade\s*(?:1|10)\b"),
    (2, r"高二|二年級|二年级|grade\s*(?:2|11)\b"),
    (3, r"高三|三年級|三年级|grade\s*(?:3|12)\b"),
)
_BATCHES = (
    (1, r"第[一1](?:梯次|批)|first batch"),
    (2, r"第[二2](?:梯次|批)|second batch"),
)


def kind(text: str) -> WindowKind | None:
    """The kind that the words name; None: none."""
    return next((one for one, words in _KINDS if re.search(words, text, re.IGNORECASE)), None)


def grade(text: str) -> int:
    """1 to 3; 0: no grade is named. Only the third hands in by batches, so a batch names it."""
    named = _first(_GRADES, text)
    return named or (FINAL_GRADE if batch(text) else 0)


def batch(text: str) -> int:
    """1 or 2; 0: no batch is named."""
    return _first(_BATCHES, text)


def _first(table: tuple[tuple[int, str], ...], text: str) -> int:
    return next((n for n, words in table if re.search(words, text, re.IGNORECASE)), 0)
