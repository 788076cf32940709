"""The conversation's pages: the whole page, the panel beside every page, and a form of it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response as FlaskResponse
from flask import g, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.walk import Walk
from forms.wizard import sent_data
from plugin import clock, jobs, web
from plugin.assistant import operations, policy, queries
from plugin.assistant.dialogue.state import Task
from plugin.assistant.dialogue.talk import Talk
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.skills.replies import Link, Part, Progress
from plugin.web import Route, room

PIECEMEAL = "X-Licheng-Chat"
"""Asked for by the script: the reply alone, part by part as it is drawn."""


def conversation() -> str:
    """What was said, and the line to say more."""
    return _page("assistant/conversation.html")


def panel() -> str:
    """The same beside another page."""
    return _page("assistant/panel.html")


def _page(template: str) -> str:
    actor = web.current_actor()
    found = queries.history(actor, row_id(request.args.get("before")))
    return render_template(
        template,
        found=found,
        welcome=queries.welcome(actor) if "before" not in request.args else None,
    )


def say() -> Response | FlaskResponse:
    """Take one thing that is said; answer with the page, or with the reply alone."""
    actor = web.current_actor()
    answer = operations.say(
        actor,
        request.form.get("say") or request.form.get("words", ""),
        files=[one for one in request.files.getlist("file") if one.filename],
        token=request.form.get("token", ""),
        begun_at=getattr(g, "begun_at", None) or clock.now(),
    )
    if request.headers.get(PIECEMEAL) != "1":
        return redirect(url_for("assistant.conversation", _anchor="latest"))

    # Pieces are drawn after the request has been left, when no school's rows are read any more.
    known = {one.job_id: _job_of(one) for one in answer.reply.parts if isinstance(one, Progress)}

    def pieces() -> Iterator[str]:
        for group in _groups(answer.reply.parts):
            yield render_template(
                "assistant/_piece.html", parts=group, job_of=lambda part: known[part.job_id]
            )

    return FlaskResponse(stream_with_context(pieces()), mimetype="text/html")


def _groups(parts: tuple[Part, ...]) -> list[list[Part]]:
    """Buttons that stand together are drawn together."""
    found: list[list[Part]] = []
    for one in parts:
        if found and one.kind == "button" and found[-1][-1].kind == "button":
            found[-1].append(one)
        else:
            found.append([one])
    return found


def job(job_id: int) -> str:
    """How far a job is that was begun in the conversation."""
    actor = web.current_actor()
    found = jobs.find(actor, job_id)
    part = queries.progress_of(actor, job_id)
    return render_template("assistant/_job.html", part=part, job=found)


def forget() -> Response:
    """Clear what was said."""
    operations.forget(web.current_actor())
    return redirect(url_for("assistant.conversation"))


def form(key: str) -> Response:
    """The form of a running task as a page: the same draft, the same rules, the same summary."""
    actor = web.current_actor()
    talk = operations.talk_of(actor)
    task = next((one for one in talk.state.tasks if one.key == key), None)
    if task is None:
        raise NotFound(_("這份表單已經送出或取消了。"), remedy=_("請回到對話，再說一次要辦的事。"))
    skill = talk.skill(task)
    own = skill.page(actor, task.subject) if skill.page else None
    walk = talk.walk(task)
    if request.method == "POST":
        return _posted(talk, task, walk)
    return page.render(
        walk.form(),
        submit=_("下一步：確認內容"),
        cancel=url_for("assistant.conversation"),
        template="assistant/form.html",
        skill=skill,
        own=own,
    )


def _posted(talk: Talk, task: Task, walk: Walk) -> Response:
    sent = walk.post(sent_data())
    if sent.errors:
        return page.render(
            sent,
            submit=_("下一步：確認內容"),
            cancel=url_for("assistant.conversation"),
            template="assistant/form.html",
            skill=talk.skill(task),
            own=None,
        )
    task.skipped = sorted(set(walk.names))
    operations.ask_again(talk, task)
    return redirect(url_for("assistant.conversation", _anchor="latest"))


def address(link: Link) -> str:
    """Where a link of a reply leads, for this session."""
    return url_for(link.endpoint, **dict(link.args))


def _job_of(part: Progress) -> jobs.Job | None:
    """The job of a part; None when it is no longer known, or somebody else's."""
    try:
        return jobs.find(web.current_actor(), part.job_id)
    except NotFound:
        return None


routes = [
    Route("/assistant", conversation, policy.talkers),
    Route("/assistant", say, policy.talkers, ("POST",)),
    Route("/assistant/panel", panel, policy.talkers),
    Route("/assistant/jobs/<int:job_id>", job, policy.talkers),
    Route("/assistant/forget", forget, policy.talkers, ("POST",)),
    Route("/assistant/forms/<key>", form, policy.talkers, ("GET", "POST")),
]
blueprint = room("assistant", routes)
blueprint.context_processor(lambda: {"address_of": address, "job_of": _job_of})
