"""A student's outcomes: hand in, revise, see how they stand, withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.portfolio import policy
from plugin.portfolio.forms import OutcomeForm, course_label, outcome_form
from plugin.portfolio.forms.picking import WithdrawForm
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.portfolio.operations import drafts, outcomes
from plugin.portfolio.operations.found import seen_by_owner
from plugin.portfolio.queries import own
from plugin.portfolio.skills import returned
from plugin.portfolio.skills.people import FAMILY
from plugin.portfolio.states import EDITABLE, LABELS
from plugin.school import queries as school
from plugin.school.models import Course
from plugin.school.terms import term_of
from plugin.skills import NEW, Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Bars, Button, Facts, Link, Part, Reply, Say, Table, reply

STUDENT = _l("學生")


def _courses(actor: Actor, outcome: Outcome | None = None) -> list[Course]:
    assert actor.person_id is not None
    years = {term_of(clock.today()).academic_year} | ({outcome.academic_year} if outcome else set())
    found = [
        course
        for year in sorted(years, reverse=True)
        for course in school.courses_of_student(actor.person_id, year)
        if school.course_carries_credit(course)
    ]
    found.sort(key=lambda one: (one.id not in actor.course_ids, -one.academic_year, -one.term))
    return found


def _revised(actor: Actor, subject: str) -> Outcome | None:
    kind, _colon, number = subject.partition(":")
    return seen_by_owner(actor, int(number)) if kind == "outcome" else None


def _form(actor: Actor, subject: str, data: Any) -> OutcomeForm:
    outcome = _revised(actor, subject)
    year = outcome.academic_year if outcome else term_of(clock.today()).academic_year
    return outcome_form(actor, _courses(actor, outcome), year, formdata=data, meta={"csrf": False})


def _subject(actor: Actor, asked: Asked) -> str:
    """A returned outcome that is named is revised; else a new one is begun."""
    named = str(asked.slots.get("title", ""))
    if named:
        for line in own.outcomes(actor, term_of(clock.today()).academic_year):
            if line.outcome.state is OutcomeState.RETURNED and line.outcome.title == named:
                return f"outcome:{line.outcome.id}"
    return NEW


def _fill(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """The course by its teacher, where the words name one and no course, or several fit."""
    teacher, named = str(asked.slots.get("teacher", "")), str(asked.slots.get("course", ""))
    if not teacher:
        return {}
    offered = {value: label for value, label in form["course_id"].plain_choices() if value}
    taught = school.teachers_of(int(value) for value in offered)
    fitting = [
        str(course_id)
        for course_id, teaching in taught.items()
        if any(one.name.startswith(teacher) for one in teaching)
        and _may_be(named, offered[str(course_id)])
    ]
    return {"course_id": [fitting[0]]} if len(fitting) == 1 else {}


def _may_be(named: str, label: str) -> bool:
    """Whether a course may be called so: 國文 for 國語文, its characters in their order."""
    rest = iter(label)
    return all(one in rest for one in named)


def _first(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    outcome = _revised(actor, subject)
    if outcome is None:
        only = [str(one.id) for one in _courses(actor) if one.id in actor.course_ids]
        return {"course_id": only} if len(only) == 1 else {}
    found = {
        "course_id": [str(outcome.course_id or "")],
        "title": [outcome.title],
        "summary": [outcome.summary],
        "ai_note": [outcome.ai_note],
        "document-ref": [str(outcome.document_file_id or "")],
        "media-ref": [str(outcome.media_file_id or "")],
    }
    return {name: words for name, words in found.items() if words[0]}


def _send(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, OutcomeForm)
    outcome = _revised(actor, going.subject)
    if outcome is None:
        outcome = drafts.start(actor, form.values(), begun_at=going.begun_at, page_key=going.key)
    elif outcome.state in EDITABLE:
        outcome = drafts.save(actor, outcome.id, form.values(), begun_at=going.begun_at)
    if outcome.state not in EDITABLE:  # this very run was sent before
        return _sent(outcome, [], restored=False)
    sent = outcomes.send(actor, outcome.id)
    return _sent(sent.outcome, [one.number for one in sent.receipts], restored=sent.restored)


def _sent(outcome: Outcome, receipts: Sequence[str], *, restored: bool) -> Reply:
    words = (
        _("檔案與先前認證的成果完全相同，認證已自動恢復。")
        if restored
        else _("已收到並送出認證：「%(title)s」。", title=outcome.title)
    )
    parts: list[Part] = [Say(words, "good")]
    if receipts:
        parts.append(Facts([(_("收件回條"), number, "") for number in receipts]))
    parts.append(Link(_("查看這件成果與回條"), "portfolio.outcome", {"outcome_id": outcome.id}))
    return Reply(tuple(parts))


def _warning(_actor: Actor, _form: Form) -> str:
    return _("送出後由任課教師認證；教師決定之前可以撤回，決定之後不能刪除。")


def _page(_actor: Actor, subject: str) -> Link | None:
    kind, _colon, number = subject.partition(":")
    if kind == "outcome":
        return Link(_("這件成果自己的頁面"), "portfolio.outcome_edit", {"outcome_id": int(number)})
    return None


skills.register(
    FormSkill(
        intent="outcome.upload",
        title=_l("上傳課程學習成果"),
        who=STUDENT,
        policy=policy.students,
        build=_form,
        fields={"course": "course_id", "title": "title", "summary": "summary"},
        fill=_fill,
        subject=_subject,
        first=_first,
        run=_send,
        confirm=_l("送出認證"),
        warning=_warning,
        page=_page,
        suits=lambda actor, asked: not returned.mends(actor, asked),
        order=10,
    )
)
skills.register(
    FormSkill(
        intent="outcome.upload",
        name="outcome.mend",
        title=returned.TITLE,
        who=STUDENT,
        policy=policy.students,
        build=_form,
        fields={"summary": "summary"},
        subject=returned.subject,
        first=_first,
        run=_send,
        confirm=_l("送出認證"),
        warning=_warning,
        page=_page,
        suits=returned.mends,
        order=20,
    )
)


SHOWN = Table.SHOWN


def _status(actor: Actor, asked: Asked) -> Reply:
    """How my outcomes stand: what was returned first, then what waits."""
    year = int(asked.slots.get("academic_year") or term_of(clock.today()).academic_year)
    lines = own.outcomes(actor, year)
    term = asked.slots.get("term")
    if term:
        lines = [line for line in lines if str(line.outcome.term) == str(term)]
    course = str(asked.slots.get("course", ""))
    if course:
        named = [line for line in lines if line.course and _may_be(course, line.course.name)]
        lines = named or lines
    if not lines:
        return reply(
            _("%(year)s 學年度還沒有課程學習成果。", year=year),
            Button(_l("上傳課程學習成果"), _l("上傳課程學習成果")),
        )
    order = {state: place for place, state in enumerate(_FIRST)}
    lines.sort(key=lambda line: order[line.outcome.state])
    counts = {state: sum(one.outcome.state is state for one in lines) for state in _FIRST}
    told = _("、").join(
        _("%(state)s %(count)s 件", state=LABELS[state].text, count=count)
        for state, count in counts.items()
        if count
    )
    return reply(
        _("%(year)s 學年度共 %(total)s 件：%(told)s。", year=year, total=len(lines), told=told),
        Bars(
            _("認證進度"),
            [(LABELS[state].text, count, len(lines)) for state, count in counts.items() if count],
            _("件"),
        ),
        Table(
            _("我的課程學習成果"),
            [_("名稱"), _("課程"), _("狀態"), _("送出日期")],
            [_row(line) for line in lines[:SHOWN]],
            total=len(lines),
            more=Link(_("看全部"), "portfolio.outcome_list", {"year": year}),
        ),
        *returned.reasons(lines),
    )


_FIRST = (
    OutcomeState.RETURNED,
    OutcomeState.OVERDUE,
    OutcomeState.SENT,
    OutcomeState.DRAFT,
    OutcomeState.CERTIFIED,
)


def _row(line: own.Line) -> list[Any]:
    one = line.outcome
    sent = one.sent_at.astimezone(TAIPEI).date() if one.sent_at else None
    return [
        Link(one.title or _("（未命名）"), "portfolio.outcome", {"outcome_id": one.id}),
        line.course.name if line.course else "",
        LABELS[one.state].text,
        day_said(sent) if sent else "",
    ]


skills.register(
    QuerySkill(
        intent="outcome.status",
        title=_l("我的成果認證進度"),
        who=FAMILY,
        policy=policy.students,
        answer=_status,
        order=10,
    )
)


def _withdraw_form(actor: Actor, _subject: str, data: Any) -> WithdrawForm:
    form = WithdrawForm(data, meta={"csrf": False})
    waiting = [
        line
        for year in own.years(actor)[:2]
        for line in own.outcomes(actor, year)
        if line.outcome.state is OutcomeState.SENT
    ]
    form.outcome_id.choices = [(str(line.outcome.id), _titled(line)) for line in waiting]
    return form


def _titled(line: own.Line) -> str:
    return (
        f"{line.outcome.title}（{course_label(line.course)}）"
        if line.course
        else line.outcome.title
    )


def _withdraw(actor: Actor, form: Form, _going: Going) -> Reply:
    outcome = outcomes.withdraw(actor, int(form["outcome_id"].data))
    return reply(
        Say(_("已撤回「%(title)s」，這件成果回到草稿。", title=outcome.title), "good"),
        Link(_("修改這件成果"), "portfolio.outcome_edit", {"outcome_id": outcome.id}),
    )


skills.register(
    FormSkill(
        intent="outcome.withdraw",
        title=_l("撤回待認證的成果"),
        who=STUDENT,
        policy=policy.students,
        build=_withdraw_form,
        fields={"title": "outcome_id", "course": "outcome_id"},
        run=_withdraw,
        confirm=_l("撤回"),
        warning=lambda _actor, _form: _("撤回後要重新送出，教師才看得到。"),
        order=10,
    )
)
