"""What is kept how long, and what happens then: one table, `retention.yaml` (SPEC §1).

Whatever ends something by itself takes its row from here and asks the row until when; a record
without a row, or whose row says that it stays, cannot be ended (`NothingEnds`). Recurring work
names the rows it acts on when it registers (`plugin.schedule.recurring`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock


class NothingEnds(LookupError):
    """No row allows to end such a record: a mistake in the program, never a person's."""

    code = "NO_RETENTION_ROW"


class Action(enum.StrEnum):
    """What happens when the time is over."""

    KEEP = "keep"
    DELETE = "delete"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True)
class Row:
    """How long one kind of record is kept, since a day.

    :param keep: the period; None where it stays or where a rule of the school says it.
    :param over: counted from the record's own end, not from when it was made.
    :param rule: the school's rule that says the period (`plugin.school.rules`), or "".
    :param slots: the vault's slots whose drafts it governs.
    :param inferred: no source states it; the product chose it.
    """

    name: str
    action: Action
    from_day: date
    source: str
    keep: timedelta | None = None
    over: bool = False
    rule: str = ""
    slots: tuple[str, ...] = ()
    inferred: bool = False

    @property
    def period(self) -> timedelta:
        """:raises NothingEnds: it stays, or the school's rule says the period."""
        if self.action is Action.KEEP or self.keep is None:
            raise NothingEnds(self.name)
        return self.keep

    @property
    def days(self) -> int:
        """The period in whole days."""
        return self.period.days

    def before(self, now: datetime) -> datetime:
        """What is from before this moment has had its time.

        :raises NothingEnds: the row allows no end.
        """
        return now - self.period


_RULES = _l("在學期間及學校學習歷程檔案補充規定的年限；離校或轉學時可以匯出帶走。")
_OFFICIAL = _l("提交中央資料庫的依據，依法令保存，不因停止使用而刪除。")
_OFFICIAL_CASE = _l("核發機關的審查紀錄，依檔案法令保存，不因停止使用而刪除。")
_ROSTER = _l("在學或在職期間，離校後依學校學籍與人事規定的年限。")
_TRAIL = _l("與所記載的業務紀錄同期保存，任何人都不能更改或刪除。")
_USE = _l("學校使用歷程的期間；不再使用時可以請註冊組處理。")

TITLES: dict[str, Any] = {
    "outcome": _l("課程學習成果（含草稿）"),
    "experience": _l("多元表現（含草稿）"),
    "accepted_file": _l("已收下的檔案與收件回條"),
    "selection": _l("學年勾選"),
    "certification": _l("認證紀錄"),
    "course_record": _l("基本資料與修課紀錄"),
    "submission": _l("已提交的成果資料"),
    "counselling": _l("課程諮詢紀錄"),
    "roster": _l("班級、修課與授課資料"),
    "account": _l("學習平臺的帳號：平臺送來的姓名、電子郵件、編號"),
    "terms_answer": _l("對使用約定的答覆"),
    "message": _l("給您的通知"),
    "form_draft": _l("還沒送出的表單草稿（加密保存）"),
    "conversation": _l("對話紀錄（加密保存）"),
    "audit": _l("稽核紀錄"),
    "file_opening": _l("檔案連結的開啟紀錄"),
    "job": _l("背景工作的進度與結果"),
    "draft_file": _l("草稿檔案"),
    "application": _l("已送出的環教認證申請案"),
    "application_draft": _l("還沒送出的環教認證申請案（個人資料與附件）"),
    "exchange_part": _l("轉入途中、還沒完成的檔案"),
    "export": _l("個人匯出檔"),
    "download": _l("依要求製作的下載檔"),
    "import_file": _l("名冊匯入的原檔"),
    "import_faults": _l("匯入錯誤清單"),
    "staging": _l("中斷的上傳"),
    "too_large": _l("超過上限、等候縮小的檔案"),
    "preview": _l("文件預覽圖"),
    "half_made": _l("中斷的報表製作"),
    "login": _l("沒有完成的登入"),
    "session": _l("登入階段"),
    "entry_code": _l("電子信箱驗證碼"),
    "door_mark": _l("公開頁面的查詢次數紀錄（只有雜湊值）"),
    "launch_log": _l("平臺登入的技術紀錄"),
    "refusal_tally": _l("登入遭拒的計數"),
    "service_token": _l("平臺服務的存取權杖"),
    "platform_notice": _l("平臺送來的課程通知"),
    "tool_key": _l("停用的簽章金鑰"),
}
"""Every record of the table as pages call it, in their order."""

UNTIL: dict[str, Any] = {
    "outcome": _RULES,
    "experience": _RULES,
    "accepted_file": _RULES,
    "selection": _RULES,
    "certification": _OFFICIAL,
    "course_record": _OFFICIAL,
    "submission": _OFFICIAL,
    "application": _OFFICIAL_CASE,
    "counselling": _l("在學期間及學校規定的年限；登錄後不刪除，作廢的也保留原因。"),
    "roster": _ROSTER,
    "account": _USE,
    "terms_answer": _USE,
    "message": _l("與您的名冊資料相同。"),
    "form_draft": _l("送出或放棄時刪除。"),
    "audit": _TRAIL,
    "file_opening": _TRAIL,
    "job": _USE,
}
"""What is said of records that no program ends."""


def row(name: str, on: date | None = None) -> Row:
    """The row that holds for a kind of record on a day (today).

    :raises NothingEnds: the table does not name it.
    """
    found = table().get(name)
    if found is None:
        raise NothingEnds(name)
    day = on or clock.today()
    return max(
        (one for one in found if one.from_day <= day), key=lambda one: one.from_day,
        default=found[0],
    )  # fmt: skip


def require(name: str) -> None:
    """:raises NothingEnds: no row of this record has ever allowed it to end."""
    if all(one.action is Action.KEEP for one in table().get(name, ())):
        raise NothingEnds(name)


def rows(on: date | None = None) -> list[Row]:
    """Every row as it holds on a day."""
    return [row(name, on) for name in TITLES]


def of_files(on: date | None = None) -> list[Row]:
    """The rows that draft files of the vault end by."""
    return [one for one in rows(on) if one.slots and one.action is Action.TOMBSTONE]


def slots_of(some: Iterable[Row]) -> list[str]:
    """The slots that rows govern.

    :raises NothingEnds: one of the rows allows no tombstone.
    """
    some = list(some)
    for one in some:
        if one.action is not Action.TOMBSTONE:
            raise NothingEnds(one.name)
    return sorted(slot for one in some for slot in one.slots)


def until(name: str) -> str:
    """How long a record is kept that no program ends, in words."""
    return str(UNTIL[name])


def say(one: Row, rule_days: int | None = None) -> str:
    """The period of a row as people read it.

    :param rule_days: what the school's rule says, where the row refers to one.
    """
    if one.action is Action.KEEP:
        return until(one.name)
    keep = timedelta(days=rule_days) if one.rule and rule_days is not None else one.period
    if not keep:
        return _("到失效為止")
    if keep.days:
        words = _("%(n)s 天", n=keep.days)
    elif keep >= timedelta(hours=1):
        words = _("%(n)s 小時", n=keep // timedelta(hours=1))
    else:
        words = _("%(n)s 分鐘", n=keep // timedelta(minutes=1))
    return _("失效後 %(period)s", period=words) if one.over else words


@lru_cache
def table() -> dict[str, tuple[Row, ...]]:
    """Every record's rows, oldest first.

    :raises ValueError: a record has no title or no row, or a row no period; a slot stands twice.
    """
    data = yaml.safe_load(Path(__file__).with_name("retention.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[Row]] = {name: [] for name in TITLES}
    for one in sorted(data["sets"], key=lambda one: one["from"]):
        taken: set[str] = set()
        for name, said in one["records"].items():
            if name not in found:
                raise ValueError(f"retention.yaml: {name} has no title")
            made = _row(name, one["from"], said, data["sources"])
            if taken & set(made.slots):
                raise ValueError(f"retention.yaml: {name} names a slot that another row governs")
            taken |= set(made.slots)
            found[name].append(made)
    if missing := [name for name, some in found.items() if not some]:
        raise ValueError(f"retention.yaml: no row for {missing}")
    return {name: tuple(some) for name, some in found.items()}


def _row(name: str, from_day: date, said: dict[str, Any], sources: dict[str, str]) -> Row:
    action, rule = Action(said["action"]), said.get("rule", "")
    keep = timedelta(**said["keep"]) if "keep" in said else None
    if (action is Action.KEEP) is not (keep is None and not rule):
        raise ValueError(f"retention.yaml: {name} says neither that it stays nor how long")
    if action is Action.KEEP and name not in UNTIL:
        raise ValueError(f"retention.yaml: {name} stays, and no words say how long")
    return Row(
        name,
        action,
        from_day,
        sources[said["source"]],
        keep,
        said.get("since") == "over",
        rule,
        tuple(said.get("slots", ())),
        said.get("inferred", False),
    )
