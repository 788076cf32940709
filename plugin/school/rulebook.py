"""The rules by name: what people read, the unit, and what a school may type."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.school import rhythm

Value = int | bool | str | list[int]


class Unit(enum.StrEnum):
    """What a value counts."""

    BYTES = "bytes"
    POINTS = "points"
    SCORE = "score"
    ITEMS = "items"
    MINUTES = "minutes"
    DAYS = "days"
    DAY_LIST = "day_list"
    YES_NO = "yes_no"
    MONTH_DAY = "month_day"
    RHYTHM = "rhythm"
    MONTHS = "months"
    YEARS = "years"
    DOLLARS = "dollars"
    HOURS = "hours"


@dataclass(frozen=True)
class Definition:
    """One rule: its name in code and data, its title on pages, its unit and bounds."""

    name: str
    title: Any
    unit: Unit
    least: int = 0
    most: int = 1_000_000


@dataclass(frozen=True)
class National:
    """One value of a national set."""

    from_year: int
    value: Value
    source: str
    fixed: bool
    inferred: bool


_MIB = 1_048_576
_BYTES: dict[str, Any] = {"unit": Unit.BYTES, "least": 65_536, "most": 100 * _MIB}
_POINTS: dict[str, Any] = {"unit": Unit.POINTS, "least": 10, "most": 1000}
_ITEMS: dict[str, Any] = {"unit": Unit.ITEMS, "least": 1, "most": 200}
_DAYS: dict[str, Any] = {"unit": Unit.DAYS, "least": 0, "most": 3650}

DEFINITIONS = {
    one.name: one
    for one in (
        Definition("outcome.document.max_bytes", _l("課程學習成果：文件檔大小上限"), **_BYTES),
        Definition("outcome.media.max_bytes", _l("課程學習成果：影音檔大小上限"), **_BYTES),
        Definition("outcome.summary.max_points", _l("課程學習成果：簡述字數上限"), **_POINTS),
        Definition("outcome.per_term.max", _l("課程學習成果：每學期可送出件數"), **_ITEMS),
        Definition("experience.document.max_bytes", _l("多元表現：證明文件大小上限"), **_BYTES),
        Definition("experience.media.max_bytes", _l("多元表現：影音檔大小上限"), **_BYTES),
        Definition("experience.summary.max_points", _l("多元表現：簡述字數上限"), **_POINTS),
        Definition("experience.per_year.max", _l("多元表現：每學年可上傳件數"), **_ITEMS),
        Definition("counselling.document.max_bytes", _l("課程諮詢紀錄：文件檔大小上限"), **_BYTES),
        Definition("counselling.summary.max_points", _l("課程諮詢紀錄：簡述字數上限"), **_POINTS),
        Definition("counselling.leaves_school", _l("課程諮詢紀錄是否提交中央資料庫"), Unit.YES_NO),
        Definition("counselling.shown_to_parent", _l("課程諮詢紀錄是否開放家長查看"), Unit.YES_NO),
        Definition("course.pass_mark", _l("修課紀錄：及格分數"), Unit.SCORE, 1, 100),
        Definition(
            "course.retake.capped", _l("修課紀錄：重修及格者，成績至多以及格分數採計"), Unit.YES_NO
        ),
        Definition(
            "course.class_89.needs_d",
            _l("修課紀錄：團體活動與彈性學習時間，限科目屬性 D 才採計與提交"),
            Unit.YES_NO,
        ),
        Definition("selection.outcomes.max", _l("每學年勾選課程學習成果件數上限"), **_ITEMS),
        Definition("selection.experiences.max", _l("每學年勾選多元表現件數上限"), **_ITEMS),
        Definition("admission.outcomes.max", _l("備審預覽：課程學習成果件數上限"), **_ITEMS),
        Definition("admission.experiences.max", _l("備審預覽：多元表現件數上限"), **_ITEMS),
        Definition("admission.text.max_points", _l("備審預覽：自述與綜整心得字數上限"), **_POINTS),
        Definition(
            "storage.per_student.max_bytes",
            _l("每位學生可用的檔案空間"),
            Unit.BYTES,
            50 * _MIB,
            100 * 1024 * _MIB,
        ),
        Definition("export.keep_days", _l("個人匯出檔保存天數"), Unit.DAYS, 1, 90),
        Definition("export.by_parent", _l("是否開放家長匯出子女的學習歷程檔案"), Unit.YES_NO),
        Definition(
            "upload.grace_minutes", _l("截止前開始的上傳，寬限完成的分鐘數"), Unit.MINUTES, 0, 120
        ),
        Definition(
            "upload.after_ceremony.min_days", _l("休業式後，成果上傳至少開放的天數"), **_DAYS
        ),
        Definition(
            "submission.link_days",
            _l("公版名冊的檔案連結：下載網址有效幾天（0 表示填檔案包內的路徑）"),
            **_DAYS,
        ),
        Definition("receipt.window.min_days", _l("收訖明細確認至少開放的天數"), **_DAYS),
        Definition("draft.keep_days", _l("草稿檔案保存天數"), Unit.DAYS, 30, 3650),
        Definition("certification.digest", _l("教師待認證摘要信：多久寄一次"), Unit.RHYTHM),
        Definition(
            "certification.substitute.remind_days", _l("代理期滿前幾天提醒"), Unit.DAYS, 0, 30
        ),
        Definition("reminder.days_before", _l("截止前幾天提醒"), Unit.DAY_LIST, 1, 60),
        Definition("calendar.ceremony.term1", _l("第 1 學期休業式日期（月-日）"), Unit.MONTH_DAY),
        Definition("calendar.ceremony.term2", _l("第 2 學期休業式日期（月-日）"), Unit.MONTH_DAY),
        Definition("case.procedural_days", _l("環教認證：程序審查期限"), Unit.DAYS, 1, 60),
        Definition("case.fee_days", _l("環教認證：繳費期限"), Unit.DAYS, 1, 90),
        Definition("case.review_months", _l("環教認證：繳費後完成認證的期限"), Unit.MONTHS, 1, 24),
        Definition("case.correction_days", _l("環教認證：補正期限（預設）"), Unit.DAYS, 1, 90),
        Definition(
            "case.correction_pauses", _l("環教認證：補正期間，審查期限是否停止計算"), Unit.YES_NO
        ),
        Definition("case.warn_days", _l("環教認證：期限前幾天提醒"), Unit.DAY_LIST, 1, 60),
        Definition(
            "case.bank_grace_days", _l("環教認證：等待銀行入帳的寬限天數"), Unit.DAYS, 0, 30
        ),
        Definition("case.review_fee", _l("環教認證：審查費"), Unit.DOLLARS, 0, 100_000),
        Definition("case.postage", _l("環教認證：郵寄費"), Unit.DOLLARS, 0, 10_000),
        Definition("case.copies", _l("環教認證：審查所需文件份數"), Unit.ITEMS, 1, 20),
        Definition("case.draft_months", _l("環教認證：草稿保存期限"), Unit.MONTHS, 1, 24),
        Definition("case.code_minutes", _l("環教認證：信箱驗證碼有效時間"), Unit.MINUTES, 1, 60),
        Definition("case.code_tries", _l("環教認證：驗證碼可輸入次數"), Unit.ITEMS, 1, 20),
        Definition("case.reviewers.min", _l("環教認證：每件審查委員至少人數"), Unit.ITEMS, 1, 9),
        Definition("case.pass_score", _l("環教認證：審查及格分數"), Unit.SCORE, 1, 100),
        Definition("case.essay.min", _l("環教認證：環境素養說明建議字數（至少）"), **_POINTS),
        Definition("case.essay.max", _l("環教認證：環境素養說明建議字數（至多）"), **_POINTS),
        Definition(
            "case.paper.hours.max_bytes", _l("環教認證附件大小上限：24小時研習證明"), **_BYTES
        ),
        Definition(
            "case.paper.experience.max_bytes",
            _l("環教認證附件大小上限：環境教育推動經歷證明文件"),
            **_BYTES,
        ),
        Definition("case.paper.plan.max_bytes", _l("環教認證附件大小上限：環境教育計畫"), **_BYTES),
        Definition(
            "case.paper.results.max_bytes",
            _l("環教認證附件大小上限：環境教育計畫相關成果資料"),
            **_BYTES,
        ),
        Definition(
            "case.paper.filing.max_bytes",
            _l("環教認證附件大小上限：環境教育終身學習網填報"),
            **_BYTES,
        ),
        Definition(
            "case.paper.reference_administrative.max_bytes",
            _l("環教認證附件大小上限：行政類參考資料"),
            **_BYTES,
        ),
        Definition(
            "case.paper.lesson_plan.max_bytes",
            _l("環教認證附件大小上限：教案或自編環境教育講義"),
            **_BYTES,
        ),
        Definition(
            "case.paper.supporting.max_bytes",
            _l("環教認證附件大小上限：上述課程之佐證文件"),
            **_BYTES,
        ),
        Definition(
            "case.paper.reference_teaching.max_bytes",
            _l("環教認證附件大小上限：教學類參考資料"),
            **_BYTES,
        ),
        Definition(
            "case.paper.teacher_certificate.max_bytes",
            _l("環教認證附件大小上限：教師證書"),
            **_BYTES,
        ),
        Definition("case.paper.degree.max_bytes", _l("環教認證附件大小上限：學位證書"), **_BYTES),
        Definition(
            "case.paper.credits.max_bytes", _l("環教認證附件大小上限：學分證明文件"), **_BYTES
        ),
        Definition(
            "case.paper.works.max_bytes",
            _l("環教認證附件大小上限：著作或其他專長證明文件"),
            **_BYTES,
        ),
        Definition(
            "case.paper.recommendation.max_bytes", _l("環教認證附件大小上限：推薦書"), **_BYTES
        ),
        Definition(
            "case.paper.statement.max_bytes", _l("環教認證附件大小上限：具體事蹟說明"), **_BYTES
        ),
        Definition(
            "case.paper.examination.max_bytes",
            _l("環教認證附件大小上限：考試及格證明文件"),
            **_BYTES,
        ),
        Definition(
            "case.paper.training.max_bytes", _l("環教認證附件大小上限：訓練合格證明文件"), **_BYTES
        ),
        Definition(
            "case.paper.other.max_bytes", _l("環教認證附件大小上限：其他指定文件"), **_BYTES
        ),
        Definition("case.claim.max_bytes", _l("環教認證：繳費證明檔案大小上限"), **_BYTES),
        Definition("case.hours.total", _l("環教認證：應備研習時數"), Unit.HOURS, 1, 500),
        Definition("case.hours.topic", _l("環教認證：五項議題每項至少時數"), Unit.HOURS, 0, 100),
        Definition("case.hours.elective", _l("環教認證：選修兩類每類至少時數"), Unit.HOURS, 0, 100),
        Definition("case.hours.proof.max_bytes", _l("環教認證：研習證明檔案大小上限"), **_BYTES),
        Definition("certificate.years", _l("環教證書：有效期限"), Unit.YEARS, 1, 50),
        Definition(
            "certificate.renewal.opens", _l("環教展延：到期前幾個月起受理"), Unit.MONTHS, 1, 24
        ),
        Definition(
            "certificate.renewal.closes", _l("環教展延：到期前幾個月截止"), Unit.MONTHS, 0, 24
        ),
        Definition("certificate.renewal.hours", _l("環教展延：應備研習時數"), Unit.HOURS, 1, 500),
        Definition(
            "certificate.renewal.digital", _l("環教展延：數位課程至多採計時數"), Unit.HOURS, 0, 500
        ),
        Definition(
            "certificate.remind_days", _l("環教展延：受理前後幾天提醒"), Unit.DAY_LIST, 1, 400
        ),
    )
}
"""Every rule of the product, in the order of the settings page."""


@lru_cache
def national() -> dict[str, tuple[National, ...]]:
    """Every rule's national values, oldest first.

    :raises ValueError: the data name a rule that has no definition, or leave one without value.
    """
    data = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
    sources: dict[str, str] = data["sources"]
    found: dict[str, list[National]] = {name: [] for name in DEFINITIONS}
    for one in sorted(data["sets"], key=lambda one: one["from_year"]):
        for name, row in one["rules"].items():
            if name not in found:
                raise ValueError(f"rules.yaml: {name} has no definition")
            found[name].append(
                National(
                    from_year=one["from_year"],
                    value=row["value"],
                    source=sources[row["source"]],
                    fixed=row.get("fixed", False),
                    inferred=row.get("inferred", False),
                )
            )
    if missing := [name for name, rows in found.items() if not rows]:
        raise ValueError(f"rules.yaml: no value for {missing}")
    return {name: tuple(rows) for name, rows in found.items()}


def check(name: str, value: Value) -> str:
    """What is wrong with `value` for the rule `name`, in plain words; empty when nothing is."""
    definition = DEFINITIONS[name]
    if definition.unit is Unit.YES_NO:
        return "" if isinstance(value, bool) else _("請選「是」或「否」。")
    if definition.unit is Unit.RHYTHM:
        return "" if rhythm.valid(value) else _("請由清單選擇。")
    if definition.unit is Unit.MONTH_DAY:
        pattern = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return ""
        return _("請填「月-日」，各兩位數，例如 01-20。")
    if definition.unit is Unit.DAY_LIST:
        numbers = value if isinstance(value, list) else [-1]
        if numbers and all(_within(definition, one) for one in numbers):
            return ""
        return _(
            "請填 %(least)s 到 %(most)s 之間的天數，以逗號分隔，例如 7,3,1。",
            least=definition.least,
            most=definition.most,
        )
    if _within(definition, value):
        return ""
    return _(
        "請填 %(least)s 到 %(most)s 之間的整數。",
        least=f"{definition.least:,}",
        most=f"{definition.most:,}",
    )


def say(name: str, value: Value) -> str:
    """`value` with its unit, as people read it."""
    unit = DEFINITIONS[name].unit
    if unit is Unit.RHYTHM:
        return rhythm.say(str(value))
    if unit is Unit.YES_NO:
        return _("是") if value else _("否")
    if unit is Unit.DAY_LIST and isinstance(value, list):
        return _("%(days)s 天前", days=_("、").join(str(one) for one in value))
    if unit is Unit.BYTES and isinstance(value, int):
        whole = value % _MIB == 0
        number = f"{value // _MIB}" if whole else f"{value / _MIB:.2f}"
        return _("%(size)s MB（%(bytes)s 位元組）", size=number, bytes=f"{value:,}")
    words = {
        Unit.POINTS: _("%(n)s 字", n=value),
        Unit.SCORE: _("%(n)s 分", n=value),
        Unit.ITEMS: _("%(n)s 件", n=value),
        Unit.MINUTES: _("%(n)s 分鐘", n=value),
        Unit.DAYS: _("%(n)s 天", n=value),
        Unit.MONTHS: _("%(n)s 個月", n=value),
        Unit.YEARS: _("%(n)s 年", n=value),
        Unit.DOLLARS: _("新臺幣 %(n)s 元", n=value),
        Unit.HOURS: _("%(n)s 小時", n=value),
    }
    return words.get(unit, str(value))


def _within(definition: Definition, value: Any) -> bool:
    return type(value) is int and definition.least <= value <= definition.most
