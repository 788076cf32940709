"""Until when: the clocks of one's own cases, sheets that are due, when a certificate is renewed."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.queries import certificates, office, own, renewals, review
from plugin.certification.queries.office import Filter
from plugin.certification.skills import found
from plugin.school import policy as school
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Link, Reply, Say, Table, reply

TITLE = _l("看認證案件的期限")
_NAMED = r"環教|環境教育|補正|繳費|審查費|展延|證書|案件|EE certif|renewal"

Row = tuple[str, Link, str]
"""What, of which case, until when."""


def _show(actor: Actor, _asked: Asked) -> Reply:
    rows = [*_own(actor), *_sheets(actor), *_desk(actor)]
    if not rows:
        return reply(Say(_("目前沒有與您有關、尚未截止的期限。"), "good"))
    shown = [list(one) for one in rows[: Table.SHOWN]]
    columns = [_("項目"), _("案件"), _("期限")]
    return reply(Table(_("認證案件的期限"), columns, shown, total=len(rows)))


def _own(actor: Actor) -> list[Row]:
    """What one has to do oneself, and the renewal of one's certificates."""
    mine = [one.case for one in own.newest(actor)]
    clocks = office.clocks_of(actor.school_id or 0, [one.id for one in mine])
    rows = [
        (left.label, Link(one.number, "certification.case", {"case_id": one.id}),
         day_said(left.due_on, weekday=True))
        for one in mine
        for left in clocks.get(one.id, ())
        if not left.paused
    ]  # fmt: skip
    held = certificates.mine(actor)
    offers = renewals.offers(held)
    return rows + [
        (
            _("申請展延"),
            Link(one.number, "certification.my_certificate", {"certificate_id": one.id}),
            _(
                "%(opens)s 至 %(closes)s",
                opens=day_said(offers[one.id].window.opens_on),
                closes=day_said(offers[one.id].window.closes_on),
            ),
        )
        for one in held
        if one.id in offers
        and offers[one.id].case is None
        and offers[one.id].window.closes_on >= clock.today()
    ]


def _sheets(actor: Actor) -> list[Row]:
    return [
        (
            _("交回審查表"),
            Link(one.case.number, "certification.review", {"review_id": one.assignment.id}),
            day_said(one.assignment.due_on, weekday=True),
        )
        for one in review.mine(actor)
        if not one.handed_in
    ]


def _desk(actor: Actor) -> list[Row]:
    """Of the office's queue what ends first."""
    if not policy.office(actor):
        return []
    return [
        (
            left.label,
            Link(line.case.number, "certification.office_case", {"case_id": line.case.id}),
            day_said(left.due_on, weekday=True),
        )
        for line in office.queue(actor, Filter()).items
        for left in line.clocks
        if not left.paused
    ]


skills.register(
    QuerySkill(
        intent="deadline.show",
        name="certification.deadlines",
        title=TITLE,
        who=found.APPLICANTS,
        policy=policy.applicants,
        answer=_show,
        suits=lambda actor, asked: not school.onlookers(actor) or found.says(_NAMED, asked),
        order=20,
    )
)
