"""Where a sentence names people, by the words beside a name: 陳老師, 同學王小明, Ms. Chen.

Names of this school's own people are known better (`queries.named`); this finds those that stand
nowhere, such as a parent's or a pupil's of another school.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURNAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高潘簡朱鍾游詹彭胡施沈余盧梁趙顏柯翁魏孫戴"
    "范方宋鄧杜侯傅曹薛丁卓馬董唐藍石紀姚古馮歐程湯田康姜汪鄒白巫尤涂鐘黎龔嚴韓袁阮童陸夏柳凃邵錢溫伍倪雷"
    "萬饒尹譚毛龍金甘駱官喬史牟祝褚辛崔俞武任秦殷章關向項常包連粘管蔣孔賀熊段萧谷鄔練孟華符池岳解車"
)
_DOUBLE = "歐陽|司馬|上官|諸葛|司徒|端木|皇甫|尉遲|公孫|范姜|張簡|張廖|江謝|徐辜|葉劉|呂游"
_NO_NAME = "任課|任教|程諮詢|程輔導|高[一二三中級職年]|項目|關於|常常|包括|包含|向|連絡|管理"
_SURNAME = rf"(?!{_NO_NAME})(?:{_DOUBLE}|[{_SURNAMES}])"
_TITLE = (
    "老師|教師|同學|主任|組長|教官|校長|導師|班導|教授|先生|小姐|女士|太太|媽媽|爸爸|學長|學姊|學姐|學弟|學妹"
    "|課諮師|輔導員"
)
_BEFORE = re.compile(
    rf"(?:{_SURNAME}[\u4e00-\u9fff]{{0,2}}?|[小阿][\u4e00-\u9fff])(?=\s?(?:{_TITLE}))"
)
_AFTER = re.compile(
    rf"(?:(?<!我的)(?:同學|學生|老師|教師|家長|孩子|兒子|女兒|弟弟|妹妹|我叫|我是|名叫|叫做|我姓|姓名)(?:是|為|叫)?"
    rf"[\s:、]*)(?P<name>{_SURNAME}[\u4e00-\u9fff]{{1,2}})"
)
_LATIN = re.compile(
    r"\b(?:mr|ms|mrs|miss|mister|dr|prof|professor|teacher|my name is|i am|i'm)\b\.?\s+"
    r"(?P<name>[a-z][a-z'-]+(?:\s+(?-i:[A-Z])[a-z'-]+)?)"
    r"|(?P<other>[a-z][a-z'-]+)\s?(?:老師|同學|教師|主任)",
    re.IGNORECASE,
)


def called(plain: str) -> Iterator[tuple[int, int]]:
    """Places of names in a text of half width and Traditional characters."""
    for found in _BEFORE.finditer(plain):
        yield found.span()
    for found in _AFTER.finditer(plain):
        yield found.span("name")
    for found in _LATIN.finditer(plain):
        yield found.span("name" if found["name"] else "other")
