"""What an empty desk says to each role: what will come, and what to do until then."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugin.actor import Role

ORDER = (
    Role.STUDENT,
    Role.PARENT,
    Role.REGISTRY,
    Role.STUDENT_AFFAIRS,
    Role.ADMINISTRATOR,
    Role.EXCHANGE,
    Role.TEACHER,
    Role.SUBSTITUTE,
    Role.HOMEROOM,
    Role.COUNSELLOR,
    Role.ISSUING_OFFICE,
    Role.REVIEWER,
    Role.APPLICANT,
    Role.TRAINING_UNIT,
    Role.PROGRAMME_OFFICE,
    Role.IR_OFFICER,
    Role.UNIT_STAFF,
)
"""The order of the sections of a person with several roles: the office first, then lessons."""

NOT_OPEN = _l("這個身分的功能尚未開放；開放後，待辦事項會出現在這裡。")
"""For roles whose room does not stand yet: nothing is promised that cannot be done."""

EMPTY = {
    Role.STUDENT: _l("選到課程後，這裡會列出您可以上傳的課程學習成果與截止時間。"),
    Role.TEACHER: _l("學生送出課程學習成果後，待認證的件數會出現在這裡。"),
    Role.SUBSTITUTE: _l("代理期間，您代理課程的待認證成果會出現在這裡。"),
    Role.HOMEROOM: _l("學生開始上傳後，您班上的進度會出現在這裡。"),
    Role.COUNSELLOR: _l("註冊組指派學生給您之後，名單與要追蹤的事項會出現在這裡。"),
    Role.STUDENT_AFFAIRS: NOT_OPEN,
    Role.REGISTRY: _l("請先設定作業期程、匯入名冊；之後各班進度與提交會出現在這裡。"),
    Role.ADMINISTRATOR: _l("請先設定作業期程與規則，並把註冊組等角色授予同仁。"),
    Role.PARENT: NOT_OPEN,
    Role.EXCHANGE: NOT_OPEN,
    Role.ISSUING_OFFICE: NOT_OPEN,
    Role.REVIEWER: NOT_OPEN,
    Role.APPLICANT: _l("開始申請後，您的案件、目前狀態與期限會出現在這裡。"),
    Role.TRAINING_UNIT: NOT_OPEN,
    Role.PROGRAMME_OFFICE: NOT_OPEN,
    Role.IR_OFFICER: NOT_OPEN,
    Role.UNIT_STAFF: NOT_OPEN,
}
