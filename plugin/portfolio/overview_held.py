"""What the overviews keep about a person."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db, retention
from plugin.portfolio.models import AdmissionPreview, PortfolioExport, Reminder
from plugin.school import rules as school_rules
from plugin.school import terms
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding


@holdings.kept
def _overviews(about: About) -> list[Holding]:
    """Exports, the admission preview, reminders."""
    if about.person_id is None:
        return []
    year = terms.term_of(clock.today()).academic_year
    days = school_rules.number(about.school_id, retention.row("export").rule, year)
    return [
        Holding(
            _("您要求過的匯出"),
            _count(PortfolioExport, PortfolioExport.asked_by_id == about.person_id),
            _("記下誰在何時帶走了資料。"),
            _("匯出檔保留 %(days)s 天；要求的紀錄與學習歷程檔案相同。", days=days),
            30,
        ),
        Holding(
            _("備審預覽"),
            _count(AdmissionPreview, AdmissionPreview.student_id == about.person_id),
            _("記下您選擇與寫下的內容，沒有送給任何學校。"),
            _("在學期間。"),
            31,
        ),
        Holding(
            _("提醒紀錄"), _count(Reminder, Reminder.person_id == about.person_id),
            _("讓同一個人一天最多收到一次提醒。"), _("在學期間。"), 32,
        ),
    ]  # fmt: skip


def _count(table: type[db.Base], *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*conditions)
    return db.reading().scalar(query) or 0
