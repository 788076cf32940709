"""Meetings of the committee by talking: called, their agenda, closed; the operations of the pages.

What is resolved on a case: `meetings_resolving`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import meeting_forms, policy, resolutions
from plugin.certification.forms.meetings import MeetingForm
from plugin.certification.forms.talking import AgendaForm, CertainForm, OffAgendaForm
from plugin.certification.models import CertificationCase, Meeting
from plugin.certification.operations import meeting_closing
from plugin.certification.operations import meetings as operations
from plugin.certification.queries import meeting_cases, named
from plugin.certification.queries import meetings as queries
from plugin.certification.skills import found, meetings_found, meetings_shown
from plugin.certification.skills import meetings_titles as titles
from plugin.errors import Conflict
from plugin.jobs import JobState
from plugin.school.terms import ROC
from plugin.skills import Asked, FormSkill, Going, WhichOne
from plugin.skills.replies import Button, Link, Reply, reply

F = TypeVar("F", bound=Form)

SHOWN = 5
"""Case numbers in a line of what a closing will do; the agenda has them all."""


def on_meeting(verb: str, title: Any, page: str, **more: Any) -> None:
    """Register a form about a meeting of the office.

    :param verb: of `verbs.MEETING`. :param page: endpoint of the page of the same job.
    """

    def link(_actor: Actor, subject: str) -> Link:
        meeting_id = _id(subject)
        return Link(title, page, {"sitting_id": meeting_id} if meeting_id else {})

    skills.register(
        FormSkill(
            intent="certification.review",
            name=f"certification.meeting.{verb}",
            title=title,
            who=found.OFFICE,
            policy=policy.office,
            confirm=more.pop("confirm", title),
            page=link,
            suits=meetings_found.means(verb),
            **more,
        )
    )


def _id(subject: str) -> int:
    """Of a meeting, whatever else stands behind it."""
    kind, _colon, rest = subject.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "meeting" and number.isdecimal() else 0


def _meeting(actor: Actor, subject: str) -> Meeting:
    """:raises NotFound: no such meeting of this office."""
    return queries.seen(actor, _id(subject))


def _stands(actor: Actor, subject: str) -> str:
    meetings_found.still_open(_meeting(actor, subject))
    return subject


def _subject(title: Any) -> Callable[[Actor, Asked], str]:
    def subject(actor: Actor, asked: Asked) -> str:
        one = meetings_found.one(actor, asked, title)
        return meetings_found.about(meetings_found.still_open(one))

    return subject


# What is said of a meeting ----------------------------------------------------------------------


def _facts_form(actor: Actor, subject: str, data: Any) -> MeetingForm:
    known = _meeting(actor, subject) if _id(subject) else None
    form = MeetingForm(data, meta={"csrf": False})
    meeting_forms.offer_members(form, actor, known)
    if known is not None:
        form.meta.title = _("%(title)s：%(what)s", title=titles.EDIT, what=known.name)
    return form


def _standing(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    """A meeting as it stands, as one would type it."""
    kept = {name: _typed(one) for name, one in meeting_forms.said(_meeting(actor, subject)).items()}
    return {name: words for name, words in kept.items() if any(words)}


def _typed(kept: Any) -> list[str]:
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
    meeting = operations.save(actor, meeting_forms.read(form), _id(going.subject) or None)
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
    return _of(form, _meeting(actor, subject))


def _lacking(lacks: Sequence[str]) -> str:
    return _("還缺 %(n)s 項", n=len(lacks)) if lacks else _("資料齊全")


def _remove_form(actor: Actor, subject: str, data: Any) -> OffAgendaForm:
    meeting = _meeting(actor, subject)
    form = OffAgendaForm(data, meta={"csrf": False})
    form.cases.choices = [
        (str(one.case.id), _called(one.case))
        for one in queries.agenda(actor, meeting)
        if not one.own
    ]
    return _of(form, meeting)


def _called(case: CertificationCase) -> str:
    return f"{case.number} {case.name}"


def _of(form: F, meeting: Meeting) -> F:
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
    n = operations.add(actor, _id(going.subject), _ids(form))
    meeting = _meeting(actor, going.subject)
    return _after(actor, meeting, _("已排入 %(n)s 件。", n=n))


def _remove(actor: Actor, form: Form, going: Going) -> Reply:
    meeting, wanted = _meeting(actor, going.subject), set(_ids(form))
    items = [one.item.id for one in queries.agenda(actor, meeting) if one.case.id in wanted]
    n = operations.remove(actor, meeting.id, items)
    return _after(actor, meeting, _("已從議程移出 %(n)s 件。", n=n))


def _ids(form: Form) -> list[int]:
    return [int(one) for one in form["cases"].data or ()]


# Closed -----------------------------------------------------------------------------------------


def _closable(meeting: Meeting) -> bool:
    """Not closed yet, or its closing has failed and may be gone on with."""
    job = queries.job_of(meeting)
    return meeting.closing_at is None or (job is not None and job.state is JobState.FAILED)


def _to_close(actor: Actor, asked: Asked) -> str:
    one = meetings_found.one(actor, asked, titles.CLOSE, _closable)
    return _closing(actor, meetings_found.about(one))


def _closing(actor: Actor, subject: str) -> str:
    """The meeting, with a mark of all that its closing would carry out: once that changes, it is
    shown anew before it can be confirmed.

    :raises Conflict: it is closed. :raises WhichOne: something is missing, with what to do first.
    """
    meeting = _meeting(actor, subject)
    if not _closable(meeting):
        raise Conflict(_("這場會議已經結案。"))
    lacks = meeting_closing.unready(actor, meeting) if meeting.closing_at is None else []
    if lacks:
        open_ = meetings_found.to_resolve(actor, meeting)
        first = [meetings_found.resolve_button(one) for one in open_[:SHOWN]]
        first += [meetings_found.button(one, meeting) for one in (titles.EDIT, titles.ADD)]
        raise WhichOne(
            _("還不能結案：%(what)s。", what=_("；").join(lacks)),
            remedy=_("請先補齊，再結案。"),
            offers=[(one.label, one.say) for one in first],
        )
    return f"{meetings_found.about(meeting)}:{_mark(actor, meeting)}"


def _mark(actor: Actor, meeting: Meeting) -> str:
    facts = [_typed(getattr(meeting, name)) for name in meeting_forms.PLAIN]
    people = [one.person_id for one in queries.members(meeting)]
    agenda = [
        [
            one.item.id, one.item.resolution, one.item.words, sorted(one.item.items.items()),
            [who.person_id for who in one.withdrawn], one.own, bool(one.obstacle),
        ]
        for one in queries.agenda(actor, meeting)
    ]  # fmt: skip
    told = json.dumps([facts, people, agenda], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _close_form(actor: Actor, subject: str, data: Any) -> CertainForm:
    meeting = _meeting(actor, subject)
    meta = {"csrf": False, "title": titles.CLOSE, "meeting_id": meeting.id}
    return _of(CertainForm(data, meta=meta), meeting)


def _preview(actor: Actor, form: Form) -> str:
    """What the closing will do, kind by kind, and what it will not."""
    meeting = queries.seen(actor, form.meta.meeting_id)
    lines = queries.agenda(actor, meeting)
    done = [one for one in lines if not one.own and not one.obstacle]
    kinds = list(resolutions.RESOLUTIONS)
    told = []
    for kind, some in groupby(
        sorted(done, key=lambda one: kinds.index(one.item.resolution)),
        key=lambda one: one.item.resolution,
    ):
        numbers = [one.case.number for one in some]
        told.append(
            _("%(resolution)s %(n)s 件（%(which)s）：%(what)s",
              resolution=resolutions.RESOLUTIONS[kind], n=len(numbers), which=_few(numbers),
              what=resolutions.CONSEQUENCES[kind])
        )  # fmt: skip
    told += [
        _("%(number)s 不會執行：%(why)s",
          number=one.case.number,
          why=_("請由其他承辦人結案，或先移出議程。") if one.own else one.obstacle)
        for one in lines
        if one.own or one.obstacle
    ]  # fmt: skip
    departing = [one.case.number for one in done if one.departs]
    if departing:
        told.append(_("與審查結論不同：%(which)s。", which=_few(departing)))
    told.append(_("結案後會議不能再修改。上列決議會逐件執行，寄出公文與通知，並製作會議紀錄。"))
    return "\n\n".join(told)


def _few(numbers: Iterable[str]) -> str:
    some = list(numbers)
    return str(_("、").join(some[:SHOWN])) + (_("等") if len(some) > SHOWN else "")


def _close(actor: Actor, _form: Form, going: Going) -> Reply:
    meeting_id = _id(going.subject)
    meeting_closing.close(actor, meeting_id)
    meeting = queries.seen(actor, meeting_id)
    told = found.good(_("已結案，正在逐件執行決議；完成後會製作會議紀錄，可以先做別的事。"))
    return reply(told, *meetings_shown.working(actor, meeting))


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
on_meeting(
    "close", titles.CLOSE, "certification.meeting_close",
    build=_close_form, run=_close, subject=_to_close, stands=_closing, order=57,
    warning=_preview, confirm=_l("結案並執行決議"),
)  # fmt: skip
