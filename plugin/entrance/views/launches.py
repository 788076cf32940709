"""The launch log: the administrator's window on everything that came through the door."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _

from lti import vocabulary as v
from lti.advice import advice_for
from lti.errors import EXPLANATIONS
from plugin import web
from plugin.entrance import launches as log

RESULTS = ("ok", "refused")
_MESSAGES = tuple(sorted(v.MESSAGE_TYPES))


def launches() -> str:
    """Launches of the school, narrowed by what was asked for."""
    school_id = web.current_actor().school_id
    assert school_id is not None
    wanted = _wanted()
    return render_template(
        "entrance/launches.html",
        page=log.found(school_id, wanted, request.args.get("after")),
        wanted=wanted,
        narrowed=wanted != log.Wanted(),
        codes=log.codes(school_id),
        messages=_MESSAGES,
        platforms=log.platforms(school_id),
        days=log.DAYS,
        explained=_explained,
    )


def _wanted() -> log.Wanted:
    """Filters of the address; whatever is none of the choices counts as not chosen."""
    asked = request.args
    result, message, days = asked.get("result", ""), asked.get("message", ""), asked.get("days", "")
    code = asked.get("code", "")
    return log.Wanted(
        result=result if result in RESULTS else "",
        code=code if code in EXPLANATIONS else "",
        message=message if message in v.MESSAGE_TYPES else "",
        platform=asked.get("platform", ""),
        days=next((one for one in log.DAYS if str(one) == days), log.Wanted().days),
    )


def _explained(code: str) -> tuple[str, str]:
    """(what happened, what the administrator does) in the reader's language."""
    told = EXPLANATIONS.get(code)
    return (_(told.title), _(advice_for(code))) if told else ("", "")
