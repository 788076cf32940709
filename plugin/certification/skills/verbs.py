"""What of several jobs of one intent is meant, by the words that people use for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from plugin.actor import Actor
from plugin.skills import Asked


def _patterns(told: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(words, re.IGNORECASE) for name, words in told.items()}


_ORAL = r"\b(oral|demonstration)s?\b"

OFFICE = _patterns(
    {
        "meeting": (
            r"會議|議程|決議|提會|(?<![已未沒])結案|\bmeetings?\b|\bagenda\b|\bresol|\bminutes\b"
        ),
        "drop": r"(撤回|取消|收回)(這[次件]|該)?補正|(drop|withdraw|take back) .*correction",
        "note": r"註記|備註|注記|\bnote\b",
        "correct": r"補正|補件|缺件|請(他|她|申請[人者])?補|请补|correction",
        "oral_end": (
            r"(口試|展示|演出|解說).*(結果|通過|不通過|合格|沒來|未到|缺席)"
            rf"|result.*{_ORAL}|{_ORAL}.*result"
        ),
        "oral_change": (
            r"(更改|改期|改時間|延期|換時間).*(口試|展示)|(口試|展示).*(改期|改到|延期|換時間)"
            rf"|(chang|postpon|reschedul|mov(e|ing)).*{_ORAL}"
        ),
        "oral_off": rf"(取消|停辦).*(口試|展示)|(cancel|call(ing)? off).*{_ORAL}",
        "oral": rf"口試|展示|{_ORAL}",
        "refuse": r"駁回|不通過|不予|不合格|不同意|駁|reject|refuse",
        "assign": r"指派|分派|分案|改派|派給|第三位|第三審|委員.*審查案?|assign|second opinion",
        "accept": (
            r"程序審?查?.*(通過|完成|好了|沒問題)|通知(他|她|申請[人者])?繳費|文件.*齊"
            r"|accept|pass the procedural"
        ),
        "take": r"受理|開始(程序)?審查|進入程序審查|收件|\btake\b|begin the procedural",
        "certify": r"核發證書|發證|通過|同意認證|可以過|准予|certify|approve|grant",
    }
)
"""The issuing office's, in the order in which they are believed."""

MEETING = _patterns(
    {
        "close": r"結案|\bclos(e|ing)\b",
        "remove": r"移出|移除|移掉|拿掉|拿下|撤下|抽掉|抽出|不排|off the agenda|remove",
        "add": (
            r"排入|排進|排到|提會|提到.*會議|列入|加入|加進|放進"
            r"|(put|add)\b.* (on|to) .*(agenda|meeting)"
        ),
        "edit": (
            r"(修改|更改|改|補填|補上|填|登[錄記]).*(會議(資料|名稱|日期|時間|地點)|主席|出席|紀錄人)"
            r"|會議.*(改到|改成|改在|改期)|(chang|edit).*meeting"
        ),
        "call": (
            r"(新增|召開|召集|安排|加開|再?開|訂|排)(?!入|進)[^，,。]*會議"
            r"|(new|call|hold|add|arrange)\b.*meeting"
        ),
        "resolve": r"決議|\bresol",
    }
)
"""About a meeting of the committee; none of them: somebody wants to look."""

REVIEWER = _patterns(
    {
        "declare": r"迴避|回避|聲明|利害|利益|衝突|conflict|declar|不能審|不方便審",
        "score": (
            r"評分|給分|打分|分數|評定|審查意見|審查表|意見[:：]|我給|[打給].{0,6}分|score|comment"
        ),
    }
)

LISTS = r"哪些|清單|列出|幾件|統計|比較|案件有|\blist\b|which|statistics"
"""Somebody wants to look, whatever else the words name."""

APPLYING = _patterns(
    {
        "withdraw": r"撤回|撤掉|不申請了|取消申請|withdraw",
        "correct": r"補正|補件|補資料|要求補|correction",
    }
)
"""An applicant's, about an application."""

STATUS = _patterns(
    {
        "publication": r"(改|不|更).*公開|公開(範圍|意願|個資|姓名)|通過名單.*公開|publish",
        "hours": r"時數|採計|議題|主題|幾小時|研習|hours?\b",
        "certificate": r"證書|效期|到期|有效|字號|證號|過期|certificate|expire|valid",
    }
)
"""What somebody asks about themselves."""

RENEWING = _patterns(
    {
        "withdraw": r"撤回|撤掉|withdraw",
        "log": (
            r"登[錄記]?.*(研習|時數|小時)|(研習|時數|證明).*(登[錄記]|上傳|加進|丟上來)|log .*hours"
        ),
        "hours": (
            r"(幾|多少|夠不夠|還差|還缺).*(小時|時數)|(小時|時數).*(幾|多少|夠不夠|還差|還缺)|採計"
        ),
    }
)


def of(known: Mapping[str, re.Pattern[str]], words: str, otherwise: str = "") -> str:
    """The first that the words hold."""
    return next((name for name, one in known.items() if one.search(words)), otherwise)


def is_(known: Mapping[str, re.Pattern[str]], *names: str) -> Callable[[Actor, Asked], bool]:
    """Whether one of these is meant; "" stands for none of them all."""

    def suits(_actor: Actor, asked: Asked) -> bool:
        return of(known, asked.words) in names

    return suits
