"""What a registration has to be like: asked when it is entered, and of all that stand already.

A rule that came later is not asked of older rows until somebody edits them; `objections` says which
of them it would refuse today.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from lti.hosts import host_of
from lti.login import origin_of
from lti.products import audience_fits, signs_and_serves
from lti.services.places import serves
from plugin import db, tenancy
from plugin.entrance.models import LaunchContext, Registration
from plugin.entrance.operations import stores
from plugin.errors import Conflict, InvalidInput, Refusal
from plugin.settings import Settings

ADDRESSES = ("issuer", "auth_login_url", "token_url", "key_set_url")
LONGEST = 512
MOST_ORIGINS = 20
_MOST_COURSES = 50
_SECOND_LEVELS = frozenset(
    {"ac", "club", "co", "com", "ebiz", "edu", "game", "go", "gob", "gouv", "gov", "idv", "info"}
    | {"k12", "mil", "ne", "net", "or", "org", "sch", "school"}
)
"""What countries put before their own two letters: no one's domain."""


def objections(registration: Registration) -> list[str]:
    """Why today's rules would refuse a registration that stands; [] when they would not."""
    found: list[str] = []

    def ask(rule: Callable[..., object], *values: object) -> None:
        try:
            rule(*values)
        except Refusal as refusal:
            fields = [f"{name}: {text}" for name, text in refusal.fields.items()]
            found.extend(fields or [refusal.message + refusal.remedy])

    for name in ADDRESSES:
        ask(check_address, name, getattr(registration, name))
    ask(check_audience, registration.authorization_server, registration.token_url)
    ask(read_origins, registration.launch_origins)
    ask(check_client, registration.school_id, registration.client_id)
    ask(
        check_place, registration.school_id, registration.client_id, registration.key_set_url,
        registration.token_url, registration.product,
    )  # fmt: skip
    found += [
        _("服務的網址在 %(host)s，不屬於這個平臺（SERVICE_FOREIGN）。", host=host)
        for host in _foreign_services(registration)
    ]
    return found


def _foreign_services(registration: Registration) -> list[str]:
    """Hosts of rosters and gradebooks, as the newest courses name them, to which no token goes."""
    query = (
        sa.select(LaunchContext.memberships_url, LaunchContext.line_items_url)
        .where(LaunchContext.registration_id == registration.id)
        .order_by(LaunchContext.id.desc())
        .limit(_MOST_COURSES)
    )
    platform = stores.platform_of(registration.id)
    return sorted(
        {
            host_of(url)
            for row in db.reading().execute(query)
            for url in row
            if not serves(platform, url)
        }
    )


def check_client(school_id: int | None, client_id: str) -> None:
    """A client id is not that of anybody else's platform, under whatever issuer.

    Our signing keys are the same for all platforms and Moodle does not look whom an assertion is
    meant for: whoever had another school's client id registered at a server of their own would be
    sent what opens that school's rosters and gradebooks. Mere numbers are left out: every Canvas
    counts from the same one, and takes no assertion that is meant for another place.

    :raises Conflict: it is.
    """
    if _is_counted(client_id):
        return
    query = sa.select(Registration.id).where(
        sa.func.lower(Registration.client_id) == client_id.lower(),
        Registration.school_id.is_distinct_from(school_id),
    )
    with tenancy.across("one platform and client may be of another school, and is then refused"):
        stranger = db.reading().scalar(query.limit(1))
    if stranger is not None:
        raise Conflict(
            _("這個 client_id 已經由另一所學校的平臺使用。"),
            remedy=_("請在平臺刪除這個工具，重新新增一次，取得新的 client_id。"),
        )


def check_place(
    school_id: int | None, client_id: str, key_set_url: str, token_url: str, product: str
) -> None:
    """A client id that is a mere number says nothing of whose client it is. So whoever signs the
    launches must be who gives the tokens: else launches of one's own would spend tokens of
    another's platform.

    :raises Conflict: two places.
    """
    if school_id is None or not _is_counted(client_id):
        return
    if not signs_and_serves(key_set_url, token_url, product):
        raise Conflict(
            _("公開金鑰組網址和權杖網址不屬於同一個平臺。"),
            remedy=_("請核對這兩個網址；它們要在同一臺主機上。"),
        )


def _is_counted(client_id: str) -> bool:
    """Whether a client id may belong to several schools' platforms by chance."""
    return client_id.isascii() and client_id.isdecimal()


def check_address(name: str, url: str) -> None:
    """An https address (http too in development) without user name. Whether it leads into our own
    network is checked at every call.

    :raises InvalidInput: it is none, under the field `name`.
    """
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


def check_audience(audience: str, token_url: str) -> None:
    """:raises InvalidInput: no address, or the one of another platform."""
    if not audience:
        return
    check_address("authorization_server", audience)
    if not audience_fits(audience, token_url):
        text = _("權杖對象必須和權杖網址屬於同一個平臺。")
        raise InvalidInput(text, fields={"authorization_server": text})


def read_origins(texts: Collection[str]) -> list[str]:
    """Each once. :raises InvalidInput: too many, or one that is none."""
    origins = list(dict.fromkeys(_origin(one) for one in texts))
    if len(origins) > MOST_ORIGINS:
        text = _("最多 %(most)s 個。", most=MOST_ORIGINS)
        raise InvalidInput(text, fields={"launch_origins": text})
    return origins


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
