"""The school side by talking: what is ready, taken back, filed outside, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.forms.school_side import FiledForm, OutcomeNoteForm
from plugin.certification.forms.talking import CertainForm
from plugin.certification.models import CaseState, CertificationCase, Mode
from plugin.certification.modes import mode_of
from plugin.certification.operations import school_side as operations
from plugin.certification.queries import cases, named, own
from plugin.certification.skills import found
from plugin.certification.states import LABELS
from plugin.errors import Conflict
from plugin.skills import Asked, FormSkill, Going, QuerySkill, WhichOne
from plugin.skills.replies import Link, Reply, Say, Table, reply

TAKE_BACK, FILED, OUTCOME = _l("取回修改"), _l("登錄已送件"), _l("登錄審查結果")
LIST = _l("看教職員的認證案件")
_TAKES = r"取回|拿回來改|收回.*(修改|改)"
_FILES = r"送件了|已送件|已經送件|登錄.*送件|送件編號|送到核發機關"
_ENDS = r"(登錄|記下|註記).*(結果|通過|駁回)|結果.*(通過|駁回)|核發機關.*(通過|駁回)"


def _meant(
    actor: Actor, asked: Asked, states: Collection[CaseState], title: Any, *, desk: bool
) -> CertificationCase:
    """One's own case, or, for the school's desk, one of its people.

    :raises NotFound: no such number. :raises Conflict: none stands so. :raises WhichOne: several.
    """
    number = found.number_in(asked)
    if number:
        case = named.at_school(actor, number) if desk else named.own(actor, number)
        if case is None:
            raise found.unknown(number)
        found.require(case, states, title)
        return case
    some = [one.case for one in own.newest(actor) if one.case.state in states]
    if desk and policy.school_desk(actor):
        for state in states:
            some += cases.of_school(actor, state.value).items
    if not some:
        raise Conflict(_("目前沒有可以「%(title)s」的案件。", title=title))
    if len(some) > 1:
        raise WhichOne(
            _("「%(title)s」是哪一件？", title=title),
            offers=[
                (f"{one.number} {one.name}", f"{title} {one.number}")
                for one in some[: found.OFFERED]
            ],
        )
    return some[0]


def _noting(
    verb: str, title: Any, state: CaseState, pattern: str, *, desk: bool, order: int,
    build: Any, run: Any, **more: Any,
) -> None:  # fmt: skip
    """Register one of the school side's notes about a case.

    :param desk: whether the school's desk may, too.
    """

    def subject(actor: Actor, asked: Asked) -> str:
        return found.about(_meant(actor, asked, {state}, title, desk=desk))

    def case_of(actor: Actor, subject: str) -> CertificationCase:
        case_id = found.id_of(subject)
        return cases.seen(actor, case_id) if desk else cases.owned(actor, case_id)

    def stands(actor: Actor, subject: str) -> str:
        found.require(case_of(actor, subject), {state}, title)
        return subject

    def made(actor: Actor, subject: str, data: Any) -> Form:
        form: Form = build(data)
        found.titled(form, case_of(actor, subject), name=desk)
        return form

    def done(actor: Actor, form: Form, going: Going) -> Reply:
        case_id = found.id_of(going.subject)
        words = run(actor, case_id, form)
        return reply(
            found.good(words), Link(_("查看案件"), "certification.case", {"case_id": case_id})
        )

    skills.register(
        FormSkill(
            intent="certification.apply",
            name=f"certification.school.{verb}",
            title=title,
            who=_l("申請者與系統管理者") if desk else found.APPLICANTS,
            policy=policy.applicants,
            build=made,
            subject=subject,
            stands=stands,
            run=done,
            confirm=title,
            suits=lambda actor, asked: _at_school(actor) and found.says(pattern, asked),
            order=order,
            **more,
        )
    )


def _at_school(actor: Actor) -> bool:
    return mode_of(actor.school_id or 0) is Mode.SCHOOL


def _take_back(actor: Actor, case_id: int, _form: Form) -> str:
    operations.take_back(actor, case_id)
    return _("已取回，可以繼續修改；改好後請再確認備妥。")


def _filed(actor: Actor, case_id: int, form: Form) -> str:
    assert isinstance(form, FiledForm)
    assert form.filed_on.data is not None
    operations.note_filed(actor, case_id, form.filed_on.data, form.outside_number.data or "")
    return _("已登錄送件。")


def _outcome(actor: Actor, case_id: int, form: Form) -> str:
    passed = form["passed"].data == "yes"
    operations.note_outcome(actor, case_id, passed, form["note"].data or "")
    return _("已登錄審查結果。")


def _passed(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    if found.says(r"駁回|不通過|沒過", asked):
        return {"passed": ["no"]}
    return {"passed": ["yes"]} if found.says(r"通過|過了", asked) else {}


_noting(
    "take_back", TAKE_BACK, CaseState.PREPARED, _TAKES, desk=False, order=40,
    build=lambda data: CertainForm(data, meta={"csrf": False, "title": TAKE_BACK}),
    run=_take_back,
    warning=lambda _actor, _form: _("取回後可以修改，改好要再確認備妥一次，會是新的版本。"),
)  # fmt: skip
_noting(
    "filed", FILED, CaseState.PREPARED, _FILES, desk=True, order=41,
    build=lambda data: FiledForm(data, meta={"csrf": False}),
    run=_filed, fields={"date": "filed_on"},
)  # fmt: skip
_noting(
    "outcome", OUTCOME, CaseState.FILED, _ENDS, desk=True, order=42,
    build=lambda data: OutcomeNoteForm(data, meta={"csrf": False}),
    run=_outcome, fill=_passed,
)  # fmt: skip


def _list(actor: Actor, _asked: Asked) -> Reply:
    """What the school's people have prepared and filed."""
    page = Link(_("到教職員的認證案件"), "certification.school_cases")
    counts = cases.counts_of_school(actor.school_id or 0)
    some = cases.of_school(actor, "").items
    if not some:
        return reply(_("還沒有教職員備妥的申請案。"), page)
    told = _("、").join(
        _("%(state)s %(count)s 件", state=LABELS[state].text, count=count)
        for state, count in counts.items()
    )
    rows = [
        [
            Link(one.number, "certification.case", {"case_id": one.id}),
            one.name,
            str(LABELS[one.state].text),
            day_said(one.created_at.astimezone(clock.TAIPEI).date()),
        ]
        for one in some[: Table.SHOWN]
    ]
    columns = [_("案件編號"), _("申請者"), _("狀態"), _("開始日期")]
    return reply(
        Say(told),
        Table(_("教職員的認證案件"), columns, rows, total=sum(counts.values()), more=page),
    )


skills.register(
    QuerySkill(
        intent="certification.review",
        name="certification.school_list",
        title=LIST,
        who=_l("系統管理者"),
        policy=policy.school_desk,
        answer=_list,
        suits=lambda actor, _asked: _at_school(actor),
        order=95,
    )
)
