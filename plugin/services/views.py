"""The room's pages, and the door for platforms' notices."""

from __future__ import annotations

import structlog
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lti.errors import LaunchError
from lti.jws import peek
from lti.services.errors import ServiceError
from lti.services.notices import read_notices
from plugin import clock, web
from plugin.services import policy, queries, words
from plugin.services.models import PushState
from plugin.services.operations import errands, pushes, rosters
from plugin.services.operations import notices as notice_operations
from plugin.web import Route, room

log = structlog.get_logger(__name__)

_SHOWN = ("", "unbound", "without", "gone")
_STATES = ("", "good", "failed", "never")


def notices() -> Response:
    """Notices of a platform (PNS). Public, because a platform has no session and no cookie; each
    notice is signed by its platform, and what is not is neither believed nor stored."""
    try:
        tokens = read_notices(request.get_data())
    except ServiceError:
        return _answer(400)
    refused = 0
    for token in tokens:
        try:
            notice_operations.receive(token, _named(token))
        except LaunchError as error:
            refused += 1
            log.warning("notice_refused", code=error.code)
    return _answer(400 if refused == len(tokens) else 200)


def roster_list() -> str:
    """The LMS courses that are the actor's business, and how their rosters stand."""
    actor = web.current_actor()
    assert actor.school_id is not None
    everything = policy.sees_all(actor)
    state = request.args.get("state", "")
    page = queries.rosters(
        actor.school_id,
        teacher_id=None if everything else actor.person_id,
        state=state if state in _STATES else "",
        after=request.args.get("after"),
    )
    return render_template(
        "services/rosters.html", page=page, state=state, everything=everything, **_words()
    )


def roster(context_id: int) -> str:
    """Who is in one LMS course: who is not identified, who has handed in nothing."""
    context = policy.seen_context(web.current_actor(), context_id)
    show = request.args.get("show", "")
    show = show if show in _SHOWN else ""
    return render_template(
        "services/roster.html",
        one=queries.roster(context),
        counts=queries.counts(context.id),
        page=queries.members(context.id, show=show, after=request.args.get("after")),
        show=show,
        roles=words.ROLES,
        progress=words.PROGRESS,
        **_words(),
    )


def refresh(context_id: int) -> Response:
    """Have the roster read now."""
    rosters.ask(web.current_actor(), context_id)
    flash(_("已開始更新名單，人數多時需要幾分鐘。"))
    return redirect(url_for("services.roster", context_id=context_id), 303)


def services() -> str:
    """The administrator's page: rosters that failed, grades on their way, messages, notices."""
    school_id = _school()
    state = PushState.WAITING if request.args.get("show") == "waiting" else PushState.FAILED
    return render_template(
        "services/services.html",
        trouble=queries.trouble(school_id),
        failed=queries.rosters(school_id, state="failed", limit=10),
        counts=queries.push_counts(school_id),
        state=state,
        States=PushState,
        page=queries.pushes(school_id, state, request.args.get("after")),
        errands=queries.errands(school_id),
        errand_words=words.ERRANDS,
        notices=queries.notices(school_id),
        notice_words=words.NOTICES,
        progress=words.PROGRESS,
        **_words(),
    )


def retry_all() -> Response:
    """Tell everything once more that failed."""
    n = pushes.try_again(web.current_actor())
    if n:
        flash(ngettext("%(num)s 筆成績會再送一次。", "%(num)s 筆成績會再送一次。", n))
    else:
        flash(_("沒有需要再送的成績。"))
    return redirect(url_for("services.services"), 303)


def retry(push_id: int) -> Response:
    """Tell one score once more."""
    pushes.try_again(web.current_actor(), push_id)
    flash(_("這筆成績會再送一次。"))
    return redirect(url_for("services.services"), 303)


def retry_errand(errand_id: int) -> Response:
    """Tell one message once more."""
    errands.try_again(web.current_actor(), errand_id)
    flash(_("這則訊息會再送一次。"))
    return redirect(url_for("services.services"), 303)


def _named(token: str) -> tuple[str, str]:
    """Issuer and client that a token says it is from and for; believed for nothing but to find
    whose keys to check it with."""
    claims = peek(token)[1]
    issuer, audience = claims.get("iss"), claims.get("aud")
    if isinstance(audience, list):
        audience = claims.get("azp") or (audience[0] if audience else "")
    if not isinstance(issuer, str) or not isinstance(audience, str):
        return "", ""
    return issuer[:512], audience[:255]


def _answer(status: int) -> Response:
    answer = current_app.make_response("")
    answer.status_code = status
    return answer


def _words() -> dict[str, object]:
    return {"advice": words.advice, "standing": words.standing, "now": clock.now()}


def _school() -> int:
    school_id = web.current_actor().school_id
    assert school_id is not None
    return school_id


_POST = ("POST",)

routes = [
    Route(
        "/lti/notices",
        notices,
        policy.anybody,
        methods=_POST,
        csrf=False,
        across="a notice names its platform; the deployment in it says of which school it is",
    ),
    Route("/rosters", roster_list, policy.staff),
    Route("/rosters/<int:context_id>", roster, policy.staff),
    Route("/rosters/<int:context_id>/now", refresh, policy.staff, methods=_POST),
    Route("/connections/services", services, policy.administrators),
    Route("/connections/services/grades", retry_all, policy.administrators, methods=_POST),
    Route(
        "/connections/services/grades/<int:push_id>", retry, policy.administrators, methods=_POST
    ),
    Route(
        "/connections/services/messages/<int:errand_id>",
        retry_errand,
        policy.administrators,
        methods=_POST,
    ),
]
blueprint = room("services", routes)
