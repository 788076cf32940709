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
    Role.TRAINING_UNIT,
    Role.PROGRAMME_OFFICE,
    Role.IR_OFFICER,
    Role.UNIT_STAFF,
)
"""The order of the sections of a person with several roles: the office first, then lessons."""

EMPTY = {
    Role.STUDENT: _l("選到課程後，這裡會列出您可以上傳的課程學習成果與截止時間。"),
    Role.TEACHER: _l("學生送出課程學習成果後，待認證的件數會出現在這裡。"),
    Role.SUBSTITUTE: _l("代理期間，您代理課程的待認證成果會出現在這裡。"),
    Role.HOMEROOM: _l("學生開始上傳後，您班上的進度會出現在這裡。"),
    Role.COUNSELLOR: _l("註冊組分派學生給您之後，這裡會列出您的學生。"),
    Role.STUDENT_AFFAIRS: _l("設定幹部與多元表現的期程後，登錄進度會出現在這裡。"),
    Role.REGISTRY: _l("請先設定作業期程、匯入名冊；之後各班進度與提交會出現在這裡。"),
    Role.ADMINISTRATOR: _l("請先設定作業期程與規則，並把註冊組等角色授予同仁。"),
    Role.PARENT: _l("註冊組連結您的孩子後，您可以在這裡查看孩子的學習歷程。"),
    Role.EXCHANGE: _l("學生轉學時，待匯出或匯入的學習歷程會出現在這裡。"),
    Role.ISSUING_OFFICE: _l("有人送出認證申請後，待處理的案件會出現在這裡。"),
    Role.REVIEWER: _l("分派給您審查的案件會出現在這裡。"),
    Role.TRAINING_UNIT: _l("建立課程後，報名與補助的進度會出現在這裡。"),
    Role.PROGRAMME_OFFICE: _l("開課單位送出課程後，待核定的件數會出現在這裡。"),
    Role.IR_OFFICER: _l("填報期間開始後，各單位的填報進度會出現在這裡。"),
    Role.UNIT_STAFF: _l("填報期間開始後，您負責的量化與質化指標會出現在這裡。"),
}
