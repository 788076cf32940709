"""Pages of the inbox, and of the audit log for administrators."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import web
from plugin.actor import Role
from plugin.ids import row_id
from plugin.trail import operations, queries
from plugin.web import Route, room


def inbox() -> str:
    """The person's notices, newest first."""
    actor = web.current_actor()
    assert actor.school_id is not None
    assert actor.person_id is not None
    found = queries.inbox(actor.school_id, actor.person_id, row_id(request.args.get("before")))
    return render_template(
        "trail/inbox.html",
        found=found,
        unread=queries.unread(actor.school_id, actor.person_id),
    )


def open_message(message_id: int) -> Response:
    """Mark a notice as read and go where it leads."""
    message = operations.read_message(web.current_actor(), message_id)
    inside = message.path.startswith("/") and not message.path.startswith(("//", "/\\"))
    if inside:
        return redirect(request.script_root + message.path)
    return redirect(url_for("trail.inbox"))


def read_all() -> Response:
    """Mark every notice as read."""
    done = operations.read_all(web.current_actor())
    flash(_("已將 %(n)s 則通知標為已讀。", n=done))
    return redirect(url_for("trail.inbox"))


def audit() -> str:
    """The school's audit log, newest first, by verb and by person."""
    actor = web.current_actor()
    verb = request.args.get("verb", "")
    person_id = row_id(request.args.get("person"))
    return render_template(
        "trail/audit.html",
        found=queries.events(
            actor.school_id,
            verb=verb,
            person_id=person_id,
            before=row_id(request.args.get("before")),
        ),
        verbs=queries.verbs(actor.school_id),
        verb=verb,
        person_id=person_id,
    )


routes = [
    Route("/inbox", inbox, web.bound),
    Route("/inbox/<int:message_id>", open_message, web.bound, methods=("POST",)),
    Route("/inbox/read", read_all, web.bound, methods=("POST",)),
    Route("/audit", audit, web.holding(Role.ADMINISTRATOR)),
]
blueprint = room("trail", routes)
