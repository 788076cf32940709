"""Setting up a connection by hand, its exceptions, what the school believes, and the self-check."""

from __future__ import annotations

import json

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import forms.page
from lti import canvas, manual
from lti.products import product
from plugin import web
from plugin.entrance import checking, queries
from plugin.entrance.models import RegistrationState
from plugin.entrance.operations import claiming, deploying, registering, setting_up
from plugin.entrance.operations.registering import Described
from plugin.entrance.setup_forms import (
    DeploymentCodeForm,
    ExceptionsForm,
    PlatformForm,
    SwitchesForm,
)
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import queries as school_queries

FIRST = "moodle"


def canvas_configuration() -> Response:
    """Public: Canvas's own server fetches it for a developer key, and cannot log in here. It
    names no school and holds nothing but our public addresses."""
    response = jsonify(canvas.configuration(registering.tool()))
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def by_hand() -> Response:
    """The values to type into the platform, and the form for what it gives in return."""
    key = request.args.get("platform", FIRST)
    kind = manual.PLATFORMS.get(key)
    if kind is None:
        raise NotFound(_("沒有這一種平臺。"))
    site = manual.site_of(request.args.get("site", ""))
    edition = request.args.get("edition", "")
    form = PlatformForm(obj=kind.filled(site, edition))
    if form.validate_on_submit():
        try:
            kept = setting_up.set_up(
                web.current_actor(),
                Described(
                    issuer=form.issuer.data or "",
                    client_id=form.client_id.data or "",
                    auth_login_url=form.auth_login_url.data or "",
                    token_url=form.token_url.data or "",
                    key_set_url=form.key_set_url.data or "",
                    authorization_server=form.authorization_server.data or "",
                    product=kind.family,
                ),
                form.deployment_id.data or "",
            )
        except InvalidInput as refusal:
            form.add_errors(refusal.fields)
        except Conflict as refusal:
            form.add_errors({"client_id": refusal.message})
        else:
            if kept.state is RegistrationState.DISABLED:
                flash(_("平臺已儲存，但仍然停用。請在「平臺連線」重新啟用。"))
            else:
                flash(_("平臺已儲存。請按「自我檢查」確認雙方連得上。"))
            return redirect(url_for("entrance.exceptions", registration_id=kept.id), 303)
    return forms.page.render(
        form,
        submit=_("儲存平臺"),
        cancel=url_for("entrance.connections"),
        template="entrance/manual.html",
        kind=kind,
        kinds=manual.PLATFORMS.values(),
        values=manual.values_of(kind, registering.tool()),
        canvas_json=json.dumps(
            canvas.configuration(registering.tool()), ensure_ascii=False, indent=2
        ),
        site=site,
        typed_site=request.args.get("site", ""),
        edition=edition or (kind.editions[0][0] if kind.editions else ""),
        shared=product(kind.family).shared_issuer and not product(kind.family).dynamic,
    )


def exceptions(registration_id: int) -> Response:
    """What is allowed to one platform of the school beyond the rule."""
    actor = web.current_actor()
    assert actor.school_id is not None
    found = queries.own_registration(actor.school_id, registration_id)
    form = ExceptionsForm(
        data={
            "launch_origins": "\n".join(found.launch_origins),
            "allow_hidden_origin": found.allow_hidden_origin,
            "authorization_server": found.authorization_server,
        }
    )
    if form.validate_on_submit():
        try:
            setting_up.edit(
                actor,
                registration_id,
                launch_origins=(form.launch_origins.data or "").split(),
                allow_hidden_origin=bool(form.allow_hidden_origin.data),
                authorization_server=form.authorization_server.data or "",
            )
        except InvalidInput as refusal:
            form.add_errors(refusal.fields)
        else:
            flash(_("平臺的進階設定已儲存。"))
            return redirect(url_for("entrance.connections"), 303)
    return forms.page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("entrance.connections"),
        template="entrance/exceptions.html",
        registration=found,
        product=product(found.product),
        active=found.state is not RegistrationState.DISABLED,
    )


def switches() -> Response:
    """What the school believes of its LMS."""
    actor = web.current_actor()
    assert actor.school_id is not None
    form = SwitchesForm(data=setting_up.switches(school_queries.school(actor.school_id)))
    if form.validate_on_submit():
        changed = setting_up.set_switches(
            actor,
            trust_lms_email=bool(form.trust_lms_email.data),
            lms_roles={name: bool(form[name].data) for name in setting_up.SWITCHES},
        )
        flash(_("設定已儲存。") if changed else _("沒有任何變更。"))
        return redirect(url_for("entrance.connections"), 303)
    return forms.page.render(
        form,
        submit=_("儲存設定"),
        cancel=url_for("entrance.connections"),
        template="entrance/switches.html",
    )


def self_check() -> str:
    """Everything that can be found out without a launch; see `plugin.entrance.checking`."""
    school_id = web.current_actor().school_id
    assert school_id is not None
    forwarded = any(name.lower().startswith("x-forwarded-") for name, _value in request.headers)
    origin = request.host_url.rstrip("/")
    return render_template(
        "entrance/check.html", checked=checking.check(school_id, origin, forwarded)
    )


def deployment_code() -> str:
    """A code by which a deployment of a shared platform is claimed for this school; shown once."""
    code = claiming.deployment_code(web.current_actor())
    return render_template("entrance/deployment_code.html", code=code)


def claim_deployment(ticket: str) -> Response:
    """Public: who comes from a refused launch has no session. The ticket in the address was made
    for that launch, signed, and ends soon; the code is the proof."""
    found = deploying.claimable(ticket)
    form = DeploymentCodeForm()
    if form.validate_on_submit():
        try:
            school = deploying.claim(ticket, form.code.data or "")
        except claiming.CodeUnusable as refusal:
            form.add_errors(refusal.fields)
        except claiming.TooManyTries as refusal:
            form.add_errors({"code": refusal.message + refusal.remedy})
        else:
            return make_response(render_template("entrance/claimed.html", school=school))
    page = render_template("entrance/claim_deployment.html", form=form, found=found)
    return make_response(page, forms.page.INVALID if form.errors else 200)
