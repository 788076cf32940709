"""Short words that steer a conversation, whatever is being asked."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import yaml

_OPENERS = re.compile(r"^(?:那就|那|嗯|欸|ㄟ|喔|請|麻煩|我想|我要|幫我)+")
_CLOSERS = re.compile(r"(?:吧|啊|喔|哦|了啦|啦|好了|謝謝|感謝|please|thanks)+$")


def bare(text: str) -> str:
    """The words without marks, spaces and case, in half width."""
    told = unicodedata.normalize("NFKC", text).lower()
    return "".join(one for one in told if one.isalnum())


def _known() -> dict[str, str]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return {
        bare(one): name
        for name, phrases in yaml.safe_load(text).items()
        for one in phrases.split(",")
    }


_KNOWN = _known()


def command(text: str) -> str | None:
    """The command that these words are and nothing more; None for every longer sentence."""
    found = _whole(bare(text))
    return found or ("cancel" if _gives_up(text) else None)


def _whole(said: str) -> str | None:
    if said in _KNOWN:
        return _KNOWN[said]
    shorter = _CLOSERS.sub("", _OPENERS.sub("", said))
    return _KNOWN.get(shorter) if shorter else None


_CLAUSES = re.compile(r"[,，。、;；.!！~～…]+|(?<=[^\x00-\x7f])\s+")
_NO_MORE = re.compile(
    r"^(?:抱歉|不好意思|那|我|還是|就|覺得|今天|暫時|現在|還|先)*"
    r"(?:不想|不要|不用|不必|不|沒有要|沒要)(?:再|繼續)?"
    r"(?:[交傳送填弄做寫選勾辦用改登]|上傳|送出|繳交|撤回|認證|退回|匯出|提交|設定|提醒)"
    r"(?:這[件個份]|它|出去|下去)?(?:好了|了|啦|吧)+$"
)
_LATER = re.compile(
    r"^(?:我|等|之後|以後|下次|晚點|晚一點|改天|明天|過幾天|先|再|還要|還沒|要)+"
    r"(?:看看|看一下|說|想想|想一下|考慮|考慮一下|確認一下|問一下|問老師|弄|做|來|準備好)(?:吧|好了|了)?$"
)
MOST_GIVING_UP = 20
"""Characters of a sentence that gives up; in a longer one such words may be an answer."""


def _gives_up(text: str) -> bool:
    """ "太麻煩了，不填了", "先不要，我再看看": the last clause says so, or the first does and the
    rest puts it off."""
    clauses = [bare(one) for one in _CLAUSES.split(text)]
    clauses = [one for one in clauses if _CLOSERS.sub("", one)]
    if not clauses or sum(len(one) for one in clauses) > MOST_GIVING_UP:
        return False
    ends = [_NO_MORE.match(one) is not None or _whole(one) == "cancel" for one in clauses]
    return ends[-1] or (ends[0] and all(_LATER.match(one) for one in clauses[1:]))


_NOT_SO = re.compile(
    r"^\s*(?:欸|啊|喔|抱歉)?[\s,，]*(?:(?:我|剛剛|剛才)*(?:說錯|打錯|講錯|寫錯|弄錯|選錯|記錯)了"
    r"|不對|不是|錯了|不|no|wrong|更正|修正|喔不)[\s,，。、!！:：]*"
    r"(?:是|應該是|要改成|改成|改為|it'?s|should be)?[\s,，:：]*(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_CHANGE = re.compile(
    r"^\s*(?:我想|我要|請|幫我|把|將|麻煩|等一下|等等|actually|wait|sorry|please|change|rename"
    r"|set|make|(?:the|my)\b|[\s,，])*(?P<what>[^\s,，。:：]{1,20}?)\s*"
    r"(?:(?:[弄打寫選填]?錯了?|不對)[\s,，]*(?:應該是|是|要?改成)|要?改成|要?改為|更正為|換成|應該是"
    r"|changes? to|should be|is actually|to be|\bto\b)"
    r"\s*[:：]?\s*"
    r"(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_TOUCH = re.compile(
    r"^\s*(?:我想|我要|請|幫我|麻煩|等一下|等等|先|可以|i want to|can i|[\s,，])*"
    r"(?:修改|更改|更換|改一下|換一下|重填|重傳|改|換|change|edit|replace)(?:一下)?\s*"
    r"(?:the|my)?\s*(?P<what>\S.{0,30}?)\s*(?:嗎|\?|？)?$",
    re.IGNORECASE,
)


def correction(text: str) -> str | None:
    """The right value of "不對，是數學": "數學"; None when it is no correction."""
    found = _NOT_SO.match(text)
    return found["rest"].strip() if found else None


def change(text: str) -> tuple[str, str] | None:
    """What of which: "標題改成水質調查" → ("標題", "水質調查"); None otherwise."""
    found = _CHANGE.match(text)
    return (found["what"].strip(), found["rest"].strip()) if found else None


def touch(text: str) -> str | None:
    """What somebody wants to answer anew: "修改標題" → "標題"."""
    found = _TOUCH.match(text)
    return found["what"].strip() if found else None
