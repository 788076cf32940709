"""A platform's OpenID configuration: fetched, read, and believed only where its hosts agree.

Whoever opens an installation link chooses the configuration's address. What stands in it decides
whose signatures are believed, where people are sent to log in and where tokens are fetched, so the
hosts in it must belong together.
Source: LTI dynamic registration 1.0 §3.4-3.5; the comments name what the platforms add to it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from lti import vocabulary as v
from lti.errors import RegistrationError
from lti.hosts import host_of, within
from lti.http import AddressError, Answer, HttpError
from lti.login import origin_of
from lti.products import Product, audience_fits, product

LONGEST = 512
"""Characters of an address that is kept; longer ones are nobody's."""
LONGEST_ONCE = 4096
"""Of one that is used once: Brightspace's registration endpoint carries its secret."""
_ACCOUNT_NAME = "https://canvas.instructure.com/lti/account_name"


class Client(Protocol):
    """The part of `lti.http.GuardedClient` that registration needs."""

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer: ...

    def post(
        self, url: str, body: bytes, content_type: str, *, headers: Mapping[str, str] | None = None
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class PlatformConfiguration:
    """What the platform's OpenID configuration says.

    :ivar messages: message types it supports; empty = it did not say.
    :ivar placements: (message type, places it offers for it), only where it lists places.
    :ivar scopes: service scopes it knows; empty = it did not say.
    :ivar authorization_server: `aud` for token requests, only if it is a web address.
    """

    issuer: str
    auth_login_url: str
    token_url: str
    key_set_url: str
    registration_url: str
    product: str = ""
    version: str = ""
    account_name: str = ""
    messages: frozenset[str] = frozenset()
    placements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    authorization_server: str = ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Web origins that pages of this platform may have."""
        urls = (self.registration_url, self.issuer, self.auth_login_url)
        return tuple(dict.fromkeys(origin_of(url) for url in urls))


def discover(
    client: Client,
    configuration_url: str,
    token: str | None = None,
    *,
    trusted_hosts: Collection[str] = (),
) -> PlatformConfiguration:
    """Fetch and check the platform's OpenID configuration.

    :param token: the registration token, where the platform gave one; Canvas wants it already
        here. Brightspace gives none: its one-time secret is part of the address.
    :param trusted_hosts: hosts that may stand in it beside the configuration's own, named by the
        administrator who made the installation link.
    :raises RegistrationError: not reachable, not complete, or not consistent.
    """
    if not configuration_url:
        raise RegistrationError("REGISTRATION_INCOMPLETE")
    try:
        answer = client.get(configuration_url, headers=bearer(token))
    except AddressError as refused:
        raise RegistrationError("ADDRESS_REFUSED", refused.reason) from None
    except HttpError as failure:
        raise RegistrationError("PLATFORM_UNREACHABLE", failure.reason) from None
    if answer.status != 200:
        says = own_words(answer)
        raise RegistrationError("PLATFORM_UNREACHABLE", f"status {answer.status}", says)
    try:
        document = answer.json()
    except HttpError as failure:
        raise RegistrationError("DISCOVERY_INVALID", failure.reason) from None
    if not isinstance(document, dict):
        raise RegistrationError("DISCOVERY_INVALID", "not an object")
    found = _read(document)
    _check_schemes(found, answer.url)
    _check_hosts(found, answer.url, {host.lower() for host in trusted_hosts})
    return found


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries a registration token; none without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def own_words(answer: Answer) -> str:
    """The beginning of what the platform says of an error, as plain text in one line; "" when it
    answers with a page (Moodle does for a bad token)."""
    text = answer.body[:600].decode("utf-8", "replace").strip("\ufeff \t\r\n")
    if text.startswith("<") or "html" in answer.headers.get("content-type", ""):
        return ""
    return "".join(c if c.isprintable() else " " for c in text)[:300]


def _read(document: Mapping[str, Any]) -> PlatformConfiguration:
    lti = document.get(v.PLATFORM_CONFIGURATION)
    lti = lti if isinstance(lti, dict) else {}
    messages = [
        one
        for one in _list(lti, "messages_supported")
        if isinstance(one, dict) and isinstance(one.get("type"), str)
    ]
    server = _optional(document, "authorization_server")
    token_url = _address(document, "token_endpoint")
    return PlatformConfiguration(
        issuer=_address(document, "issuer"),
        auth_login_url=_address(document, "authorization_endpoint"),
        token_url=token_url,
        key_set_url=_address(document, "jwks_uri"),
        registration_url=_address(document, "registration_endpoint", LONGEST_ONCE),
        product=_optional(lti, "product_family_code").lower(),
        version=_optional(lti, "version"),
        account_name=_optional(lti, _ACCOUNT_NAME),
        messages=frozenset(one["type"] for one in messages),
        placements={
            one["type"]: tuple(p for p in _list(one, "placements") if isinstance(p, str))
            for one in messages
            if _list(one, "placements")
        },
        scopes=frozenset(s for s in _list(document, "scopes_supported") if isinstance(s, str)),
        # Canvas writes a bare host name here, which is no audience of its token endpoint; and no
        # platform has us sign what is meant for another one.
        authorization_server=server
        if origin_of(server) and audience_fits(server, token_url)
        else "",
    )


def _check_schemes(found: PlatformConfiguration, here: str) -> None:
    """Nothing may be weaker than the configuration itself; the client takes plain http only in
    development, so in production everything is https."""
    if urlsplit(here).scheme != "https":
        return
    for name in ("issuer", "auth_login_url", "token_url", "key_set_url", "registration_url"):
        if urlsplit(getattr(found, name)).scheme != "https":
            raise RegistrationError("DISCOVERY_INVALID", f"{name} is not https")


def _check_hosts(found: PlatformConfiguration, url: str, trusted: Collection[str]) -> None:
    """The rules, from the strictest to the mildest:

    - The issuer is the host that was asked. A shared issuer belongs to a vendor, and only hosts of
      that vendor may speak for it: otherwise anybody's server could claim to be Canvas.
    - The registration endpoint gets the one-time token, so it is the very origin that was asked,
      or both are the vendor's (Canvas: configuration on `canvas.instructure.com`, registration on
      the account's own host).
    - Login, tokens and keys may also lie below that host (`sso.lms.school.edu`), or at the vendor
      (Canvas: `sso.canvaslms.com`; Brightspace: `auth.brightspace.com`). A document that names
      itself "canvas" gains nothing by it but addresses that Instructure itself runs. Neighbours
      (`a.edu.tw` and `b.edu.tw`) are strangers: where one owner ends is not written in a name.
    - The administrator who made the link may have named further hosts.
    """
    here, kind = host_of(url), product(found.product)
    if not _may_issue(found.issuer, here, kind, trusted):
        raise RegistrationError("ISSUER_HOST_MISMATCH", found.issuer[:100])
    endpoint = found.registration_url
    vendors = kind.runs(here) and kind.runs(host_of(endpoint))
    if origin_of(endpoint) != origin_of(url) and not vendors and host_of(endpoint) not in trusted:
        raise RegistrationError("REGISTRATION_HOST_MISMATCH", endpoint[:100])
    for address in (found.auth_login_url, found.token_url, found.key_set_url):
        host = host_of(address)
        if not within(host, here) and not kind.runs(host) and host not in trusted:
            raise RegistrationError("ENDPOINT_HOST_MISMATCH", address[:100])


def _may_issue(issuer: str, here: str, kind: Product, trusted: Collection[str]) -> bool:
    host = host_of(issuer)
    return host == here or host in trusted or (issuer in kind.issuers and kind.runs(here))


def _address(document: Mapping[str, Any], name: str, longest: int = LONGEST) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not origin_of(value) or len(value) > longest:
        raise RegistrationError("DISCOVERY_INVALID", name)
    if urlsplit(value).username is not None:
        raise RegistrationError("DISCOVERY_INVALID", f"{name} names a user")
    return value


def _optional(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c.isprintable())[:255]


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
