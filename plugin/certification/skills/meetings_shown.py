"""Meetings of the committee by talking: which are to come, and one with its agenda."""

from __future__ import annotations

from flask_babel import gettext as _

from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import policy, resolutions
from plugin.certification.models import Meeting
from plugin.certification.operations import meeting_closing
from plugin.certification.queries import meetings as queries
from plugin.certification.queries.meetings import Line
from plugin.certification.skills import found, meetings_found
from plugin.certification.skills import meetings_titles as titles
from plugin.jobs import JobState
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import (
    Button,
    Facts,
    Link,
    Part,
    Progress,
    Reply,
    Say,
    Table,
    reply,
)

_ONE = r"議程|決議|提會|會議紀錄|還缺|尚缺|agenda|resolution|minutes|[#＃]\d"


def _list(actor: Actor, _asked: Asked) -> Reply:
    """Meetings that are not over, the next first."""
    some = queries.unfinished(actor)
    more = Link(_("到審查會議"), "certification.meetings")
    if not some:
        return reply(_("沒有還沒結案的審查會議。"), Button(titles.CALL, titles.CALL), more)
    coming = next((one.meeting for one in some if one.meeting.held_on >= clock.today()), None)
    told = [Say(_("還沒有結案的會議 %(n)s 場。", n=len(some)))]
    if coming is not None:
        told.append(Say(_("下一場是%(name)s。", name=meetings_found.label(coming))))
    rows = [
        [
            Link(one.meeting.name, "certification.meeting", {"sitting_id": one.meeting.id}),
            day_said(one.meeting.held_on, weekday=True),
            str(one.cases),
            str(one.resolved),
        ]
        for one in some[: Table.SHOWN]
    ]
    return reply(
        *told,
        Table(
            _("審查會議"), [_("會議"), _("日期"), _("案件"), _("已有決議")], rows,
            total=len(some), more=more,
        ),
        *(
            Button(one.meeting.name, f"{titles.AGENDA} {meetings_found.tag(one.meeting)}")
            for one in some[:3]
        ),
        Button(titles.CALL, titles.CALL),
    )  # fmt: skip


def _agenda(actor: Actor, asked: Asked) -> Reply:
    """:raises NotFound, Conflict, WhichOne: as `meetings_found.one`."""
    case = meetings_found.case_in(actor, asked)
    if case is not None:
        meeting, _line = meetings_found.on_agenda(actor, case)
    else:
        meeting = meetings_found.one(actor, asked, titles.AGENDA, lambda _one: True)
    return Reply(tuple(told(actor, meeting)))


def told(actor: Actor, meeting: Meeting) -> list[Part]:
    """A meeting at a glance: what is said of it, its agenda, what is missing, what can be done."""
    lines = queries.agenda(actor, meeting)
    parts: list[Part] = [Facts(_facts(meeting), meeting.name)]
    if lines:
        rows = [_row(one) for one in lines[: Table.SHOWN]]
        columns = [_("案件"), _("申請者"), _("決議"), _("說明")]
        page = meetings_found.page(meeting)
        parts.append(Table(_("議程"), columns, rows, total=len(lines), more=page))
    if meeting.closing_at is None:
        return [*parts, *_before(actor, meeting, lines), meetings_found.page(meeting)]
    return [*parts, *_after(actor, meeting, lines)]


def _facts(meeting: Meeting) -> list[tuple[str, str, str]]:
    present = [*(one.name for one in queries.members(meeting)), *queries.guests(meeting)]
    day = day_said(meeting.held_on, weekday=True)
    rows = [
        (_("日期"), f"{day} {meeting.time}".strip(), ""),
        (_("地點"), meeting.place, ""),
        (_("主席"), meeting.chair, ""),
        (_("紀錄"), meeting.recorder, ""),
        (_("出席"), _("、").join(present), ""),
        (_("其他事項"), meeting.notes, ""),
    ]
    return [(name, words or _("（未填）"), "") for name, words, _say in rows]


def _row(line: Line) -> list[object]:
    if line.own:
        return [line.case.number, _("您自己的案件"), "—", _("由其他承辦人登錄與執行。")]
    item = line.item
    link = Link(line.case.number, "certification.meeting_case", {"agenda_id": item.id})
    known = resolutions.RESOLUTIONS.get(item.resolution)
    why = item.left_words or line.obstacle
    if item.resolution and not line.whole:
        why = _("決議還沒有寫完整。")
    elif not item.resolution:
        why = _("；").join(line.lacks) or _("資料齊全")
    words = str(known) if known is not None else _("還沒有決議")
    return [link, line.case.name, words, why]


def _before(actor: Actor, meeting: Meeting, lines: list[Line]) -> list[Part]:
    """What is missing before it can be closed, and what can be done."""
    lacks = meeting_closing.unready(actor, meeting)
    parts: list[Part] = [
        Say(_("還不能結案：%(what)s。", what=_("；").join(lacks)), "warning")
        if lacks
        else Say(_("決議都登錄了，可以結案。"), "good")
    ]
    open_ = [one for one in lines if not one.own and not one.whole]
    parts += [meetings_found.resolve_button(one) for one in open_[:3]]
    doable = [titles.ADD, titles.EDIT] if lacks else [titles.CLOSE, titles.ADD, titles.EDIT]
    if lines:
        doable.append(titles.REMOVE)
        draft = Link(
            _("會議紀錄草稿（PDF）"), "certification.meeting_draft", {"sitting_id": meeting.id}
        )
        return [*parts, *(meetings_found.button(one, meeting) for one in doable), draft]
    return [*parts, *(meetings_found.button(one, meeting) for one in doable)]


def _after(actor: Actor, meeting: Meeting, lines: list[Line]) -> list[Part]:
    """How far the closing is, or what became of it."""
    job = queries.job_of(meeting)
    minutes = meeting.closed_at is not None and queries.minutes_of(meeting) is not None
    if not minutes:
        if job is not None and job.state is JobState.FAILED:
            again = Say(_("結案沒有執行完。已經執行的決議不會重複，可以接著再做。"), "warning")
            return [again, meetings_found.button(titles.CLOSE, meeting)]
        return [Say(_("決議正在執行。")), *working(actor, meeting)]
    left = sum(bool(one.item.left_words) for one in lines)
    parts: list[Part] = [Say(_("已執行 %(n)s 件決議。", n=len(lines) - left), "good")]
    if left:
        words = _("有 %(n)s 件未能執行，原因列在會議紀錄，可以再提會。", n=left)
        parts.append(Say(words, "warning"))
    return [*parts, minutes_page(meeting)]


def working(actor: Actor, meeting: Meeting) -> list[Part]:
    """The work of the closing to whoever began it; everybody else has the page."""
    job = queries.job_of(meeting)
    if job is None or job.asked_by_id != actor.person_id:
        return [meetings_found.page(meeting)]
    return [Progress(job.id, _("執行決議"), minutes_page(meeting))]


def minutes_page(meeting: Meeting) -> Link:
    """Where the minutes are."""
    return Link(_("看結果與會議紀錄"), "certification.meeting", {"sitting_id": meeting.id})


def _looks_at_one(actor: Actor, asked: Asked) -> bool:
    return meetings_found.means("")(actor, asked) and found.says(_ONE, asked)


def _looks_at_all(actor: Actor, asked: Asked) -> bool:
    return meetings_found.means("")(actor, asked) and not found.says(_ONE, asked)


skills.register(
    QuerySkill(
        intent="certification.review",
        name="certification.meetings",
        title=titles.LIST,
        who=found.OFFICE,
        policy=policy.office,
        answer=_list,
        suits=_looks_at_all,
        order=50,
    )
)
skills.register(
    QuerySkill(
        intent="certification.review",
        name="certification.meeting.agenda",
        title=titles.AGENDA,
        who=found.OFFICE,
        policy=policy.office,
        answer=_agenda,
        suits=_looks_at_one,
        order=51,
    )
)
