"""When a record may be registered: everything is there, within the rules, in time."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from plugin import clock
from plugin.errors import InvalidInput, WindowClosed
from plugin.portfolio.models import Counselling, CounsellingKind
from plugin.portfolio.operations.counselling import files
from plugin.portfolio.queries import counselling as reads
from plugin.school import queries as school_queries
from plugin.school import rules, windows
from plugin.school.models import WindowKind
from plugin.school.terms import term_of

SUMMARY = "counselling.summary.max_points"
TEXT_POINTS = 2000
"""Advice and follow-up; no rule of the nation's limits them."""
GROUP_FROM = 2
SEEN_BY_ALL = ("place", "topic_note", "summary", "advice", "follow_up")
"""What every student of a group reads."""


def require_complete(found: Counselling, student_ids: Sequence[int]) -> None:
    """Everything that must be there is there; all faults are told at once.

    :raises InvalidInput: with every fault at its field, and the rule where there is one.
    """
    faults = _missing(found) | _wrong_number(found, len(student_ids))
    rule = None
    if said := _summary_too_long(found):
        faults["summary"], rule = said, SUMMARY
    if said := files.oversized(found):
        faults["document"], rule = said, rule or files.RULE
    faults |= _wrong_follow_up(found)
    for name in SEEN_BY_ALL:
        if names := named_in(found, student_ids, getattr(found, name)):
            faults[name] = _names_words(names)
    if faults:
        raise InvalidInput(
            _("還有資料需要補齊。"),
            remedy=_("請修改下列項目後再登錄。"),
            rule=rule,
            fields=faults,
        )


def require_window(found: Counselling, student_ids: Sequence[int]) -> None:
    """The window of the consultation's term is open for every grade that took part.

    :raises WindowClosed: says when it was or will be open, and what is still possible.
    """
    assert found.held_on is not None
    term = term_of(found.held_on)
    placed = school_queries.class_of(student_ids, term.academic_year)
    grades = {placed[one].grade if one in placed else 0 for one in student_ids} or {0}
    for grade in sorted(grades):
        try:
            windows.require_open(
                found.school_id, WindowKind.COUNSELLING, term.academic_year, term.term, grade
            )
        except WindowClosed as closed:
            if found.kept_at is None:
                raise
            raise WindowClosed(
                closed.message, remedy=_("已登錄的紀錄不能再修改，請改用「補充說明」。")
            ) from closed


def named_in(found: Counselling, student_ids: Sequence[int], text: str) -> list[str]:
    """Participants of a group who are named in a text that every one of them will read."""
    if found.kind is not CounsellingKind.GROUP or not text:
        return []
    people = school_queries.people(found.school_id, student_ids)
    return sorted(one.name for one in people.values() if len(one.name) > 1 and one.name in text)


def require_nameless(found: Counselling, text: str, field: str) -> None:
    """:raises InvalidInput: a group's addendum names one of its students."""
    if names := named_in(found, reads.participants(found.id), text):
        words = _names_words(names)
        raise InvalidInput(words, fields={field: words})


def _missing(found: Counselling) -> dict[str, str]:
    faults = {}
    if found.held_on is None:
        faults["held_on"] = _("請填寫「諮詢日期」。")
    elif found.held_on > clock.today():
        faults["held_on"] = _("諮詢日期不能是以後的日期；請在諮詢完成後登錄。")
    if not found.place:
        faults["place"] = _("請填寫「地點」。")
    if not found.topic:
        faults["topic"] = _("請選擇「諮詢主題」。")
    if not found.summary:
        faults["summary"] = _("請填寫「簡述」。")
    for name in ("advice", "follow_up"):
        if len(getattr(found, name)) > TEXT_POINTS:
            faults[name] = _("最多 %(most)s 字，請刪減後再登錄。", most=TEXT_POINTS)
    return faults


def _summary_too_long(found: Counselling) -> str:
    """What is wrong with its length by the rule of the day's year; empty: nothing."""
    year = term_of(found.held_on or clock.today()).academic_year
    most = rules.number(found.school_id, SUMMARY, year)
    over = len(found.summary) - most
    if over <= 0:
        return ""
    return ngettext(
        "「簡述」最多 %(most)s 字，目前多了 %(num)s 字，請刪減後再登錄。",
        "「簡述」最多 %(most)s 字，目前多了 %(num)s 字，請刪減後再登錄。",
        over,
        most=most,
    )


def _wrong_follow_up(found: Counselling) -> dict[str, str]:
    if found.follow_up and found.follow_up_on is None:
        return {"follow_up_on": _("請填寫追蹤日期，到期時系統會提醒您。")}
    if found.follow_up_on and found.held_on and found.follow_up_on < found.held_on:
        return {"follow_up_on": _("追蹤日期不能早於諮詢日期。")}
    return {}


def _wrong_number(found: Counselling, count: int) -> dict[str, str]:
    if count == 0:
        return {"students": _("請選擇接受諮詢的學生。")}
    if found.kind is CounsellingKind.INDIVIDUAL and count > 1:
        return {"students": _("個別諮詢只能選 1 位學生；多位學生請改選「團體」。")}
    if found.kind is CounsellingKind.GROUP and count < GROUP_FROM:
        return {"students": _("團體諮詢至少要選 2 位學生；只有 1 位請改選「個別」。")}
    return {}


def _names_words(names: Sequence[str]) -> str:
    return _(
        "團體紀錄的每位學生都會看到這段文字，請不要寫出學生姓名（%(names)s）；"
        "個別情形請另登錄個別諮詢。",
        names="、".join(names),
    )
