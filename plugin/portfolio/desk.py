"""What the portfolio puts on people's desks: figures, what to do next, where one can go."""

from __future__ import annotations

from datetime import datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.portfolio.models import OCCUPYING, OutcomeState
from plugin.portfolio.operations.outcomes import PER_TERM
from plugin.portfolio.operations.selection import LIMIT
from plugin.portfolio.queries import (
    counselling,
    counsellors,
    holding,
    own,
    progress,
    shared,
    teaching,
)
from plugin.school import batches, rules, windows
from plugin.school.batches import Batch
from plugin.school.models import SchoolKind, WindowKind
from plugin.school.terms import term_of

registry.absent(SchoolKind.ISSUING_OFFICE, "portfolio")
registry.nav(Role.STUDENT, _l("我的學習成果"), "portfolio.outcome_list", 10)
registry.nav(Role.STUDENT, _l("勾選"), "portfolio.selection", 12)
registry.nav(Role.STUDENT, _l("收訖明細"), "portfolio.handed_in", 14)
registry.nav(Role.TEACHER, _l("認證"), "portfolio.certification_queue", 20)
registry.nav(Role.SUBSTITUTE, _l("認證"), "portfolio.certification_queue", 20)
registry.nav(Role.HOMEROOM, _l("班級進度"), "portfolio.homeroom", 30)
registry.nav(Role.REGISTRY, _l("進度"), "portfolio.progress", 40)
registry.nav(Role.ADMINISTRATOR, _l("進度"), "portfolio.progress", 40)
registry.nav(Role.REGISTRY, _l("代理人"), "portfolio.substitutes", 41)
registry.nav(Role.ADMINISTRATOR, _l("代理人"), "portfolio.substitutes", 41)
registry.nav(Role.REGISTRY, _l("提交"), "portfolio.submission_list", 42)

registry.nav(Role.STUDENT, _l("課程諮詢"), "portfolio.counselling_mine", 16)
registry.nav(Role.COUNSELLOR, _l("課程諮詢"), "portfolio.counselling_students", 24)
registry.nav(Role.REGISTRY, _l("諮詢教師"), "portfolio.counsellor_assignments", 44)
registry.nav(Role.ADMINISTRATOR, _l("諮詢教師"), "portfolio.counsellor_assignments", 44)


@registry.cards(Role.STUDENT)
def _mine(actor: Actor) -> list[Card]:
    """This term's outcomes, and the selection of the year."""
    term = term_of(clock.today())
    counts = own.counts(actor, term.academic_year, term.term)
    taken = sum(counts.get(state, 0) for state in OCCUPYING)
    limit = rules.number(actor.school_id or 0, PER_TERM, term.academic_year)
    most = rules.number(actor.school_id or 0, LIMIT, term.academic_year)
    chosen = own.chosen_count(actor, term.academic_year)
    returned = counts.get(OutcomeState.RETURNED, 0)
    return [
        Card(_("本學期已送出"), f"{taken} / {limit}", _("件"),
             _("其中 %(n)s 件已認證", n=counts.get(OutcomeState.CERTIFIED, 0)),
             "portfolio.outcome_list", "info", 10),
        Card(_("被退回"), returned, _("件"), _("修改後可以再送出"),
             "portfolio.outcome_list", "bad" if returned else "calm", 12),
        Card(_("本學年已勾選"), f"{chosen} / {most}", _("件"), _("提交前請記得確認"),
             "portfolio.selection", "info", 14),
    ]  # fmt: skip


@registry.todos(Role.STUDENT)
def _student_todos(actor: Actor) -> list[Todo]:
    """Returned work, drafts, and the selection while it is open."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    term = term_of(clock.today())
    year = term.academic_year
    grade = shared.grade_of(actor.person_id, year)
    counts = own.counts(actor, year, term.term)
    found = []
    upload = windows.find(
        actor.school_id, WindowKind.OUTCOME_UPLOAD, year, term.term, grade,
        student_id=actor.person_id,
    )  # fmt: skip
    if upload is not None and windows.open_at(upload, clock.now()):
        if n := counts.get(OutcomeState.RETURNED, 0):
            words = _("修改被退回的 %(n)s 件成果，再送出認證", n=n)
            found.append(Todo(words, "portfolio.outcome_list", due=upload.closes_at))
        if n := counts.get(OutcomeState.DRAFT, 0):
            words = _("完成 %(n)s 件草稿並送出認證", n=n)
            found.append(Todo(words, "portfolio.outcome_list", due=upload.closes_at))
        if not counts:
            words = _("上傳本學期的課程學習成果")
            found.append(Todo(words, "portfolio.outcome_new", due=upload.closes_at))
    if until := holding.standing(actor.school_id, actor.person_id, year).until:
        held = own.selection(actor, year)
        if held is None or held.locked_at is None:
            words = _("勾選並確認要提交的成果")
            found.append(Todo(words, "portfolio.selection", due=until))
    return found


@registry.cards(Role.TEACHER)
def _pending(actor: Actor) -> list[Card]:
    """What waits for the teacher."""
    n = teaching.waiting_count(actor)
    return [
        Card(_("待認證"), n, _("件"), _("確認是否為您課程的成果，不評優劣"),
             "portfolio.certification_queue", "wait" if n else "good", 10),
    ]  # fmt: skip


@registry.todos(Role.TEACHER)
def _certify(actor: Actor) -> list[Todo]:
    """Certify what waits, before certification closes."""
    n = teaching.waiting_count(actor)
    if not n:
        return []
    term = term_of(clock.today())
    window = windows.find(
        actor.school_id or 0, WindowKind.CERTIFICATION, term.academic_year, term.term
    )
    due = window.closes_at if window is not None and window.closes_at > clock.now() else None
    words = _("認證 %(n)s 件學生送出的成果", n=n)
    return [Todo(words, "portfolio.certification_queue", due=due)]


@registry.cards(Role.HOMEROOM)
def _my_classes(actor: Actor) -> list[Card]:
    """How many of my class have sent something."""
    year = term_of(clock.today()).academic_year
    return [
        Card(one.name, f"{one.uploaded} / {one.students}", _("人"),
             _("已送出成果；%(n)s 人已確認勾選", n=one.confirmed),
             "portfolio.homeroom", "info", 20, {"class": one.class_id})
        for one in progress.of_homeroom(actor, year)
    ]  # fmt: skip


@registry.cards(Role.REGISTRY, Role.ADMINISTRATOR)
def _whole_school(actor: Actor) -> list[Card]:
    """The school's figures of this year."""
    totals = progress.totals(actor, term_of(clock.today()).academic_year)
    late = totals.get(OutcomeState.OVERDUE, 0)
    return [
        Card(_("已認證"), totals.get(OutcomeState.CERTIFIED, 0), _("件"), _("本學年的課程學習成果"),
             "portfolio.progress", "good", 30),
        Card(_("待認證"), totals.get(OutcomeState.SENT, 0), _("件"), _("等待任課教師認證"),
             "portfolio.progress", "wait", 31),
        Card(_("逾期未認證"), late, _("件"), _("認證截止時仍未處理"),
             "portfolio.progress", "bad" if late else "calm", 32),
    ]  # fmt: skip


@registry.todos(Role.REGISTRY)
def _registry_todos(actor: Actor) -> list[Todo]:
    """Overdue outcomes to look at, and the submission while it is open."""
    year = term_of(clock.today()).academic_year
    found = []
    if n := progress.totals(actor, year).get(OutcomeState.OVERDUE, 0):
        words = _("處理 %(n)s 件逾期未認證的成果", n=n)
        found.append(Todo(words, "portfolio.progress"))
    of_batches = [
        batches.window(actor.school_id or 0, WindowKind.SUBMISSION, year, one) for one in Batch
    ]
    closes = [one.closes_at for one in of_batches if one and windows.open_at(one, clock.now())]
    if closes:
        words = _("預檢並建立本學年的提交")
        found.append(Todo(words, "portfolio.submission_list", due=min(closes)))
    return found


@registry.cards(Role.COUNSELLOR)
def _consultations(actor: Actor) -> list[Card]:
    """Own students, how many were consulted this term, what waits."""
    term = term_of(clock.today())
    seen, total = counsellors.reached(actor, term)
    open_, due, _first = counselling.waiting(actor)
    drafts = counselling.drafts(actor)
    body = _("其中 %(n)s 筆已到追蹤日期", n=due) if due else _("到了追蹤日期會通知您")
    return [
        Card(_("我的諮詢學生"), total, _("人"), _("由註冊組指派"),
             "portfolio.counselling_students", "info", 24),
        Card(_("本學期已諮詢"), f"{seen} / {total}", _("人"), term.label,
             "portfolio.counselling_students", "good" if seen == total else "info", 25),
        Card(_("待追蹤"), open_, _("筆"), body, "portfolio.counselling_records",
             "bad" if due else "calm", 26, {"state": "open"}),
        Card(_("諮詢紀錄草稿"), drafts, _("筆"), _("還沒登錄，學生看不到"),
             "portfolio.counselling_records", "wait" if drafts else "calm", 27,
             {"state": "draft"}),
    ]  # fmt: skip


@registry.todos(Role.COUNSELLOR)
def _follow_ups(actor: Actor) -> list[Todo]:
    """Follow-ups whose day has come, drafts while they can still be registered."""
    found = []
    _open, due, first = counselling.waiting(actor)
    if due and first is not None:
        words = _("追蹤 %(n)s 筆到期的課程諮詢", n=due)
        day = datetime.combine(first, time(23, 59), clock.TAIPEI)
        found.append(Todo(words, "portfolio.counselling_records", {"state": "open"}, day))
    term = term_of(clock.today())
    window = windows.find(
        actor.school_id or 0, WindowKind.COUNSELLING, term.academic_year, term.term
    )
    if window is not None and windows.open_at(window, clock.now()):
        until = window.closes_at
        if n := counselling.drafts(actor):
            words = _("完成 %(n)s 筆課程諮詢紀錄草稿並登錄", n=n)
            todo = Todo(words, "portfolio.counselling_records", {"state": "draft"}, until)
            found.append(todo)
        seen, total = counsellors.reached(actor, term)
        if seen < total:
            words = _("登錄本學期的課程諮詢（還有 %(n)s 位學生沒有紀錄）", n=total - seen)
            found.append(Todo(words, "portfolio.counselling_students", due=until))
    return found


@registry.cards(Role.PARENT)
def _childrens_consultations(actor: Actor) -> list[Card]:
    """A child's consultations, where the school lets parents read them."""
    if not actor.child_ids or not counselling.shown_to_parents(actor):
        return []
    n = counselling.count_of(actor.child_ids)
    return [
        Card(_("課程諮詢紀錄"), n, _("筆"), _("學校開放家長查看"),
             "portfolio.counselling_mine", "info", 20),
    ]  # fmt: skip


@registry.todos(Role.REGISTRY)
def _without_counsellor(actor: Actor) -> list[Todo]:
    """Students without a counsellor, once the school has begun to assign them."""
    assert actor.school_id is not None
    n = counsellors.without_counsellor(actor.school_id)
    if not n or not counsellors.assignments(actor.school_id, limit=1).items:
        return []
    words = _("為 %(n)s 位還沒有課程諮詢教師的學生指派教師", n=n)
    return [Todo(words, "portfolio.counsellor_assignments")]
