"""Which of the ten kinds of experience words are about."""

from __future__ import annotations

from plugin.portfolio import kinds

WORDS: dict[str, tuple[str, ...]] = {
    "post": ("幹部", "班長", "副班長", "股長", "社長", "副社長", "會長", "小老師", "officer"),
    "contest": (
        "競賽", "比賽", "獎狀", "得獎", "科展", "第一名", "第二名", "第三名", "佳作", "錦標賽",
        "小論文", "奧林匹亞", "contest", "competition", "award",
    ),
    "licence": (
        "證照", "檢定", "英檢", "多益", "TOEIC", "JLPT", "日檢", "托福", "雅思", "丙級", "乙級",
        "licence", "license", "certificate",
    ),
    "service": ("服務學習", "志工", "義工", "服務時數", "志願服務", "volunteer", "service"),
    "flexible": (
        "彈性學習", "自主學習", "選手培訓", "充實", "增廣", "補強", "微課程",
        "self-directed", "flexible",
    ),
    "group": ("團體活動", "社團", "班級活動", "自治會", "週會", "講座", "成發", "club"),
    "workplace": ("職場", "實習", "工讀", "見習", "打工", "企業參訪", "internship", "workplace"),
    "work": ("作品", "微電影", "創作", "專利", "work of"),
    "precollege": ("先修", "大學課程", "AP課程", "precollege", "early college"),
    "other": ("其他", "營隊", "研習", "展演", "交流", "夏令營", "冬令營", "camp", "workshop"),
}  # fmt: skip
"""Kind → what people call it, and what belongs there."""


def named(words: str) -> list[str]:
    """The kinds that words name or tell of; several where they may be either ("社團幹部").

    A kind's whole name (or that of its roster sheet) leaves no doubt.
    """
    for one in kinds.names():
        found = kinds.latest(one)
        if found.name.zh in words or found.sheet in words or found.name.en in words:
            return [one]
    said = words.lower()
    return [one for one, some in WORDS.items() if any(word.lower() in said for word in some)]
