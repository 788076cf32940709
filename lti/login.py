"""OIDC third-party initiated login: the platform announces somebody, we ask it who that is."""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti.errors import LaunchError
from lti.ports import Platform, RegistrationStore, Transaction, TransactionStore

LOGIN_LIFETIME = timedelta(minutes=10)
"""From login to launch: the platform may ask the person to sign in between."""

_NO_HOST = re.compile(r"[^\w.:%-]")
"""What no host name or address holds; an origin goes into headers, where `;` begins a directive."""

_LONGEST = {"iss": 512, "login_hint": 2048, "lti_message_hint": 8192, "target_link_uri": 2048}
_HINTS = ("login_hint", "lti_message_hint")


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    """`redirect_url` = where the browser goes; `browser` = value of the binding cookie."""

    redirect_url: str
    browser: str
    transaction: Transaction


def answer_login(
    form: Mapping[str, str],
    *,
    registrations: RegistrationStore,
    transactions: TransactionStore,
    redirect_uri: str,
    own_origins: Collection[str],
    browser: str | None = None,
    storage_target: str = "",
    keep_hints: bool = False,
    now: datetime,
) -> LoginAnswer:
    """Open a transaction and build the authentication request (security framework §5.1.1.1-2).

    :param form: the parameters of GET or POST.
    :param redirect_uri: our launch address, exactly as registered.
    :param own_origins: origins of this tool; a target elsewhere is refused.
    :param browser: stands for the binding cookie that came, if any; kept, so that two tabs
        share it.
    :param storage_target: name of the platform's storage frame, if this login may use one.
    :param keep_hints: remember the hints, so that the login can be begun anew in another window.
    :raises LaunchError: the request is incomplete, unknown or for somebody else.
    """
    issuer, target = form.get("iss", ""), form.get("target_link_uri", "")
    if not issuer or not form.get("login_hint") or not target:
        raise LaunchError("LOGIN_INCOMPLETE")
    if any(len(form.get(name, "")) > longest for name, longest in _LONGEST.items()):
        raise LaunchError("LOGIN_INCOMPLETE", "a parameter is too long")
    if any("\0" in form.get(name, "") for name in _LONGEST | {"client_id": 0}):
        raise LaunchError("LOGIN_INCOMPLETE", "a parameter is no text")
    if origin_of(target) not in own_origins:
        raise LaunchError("TARGET_FOREIGN")
    platform = _platform(registrations, issuer, form.get("client_id") or None)
    transaction = Transaction(
        # base64url only: Moodle passes `state` through a filter that strips anything like a tag.
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        platform=platform,
        target_link_uri=target,
        browser=browser or secrets.token_urlsafe(24),
        expires_at=now + LOGIN_LIFETIME,
        deployment_hint=form.get("lti_deployment_id") or None,
        storage_target=storage_target,
        hints={name: form[name] for name in _HINTS if name in form} if keep_hints else {},
    )
    transactions.open(transaction)
    return LoginAnswer(_auth_url(transaction, redirect_uri, form), transaction.browser, transaction)


def origin_of(url: str) -> str:
    """`scheme://host[:port]` in lower case without default port; "" if it is no web address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or _NO_HOST.search(host):
        return ""
    if ":" in host:
        host = f"[{host}]"
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def _platform(store: RegistrationStore, issuer: str, client_id: str | None) -> Platform:
    found = store.platforms(issuer, client_id)
    if not found:
        raise LaunchError("ISSUER_UNKNOWN")
    if len(found) > 1:
        # Without client_id only an issuer with one registration is unambiguous.
        raise LaunchError("CLIENT_AMBIGUOUS")
    if not found[0].active:
        raise LaunchError("REGISTRATION_DISABLED")
    return found[0]


def _auth_url(transaction: Transaction, redirect_uri: str, form: Mapping[str, str]) -> str:
    parts = urlsplit(transaction.platform.auth_login_url)
    query = {
        **dict(parse_qsl(parts.query, keep_blank_values=True)),
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": transaction.platform.client_id,
        "redirect_uri": redirect_uri,
        "state": transaction.state,
        "nonce": transaction.nonce,
        "login_hint": form["login_hint"],
    }
    if "lti_message_hint" in form:
        # Opaque and byte for byte: Moodle puts JSON into it.
        query["lti_message_hint"] = form["lti_message_hint"]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))
