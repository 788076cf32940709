"""Which case a sentence means, and what can be meant when it says none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin.actor import Actor
from plugin.certification.models import CaseState, CertificationCase
from plugin.certification.queries import named, office, own
from plugin.certification.queries.office import Filter
from plugin.certification.states import LABELS
from plugin.errors import Conflict, NotFound, Refusal
from plugin.skills import NEW, Asked, WhichOne
from plugin.skills.replies import Button, Link, Part, Say

APPLICANTS = _l("申請認證的教職員")
OFFICE = _l("核發機關承辦人")
REVIEWERS = _l("審查委員")
OFFERED = 6
"""Cases to press; the page has them all."""
LOOKED_AT = 200
"""Of the queue, what ends first."""

_NUMBER = re.compile(r"[A-Za-z]{1,6}[-‐]?\d{2,4}[-\d]*")


def number_in(asked: Asked) -> str:
    """The case number that the sentence holds; "" none."""
    said = str(asked.slots.get("case_no", ""))
    if said:
        return said
    found = _NUMBER.search(asked.words)
    return found[0] if found else ""


def says(words: str, asked: Asked) -> bool:
    """Whether the sentence holds one of these words (a pattern)."""
    return bool(re.search(words, asked.words, re.IGNORECASE))


def about(case: CertificationCase) -> str:
    """Subject of a form about a case."""
    return f"case:{case.id}"


def id_of(subject: str) -> int:
    """The number behind the colon of a subject; 0: there is none."""
    number = subject.partition(":")[2]
    return int(number) if number.isdecimal() else 0


def own_case(
    actor: Actor, asked: Asked, states: Collection[CaseState], title: Any
) -> CertificationCase:
    """The actor's own case that is meant.

    :raises NotFound: no such number. :raises Conflict: none of them stands so.
    :raises WhichOne: several do.
    """
    number = number_in(asked)
    if number:
        case = named.own(actor, number)
        if case is None:
            raise unknown(number)
        require(case, states, title)
        return case
    return _only([one.case for one in own.newest(actor) if one.case.state in states], title)


def office_case(
    actor: Actor, asked: Asked, states: Collection[CaseState], title: Any
) -> CertificationCase:
    """The case of the actor's office that is meant, by its number or its applicant's name.

    :raises NotFound, Conflict, WhichOne: as `own_case`.
    """
    number = number_in(asked)
    if number:
        case = named.handled(actor, number)
        if case is None:
            raise unknown(number)
        require(case, states, title)
        return case
    wanted = Filter(text=str(asked.slots.get("teacher", "")))
    lines = office.queue(actor, wanted, limit=LOOKED_AT).items
    return _only([one.case for one in lines if one.case.state in states], title)


def require(case: CertificationCase, states: Collection[CaseState], title: Any) -> None:
    """:raises Conflict: it stands otherwise."""
    if case.state not in states:
        raise Conflict(
            _(
                "案件 %(number)s 目前是「%(state)s」，不能「%(title)s」。",
                number=case.number, state=LABELS[case.state].text, title=title,
            )
        )  # fmt: skip


def unknown(number: str) -> Refusal:
    """No such case, or not for this person."""
    return NotFound(
        _("找不到案件「%(number)s」。", number=number), remedy=_("請檢查案件編號後再說一次。")
    )


def _only(found: Sequence[CertificationCase], title: Any) -> CertificationCase:
    if not found:
        raise Conflict(_("目前沒有可以「%(title)s」的案件。", title=title))
    if len(found) > 1:
        raise WhichOne(
            _("「%(title)s」是哪一件？", title=title),
            offers=[
                (
                    f"{one.number} {one.name}（{LABELS[one.state].text}）",
                    f"{title} {one.number}",
                )
                for one in found[:OFFERED]
            ],
        )
    return found[0]


def titled(form: Form, case: CertificationCase, *, name: bool = True) -> None:
    """The form says which case it is about, wherever it is read back.

    :param name: whether its applicant is named, too.
    """
    told = _("%(title)s：%(what)s", title=form.meta.title,
             what=f"{case.number} {case.name}" if name else case.number)  # fmt: skip
    form.meta.title = told


def buttons(case: CertificationCase, titles: Sequence[Any]) -> list[Part]:
    """What can be done with a case, to press."""
    return [Button(title, f"{title} {case.number}") for title in titles]


def case_page(case_id: int) -> Link:
    """The office's page of a case."""
    return Link(_("查看案件"), "certification.office_case", {"case_id": case_id})


def good(words: str) -> Say:
    """It is done."""
    return Say(words, "good")


def is_new(subject: str) -> bool:
    """Nothing stands behind it yet."""
    return subject == NEW
