"""The public area 環教認證專區: what the office wrote, and the ways in. Nobody needs a session."""

from __future__ import annotations

from flask import request

from plugin import clock
from plugin.certification import policy
from plugin.certification.areas import AREAS, blocks
from plugin.certification.queries import area as queries
from plugin.certification.views.area_shared import ACROSS, of_office, page
from plugin.school import rules
from plugin.school.models import School
from plugin.school.terms import term_of
from plugin.web import Route


@of_office
def area_home(office: School) -> str:
    """Public: 最新消息, searched and paged."""
    return _texts(office, "news", "area_home")


@of_office
def area_texts(office: School, area: str) -> str:
    """Public: the texts of one area."""
    return _texts(office, area, area)


@of_office
def area_text(office: School, announcement_id: int) -> str:
    """Public: one text by itself, for links to it."""
    one = queries.announcement(office.id, announcement_id)
    here = "area_home" if one.area == "news" else one.area
    return page("certification/area_text.html", office, here, one=one, blocks=blocks, areas=AREAS)


@of_office
def area_apply(office: School) -> str:
    """Public: 申請認證, apply anew or come back to one's own case."""
    return page("certification/area_apply.html", office, "area_apply")


@of_office
def area_renew(office: School) -> str:
    """Public: 申請展延."""
    year = term_of(clock.today()).academic_year
    numbers = {
        name: rules.number(office.id, rule, year)
        for name, rule in {
            "opens": "certificate.renewal.opens",
            "closes": "certificate.renewal.closes",
            "hours": "certificate.renewal.hours",
            "digital": "certificate.renewal.digital",
            "years": "certificate.years",
        }.items()
    }
    return page("certification/area_renew.html", office, "area_renew", **numbers)


def _texts(office: School, area: str, here: str) -> str:
    text = request.args.get("q", "")
    found = queries.shown(office.id, area, text, request.args.get("after"))
    return page(
        "certification/area_texts.html",
        office,
        here,
        area=area,
        title=AREAS[area],
        found=found,
        text=text,
        blocks=blocks,
    )


_HOME = "/office/<code>/certification"
_AREA = "any(about,information,courses,questions,law)"

routes = [
    Route(_HOME, area_home, policy.anybody, across=ACROSS),
    Route(f"{_HOME}/<{_AREA}:area>", area_texts, policy.anybody, across=ACROSS),
    Route(f"{_HOME}/texts/<int:announcement_id>", area_text, policy.anybody, across=ACROSS),
    Route(f"{_HOME}/apply", area_apply, policy.anybody, across=ACROSS),
    Route(f"{_HOME}/renew", area_renew, policy.anybody, across=ACROSS),
]
