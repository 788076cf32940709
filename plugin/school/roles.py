"""The roles by name, and which of them somebody may give."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugin.actor import Role

LABELS = {
    Role.STUDENT: _l("學生"),
    Role.TEACHER: _l("教師"),
    Role.ADMINISTRATOR: _l("系統管理者"),
    Role.REGISTRY: _l("註冊組"),
    Role.STUDENT_AFFAIRS: _l("學務處"),
    Role.COUNSELLOR: _l("課程諮詢教師"),
    Role.HOMEROOM: _l("導師"),
    Role.SUBSTITUTE: _l("代理人"),
    Role.PARENT: _l("家長"),
    Role.EXCHANGE: _l("歷程交換人員"),
    Role.ISSUING_OFFICE: _l("核發機關承辦人"),
    Role.REVIEWER: _l("審查委員"),
    Role.APPLICANT: _l("申請人"),
    Role.TRAINING_UNIT: _l("開課單位"),
    Role.PROGRAMME_OFFICE: _l("計畫辦公室"),
    Role.IR_OFFICER: _l("校務研究人員"),
    Role.UNIT_STAFF: _l("填報人"),
}
"""What people read."""

FROM_ROSTER = frozenset({Role.STUDENT, Role.HOMEROOM, Role.SUBSTITUTE, Role.PARENT})
"""Held because the roster says so: a student's record, a class, a course, a child."""

BY_MAIL = frozenset({Role.APPLICANT})
"""Held by whoever came by a code mailed to them, without a launch, and only then."""

GRANTABLE = tuple(role for role in Role if role not in FROM_ROSTER | BY_MAIL)
"""Given inside Licheng (SPEC, Roles and people); a teacher's also follows from teaching."""
