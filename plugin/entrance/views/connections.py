"""The administrator's page: installation links, platforms, deployments, the last launches."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lti.products import product
from plugin import clock, web
from plugin.entrance import launches, queries
from plugin.entrance.forms import InviteForm
from plugin.entrance.operations import installing


def connections() -> str:
    """Everything about the connections of the school with its LMSs."""
    return _page(InviteForm(formdata=None, data={"days": 14}))


def invite() -> str | tuple[str, int]:
    """Make an installation link and show it, this once."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _page(form), 422
    link = installing.invite(web.current_actor(), form.days.data, form.hosts())
    return _page(InviteForm(formdata=None, data={"days": 14}), link=link)


def revoke(invitation_id: int) -> Response:
    """Make a link worthless."""
    installing.revoke_invitation(web.current_actor(), invitation_id)
    flash(_("安裝連結已撤銷。"))
    return _back()


def deployment(deployment_id: int) -> Response:
    """Approve or stop a deployment."""
    active = request.form.get("active") == "1"
    installing.decide_deployment(web.current_actor(), deployment_id, active)
    flash(_("已核可這個部署，可以開始使用。") if active else _("已停用這個部署。"))
    return _back()


def registration(registration_id: int) -> Response:
    """Stop a platform, or let it in again."""
    active = request.form.get("active") == "1"
    installing.switch_registration(web.current_actor(), registration_id, active)
    flash(_("已啟用這個平臺。") if active else _("已停用這個平臺。"))
    return _back()


def _page(form: InviteForm, link: str = "") -> str:
    school_id = web.current_actor().school_id
    assert school_id is not None
    return render_template(
        "entrance/connections.html",
        form=form,
        link=link,
        product=product,
        invitations=queries.invitations(school_id),
        connections=queries.connections(school_id),
        counted=launches.counted(school_id),
        now=clock.now(),
    )


def _back() -> Response:
    return redirect(url_for("entrance.connections"), 303)
