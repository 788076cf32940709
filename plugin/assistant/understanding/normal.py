"""One spelling for what people type, character by character.

Every step replaces characters by as many characters, so a position in the normal form is the same
position in the text: the offset map is the identity, and it cannot go wrong. Full width becomes
half width, Simplified becomes Traditional (single characters by OpenCC's tables; where one
character has several, by the words of this product), letters become small, emoji become one of
a few signs, 注音文 becomes words, common typing mistakes become what was meant.
"""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

YES, NO, OTHER = "👍", "👎", " "
KEPT = YES + NO + "👋🔙⬅🛑"
"""Pictures that say something by themselves."""

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("👌✅⭕🆗🙆✔☑💯", YES),
        **dict.fromkeys("❌🙅✖❎⛔🚫", NO),
        **dict.fromkeys("\ufe0f\u200d\u200b\ufeff\u00a0\t\r\n", OTHER),
        **dict.fromkeys("「『“”〝", '"'),
        **dict.fromkeys("」』〞", '"'),
        **dict.fromkeys("《〈【〔", "《"),
        **dict.fromkeys("》〉】〕", "》"),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("–—―−─", "-"),
        **dict.fromkeys("∼〜", "~"),
        "。": ".",
        "、": "、",
        "…": ".",
    }
)
_EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF]")
_BOPOMOFO = str.maketrans(
    "ㄉㄇㄅㄌㄚㄋㄛㄟㄏㄍㄊㄝㄜㄘㄗㄙㄈ", "的嗎吧了啊呢喔欸呵個他也呃吃自是吧"
)
_VARIANTS = str.maketrans(
    "台証啓着峯羣卽册裏綫麽妳祂牠它爲說", "臺證啟著峰群即冊裡線麼你他他他為說"
)
_WORDS = {
    # OpenCC's single characters choose one Traditional form; these words want the other
    "餘老師": "余老師",
    "誌工": "志工",
    "雜志": "雜誌",
    "日志": "日誌",
    "製度": "制度",
    "復習": "複習",
    "復雜": "複雜",
    "復選": "複選",
    "聯系": "聯繫",
    "麵試": "面試",
    "制作": "製作",
    "錄制": "錄製",
    # typing mistakes: same sound or same look
    "上船": "上傳",
    "尚傳": "上傳",
    "商傳": "上傳",
    "上川": "上傳",
    "傷傳": "上傳",
    "任證": "認證",
    "認怔": "認證",
    "忍證": "認證",
    "認政": "認證",
    "呈果": "成果",
    "習成過": "習成果",
    "習成國": "習成果",
    "習程果": "習成果",
    "習乘果": "習成果",
    "元表線": "元表現",
    "元表縣": "元表現",
    "元錶現": "元表現",
    "學系成果": "學習成果",
    "多圓": "多元",
    "多原": "多元",
    "多員": "多元",
    "勾宣": "勾選",
    "溝選": "勾選",
    "鉤選": "勾選",
    "勾遠": "勾選",
    "補肋": "補助",
    "輔助": "補助",
    "捕助": "補助",
    "截只": "截止",
    "節止": "截止",
    "截指": "截止",
    "結止": "截止",
    "歷成": "歷程",
    "曆程": "歷程",
    "歷呈": "歷程",
    "確任": "確認",
    "缺認": "確認",
    "查尋": "查詢",
    "查循": "查詢",
    "察詢": "查詢",
    "報明": "報名",
    "抱名": "報名",
    "名測": "名冊",
    "名策": "名冊",
    "退會": "退回",
    "推回": "退回",
    "退迴": "退回",
    "徹回": "撤回",
    "撒回": "撤回",
    "扯回": "撤回",
    "提教": "提交",
    "題醒": "提醒",
    "指摽": "指標",
    "指票": "指標",
    "收迄": "收訖",
    "收契": "收訖",
    "收乞": "收訖",
    "名細": "明細",
    "冥細": "明細",
    "資詢": "諮詢",
    "咨詢": "諮詢",
    "諮訊": "諮詢",
    "茲詢": "諮詢",
    "紀綠": "紀錄",
    "記錄": "紀錄",
    "紀路": "紀錄",
    "導施": "導師",
    "匯處": "匯出",
    "彙出": "匯出",
    "匯近": "匯入",
    "彙入": "匯入",
    "刪徐": "刪除",
    "取銷": "取消",
    "取削": "取消",
    "身請": "申請",
    "伸請": "申請",
    "申晴": "申請",
    "審察": "審查",
    "審茶": "審查",
    "老書": "老師",
    "老溼": "老師",
    "老獅": "老師",
    "幫握": "幫我",
    "邦我": "幫我",
    "梆我": "幫我",
    "國紋": "國文",
    "術學": "數學",
    "數雪": "數學",
    "英紋": "英文",
    "問券": "問卷",
    "問捲": "問卷",
    "展沿": "展延",
    "展研": "展延",
    "環較": "環教",
    "怎嘛": "怎麼",
    "怎摸": "怎麼",
    "怎磨": "怎麼",
    "甚麼": "什麼",
    "蛇麼": "什麼",
    "神麼": "什麼",
}
_TYPING = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))


@cache
def _traditional() -> dict[int, str]:
    """Simplified character → Traditional of Taiwan, from OpenCC's tables of single characters.

    OpenCC's ready-made `s2tw` keeps 44 MB of phrases in memory; the tables alone need 7 MB, and
    only until they are read.
    """
    import opencc

    tables = Path(opencc.__file__).parent / "clib" / "share" / "opencc"
    steps = [
        f'{{"dict": {{"type": "ocd2", "file": "{tables / name}"}}}}'
        for name in ("STCharacters.ocd2", "TWVariants.ocd2")
    ]
    config = (
        f'{{"name": "characters", "segmentation": {{"type": "mmseg", {steps[0][1:-1]}}},'
        f' "conversion_chain": [{", ".join(steps)}]}}'
    )
    characters = "".join(map(chr, range(0x4E00, 0xA000)))
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(config)
        file.flush()
        converted = opencc.OpenCC(file.name).convert(characters)
    return {ord(was): now for was, now in zip(characters, converted, strict=True) if was != now}


def width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones; same length."""
    return text.translate(_WIDTH)


def traditional(text: str) -> str:
    """Simplified characters as Traditional ones; same length."""
    return text.translate(_traditional()).translate(_VARIANTS)


def normal(text: str) -> str:
    """The normal form of a text, of the same length."""
    text = width(text).translate(_SIGNS)
    text = _EMOJI.sub(lambda found: found[0] if found[0] in KEPT else OTHER, text)
    text = traditional(text.translate(_BOPOMOFO))
    text = "".join(small if len(small := one.lower()) == 1 else one for one in text)
    return _TYPING.sub(lambda found: _WORDS[found[0]], text)
