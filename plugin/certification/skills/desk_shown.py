"""The office's queue by talking: what ends first, one case with all that can be done, figures."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.said import day_said
from plugin import skills
from plugin.actor import Actor
from plugin.certification import basis, completeness, policy
from plugin.certification.ending import Left
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import CaseState, Category, CertificationCase, Path
from plugin.certification.queries import named, office, office_case
from plugin.certification.queries.office import Filter
from plugin.certification.skills import found, verbs
from plugin.certification.skills.deciding_titles import DOABLE
from plugin.certification.states import LABELS, OPEN
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Bars, Button, Facts, Link, Part, Reply, Say, Table, reply

QUEUE, CASE, FIGURES = _l("看認證案件"), _l("看一件認證案件"), _l("看認證案件的統計")
_OVER = r"逾期|超過|過期|overdue"
_NEAR = r"快到|快要|將到|最急|soon|urgent"


def _wanted(asked: Asked) -> Filter:
    """What of the queue the words ask for."""
    said = str(asked.slots.get("category", "")) or asked.words
    category = next(
        (
            one
            for words, one in (
                ("行政及教學", Category.BOTH), ("行政", Category.ADMINISTRATIVE),
                ("教學", Category.TEACHING),
            )
            if words in said
        ),
        None,
    )  # fmt: skip
    path = next((one for one in Path if str(dict(PATHS)[one.value])[:2] in said), None)
    state = next(
        (one.value for one in CaseState if one in OPEN and str(LABELS[one].text) in asked.words),
        office.WAITING,
    )
    clock = "over" if found.says(_OVER, asked) else "near" if found.says(_NEAR, asked) else ""
    return Filter(
        state=state,
        clock=clock,
        category=category.value if category else "",
        path=path.value if path else "",
        text=str(asked.slots.get("teacher", "")),
    )


def _queue(actor: Actor, asked: Asked) -> Reply:
    wanted = _wanted(asked)
    lines = office.queue(actor, wanted).items
    n = office.waiting(actor)
    page = Link(_("到認證案件"), "certification.office_queue", wanted.args)
    told = _(
        "輪到承辦單位 %(ours)s 件，快到期 %(near)s 件，已逾期 %(over)s 件。",
        ours=n["ours"], near=n["near"], over=n["over"],
    )  # fmt: skip
    if not lines:
        return reply(told, Say(_("沒有符合的案件。")), page)
    rows = [
        [
            Link(one.case.number, "certification.office_case", {"case_id": one.case.id}),
            one.person_name,
            str(LABELS[one.case.state].text),
            "、".join(until(each) for each in one.clocks if not each.paused),
        ]
        for one in lines[: Table.SHOWN]
    ]
    first = lines[0].case
    return reply(
        Say(told, "warning" if n["over"] else ""),
        Table(
            _("認證案件，先到期的在前"),
            [_("案件編號"), _("申請者"), _("狀態"), _("期限")],
            rows,
            total=office.counts(actor, wanted)[wanted.state],
            more=page,
        ),
        Button(_("看第一件"), f"{CASE} {first.number}"),
    )


def until(one: Left) -> str:
    """A clock in a few words."""
    return _("%(label)s %(day)s", label=one.label, day=_day(one))


def _day(one: Left) -> str:
    words = day_said(one.due_on, weekday=True)
    return words + _("（已逾期）") if one.over else words


def _case(actor: Actor, asked: Asked) -> Reply:
    """:raises NotFound, Conflict, WhichOne: as `found.office_case`."""
    return Reply(tuple(told(found.office_case(actor, asked, frozenset(CaseState), CASE))))


def told(case: CertificationCase) -> list[Part]:
    """What the office sees of a case at a glance, and what it can do."""
    words = {**dict(CATEGORIES), **dict(PATHS)}
    rows = [
        (_("申請者"), case.name, ""),
        (_("現職學校"), case.organisation, ""),
        (_("申請類別"), str(words[case.category.value]), ""),
        (_("申請資格"), str(words[case.path.value]), ""),
        (_("狀態"), str(LABELS[case.state].text), ""),
        *((one.label, _day(one), "") for one in office_case.clocks(case)),
    ]
    parts: list[Part] = [Facts(rows, case.number)]
    missing = completeness.missing(case) if case.state in OPEN else []
    if missing:
        parts.append(Say(_("缺少文件：%(what)s。", what=_("、").join(missing)), "warning"))
    if case.state is CaseState.REVIEW:
        lacks = basis.missing(case)
        words_ = _("還不能通過：%(what)s。", what=_("；").join(lacks)) if lacks else ""
        parts.append(Say(words_ or _("審查意見齊全，可以通過。"), "" if lacks else "good"))
    parts += found.buttons(case, DOABLE.get(case.state, ()))
    return [*parts, found.case_page(case.id)]


def _figures(actor: Actor, _asked: Asked) -> Reply:
    """How many stand where."""
    counts = office.counts(actor, Filter())
    bars = [
        (str(LABELS[one].text), float(counts[one.value]), None)
        for one in CaseState
        if one in OPEN and counts[one.value]
    ]
    told_ = _(
        "辦理中 %(waiting)s 件，已結案 %(decided)s 件。",
        waiting=counts[office.WAITING], decided=counts[office.DECIDED],
    )  # fmt: skip
    shown: list[Part] = [Bars(_("辦理中的案件"), bars, _("件"))] if bars else []
    return reply(told_, *shown, Link(_("看認證統計"), "certification.statistics"))


def _one(actor: Actor, asked: Asked) -> bool:
    """One case is meant, and nothing is to be done with it but look."""
    return bool(found.number_in(asked)) and _looks(actor, asked)


def _looks(_actor: Actor, asked: Asked) -> bool:
    verb = verbs.of(verbs.OFFICE, asked.words)
    return verb == "" or (verb != "meeting" and found.says(verbs.LISTS, asked))


def _many(actor: Actor, asked: Asked) -> bool:
    return not found.number_in(asked) and _looks(actor, asked) and not _counts(actor, asked)


def _counts(_actor: Actor, asked: Asked) -> bool:
    return found.says(r"統計|statistics", asked)


skills.register(
    QuerySkill(
        intent="certification.review",
        name="certification.queue",
        title=QUEUE,
        who=found.OFFICE,
        policy=policy.office,
        answer=_queue,
        suits=_many,
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="certification.review",
        name="certification.case",
        title=CASE,
        who=found.OFFICE,
        policy=policy.office,
        answer=_case,
        suits=_one,
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="certification.status",
        name="certification.case_status",
        title=CASE,
        who=found.OFFICE,
        policy=policy.office,
        answer=_case,
        suits=lambda actor, asked: (
            bool(found.number_in(asked)) and named.own(actor, found.number_in(asked)) is None
        ),
        order=30,
    )
)
for _intent, _name in (("progress.show", "progress"), ("certification.review", "review")):
    skills.register(
        QuerySkill(
            intent=_intent,
            name=f"certification.figures.{_name}",
            title=FIGURES,
            who=found.OFFICE,
            policy=policy.office,
            answer=_figures,
            suits=_counts,
            order=90,
        )
    )
