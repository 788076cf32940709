"""A reviewer by talking: one's own cases, which of them is meant, what comes next."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.said import day_said
from plugin import skills
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import ReviewVerdict
from plugin.certification.outlook import VERDICTS
from plugin.certification.queries import named
from plugin.certification.queries import review as queries
from plugin.certification.queries.review import Mine
from plugin.certification.skills import found, verbs
from plugin.errors import Conflict
from plugin.skills import Asked, QuerySkill, WhichOne
from plugin.skills.replies import Button, Facts, Link, Part, Reply, Say, Table, reply

SAID_VERDICTS = (
    (ReviewVerdict.CORRECT, r"補正|請補|補件"),
    (ReviewVerdict.ORAL, r"口試|展示"),
    (ReviewVerdict.UNFIT, r"不適合|不通過|駁回|不合格"),
    (ReviewVerdict.FIT, r"適合|通過|合格|同意"),
)
"""What is thought of a case, in the words that people use for it; the first that fits."""
LIST, DECLARE, SCORE = _l("看我的審查案件"), _l("聲明有無迴避"), _l("填寫審查表")


def meant(actor: Actor, asked: Asked, title: Any, *, declared: bool) -> Mine:
    """The assignment that is meant: by the number of its case, or the only one that waits.

    :raises NotFound: no such. :raises Conflict: nothing waits. :raises WhichOne: several do.
    """
    mine = queries.mine(actor)
    number = found.number_in(asked)
    if number:
        wanted = named.plain(number)
        one = next((one for one in mine if named.plain(one.case.number) == wanted), None)
        if one is None:
            raise found.unknown(number)
        return one
    waits = [
        one
        for one in mine
        if not one.handed_in and (one.assignment.declared_at is not None) is declared
    ]
    if not waits:
        raise Conflict(_("目前沒有可以「%(title)s」的案件。", title=title))
    if len(waits) > 1:
        raise WhichOne(
            _("「%(title)s」是哪一件？", title=title),
            offers=[
                (_("%(number)s，%(due)s前", number=one.case.number,
                   due=day_said(one.assignment.due_on)), f"{title} {one.case.number}")
                for one in waits[: found.OFFERED]
            ],
        )  # fmt: skip
    return waits[0]


def _list(actor: Actor, asked: Asked) -> Reply:
    """What one has to do, what is due first on top; a case that is named with what comes next."""
    if found.number_in(asked):
        return Reply(tuple(_told(meant(actor, asked, LIST, declared=True))))
    mine = queries.mine(actor)
    waits = [one for one in mine if not one.handed_in]
    page = Link(_("到審查案件"), "certification.reviews")
    if not waits:
        return reply(Say(_("目前沒有等您審查的案件。"), "good"), page)
    rows = [
        [
            Link(one.case.number, "certification.review", {"review_id": one.assignment.id}),
            _state(one),
            day_said(one.assignment.due_on, weekday=True),
        ]
        for one in waits[: Table.SHOWN]
    ]
    first = waits[0]
    return reply(
        _("有 %(n)s 件等您審查，先到期的在前。", n=len(waits)),
        Table(
            _("我的審查案件"), [_("案件編號"), _("進度"), _("交回期限")], rows,
            total=len(waits), more=page,
        ),
        following(first),
    )  # fmt: skip


def _state(one: Mine) -> str:
    if one.handed_in:
        return _("已交回")
    return _("可以審查") if one.assignment.declared_at is not None else _("請先聲明有無迴避")


def following(one: Mine) -> Button:
    title = SCORE if one.assignment.declared_at is not None else DECLARE
    return Button(
        _("%(title)s：%(what)s", title=title, what=one.case.number), f"{title} {one.case.number}"
    )


def _told(one: Mine) -> list[Part]:
    """Before the declaration nothing but its number."""
    page = Link(_("查看案件"), "certification.review", {"review_id": one.assignment.id})
    rows = [
        (_("進度"), _state(one), ""),
        (_("交回期限"), day_said(one.assignment.due_on, weekday=True), ""),
    ]
    if queries.is_open(one.assignment, one.case):
        words = {**dict(CATEGORIES), **dict(PATHS)}
        rows += [
            (_("申請類別"), str(words[one.case.category.value]), ""),
            (_("申請資格"), str(words[one.case.path.value]), ""),
        ]
    if one.score is not None and one.score.verdict is not None:
        rows.append((_("審查結論"), str(VERDICTS[one.score.verdict]), ""))
    acts = [] if one.handed_in else [following(one)]
    return [Facts(rows, one.case.number), *acts, page]


def _office_too(actor: Actor, asked: Asked) -> bool:
    """Somebody of the office who reviews, too, means the office's case by these words."""
    return (
        policy.office(actor)
        and bool(found.number_in(asked))
        and not any(
            named.plain(one.case.number) == named.plain(found.number_in(asked))
            for one in queries.mine(actor)
        )
    )


def is_meant(*names: str) -> Any:
    def suits(actor: Actor, asked: Asked) -> bool:
        listed = found.says(verbs.LISTS, asked)
        verb = "" if listed else verbs.of(verbs.REVIEWER, asked.words) or _judged(asked)
        return verb in names and not _office_too(actor, asked)

    return suits


def _judged(asked: Asked) -> str:
    """通過, 駁回, 補正 of a case is said on its sheet."""
    judged = any(found.says(words, asked) for _one, words in SAID_VERDICTS)
    return "score" if judged else ""


skills.register(
    QuerySkill(
        intent="certification.review",
        name="review.list",
        title=LIST,
        who=found.REVIEWERS,
        policy=policy.reviewers,
        answer=_list,
        suits=is_meant(""),
        order=50,
    )
)
