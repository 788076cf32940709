"""What the entrance keeps about a person: the account as the LMS sent it, and its visits."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from plugin import db, retention
from plugin.entrance.models import LaunchPerson, LaunchSession, TermsAnswer
from plugin.settings import Settings
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding


@holdings.kept
def _account(about: About) -> list[Holding]:
    """Accounts of learning platforms, sessions that still stand, answers to the terms."""
    accounts = select_accounts(about)
    settings: Settings = current_app.extensions["licheng.settings"]
    stays = retention.until("account")
    return [
        Holding(
            _("學習平臺的帳號：平臺送來的姓名、電子郵件、編號"),
            _count(LaunchPerson, LaunchPerson.id.in_(accounts)),
            _("認出從平臺進來的是您。"), stays, 30,
        ),
        Holding(
            _("登入階段"), _sessions(about, accounts),
            _("讓您開啟頁面後不必一再登入。"),
            _(
                "最長 %(hours)s 小時，結束後再過 %(after)s 天刪除。"
                "平臺登入的技術紀錄不含個人資料，保存 %(days)s 天。",
                hours=settings.session_hours,
                after=retention.row("session").days,
                days=retention.row("launch_log").days,
            ),
            32,
        ),
        Holding(
            _("對使用約定的答覆"), _count(TermsAnswer, TermsAnswer.launch_person_id.in_(accounts)),
            _("證明您在何時同意或不同意哪一個版本。"), retention.until("terms_answer"), 34,
        ),
    ]  # fmt: skip


def select_accounts(about: About) -> sa.Select[int]:
    """The accounts that are this person's: the one asked about, and all bound to the same."""
    query = sa.select(LaunchPerson.id).where(LaunchPerson.school_id == about.school_id)
    if about.person_id is None:
        return query.where(LaunchPerson.id == about.launch_person_id)
    return query.where(
        sa.or_(LaunchPerson.id == about.launch_person_id, LaunchPerson.person_id == about.person_id)
    )


def _sessions(about: About, accounts: sa.Select[int]) -> int:
    """After launches, and of visits by a mailed code."""
    visits = sa.and_(
        LaunchSession.person_id.is_not(None), LaunchSession.person_id == about.person_id
    )
    of_person = sa.or_(LaunchSession.launch_person_id.in_(accounts), visits)
    return _count(LaunchSession, LaunchSession.school_id == about.school_id, of_person)


def _count(table: type[db.Base], *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*conditions)
    return db.reading().scalar(query) or 0
