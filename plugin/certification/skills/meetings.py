"""Meetings of the committee by talking: called, their agenda; the operations of the pages.

What is resolved on a case: `meetings_resolving`; the closing: `meetings_closing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from flask_babel import gettext as _

from forms.definition import Form
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import meeting_forms, policy
from plugin.certification.forms.meetings import MeetingForm
from plugin.certification.forms.talking import AgendaForm, OffAgendaForm
from plugin.certification.models import CertificationCase, Meeting
from plugin.certification.operations import meeting_closing
from plugin.certification.operations import meetings as operations
from plugin.certification.queries import meeting_cases, named
from plugin.certification.queries import meetings as queries
from plugin.certification.skills import found, meetings_found
from plugin.certification.skills import meetings_titles as titles
from plugin.errors import Conflict
from plugin.school.terms import ROC
from plugin.skills import Asked, FormSkill, Going
from plugin.skills.replies import Button, Link, Reply, reply

F = TypeVar("F", bound=Form)


def on_meeting(verb: str, title: Any, page: str, **more: Any) -> None:
    """Register a form about a meeting of the office.

    :param verb: of `verbs.MEETING`. :param page: endpoint of the page of the same job.
    """

    def link(_actor: Actor, subject: str) -> Link:
        meeting_id = id_of(subject)
        return Link(title, page, {"sitting_id": meeting_id} if meeting_id else {})

    skills.register(
        FormSkill(
            intent="certification.review",
            name=f"certification.meeting.{verb}",
            title=title,
            who=found.OFFICE,
            policy=policy.office,
            confirm=title,
            page=link,
            suits=meetings_found.means(verb),
            **more,
        )
    )


def id_of(subject: str) -> int:
    """Of the meeting, whatever else stands behind it; 0: of none."""
    kind, _colon, rest = subject.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "meeting" and number.isdecimal() else 0


def meeting_of(actor: Actor, subject: str) -> Meeting:
    """The meeting that a form is about.

    :raises NotFound: no such meeting of this office.
    """
    return queries.seen(actor, id_of(subject))


def _stands(actor: Actor, subject: str) -> str:
    meetings_found.still_open(meeting_of(actor, subject))
    return subject


def _subject(title: Any) -> Callable[[Actor, Asked], str]:
    def subject(actor: Actor, asked: Asked) -> str:
        one = meetings_found.one(actor, asked, title)
        return meetings_found.about(meetings_found.still_open(one))

    return subject


# What is said of a meeting ----------------------------------------------------------------------


def _facts_form(actor: Actor, subject: str, data: Any) -> MeetingForm:
    known = meeting_of(actor, subject) if id_of(subject) else None
    form = MeetingForm(data, meta={"csrf": False})
    meeting_forms.offer_members(form, actor, known)
    if known is not None:
        form.meta.title = _("%(title)s：%(what)s", title=titles.EDIT, what=known.name)
    return form


def _standing(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    """A meeting as it stands, as one would type it."""
    kept = {
        name: typed(one) for name, one in meeting_forms.said(meeting_of(actor, subject)).items()
    }
    return {name: words for name, words in kept.items() if any(words)}


def typed(kept: Any) -> list[str]:
    """A value as one would type it."""
    if isinstance(kept, list):
        return kept
    return [kept.isoformat() if isinstance(kept, date) else kept]


_NAME = re.compile(
    r"(?:(?P<year>\d{2,3})\s*(?:學?年度?))?\s*(?P<what>第\s*[\d一二三四五六七八九十]+\s*次[^，,。：:、]*?會議)"
)
_HOUR = r"(?:上午|下午|晚上|早上|中午)?\s*\d{1,2}\s*(?:[:：]\s*\d{2}|[時點]半?(?:\s*\d{1,2}\s*分)?)"
_TIME = re.compile(rf"{_HOUR}(?:\s*[到至~～-]\s*{_HOUR})?")
_CHAIR = re.compile(r"主席\s*(?:是|為|由|[:：])?\s*(?P<who>[^\s，,。、]{2,20})")


def _heard(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """12/15 下午2時開第3次審查小組會議，主席張委員: its name, its hours, who presides."""
    heard: dict[str, list[str]] = {}
    name, hours = _NAME.search(asked.words), _TIME.search(asked.words)
    chair = _CHAIR.search(asked.words)
    if name:
        year = name["year"] or clock.today().year - ROC
        heard["name"] = [f"{year} 年度{name['what']}"]
    if hours:
        heard["time"] = ["".join(hours[0].split())]
    if chair:
        heard["chair"] = [chair["who"]]
    return heard


def _save(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, MeetingForm)
    meeting = operations.save(actor, meeting_forms.read(form), id_of(going.subject) or None)
    return _after(actor, meeting, _("已儲存會議資料。"))


def _after(actor: Actor, meeting: Meeting, words: str) -> Reply:
    """It is done; what comes next."""
    open_ = meetings_found.to_resolve(actor, meeting)
    following: list[Button] = [meetings_found.resolve_button(one) for one in open_[:1]]
    if not meeting_closing.unready(actor, meeting):
        following.append(meetings_found.button(titles.CLOSE, meeting))
    following += [
        meetings_found.button(one, meeting) for one in (titles.ADD, titles.AGENDA)
    ]  # fmt: skip
    return reply(found.good(words), *following, meetings_found.page(meeting))


# Its agenda -------------------------------------------------------------------------------------


def _to_add(actor: Actor, asked: Asked) -> str:
    """:raises Conflict: the case in the sentence cannot come before a meeting (again)."""
    case = meetings_found.case_in(actor, asked)
    if case is not None:
        found.require(case, meeting_cases.BEFORE, titles.ADD)
        for meeting, _item in meeting_cases.of_case(actor, case):
            if meeting.closed_at is None:
                raise Conflict(
                    _("案件 %(number)s 已經在「%(name)s」的議程上。",
                      number=case.number, name=meeting.name)
                )  # fmt: skip
    return _subject(titles.ADD)(actor, asked)


def _to_remove(actor: Actor, asked: Asked) -> str:
    case = meetings_found.case_in(actor, asked)
    if case is not None:
        return meetings_found.about(meetings_found.on_agenda(actor, case)[0])
    return _subject(titles.REMOVE)(actor, asked)


def _add_form(actor: Actor, subject: str, data: Any) -> AgendaForm:
    """Whatever may come before a meeting, those that lack nothing first."""
    some = meeting_cases.candidates(actor, limit=operations.MOST).items
    form = AgendaForm(data, meta={"csrf": False})
    form.cases.choices = [
        (
            str(one.case.id),
            _("%(name)s（%(where)s）", name=_called(one.case), where=_lacking(one.lacks)),
        )
        for one in some
    ]
    whole = [one.case.number for one in some if not one.lacks]
    if len(whole) > 1:
        offer = (_("資料齊全的 %(n)s 件", n=len(whole)), _("、").join(whole))
        form.cases.ask = replace(form.cases.ask, offers=[offer])
    return titled(form, meeting_of(actor, subject))


def _lacking(lacks: Sequence[str]) -> str:
    return _("還缺 %(n)s 項", n=len(lacks)) if lacks else _("資料齊全")


def _remove_form(actor: Actor, subject: str, data: Any) -> OffAgendaForm:
    meeting = meeting_of(actor, subject)
    form = OffAgendaForm(data, meta={"csrf": False})
    form.cases.choices = [
        (str(one.case.id), _called(one.case))
        for one in queries.agenda(actor, meeting)
        if not one.own
    ]
    return titled(form, meeting)


def _called(case: CertificationCase) -> str:
    return f"{case.number} {case.name}"


def titled(form: F, meeting: Meeting) -> F:
    """The form says which meeting it is about, wherever it is read back."""
    form.meta.title = _("%(title)s：%(what)s", title=form.meta.title, what=meeting.name)
    return form


_NUMBERS = re.compile(r"[A-Za-z]{1,6}[-‐]?\d{2,4}[-\d]*")


def _named(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """Every case whose number is in the sentence."""
    said = {*_NUMBERS.findall(asked.words), str(asked.slots.get("case_no", ""))} - {""}
    known = {value for value, _label in form["cases"].plain_choices()}
    cases = [case for one in sorted(said) if (case := named.handled(actor, one)) is not None]
    ids = [str(case.id) for case in cases if str(case.id) in known]
    return {"cases": ids} if ids else {}


def _add(actor: Actor, form: Form, going: Going) -> Reply:
    n = operations.add(actor, id_of(going.subject), _ids(form))
    meeting = meeting_of(actor, going.subject)
    return _after(actor, meeting, _("已排入 %(n)s 件。", n=n))


def _remove(actor: Actor, form: Form, going: Going) -> Reply:
    meeting, wanted = meeting_of(actor, going.subject), set(_ids(form))
    items = [one.item.id for one in queries.agenda(actor, meeting) if one.case.id in wanted]
    n = operations.remove(actor, meeting.id, items)
    return _after(actor, meeting, _("已從議程移出 %(n)s 件。", n=n))


def _ids(form: Form) -> list[int]:
    return [int(one) for one in form["cases"].data or ()]


on_meeting(
    "call", titles.CALL, "certification.meeting_new",
    build=_facts_form, run=_save, fill=_heard, order=52,
    fields={"date": "held_on", "place": "place"},
    warning=lambda _actor, _form: _("出席人員與主席在結案前補上即可。"),
)  # fmt: skip
on_meeting(
    "edit", titles.EDIT, "certification.meeting_edit",
    build=_facts_form, run=_save, subject=_subject(titles.EDIT), stands=_stands, first=_standing,
    order=53,
)  # fmt: skip
on_meeting(
    "add", titles.ADD, "certification.meeting_add",
    build=_add_form, run=_add, subject=_to_add, stands=_stands, fill=_named, order=54,
)  # fmt: skip
on_meeting(
    "remove", titles.REMOVE, "certification.meeting",
    build=_remove_form, run=_remove, subject=_to_remove, stands=_stands, fill=_named, order=55,
    warning=lambda _actor, _form: _("已經登錄的決議會一併移除。"),
)  # fmt: skip
