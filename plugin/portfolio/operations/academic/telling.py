"""Who hears of a report and of its answer."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin import clock
from plugin.actor import Role
from plugin.portfolio.models import CaseArea, CaseState, RecordCase, TermWorkbook
from plugin.school import queries as school_queries
from plugin.trail.notify import notify

KEEPERS = {
    CaseArea.BASIC: Role.REGISTRY,
    CaseArea.POSTS: Role.STUDENT_AFFAIRS,
    CaseArea.COURSES: Role.REGISTRY,
}
"""Whose case it is (SPEC §1; seed 002: 學籍、成績由註冊組, 幹部紀錄由學務處)."""


def reported(case: RecordCase) -> None:
    """Whoever has to look at it hears in the inbox; of whom, says the page."""
    keepers = school_queries.people_holding(case.school_id, KEEPERS[case.area], clock.today())
    notify(
        [one.id for one in keepers],
        _("有學生回報資料錯誤"),
        _("有一件新的錯誤回報等待查明與答覆。"),
        f"/academic/cases/{case.id}",
        school_id=case.school_id,
        mail=False,
    )


def answered(case: RecordCase) -> None:
    """The student hears what came of it."""
    corrected = case.state is CaseState.CORRECTED
    notify(
        [case.student_id],
        _("您回報的資料錯誤已更正") if corrected else _("您回報的資料錯誤已有答覆"),
        _("「%(about)s」：%(answer)s", about=case.about, answer=case.answer),
        "/academic/mine",
        school_id=case.school_id,
        mail=True,
    )


def made(workbook: TermWorkbook, name: str) -> None:
    """Whoever asked for a workbook may fetch it."""
    if workbook.made_by_id is None:
        return
    notify(
        [workbook.made_by_id],
        _("名冊已經製作完成"),
        _("「%(name)s」第 %(version)s 版可以下載。", name=name, version=workbook.version),
        f"/academic/workbooks/{workbook.id}",
        school_id=workbook.school_id,
        mail=False,
    )
