"""Give a role or take it back by talking; roles of the roster are set with classes and courses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import clock, skills
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.school import operations, policy, queries
from plugin.school.models import Person, PersonKind, RoleGrant
from plugin.school.picking_forms import GrantToForm, RevokeFromForm
from plugin.school.roles import LABELS
from plugin.school.skills.calendar import KEEPERS
from plugin.skills import NEW, Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Link, Reply, Say, reply

ADMINISTRATOR = _l("系統管理者")
STAFF = 1000
"""So many of the staff can be chosen from when nobody was named."""
NAMED = 5
"""So many of the same name are told."""
_TAKES = re.compile(
    r"取消|移除|撤|拿掉|收回|停用|刪|不再|不要再|離職|解除|revoke|remove|take away|withdraw",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"到|止|until|till", re.IGNORECASE)
_OF_ROSTER = re.compile(r"導師|导师|班導|代理|代課|家長|homeroom|substitute|parent", re.IGNORECASE)
_WORDS = (
    (Role.ADMINISTRATOR, r"管理|admin"),
    (Role.REGISTRY, r"註冊|注册|教務|registry|registrar"),
    (Role.STUDENT_AFFAIRS, r"學務|学务|student affairs"),
    (Role.COUNSELLOR, r"諮詢|咨询|輔導|counsel"),
    (Role.REVIEWER, r"審查|审查|review"),
    (Role.EXCHANGE, r"交換|exchange"),
    (Role.IR_OFFICER, r"校務研究|\bIR\b|institutional"),
    (Role.UNIT_STAFF, r"填報|unit staff"),
)
"""How people call the roles beside their labels; the first that is named holds."""


def _school(actor: Actor) -> int:
    return policy.require_administrator(actor)


def _called(person: Person) -> str:
    return _("%(name)s（%(number)s）", name=person.name, number=person.number)


def _named(actor: Actor, asked: Asked) -> Person | None:
    """The one of the staff whom the sentence names; None: it names nobody.

    :raises NotFound: nobody is called so. :raises InvalidInput: several are.
    """
    text = str(asked.slots.get("teacher", "")).strip()
    if not text:
        return None
    found = [
        one
        for one in queries.search_people(_school(actor), text, kind=PersonKind.STAFF).items
        if one.active
    ]
    exact = [one for one in found if text in {one.name, one.number}]
    found = exact or found
    if not found:
        raise NotFound(
            _("找不到「%(name)s」這位在職的教職員。", name=text),
            remedy=_("請說出全名或教職員編號；新進人員請先在「人員」頁新增。"),
        )
    if len(found) > 1:
        names = _("、").join(_called(one) for one in found[:NAMED])
        raise InvalidInput(
            _("符合「%(name)s」的教職員不只一位：%(names)s。", name=text, names=names),
            remedy=_("請再說一次，並改說全名或教職員編號。"),
        )
    return found[0]


def _role(asked: Asked) -> Role | None:
    """The role that the slot names, by the words that the labels do not know."""
    text = str(asked.slots.get("role", ""))
    return next((one for one, words in _WORDS if re.search(words, text, re.IGNORECASE)), None)


def _id(subject: str) -> int:
    return int(subject.partition(":")[2])


def _whom(actor: Actor, asked: Asked) -> str:
    person = _named(actor, asked)
    return f"person:{person.id}" if person else NEW


def _grant_form(actor: Actor, subject: str, data: Any) -> GrantToForm:
    form = GrantToForm(data, meta={"csrf": False})
    if subject == NEW:
        staff = queries.search_people(_school(actor), kind=PersonKind.STAFF, limit=STAFF).items
        some = [one for one in staff if one.active]
    else:
        one = queries.person(_school(actor), _id(subject))
        some = [one] if one is not None else []
    form.person_id.choices = [(str(one.id), _called(one)) for one in some]
    return form


def _grant_first(_actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return {} if subject == NEW else {"person_id": [str(_id(subject))]}


def _grant_fill(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """The role by its everyday name; a bare day begins it, or ends it where the words say so;
    without a day it begins today, as on the page."""
    role, day = _role(asked), str(asked.slots.get("date", ""))
    given = {"role": [role.value]} if role else {}
    ends = bool(day and _UNTIL.search(asked.words))
    if ends:
        given["ends_on"] = [day]
    if "date_from" not in asked.slots:
        given["starts_on"] = [day if day and not ends else clock.today().isoformat()]
    return given


def _grant(actor: Actor, form: Form, _going: Going) -> Reply:
    assert isinstance(form, GrantToForm)
    role = Role(form.role.data)
    made = operations.grant_role(
        actor,
        int(form.person_id.data),
        role,
        reason=form.reason.data or "",
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
    )
    return reply(
        Say(_("已授予「%(role)s」。", role=LABELS[role]), "good"),
        Link(_("看這個人的角色"), "school.person", {"person_id": made.person_id}),
    )


def _grant_warning(_actor: Actor, form: Form) -> str:
    if form["role"].data != Role.ADMINISTRATOR:
        return ""
    return _("系統管理者可以變更角色與規則，並查看全校的設定與稽核紀錄。")


def _standing(actor: Actor, person_id: int | None = None) -> list[tuple[RoleGrant, Person]]:
    """Grants that can be taken back."""
    today = clock.today()
    return [
        (grant, holder)
        for grant, holder in queries.grants(_school(actor), person_id=person_id)
        if grant.revoked_at is None and (grant.ends_on is None or grant.ends_on >= today)
    ]


def _which(actor: Actor, asked: Asked) -> str:
    """The grant that is meant, or the person who has several.

    :raises NotFound: the person has none that could be taken back.
    """
    person = _named(actor, asked)
    if person is None:
        return NEW
    held = [grant for grant, _holder in _standing(actor, person.id)]
    role = _role(asked)
    fitting = [one for one in held if role is not None and one.role == role] or held
    if not fitting:
        raise NotFound(
            _("%(name)s目前沒有可以撤銷的角色。", name=person.name),
            remedy=_("導師請在班級設定，代理人請在課程設定，家長請由學生資料連結。"),
        )
    return f"grant:{fitting[0].id}" if len(fitting) == 1 else f"person:{person.id}"


def _revoke_form(actor: Actor, subject: str, data: Any) -> RevokeFromForm:
    form = RevokeFromForm(data, meta={"csrf": False})
    if subject.startswith("grant:"):
        some = [queries.grant(_school(actor), _id(subject))]
    else:
        some = _standing(actor, None if subject == NEW else _id(subject))
    form.grant_id.choices = [
        (
            str(grant.id),
            _("%(who)s：%(role)s", who=_called(holder), role=LABELS[Role(grant.role)]),
        )
        for grant, holder in some
    ]
    return form


def _revoke_first(_actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return {"grant_id": [str(_id(subject))]} if subject.startswith("grant:") else {}


def _revoke(actor: Actor, form: Form, _going: Going) -> Reply:
    assert isinstance(form, RevokeFromForm)
    gone = operations.revoke_role(actor, int(form.grant_id.data), form.reason.data or "")
    return reply(
        Say(_("已撤銷「%(role)s」，立即生效。", role=LABELS[Role(gone.role)]), "good"),
        Link(_("看這個人的角色"), "school.person", {"person_id": gone.person_id}),
    )


def _of_roster(asked: Asked) -> bool:
    return bool(_OF_ROSTER.search(str(asked.slots.get("role") or asked.words)))


def _roster(actor: Actor, asked: Asked) -> Reply:
    """Where homeroom teachers and substitutes are set.

    :raises NotAllowed: another role is meant, which the registry does not give.
    """
    if not _of_roster(asked) and not policy.administrators(actor):
        raise NotAllowed(_("授予與撤銷角色由系統管理者辦理。"), remedy=_("請洽貴校的系統管理者。"))
    return reply(
        _("這幾個角色由名冊決定：導師在班級設定，代理人在課程設定，家長由學生資料連結。"),
        Link(_("到班級頁"), "school.classes"),
        Link(_("到課程頁"), "school.courses"),
    )


skills.register(
    FormSkill(
        intent="role.grant",
        title=_l("授予角色"),
        who=ADMINISTRATOR,
        policy=policy.administrators,
        build=_grant_form,
        fields={
            "role": "role", "date_from": "starts_on", "date_to": "ends_on", "reason": "reason",
        },
        subject=_whom,
        first=_grant_first,
        fill=_grant_fill,
        run=_grant,
        confirm=_l("授予角色"),
        warning=_grant_warning,
        page=lambda _actor, _subject: Link(_l("到角色頁"), "school.roles"),
        suits=lambda _actor, asked: not _of_roster(asked) and not _TAKES.search(asked.words),
        order=10,
    )
)  # fmt: skip
skills.register(
    FormSkill(
        intent="role.grant",
        name="role.revoke",
        title=_l("撤銷角色"),
        who=ADMINISTRATOR,
        policy=policy.administrators,
        build=_revoke_form,
        fields={"reason": "reason"},
        subject=_which,
        first=_revoke_first,
        run=_revoke,
        confirm=_l("撤銷"),
        warning=lambda _actor, _form: _("撤銷後立即生效；需要時可以重新授予。"),
        page=lambda _actor, _subject: Link(_l("到角色頁"), "school.roles"),
        suits=lambda _actor, asked: not _of_roster(asked) and bool(_TAKES.search(asked.words)),
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="role.grant",
        name="role.roster",
        title=_l("設定導師或代理人"),
        who=KEEPERS,
        policy=policy.keepers,
        answer=_roster,
        suits=lambda _actor, asked: _of_roster(asked),
        order=30,
    )
)
