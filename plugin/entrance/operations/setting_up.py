"""What an administrator sets by hand: a platform, its exceptions, what the school believes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _

from lti.products import product
from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance import rules
from plugin.entrance.models import Registration
from plugin.entrance.operations import installing, registering
from plugin.entrance.operations.registering import Described
from plugin.errors import InvalidInput, NotFound
from plugin.school import policy
from plugin.school.models import School
from plugin.trail.chain import record

SWITCHES = ("institution_administrator", "system_administrator", "mentor_advisor")
"""`lms_roles` of a school: which account roles of the LMS count here."""


def set_up(
    actor: Actor, what: Described, deployment_id: str = "", launch_origins: Collection[str] = ()
) -> Registration:
    """Enter a platform by hand, or bring the one of this issuer and client up to date.

    :param deployment_id: "" where it is not known: the first signed launch names it.
    :param launch_origins: as in `edit`, added to those that are known.
    :raises InvalidInput: an address that cannot be one. :raises Conflict: another school's.
    """
    school_id = policy.require_administrator(actor)
    return _keep(actor, school_id, what, deployment_id, launch_origins)


def share(what: Described, launch_origins: Collection[str] = ()) -> Registration:
    """Enter a platform for the whole installation (Blackboard): each school claims its own
    deployments. For the command line alone.

    :param launch_origins: see `set_up`. A school's own host is not known to Blackboard's issuer.
    :raises InvalidInput: see `set_up`. :raises Conflict: it belongs to a school.
    """
    return _keep(Actor(school_id=None, name="系統"), None, what, "", launch_origins)


def edit(
    actor: Actor,
    registration_id: int,
    *,
    launch_origins: Collection[str],
    allow_hidden_origin: bool,
    authorization_server: str,
) -> None:
    """The exceptions of one platform.

    :param launch_origins: `https://lms.example`, or `https://*.example` for every host below.
    :raises InvalidInput: not an origin, not an address. :raises NotFound: not of this school.
    """
    school_id = policy.require_administrator(actor)
    origins = rules.read_origins(launch_origins)
    with db.writing() as session:
        found = session.get(Registration, registration_id, with_for_update=db.HELD)
        if found is None or found.school_id != school_id:
            raise NotFound(_("找不到這個平臺。"))
        rules.check_audience(authorization_server, found.token_url)
        found.launch_origins = origins
        found.allow_hidden_origin = allow_hidden_origin
        found.authorization_server = authorization_server
        found.updated_at = clock.now()
        record(
            actor, "registration.edit", "registration", found.id,
            launch_origins=origins, allow_hidden_origin=allow_hidden_origin,
            authorization_server=authorization_server,
        )  # fmt: skip


def set_switches(
    actor: Actor, *, trust_lms_email: bool, lms_roles: Mapping[str, bool]
) -> dict[str, bool]:
    """What the school believes of its LMS.

    :param lms_roles: of `SWITCHES`.
    :returns: the switches that changed, with their new position.
    """
    school_id = policy.require_administrator(actor)
    wanted = {"trust_lms_email": trust_lms_email} | {
        name: bool(lms_roles.get(name)) for name in SWITCHES
    }
    with db.writing() as session:
        school = session.scalar(
            sa.select(School).where(School.id == school_id).with_for_update(**db.HELD)
        )
        assert school is not None
        before = switches(school)
        changed = {name: on for name, on in wanted.items() if on != before[name]}
        if changed:
            school.settings = {
                **school.settings,
                "trust_lms_email": trust_lms_email,
                "lms_roles": {name: wanted[name] for name in SWITCHES},
            }
            record(actor, "school.switches", "school", school.id, **changed)
        return changed


def switches(school: School) -> dict[str, bool]:
    """The position of every switch of a school."""
    roles = school.settings.get("lms_roles") or {}
    return {"trust_lms_email": bool(school.settings.get("trust_lms_email"))} | {
        name: bool(roles.get(name)) for name in SWITCHES
    }


def _keep(
    actor: Actor,
    school_id: int | None,
    what: Described,
    deployment_id: str,
    launch_origins: Collection[str],
) -> Registration:
    for name in rules.ADDRESSES:
        rules.check_address(name, getattr(what, name))
    rules.check_audience(what.authorization_server, what.token_url)
    if not 1 <= len(what.client_id) <= 255:
        text = _("請填平臺給的 client_id。")
        raise InvalidInput(text, fields={"client_id": text})
    origins = rules.read_origins(launch_origins)
    installing.ensure_keys()
    with db.writing() as session:
        found, updated = registering.upsert(
            session, school_id, replace(what, by_hand=True), deployment_id
        )
        found.launch_origins = rules.read_origins([*found.launch_origins, *origins])
        record(
            actor, "registration.keep", "registration", found.id,
            updated=updated, product=product(what.product).family, by_hand=True,
            **({"launch_origins": origins} if origins else {}),
        )  # fmt: skip
        return found
