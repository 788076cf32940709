"""The product's own names for things that people call by several names.

`same` brings both sides of a comparison to one form: the evaluation compares slots with it, and
dialogues find a kind of record by it. It decides spelling and synonyms only, never who is meant.
"""

from __future__ import annotations

import re

from plugin.assistant.understanding.normal import normal

_SAME = {
    "課程學習成果": "學習成果 課程成果 成果 課程學習成果檔案 修課學習成果 課程學習成果紀錄"
    " outcome outcomes courseoutcome courseoutcomes learningoutcome learningoutcomes",
    "多元表現": "多表 多元 多元學習表現 學生自填多元表現 自填多元表現 多元表現紀錄"
    " experience experiences diverseperformance diverseperformances",
    "修課紀錄": "修課 課程紀錄 選課紀錄 修課資料 修習紀錄 courserecord courserecords",
    "基本資料": "學生基本資料 學籍資料 學籍 基資 basicdata",
    "幹部經歷": "幹部 幹部紀錄 校內幹部 校內幹部經歷 幹部資料 幹部名單 post posts officerposts",
    "課程諮詢紀錄": "諮詢紀錄 課諮紀錄 課諮 課程諮詢 諮詢",
    "收訖明細": "收訖 收訖資料 receipt",
    "成績": "學期成績 成績資料 grades grade",
    "學生名單": "學生名冊 名單 新生名單 roster",
    "檢定證照": "證照 檢定 檢定證照紀錄",
    "競賽參與": "競賽 比賽 競賽參與紀錄",
    "服務學習": "服務 服務學習紀錄",
    "彈性學習時間": "彈性學習 彈性 彈性時間",
    "團體活動時間": "團體活動 團體活動時間紀錄",
    "職場學習": "職場 職場學習紀錄",
    "作品成果": "作品 作品成果紀錄",
    "大學先修課程": "先修 先修課程 大學先修 大學及技專校院先修課程",
    "地球科學": "地科",
    "生活科技": "生科",
    "健康與護理": "健護 護理",
    "公民與社會": "公民",
    "英語聽講": "英聽",
    "國語文": "國文",
    "英語文": "英文 英語 english",
    "數學": "math maths mathematics",
    "全民國防教育": "國防 全民國防",
    "線上": "遠距 online 網路",
    "雙軌同步": "雙軌 hybrid",
    "註冊組": "registry registrar 註冊組長",
    "導師": "homeroom homeroomteacher 班導 班導師",
    "課程諮詢教師": "counsellor counselor 課諮師 課諮老師 課程諮詢老師",
    "系統管理員": "administrator admin 管理員 管理者",
    "學務處": "studentaffairs affairs 學務",
    "校務研究人員": "irofficer ir 校務研究 校研",
    "填報人": "unitstaff 填報人員 單位填報人",
    "審查委員": "reviewer 審查員 委員",
    "代理人": "substitute 代理教師 代理",
}
_BY_NAME = {
    normal(other): normal(name)
    for name, others in _SAME.items()
    for other in [name, *others.split()]
}
_LEAVE_OUT = re.compile(r"[\s.,!?~;:'\"()《》、_·•—]+")
_TAILS = {
    "teacher": re.compile(r"(?:老師|教師|主任|組長|同學|先生|小姐|ms|mr|mrs|teacher)$"),
    "student": re.compile(r"(?:同學|學生)$"),
    "course": re.compile(r"(?:那門課|這門課|課程|課|那門|這門|class|course)$"),
    "category": re.compile(r"(?:類別|類|紀錄)$"),
    "indicator": re.compile(r"(?:指標)$"),
    "measure": re.compile(r"(?:指標|數值)$"),
    "window": re.compile(
        r"(?:截止日期|截止時間|截止日|截止|期限|期間|時間|日期|開放|窗口|window|deadline)$"
    ),
    "summary": re.compile(r"$^"),
}
_HEADS = {
    "teacher": re.compile(r"^(?:ms|mr|mrs|teacher)"),
    "reason": re.compile(r"^(?:因為|由於|理由是|理由|原因是|原因|because)"),
}
WITHOUT_SYNONYMS = frozenset({"title", "summary", "reason", "case_no", "student", "teacher"})


def plain(text: str) -> str:
    """The normal form without spaces and signs; the words alone where there is nothing else."""
    made = normal(text).strip()
    return _LEAVE_OUT.sub("", made) or made


def same(slot: str, value: object) -> object:
    """The value of a slot as both sides of a comparison have it."""
    if isinstance(value, list | tuple):
        return tuple(same(slot, one) for one in value)
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value
    words = plain(value)
    for where in (_HEADS, _TAILS):
        if slot in where:
            words = where[slot].sub("", words) or words
    return words if slot in WITHOUT_SYNONYMS else _BY_NAME.get(words, words)


def kind_name(words: str) -> str:
    """The name of this product for a kind of record, a course or a role; the words otherwise."""
    return str(same("item_kind", words))
