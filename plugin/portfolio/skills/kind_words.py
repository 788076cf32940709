"""Which of the ten kinds of experience words are about."""

from __future__ import annotations

from plugin.portfolio import kinds

WORDS: dict[str, tuple[str, ...]] = {
    "post": (
        "幹部", "干部", "班長", "股長", "社長", "會長", "小老師", "聘書", "officer", "leader",
    ),
    "contest": (
        "競賽", "竞赛", "比賽", "比赛", "獎", "奖", "科展", "第一名", "第二名", "第三名", "佳作",
        "錦標賽", "小論文", "奧林匹亞", "contest", "competition", "award", "trophy", "medal",
    ),
    "licence": (
        "證照", "檢定", "检定", "英檢", "多益", "托福", "雅思", "日檢", "丙級", "乙級", "駕照",
        "員證", "藝人證", "toeic", "toefl", "ielts", "jlpt", "licence", "license",
    ),
    "service": (
        "服務學習", "服务学习", "志工", "義工", "服務時數", "志願服務", "志愿", "捐血", "volunteer",
        "service",
    ),
    "flexible": (
        "彈性學習", "自主學習", "自主学习", "選手培訓", "充實", "增廣", "補強", "微課程",
        "self-directed", "self-study", "flexible",
    ),
    "group": (
        "團體活動", "社團", "社团", "班級活動", "自治會", "週會", "講座", "成發", "公演", "club",
    ),
    "workplace": (
        "職場", "實習", "实习", "工讀", "見習", "打工", "企業參訪", "internship", "workplace",
    ),
    "work": ("作品", "微電影", "創作", "專利", "artwork", "under works"),
    "precollege": ("先修", "大學課程", "precollege", "early college"),
    "other": (
        "其他", "營", "营", "研習", "展演", "交流", "宣導", "模擬聯合國", "camp", "workshop",
        "exchange program",
    ),
}  # fmt: skip
"""Kind → what people call it, and what belongs there; in small letters, simplified ones too."""


def named(words: str) -> list[str]:
    """The kinds that words name or tell of; several where they may be either ("社團幹部").

    A kind's whole name (or that of its roster sheet) leaves no doubt.
    """
    for one in kinds.names():
        found = kinds.latest(one)
        if found.name.zh in words or found.sheet in words or found.name.en in words:
            return [one]
    said = words.lower()
    return [one for one, some in WORDS.items() if any(word in said for word in some)]
