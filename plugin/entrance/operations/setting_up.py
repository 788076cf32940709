"""What an administrator sets by hand: a platform, its exceptions, what the school believes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from lti.login import origin_of
from lti.products import audience_fits, product
from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance.models import Registration
from plugin.entrance.operations import installing, registering
from plugin.entrance.operations.registering import Described
from plugin.errors import InvalidInput, NotFound
from plugin.school import policy
from plugin.school.models import School
from plugin.settings import Settings
from plugin.trail.chain import record

ADDRESSES = ("issuer", "auth_login_url", "token_url", "key_set_url")
SWITCHES = ("institution_administrator", "system_administrator", "mentor_advisor")
"""`lms_roles` of a school: which account roles of the LMS count here."""
LONGEST = 512
MOST_ORIGINS = 20
_SECOND_LEVELS = frozenset(
    {"ac", "club", "co", "com", "ebiz", "edu", "game", "go", "gob", "gouv", "gov", "idv", "info"}
    | {"k12", "mil", "ne", "net", "or", "org", "sch", "school"}
)
"""What countries put before their own two letters: no one's domain."""


def set_up(actor: Actor, what: Described, deployment_id: str = "") -> Registration:
    """Enter a platform by hand, or bring the one of this issuer and client up to date.

    :param deployment_id: "" where it is not known: the first signed launch names it.
    :raises InvalidInput: an address that cannot be one. :raises Conflict: another school's.
    """
    school_id = policy.require_administrator(actor)
    return _keep(actor, school_id, what, deployment_id)


def share(what: Described) -> Registration:
    """Enter a platform for the whole installation (Blackboard): each school claims its own
    deployments. For the command line alone.

    :raises InvalidInput: see `set_up`. :raises Conflict: it belongs to a school.
    """
    return _keep(Actor(school_id=None, name="系統"), None, what, "")


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
    origins = list(dict.fromkeys(_origin(one) for one in launch_origins))
    if len(origins) > MOST_ORIGINS:
        text = _("最多 %(most)s 個。", most=MOST_ORIGINS)
        raise InvalidInput(text, fields={"launch_origins": text})
    with db.writing() as session:
        found = session.get(Registration, registration_id, with_for_update=db.HELD)
        if found is None or found.school_id != school_id:
            raise NotFound(_("找不到這個平臺。"))
        _check_audience(authorization_server, found.token_url)
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


def _keep(actor: Actor, school_id: int | None, what: Described, deployment_id: str) -> Registration:
    for name in ADDRESSES:
        _check_address(name, getattr(what, name))
    _check_audience(what.authorization_server, what.token_url)
    if not 1 <= len(what.client_id) <= 255:
        text = _("請填平臺給的 client_id。")
        raise InvalidInput(text, fields={"client_id": text})
    installing.ensure_keys()
    with db.writing() as session:
        found, updated = registering.upsert(
            session, school_id, replace(what, by_hand=True), deployment_id
        )
        record(
            actor, "registration.keep", "registration", found.id,
            updated=updated, product=product(what.product).family, by_hand=True,
        )  # fmt: skip
        return found


def _check_address(name: str, url: str) -> None:
    """An https address (http too in development) without user name. Whether it leads into our own
    network is checked at every call."""
    settings: Settings = current_app.extensions["licheng.settings"]
    schemes = ("https", "http") if settings.development else ("https",)
    good = (
        bool(origin_of(url))
        and len(url) <= LONGEST
        and url.isprintable()
        and " " not in url
        and urlsplit(url).scheme in schemes
        and urlsplit(url).username is None
    )
    if not good:
        text = _("請填完整的網址，以 https:// 開頭。")
        raise InvalidInput(text, fields={name: text})


def _check_audience(audience: str, token_url: str) -> None:
    """:raises InvalidInput: no address, or the one of another platform."""
    if not audience:
        return
    _check_address("authorization_server", audience)
    if not audience_fits(audience, token_url):
        text = _("權杖對象必須和權杖網址屬於同一個平臺。")
        raise InvalidInput(text, fields={"authorization_server": text})


def _origin(text: str) -> str:
    """`https://host`; a first label `*` stands for every host below."""
    settings: Settings = current_app.extensions["licheng.settings"]
    schemes = ("https", "http") if settings.development else ("https",)
    scheme, _sep, host = text.strip().lower().rstrip("/").partition("://")
    bare = host.removeprefix("*.")
    enough = not host.startswith("*.") or _has_an_owner(bare)
    origin = origin_of(f"{scheme}://{bare}")
    if scheme not in schemes or not origin or origin != f"{scheme}://{bare}" or not enough:
        message = _("「%(text)s」不是來源網址，請寫成 https://lms.example.edu.tw。", text=text[:60])
        raise InvalidInput(message, fields={"launch_origins": message})
    return f"{scheme}://{host}"


def _has_an_owner(domain: str) -> bool:
    """Whether the hosts below a domain are one owner's: `https://*.tw` or `https://*.edu.tw` would
    let half the country post launches and frame our pages."""
    labels = domain.split(".")
    public = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVELS
    return len(labels) > 1 and not public
