"""What the portfolio keeps about a person."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db, retention
from plugin.portfolio.models import (
    AdviceTemplate,
    Counselling,
    CounsellingState,
    CounsellingStudent,
    Decision,
    Experience,
    FileLook,
    Outcome,
    ReturnReason,
    Selection,
    SubmissionRow,
    Substitution,
)
from plugin.school import rules as school_rules
from plugin.school import terms
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding
from plugin.vault.models import FileState, StoredFile


@holdings.kept
def _portfolio(about: About) -> list[Holding]:
    """Outcomes, their files, selections, what was submitted; for a teacher, the decisions."""
    if about.person_id is None:
        return []
    rules = retention.until("outcome")
    year = terms.term_of(clock.today()).academic_year
    days = school_rules.number(about.school_id, retention.row("draft_file").rule, year)
    official = retention.until("submission")
    return [
        Holding(
            _("課程學習成果（含草稿）"), _count(Outcome, Outcome.student_id == about.person_id),
            _("上傳、認證、勾選與提交學習歷程檔案。"), rules, 20,
        ),
        Holding(
            _("多元表現（含草稿）"),
            _count(Experience, Experience.student_id == about.person_id),
            _("登錄、勾選與提交學習歷程檔案。"), rules, 21,
        ),
        Holding(
            _("您上傳的檔案"),
            _count(
                StoredFile,
                StoredFile.owner_id == about.person_id,
                StoredFile.state != FileState.PURGED,
            ),
            _("成果的內容與證明；定期查驗是否完好。"),
            _(
                "送出的檔案與成果相同；沒有送出的草稿檔保留 %(days)s 天，到期前會先通知您。",
                days=days,
            ),
            22,
        ),
        Holding(
            _("學年勾選"), _count(Selection, Selection.student_id == about.person_id),
            _("記下您要提交哪些成果。"), rules, 24,
        ),
        Holding(
            _("已提交的成果資料"),
            _count(SubmissionRow, SubmissionRow.student_id == about.person_id),
            _("學校每學年向學習歷程中央資料庫提交。"), official, 26,
        ),
        Holding(
            _("您做過的認證或退回"),
            _count(Decision, Decision.by_id == about.person_id),
            _("證明成果由哪位教師認證。"), official, 28,
        ),
        Holding(
            _("您開啟過的學生檔案"), _count(FileLook, FileLook.person_id == about.person_id),
            _("提醒您認證前還有哪些檔案沒有看過。"), rules, 29,
        ),
        Holding(
            _("您的常用退回原因"), _count(ReturnReason, ReturnReason.owner_id == about.person_id),
            _("退回成果時插入使用。"), _("到您自己刪除為止。"), 29,
        ),
        Holding(
            _("認證代理紀錄"),
            _count(
                Substitution,
                sa.or_(
                    Substitution.substitute_id == about.person_id,
                    Substitution.teacher_id == about.person_id,
                ),
            ),
            _("說明誰在什麼期間代理認證。"), official, 29,
        ),
    ]  # fmt: skip


@holdings.kept
def _counselling(about: About) -> list[Holding]:
    """Consultations of a student; what a counsellor wrote."""
    if about.person_id is None:
        return []
    until = retention.until("counselling")
    part = sa.select(CounsellingStudent.counselling_id).where(
        CounsellingStudent.student_id == about.person_id
    )
    kept = Counselling.state != CounsellingState.DRAFT
    return [
        Holding(
            _("課程諮詢紀錄"), _count(Counselling, Counselling.id.in_(part), kept),
            _("課程諮詢教師記下的諮詢經過與建議；只留在校內，不提交中央資料庫。"), until, 26,
        ),
        Holding(
            _("您登錄的課程諮詢紀錄"),
            _count(Counselling, Counselling.counsellor_id == about.person_id),
            _("課程諮詢教師的工作紀錄。"), until, 27,
        ),
        Holding(
            _("您的常用建議"), _count(AdviceTemplate, AdviceTemplate.owner_id == about.person_id),
            _("登錄諮詢時插入使用。"), _("到您自己刪除為止。"), 27,
        ),
    ]  # fmt: skip


def _count(table: type[db.Base], *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*conditions)
    return db.reading().scalar(query) or 0
