"""What the house itself keeps about a person: the roster, notices, drafts of forms, the audit."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db, retention
from plugin.drafts.models import FormDraft
from plugin.school import queries as school
from plugin.school.models import (
    ClassSeat,
    CourseTeacher,
    Enrolment,
    Guardian,
    PersonKind,
    RoleGrant,
)
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding
from plugin.trail.models import AuditEvent, Message


@holdings.kept
def _roster(about: About) -> list[Holding]:
    """The school's own record of the person, and where the roster names them."""
    person = school.person(about.school_id, about.person_id) if about.person_id else None
    if person is None:
        return []
    if person.kind is PersonKind.APPLICANT:
        return [
            Holding(
                _("申請人資料：姓名、電子信箱，以及加密保存的統一編號"), 1,
                _("辨認您是哪一位申請人。"), retention.until("application"), 10,
            )
        ]  # fmt: skip
    record = _("校內名冊：姓名、學號或教職員編號、電子郵件")
    if person.national_id or person.birthday:
        record = _("校內名冊：姓名、學號或教職員編號、電子郵件，以及加密保存的身分證號與生日")
    lines = _count(ClassSeat, ClassSeat.student_id, person.id)
    lines += _count(Enrolment, Enrolment.student_id, person.id)
    lines += _count(CourseTeacher, CourseTeacher.person_id, person.id)
    roles = _count(RoleGrant, RoleGrant.person_id, person.id)
    family = _count(Guardian, Guardian.parent_id, person.id)
    family += _count(Guardian, Guardian.student_id, person.id)
    until = retention.until("roster")
    return [
        Holding(record, 1, _("辨認您是校內的哪一位。"), until, 10),
        Holding(
            _("班級、修課與授課資料"), lines,
            _("決定您可以繳交或認證哪些課程的成果。"), until, 12,
        ),
        Holding(_("校務角色的授予紀錄"), roles, _("決定您能使用哪些頁面。"), until, 14),
        Holding(
            _("家長與學生的關係"), family, _("讓家長只看到自己的子女。"), until, 16
        ),
    ]  # fmt: skip


@holdings.kept
def _traces(about: About) -> list[Holding]:
    """Notices, unfinished forms, and what the person did."""
    if about.person_id is None:
        return []
    return [
        Holding(
            _("給您的通知"), _count(Message, Message.person_id, about.person_id),
            _("告訴您期限、認證結果與收件情形。"), retention.until("message"), 70,
        ),
        Holding(
            _("還沒送出的表單草稿（加密保存）"),
            _count(FormDraft, FormDraft.person_id, about.person_id),
            _("讓您可以稍後繼續填寫。"), retention.until("form_draft"), 72,
        ),
        Holding(
            _("您的操作紀錄（稽核）"), _count(AuditEvent, AuditEvent.actor_id, about.person_id),
            _("證明誰在何時做了什麼；只記編號，不記內容。"),
            retention.until("audit"), 80,
        ),
    ]  # fmt: skip


def _count(table: type[db.Base], column: sa.orm.InstrumentedAttribute, person_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(column == person_id)
    return db.reading().scalar(query) or 0
