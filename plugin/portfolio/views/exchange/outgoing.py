"""Packages for other schools."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import db, jobs, web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.portfolio.forms.exchange import ExchangeOutForm, ExchangePasswordForm
from plugin.portfolio.models import ExchangeArrival, Experience, Outcome, OutState
from plugin.portfolio.operations.exchange import outgoing as operations
from plugin.portfolio.queries.exchange import lists
from plugin.portfolio.views._shared import words_of
from plugin.school import queries as school_queries
from plugin.school.models import Person, PersonKind
from plugin.vault import links
from plugin.vault import queries as vault_queries
from reports.exchange import layout

NOTES = {"md5": _l("正在計算檔案的 MD5"), "write": _l("正在寫入並加密")}


def exchange() -> str:
    """Packages that went out and that came in."""
    actor = web.current_actor()
    assert actor.school_id is not None
    packages = lists.outgoing(actor, after=request.args.get("out"))
    return render_template(
        "portfolio/exchange/home.html",
        outgoing=packages,
        given_up=lists.given_up(packages),
        FAILED=OutState.FAILED,
        incoming=lists.incoming(actor, after=request.args.get("in")),
        setting=operations.setting(actor.school_id),
    )


def exchange_password() -> Response | str:
    """The password that packages have from now on."""
    actor = web.current_actor()
    assert actor.school_id is not None
    held = operations.setting(actor.school_id)
    form = ExchangePasswordForm(data={"unit_code": held.unit_code if held else layout().unit_code})
    if form.validate_on_submit():
        try:
            operations.set_password(actor, form.password.data or "", form.unit_code.data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已設定密碼；先前製作的檔案仍用原來的密碼。"))
            return redirect(url_for("portfolio.exchange"))  # type: ignore[return-value]
    return page.render(form, submit=_("儲存密碼"), cancel=url_for("portfolio.exchange"))


def exchange_out_new() -> Response | str:
    """Name the students; look at who they are; have the package made."""
    actor = web.current_actor()
    assert actor.school_id is not None
    form = ExchangeOutForm()
    people: list[Person] = []
    if form.validate_on_submit():
        people = _students(actor, form)
        if not form.errors and request.form.get("act") == "make":
            try:
                made = operations.begin(
                    actor, [one.id for one in people], target=form.target.data or "",
                    reason=form.reason.data or "",
                )  # fmt: skip
            except Refusal as refusal:
                form.add_errors(refusal.fields or {"": words_of(refusal)})
            else:
                return redirect(url_for("portfolio.exchange_out", exchange_out_id=made.id))  # type: ignore[return-value]
    return page.render(
        form,
        cancel=url_for("portfolio.exchange"),
        template="portfolio/exchange/out_new.html",
        people=people,
        confirm=bool(people) and not form.errors,
        ready=operations.setting(actor.school_id) is not None,
    )


def exchange_out(exchange_out_id: int) -> Response | str:
    """One package: progress while it is made, then what is in it and the way to get it."""
    actor = web.current_actor()
    found = operations.seen(actor, exchange_out_id)
    job = db.reading().get(jobs.Job, found.job_id) if found.job_id else None
    dead = job is not None and job.state is jobs.JobState.FAILED
    moving = found.state is OutState.BUILDING and not dead
    if request.headers.get("HX-Request") and not moving:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    file = vault_queries.files([found.file_id]).get(found.file_id) if found.file_id else None
    return render_template(
        "portfolio/exchange/out.html",
        found=found,
        moving=moving,
        state=OutState.FAILED if dead and moving is False and file is None else found.state,
        failure=found.failure or (job.error if dead and job else ""),
        job=job,
        notes=NOTES,
        refresh_seconds=5 if moving else None,
        file=file,
        address=links.url(file, actor) if file else "",
        people=lists.people_of(found.id, after=request.args.get("after")),
    )


def origins() -> dict[str, object]:
    """For the pages of outcomes and experiences: where a record came from."""

    def origin_of(record: Outcome | Experience) -> ExchangeArrival | None:
        return lists.origin_of(record)

    return {"origin_of": origin_of}


def _students(actor: Actor, form: ExchangeOutForm) -> list[Person]:
    assert actor.school_id is not None
    numbers = form.numbers()
    found = school_queries.people_by_number(actor.school_id, numbers)
    unknown = [
        one for one in numbers if one not in found or found[one].kind is not PersonKind.STUDENT
    ]
    if unknown:
        shown = _("、").join(one[:32] for one in unknown[:5])
        form.students.errors = [_("找不到這些學號的學生：%(numbers)s", numbers=shown)]
        return []
    return [found[one] for one in numbers]
