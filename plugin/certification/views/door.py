"""The door of the public area: an address proved by a code, a session begun; a case's status."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask import current_app, flash, make_response, redirect, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page as form_page
from forms.definition import Form
from forms.page import INVALID
from plugin import clock, db, web
from plugin.certification import human, policy
from plugin.certification.areas import blocks
from plugin.certification.case_words import BY_APPLICANT, CATEGORIES, NEXT
from plugin.certification.forms.door import AddressForm, CodeForm, EntryForm, StatusForm
from plugin.certification.models import EntryCode
from plugin.certification.operations import addresses, door, door_counts
from plugin.certification.queries import area as queries
from plugin.certification.views.area_shared import (
    ACROSS,
    OWN_CASES,
    of_office,
    page,
    to,
    visitor,
)
from plugin.entrance.session import IN_PATH, VISITOR, outside, visitor_of
from plugin.entrance.tokens import digest, new_token
from plugin.errors import Refusal
from plugin.school.models import School
from plugin.school.operations.applicants import masked
from plugin.settings import Settings
from plugin.web import Route

ENTRY, LOOKED_UP = "door_entry", "door_case"
"""Keys of the browser's own session: the code it waits for, the case it may look at."""
LOOKS = timedelta(minutes=10)
HONEYPOT = "website"
"""A field that people do not see, and programs fill in."""


@of_office
def door_enter(office: School) -> Response:
    """Public: national ID and address; a code goes to the address, whoever it is."""
    if (away := _away()) is not None:
        return away
    form = EntryForm()
    question: human.Question | None = None
    if request.method == "POST":
        ticket = human.read(office.id, request.form.get("question", ""))
        if not form.validate():
            # Whoever mistyped their ID is not asked another question for it.
            question = ticket.question if ticket is not None and ticket.fresh else None
        elif _is_a_person(form, ticket, office):
            try:
                session[ENTRY] = door.send(
                    office.id, form.national_id.data or "", form.email.data or "", visitor()
                )
            except Refusal as refusal:
                _show(form, refusal)
            else:
                return redirect(to("door_code", office), 303)
    if question is None:
        question = human.ask(office.id, str(get_locale()))
        form.answer.raw_data, form.answer.data = [], ""
    form.answer.label.text = question.words
    return _form_page("certification/door_enter.html", office, form, question=question)


@of_office
def door_code(office: School) -> Response:
    """Public: the code of the mail. Whoever types it is in."""
    if (away := _away()) is not None:
        return away
    waiting = _waiting(office)
    if waiting is None:
        return redirect(to("door_enter", office))
    form = CodeForm()
    if form.validate_on_submit():
        cookie = request.cookies[VISITOR] if visitor_of(request) else new_token()
        try:
            token = door.enter(office.id, waiting.id, form.code.data or "", digest(cookie))
        except Refusal as refusal:
            _show(form, refusal)
        else:
            session.pop(ENTRY, None)
            return _let_in(token, cookie)
    return _form_page(
        "certification/door_code.html",
        office,
        form,
        address=masked(json.loads(waiting.held)["email"]),
        sent_at=waiting.sent_at,
        expires_at=waiting.expires_at,
    )


@of_office
def door_resend(office: School) -> Response:
    """Public: another code to the same address."""
    waiting = _waiting(office)
    if waiting is None:
        return redirect(to("door_enter", office), 303)
    try:
        session[ENTRY] = door.resend(office.id, waiting.id, visitor())
        flash(_("新的驗證碼已寄出，先前的驗證碼失效。"))
    except Refusal as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "error")
    return redirect(to("door_code", office), 303)


@of_office
def door_status(office: School) -> Response:
    """Public: the number of a case and the ID that belongs to it."""
    if (gone := _outside_again()) is not None:
        return gone
    form = StatusForm()
    if form.validate_on_submit():
        try:
            case_id = door_counts.look_up(
                office.id, form.number.data or "", form.national_id.data or "", visitor()
            )
        except Refusal as refusal:
            _show(form, refusal)
        else:
            if case_id is not None:
                until = clock.now() + LOOKS
                session[LOOKED_UP] = [office.id, case_id, until.isoformat()]
                return redirect(to("door_status_shown", office), 303)
            form.form_errors.append(
                _("查不到這個案件：案件編號與統一編號不相符，請檢查後再試一次。")
            )
    return _form_page("certification/door_status.html", office, form, here="door_status")


@of_office
def door_status_shown(office: School) -> Response | str:
    """Public: how the case stands that this browser has just asked for."""
    school_id, case_id, until = session.get(LOOKED_UP) or (0, 0, "")
    if school_id != office.id or clock.now() >= datetime.fromisoformat(until):
        return redirect(to("door_status", office))
    case = queries.status(office.id, case_id)
    return page(
        "certification/door_status_shown.html",
        office,
        "door_status",
        case=case,
        next=NEXT[case.state],
        enters=case.state in BY_APPLICANT,
        categories=CATEGORIES,
        blocks=blocks,
    )


def door_address(case_id: int) -> Response:
    """The office changes the address by which an applicant comes in."""
    actor = web.current_actor()
    case = queries.handled(actor, case_id)
    back = url_for("certification.office_case", case_id=case.id)
    if not queries.by_code(case):
        flash(_("這位申請者由學校的系統進入，電子信箱請在學校修改。"), "warning")
        return redirect(back, 303)
    form = AddressForm()
    if form.validate_on_submit():
        try:
            addresses.change(actor, case.id, form.email.data or "", form.how.data or "")
        except Refusal as refusal:
            _show(form, refusal)
        else:
            flash(_("電子信箱已更改，並已通知新的信箱。"))
            return redirect(back, 303)
    return form_page.render(
        form,
        submit=_("更改電子信箱"),
        cancel=back,
        template="certification/door_address.html",
        case=case,
    )


def _is_a_person(form: EntryForm, ticket: human.Ticket | None, office: School) -> bool:
    """Whether a person answered; the question is used up either way."""
    if ticket is None or not ticket.fresh:
        fault = _("頁面開啟太久，請回答新的題目再送出。")
    else:
        try:
            first = door_counts.use_question(office.id, ticket.mark, visitor())
        except Refusal as refusal:
            _show(form, refusal)
            return False
        if not first:
            fault = _("這一頁已經送出過，請回答新的題目再送出。")
        elif ticket.hasty or request.form.get(HONEYPOT):
            fault = _("送出得太快，看起來像自動程式。請回答新的題目，稍等一下再送出。")
        elif not ticket.takes(form.answer.data or ""):
            fault = _("答案不對，請回答新的題目。")
        else:
            return True
    form.answer.errors = [fault]
    return False


def _away() -> Response | None:
    """Whoever is in already goes to their cases; whoever was, to the address without the session,
    where a form's secret can be kept."""
    who = web.actor()
    if who is not None and policy.applicants(who):
        return redirect(url_for(OWN_CASES))
    return _outside_again()


def _outside_again() -> Response | None:
    if IN_PATH in request.environ and web.actor() is None:
        return redirect(outside(request, request.script_root + request.path))
    return None


def _waiting(office: School) -> EntryCode | None:
    """The code that this browser waits for."""
    entry_id = session.get(ENTRY)
    row = db.reading().get(EntryCode, entry_id) if isinstance(entry_id, int) else None
    good = row is not None and row.school_id == office.id and row.used_at is None
    return row if good else None


def _let_in(token: str, cookie: str) -> Response:
    settings: Settings = current_app.extensions["licheng.settings"]
    answer = Response(status=303)
    path = url_for(OWN_CASES).removeprefix(request.script_root)
    answer.headers["Location"] = f"{request.script_root}/s/{token}{path}"
    answer.set_cookie(
        VISITOR, cookie, secure=settings.secure, httponly=True, samesite="Lax", path="/"
    )
    return answer


def _show(form: Form, refusal: Refusal) -> None:
    if refusal.fields:
        form.add_errors(refusal.fields)
    else:
        form.form_errors.append(f"{refusal.message}{refusal.remedy}")


def _form_page(
    template: str, office: School, form: Form, here: str = "area_apply", **context: object
) -> Response:
    body = page(template, office, here, form=form, **context)
    return make_response(body, INVALID if form.errors else 200)


_HOME = "/office/<code>/certification"
_BOTH = ("GET", "POST")

routes = [
    Route(f"{_HOME}/enter", door_enter, policy.anybody, _BOTH, across=ACROSS),
    Route(f"{_HOME}/enter/code", door_code, policy.anybody, _BOTH, across=ACROSS),
    Route(f"{_HOME}/enter/resend", door_resend, policy.anybody, ("POST",), across=ACROSS),
    Route(f"{_HOME}/status", door_status, policy.anybody, _BOTH, across=ACROSS),
    Route(f"{_HOME}/status/shown", door_status_shown, policy.anybody, across=ACROSS),
    Route("/certification/cases/<int:case_id>/address", door_address, policy.office, _BOTH),
]
