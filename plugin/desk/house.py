"""What the house itself puts on desks: the calendar, people, roles, rules, the audit log."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.school import queries, windows
from plugin.school.models import SchoolKind, WindowKind
from plugin.school.terms import Term, term_of
from plugin.vault import queries as vault

EVERYBODY = (Role.STUDENT, Role.PARENT, Role.TEACHER, Role.HOMEROOM, Role.COUNSELLOR)
KEEPERS = (Role.REGISTRY, Role.ADMINISTRATOR)

REMINDED_FOR = timedelta(days=14)
"""A calendar that is not set is asked for this long before its term, and all through it."""

for _role in (*EVERYBODY, Role.STUDENT_AFFAIRS, *KEEPERS):
    registry.nav(_role, _l("作業期程"), "school.calendar", 70)
for _role in KEEPERS:
    registry.nav(_role, _l("人員"), "school.people", 72)
    registry.nav(_role, _l("班級"), "school.classes", 74)
    registry.nav(_role, _l("課程"), "school.courses", 76)
    registry.nav(_role, _l("匯入資料"), "imports.index", 77)
    registry.nav(_role, _l("規則"), "school.rules", 78)
registry.nav(Role.STUDENT_AFFAIRS, _l("匯入資料"), "imports.index", 77)
registry.nav(Role.ADMINISTRATOR, _l("辦公日曆表"), "school.office_days", 79)
registry.nav(Role.ISSUING_OFFICE, _l("辦公日曆表"), "school.office_days", 79)
registry.nav(Role.ADMINISTRATOR, _l("角色"), "school.roles", 80)
registry.nav(Role.ADMINISTRATOR, _l("稽核紀錄"), "trail.audit", 82)
registry.nav(Role.ADMINISTRATOR, _l("檔案開啟紀錄"), "vault.openings", 83)
registry.absent(SchoolKind.ISSUING_OFFICE, "school.calendar", "school.classes", "school.courses")


@registry.cards(*KEEPERS)
def _roster(actor: Actor) -> list[Card]:
    """How many classes and courses of this term stand in the roster."""
    school_id = actor.school_id or 0
    term = term_of(clock.today())
    n_classes, n_courses, n_students = queries.roster_counts(school_id, term)
    return [
        Card(
            _("學生"), n_students, _("人"), _("在學學生"), "school.people", "calm", 80,
            {"kind": "student"},
        ),
        Card(
            _("班級"), n_classes, _("班"), term.label, "school.classes",
            "calm" if n_classes else "wait", 81,
        ),
        Card(
            _("課程"), n_courses, _("門"), term.label, "school.courses",
            "calm" if n_courses else "wait", 82,
        ),
    ]  # fmt: skip


@registry.cards(Role.ADMINISTRATOR)
def _vault(_actor: Actor) -> list[Card]:
    """Whether every file is known to be whole, in every place."""
    health = vault.health()
    if health.alarm:
        body = _("%(damaged)s 個損壞、%(overdue)s 個逾期未查驗，請執行 flask vault verify。",
                 damaged=health.damaged, overdue=health.overdue)  # fmt: skip
        return [Card(_("檔案保存"), _("異常"), "", body, None, "bad", 5)]
    body = _("只存一份") if health.single_copy else _("兩份副本均按時查驗")
    tone = "wait" if health.single_copy else "good"
    return [Card(_("檔案保存"), _("正常"), "", body, None, tone, 90)]


@registry.todos(*KEEPERS)
def _calendar_not_set(actor: Actor) -> list[Todo]:
    """Windows of this term (and soon of the next) that nobody has set."""
    school_id = actor.school_id or 0
    today = clock.today()
    terms = {term_of(today), term_of(today + REMINDED_FOR)}
    found = []
    for term in sorted(terms):
        missing = missing_windows(school_id, term)
        if missing:
            names = _("、").join(str(windows.LABELS[kind]) for kind in missing)
            found.append(
                Todo(
                    _("設定%(term)s的期間：%(names)s", term=term.label, names=names),
                    "school.calendar",
                    {"year": term.academic_year, "term": term.term},
                )
            )
    return found


def missing_windows(school_id: int, term: Term) -> list[WindowKind]:
    """The windows that students and teachers of a term need and nobody has set."""
    needed = (WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION, WindowKind.SELECTION)
    set_kinds = {
        one.kind
        for one in windows.of_year(school_id, term.academic_year)
        if one.term in {0, term.term}
    }
    return [kind for kind in needed if kind not in set_kinds]
