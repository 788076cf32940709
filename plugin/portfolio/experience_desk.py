"""Experiences on people's desks: figures, what to do next, and where to go."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.portfolio.models import ExperienceState
from plugin.portfolio.operations.experiences import PER_YEAR
from plugin.portfolio.operations.selection import EXPERIENCE_LIMIT
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.queries import holding, seasons
from plugin.school import rules
from plugin.school.terms import term_of

registry.nav(Role.STUDENT, _l("我的多元表現"), "portfolio.experience_list", 11)
registry.nav(Role.STUDENT_AFFAIRS, _l("多元表現"), "portfolio.experience_check", 40)
registry.nav(Role.PARENT, _l("子女的多元表現"), "portfolio.experience_children", 20)


@registry.cards(Role.STUDENT)
def _mine(actor: Actor) -> list[Card]:
    """This year's experiences, and how many of them are selected."""
    school_id = actor.school_id or 0
    year = term_of(clock.today()).academic_year
    counts = queries.counts(actor, year)
    sent, returned = (
        counts.get(one, 0) for one in (ExperienceState.SENT, ExperienceState.RETURNED)
    )
    limit = rules.number(school_id, PER_YEAR, year)
    most = rules.number(school_id, EXPERIENCE_LIMIT, year)
    body = (
        _("另有 %(n)s 件被退回，請更正", n=returned)
        if returned
        else _("本學年的多元表現，不需要認證")
    )
    return [
        Card(_("多元表現已送出"), f"{sent} / {limit}", _("件"), body,
             "portfolio.experience_list", "bad" if returned else "info", 16),
        Card(_("多元表現已勾選"), f"{queries.chosen_count(actor, year)} / {most}", _("件"),
             _("與課程學習成果分開計算、分開確認"),
             "portfolio.selected_experiences", "info", 18),
    ]  # fmt: skip


@registry.todos(Role.STUDENT)
def _student_todos(actor: Actor) -> list[Todo]:
    """What was returned, drafts while they can be sent, and the selection while it is open."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    year = term_of(clock.today()).academic_year
    counts = queries.counts(actor, year)
    season = seasons.now(actor.school_id, actor.person_id)
    closes = season.window.closes_at if season.open and season.window else None
    found = []
    if n := counts.get(ExperienceState.RETURNED, 0):
        words = _("更正被退回的 %(n)s 件多元表現，再送出", n=n)
        found.append(Todo(words, "portfolio.experience_list", due=closes))
    if (n := counts.get(ExperienceState.DRAFT, 0)) and closes:
        words = _("完成 %(n)s 件多元表現草稿並送出", n=n)
        found.append(Todo(words, "portfolio.experience_list", due=closes))
    if not counts and closes:
        words = _("登錄本學年的多元表現")
        found.append(Todo(words, "portfolio.experience_kinds", due=closes))
    until = holding.standing(actor.school_id, actor.person_id, year).until
    if counts.get(ExperienceState.SENT, 0) and until is not None:
        held = queries.selection(actor, year)
        if held is None or held.locked_at is None:
            words = _("勾選並確認要提交的多元表現")
            found.append(Todo(words, "portfolio.selected_experiences", due=until))
    return found


@registry.cards(Role.STUDENT_AFFAIRS)
def _whole_school(actor: Actor) -> list[Card]:
    """The school's figures of this year."""
    counts = queries.totals(actor, term_of(clock.today()).academic_year)
    returned = counts.get(ExperienceState.RETURNED, 0)
    return [
        Card(_("多元表現"), counts.get(ExperienceState.SENT, 0), _("件"), _("本學年學生已送出"),
             "portfolio.experience_check", "info", 20),
        Card(_("退回待更正"), returned, _("件"), _("等學生更正後再送出"),
             "portfolio.experience_check", "wait" if returned else "calm", 21),
    ]  # fmt: skip


@registry.cards(Role.PARENT)
def _children(actor: Actor) -> list[Card]:
    """How many experiences the children have sent."""
    counts = queries.counts_of(actor.child_ids, term_of(clock.today()).academic_year)
    return [
        Card(_("子女的多元表現"), sum(counts.values()), _("件"), _("本學年已送出"),
             "portfolio.experience_children", "info", 20),
    ]  # fmt: skip
