"""The first steps of somebody who came in: who are you, which course is this, what to add."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import forms.page
from plugin import web
from plugin.actor import Role
from plugin.entrance import loading, queries, visits
from plugin.entrance.forms import ClaimForm, CoursesForm
from plugin.entrance.models import CodePurpose
from plugin.entrance.operations import binding, claiming, sessions
from plugin.errors import NotFound, Refusal
from plugin.school import queries as schools
from plugin.school.models import SchoolKind


def waiting() -> Response | str:
    """Not bound yet: what is missing, and the field for a code."""
    actor = web.current_actor()
    found = loading.launched()
    if found is None:  # the launch was forgotten while its page stood open
        raise web.session_missing()
    if actor.person_id is not None:
        return redirect(url_for("entrance.onward"))
    account = (
        queries.account(found.school_id, found.launch_person_id)
        if found.launch_person_id is not None
        else None
    )
    return render_template(
        "entrance/waiting.html",
        account=account,
        form=ClaimForm(formdata=None),
        course_bound=bool(actor.course_ids),
        in_course=found.launch_context_id is not None,
    )


def claim() -> Response:
    """Enter a one-time code."""
    form = ClaimForm()
    if form.validate_on_submit():
        try:
            purpose = claiming.claim(web.current_actor(), form.code.data or "")
        except Refusal as refusal:
            form.code.errors = [refusal.fields.get("code", refusal.message)]
        else:
            if purpose is CodePurpose.ADMINISTRATOR:
                flash(_("您現在是這所學校的歷程系統管理者。"))
            else:
                flash(_("認領完成，您的帳號已經與校內資料配對。"))
            return redirect(url_for("entrance.onward"), 303)
    return forms.page.render(form, submit=_("認領"), cancel=url_for("desk.home"))


def course() -> Response:
    """Which roster courses the LMS course of this launch stands for; a teacher chooses own ones."""
    found = loading.launched()
    if found is None or found.launch_context_id is None:
        raise NotFound(_("這次不是從課程進入的。"))
    if schools.school(found.school_id).kind is SchoolKind.ISSUING_OFFICE:
        return redirect(url_for("desk.home"))  # nothing is taught there
    return choose_courses(found.launch_context_id)


def choose_courses(context_id: int) -> Response:
    """The form, for a teacher's launch or for the registry's list."""
    actor = web.current_actor()
    assert actor.school_id is not None
    context = queries.context(actor.school_id, context_id)
    bound = queries.courses_of_context(context.id)
    registry = actor.has(Role.REGISTRY, Role.ADMINISTRATOR)
    offered = queries.choosable_courses(
        actor.school_id,
        None if registry else actor.person_id,
        bound,
        request.args.get("text", ""),
    )
    form = CoursesForm(data={"courses": [str(one.id) for one in bound]})
    form.courses.choices = [(str(one.id), f"{one.number} {one.name}") for one in offered]
    if form.validate_on_submit():
        binding.choose_courses(actor, context.id, [int(one) for one in form.courses.data])
        flash(_("課程對應已儲存。"))
        back = "entrance.contexts" if request.endpoint == "entrance.context" else "entrance.onward"
        return redirect(url_for(back), 303)
    return forms.page.render(
        form,
        submit=_("儲存對應"),
        cancel=url_for("desk.home"),
        template="entrance/course.html",
        context=context,
        offered=offered,
        registry=registry,
        text=request.args.get("text", ""),
    )


def language() -> Response:
    """Remember the language for this session."""
    locale = request.form.get("locale", "")
    if locale in {"zh_Hant_TW", "en"}:
        session["locale"] = locale
    target = request.form.get("next", "")
    # Only a path of our own; "//host" would be another site.
    safe = target.startswith("/") and not target.startswith(("//", "/\\"))
    return redirect(request.script_root + target if safe else url_for("desk.home"), 303)


def leave() -> Response:
    """Log out."""
    found, door = loading.launched(), visits.door()
    if found is not None:
        sessions.end(found.id)
    return current_app.make_response(render_template("entrance/left.html", door=door))
