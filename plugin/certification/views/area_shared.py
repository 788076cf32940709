"""What the views of the public area share: whose area it is, who stands at the door."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from secrets import token_urlsafe
from typing import Any

from flask import current_app, render_template, request, session, url_for
from flask_babel import gettext as _

from plugin import secrets, tenancy
from plugin.certification.areas import AREAS
from plugin.certification.operations.door_counts import Visitor
from plugin.errors import NotFound
from plugin.school import queries as school
from plugin.school.models import School, SchoolKind

ACROSS = "the code in the address says whose public area it is"
OWN_CASES = "certification.case_list"
"""Where whoever comes in by a code is led."""
LIST_OF_PASSED = "certification.pass_list"
_BROWSER = "door"


def of_office(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view that gets the office instead of its code, and sees this office's rows only.

    :raises NotFound: no tenant that issues certificates has this code.
    """

    @wraps(view)
    def found(code: str, **arguments: Any) -> Any:
        office = school.school_by_code(code.upper()[:16])
        if office is None or office.kind is not SchoolKind.ISSUING_OFFICE:
            raise NotFound(_("找不到這個認證專區。"), remedy=_("請檢查網址中的機關代碼。"))
        with tenancy.within(office.id):
            return view(office, **arguments)

    return found


def page(template: str, office: School, here: str, **context: Any) -> str:
    """A page of the area: the menu, and the language asked for kept in its links.

    :param here: which entry of the menu this is.
    """
    return render_template(template, office=office, menu=_menu(office, here), to=to, **context)


def to(endpoint: str, office: School, **values: Any) -> str:
    """The address of a page of the area; a language asked for by address is kept."""
    if lang := request.args.get("lang"):
        values.setdefault("lang", lang)
    return url_for(f"certification.{endpoint}", code=office.code, **values)


def visitor() -> Visitor:
    """Who stands at the door, as digests: the browser by its cookie, the network by its address.

    Of an IPv6 address the first half says which network it is; whoever has one has all the rest.
    """
    if _BROWSER not in session:
        session[_BROWSER] = token_urlsafe(12)
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        network = "unknown"
    else:
        prefix = 64 if address.version == 6 else 32
        network = str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
    return Visitor(
        secrets.digest("door-browser", session[_BROWSER]),
        secrets.digest("door-network", network),
    )


def _menu(office: School, here: str) -> list[dict[str, Any]]:
    entries: list[tuple[str, str, dict[str, Any]]] = [("area_home", str(AREAS["news"]), {})]
    entries += [
        ("area_texts", str(AREAS[area]), {"area": area}) for area in ("about", "information")
    ]
    entries += [("area_apply", _("申請認證"), {}), ("area_renew", _("申請展延"), {})]
    entries += [("area_texts", str(AREAS["courses"]), {"area": "courses"})]
    if LIST_OF_PASSED in current_app.view_functions:
        entries += [("pass_list", _("通過名單"), {})]
    entries += [("area_texts", str(AREAS[area]), {"area": area}) for area in ("questions", "law")]
    entries += [("door_status", _("查詢進度"), {})]
    return [
        {
            "href": to(endpoint, office, **values),
            "text": text,
            "active": here == (values.get("area") or endpoint),
        }
        for endpoint, text, values in entries
    ]
