"""From the platform's signed answer to a `VerifiedLaunch`, or a `LaunchError` that says why not.

The order matters: nothing is believed before the signature, and the transaction is used up only
after it, so that nobody without the platform's key can burn somebody else's login.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lti.claims import VerifiedLaunch, read_claims
from lti.errors import LaunchError
from lti.jws import take_apart
from lti.login import origin_of
from lti.ports import Platform, RegistrationStore, Transaction, TransactionStore

LEEWAY = 60
"""Seconds by which the clocks of LMS and tool may differ."""
MAX_AGE = 600
"""Seconds after `iat` in which a token is taken, however late its own `exp` is."""


class KeySets(Protocol):
    """Finds the platform's public keys (`lti.keyset.KeySetCache`)."""

    def key(self, url: str, key_id: str) -> RSAPublicKey:
        """:raises LaunchError: KEY_UNKNOWN or KEY_SET_UNREACHABLE."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What the browser itself said about the launch request. `cookie` = the binding cookie,
    `origin` = the Origin header; None where nothing came."""

    cookie: str | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A launch without fault, the login that it answers, and whether the browser's cookie is the
    one given out at login. It may enter once `use_up` has let it."""

    launch: VerifiedLaunch
    transaction: Transaction
    cookie_bound: bool


def inspect_launch(
    form: Mapping[str, str],
    browser: Browser,
    *,
    transactions: TransactionStore,
    key_sets: KeySets,
    now: datetime,
) -> Checked:
    """Check everything that can be checked without changing anything.

    :param form: the fields that the platform posted (`id_token`, `state` or `error`).
    :raises LaunchError: with the code of the first thing found wrong.
    """
    transaction = _transaction(form, transactions, now)
    cookie_bound = check_browser(transaction, browser)
    if "error" in form:
        raise LaunchError("PLATFORM_REFUSED", _word(form["error"]))
    if not form.get("id_token"):
        raise LaunchError("TOKEN_MISSING")
    platform = transaction.platform
    token = take_apart(form["id_token"])
    # Refused before the key set is fetched: a stranger's token costs no request.
    _check_parties(token.claims, platform)
    token.check_signature(key_sets.key(platform.key_set_url, token.key_id))
    _check_times(token.claims, now.timestamp())
    _check_nonce(token.claims, transaction)
    launch = read_claims(token.claims, platform.issuer, platform.client_id)
    if launch.target_link_uri and launch.target_link_uri != transaction.target_link_uri:
        raise LaunchError("TARGET_MISMATCH")
    return Checked(launch, transaction, cookie_bound)


def use_up(
    checked: Checked,
    *,
    registrations: RegistrationStore,
    transactions: TransactionStore,
    now: datetime,
) -> None:
    """Let this launch in, and no other with the same state or nonce.

    Meant to run inside the caller's database transaction, together with what the launch stores;
    what it changed stays changed when it raises.

    :raises LaunchError: REPLAYED or DEPLOYMENT_INACTIVE.
    """
    if not transactions.consume(checked.transaction, now):
        raise LaunchError("REPLAYED")
    deployment_id = checked.launch.deployment_id
    if not registrations.deployment_active(checked.transaction.platform, deployment_id):
        raise LaunchError("DEPLOYMENT_INACTIVE")


def check_browser(transaction: Transaction, browser: Browser) -> bool:
    """Defend against login CSRF: a stranger posting *his* launch into somebody's browser.

    Either the cookie given out at login came back, or the page that posted is the platform's.
    A browser always says the origin of a cross-site POST; `null` is what a sandboxed page says,
    so it proves nothing.

    :returns: whether the cookie is the one given out at login.
    :raises LaunchError: BROWSER_MISMATCH, ORIGIN_FOREIGN or ORIGIN_HIDDEN.
    """
    if browser.cookie and compare_digest(browser.cookie.encode(), transaction.browser.encode()):
        return True
    if browser.origin is None:
        if browser.cookie:
            raise LaunchError("BROWSER_MISMATCH")
        return False
    if browser.origin == "null":
        if transaction.platform.allow_hidden_origin:
            return False
        raise LaunchError("ORIGIN_HIDDEN")
    if not _may_post(transaction.platform, browser.origin):
        raise LaunchError("ORIGIN_FOREIGN", _word(browser.origin))
    return False


def _may_post(platform: Platform, origin: str) -> bool:
    origin = origin_of(origin)
    if origin in (origin_of(platform.auth_login_url), origin_of(platform.issuer)):
        return bool(origin)
    scheme, _, host = origin.partition("://")
    for allowed in platform.launch_origins:
        allowed_scheme, _, allowed_host = allowed.partition("://")
        if scheme == allowed_scheme and allowed_host.startswith("*."):
            if host.endswith(allowed_host[1:]):
                return True
        elif origin == origin_of(allowed):
            return True
    return False


def _transaction(
    form: Mapping[str, str], transactions: TransactionStore, now: datetime
) -> Transaction:
    state = form.get("state", "")
    if not state:
        raise LaunchError("STATE_MISSING")
    transaction = transactions.find(state) if len(state) <= 128 else None
    if transaction is None:
        raise LaunchError("STATE_UNKNOWN")
    if transaction.used:
        raise LaunchError("REPLAYED")
    if now >= transaction.expires_at:
        raise LaunchError("STATE_EXPIRED")
    if not transaction.platform.active:
        raise LaunchError("REGISTRATION_DISABLED")
    return transaction


def _check_parties(claims: Mapping[str, Any], platform: Platform) -> None:
    if claims.get("iss") != platform.issuer:
        raise LaunchError("ISSUER_MISMATCH", _word(claims.get("iss")))
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if platform.client_id not in audiences:
        raise LaunchError("AUDIENCE_MISMATCH")
    authorized = claims.get("azp")
    if authorized is None:
        # OpenID Connect core §3.1.3.7: several audiences need an authorized party.
        if len(audiences) > 1:
            raise LaunchError("AUTHORIZED_PARTY_MISMATCH", "azp is missing")
    elif authorized != platform.client_id:
        raise LaunchError("AUTHORIZED_PARTY_MISMATCH")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    if expires is None:
        raise LaunchError("EXPIRY_MISSING")
    if issued is None:
        raise LaunchError("ISSUED_AT_MISSING")
    not_before = _seconds(claims, "nbf")
    ahead = max(issued, not_before if not_before is not None else issued) - now
    if ahead > LEEWAY:
        raise LaunchError("NOT_YET_VALID", f"{ahead:.0f} s ahead of our clock")
    if now >= expires + LEEWAY:
        raise LaunchError("EXPIRED", f"{now - expires:.0f} s ago by our clock")
    if now - issued > MAX_AGE + LEEWAY:
        raise LaunchError("TOO_OLD", f"issued {now - issued:.0f} s ago by our clock")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    # `True` is an int in Python, and JSON has NaN and Infinity in Python's reader.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None


def _check_nonce(claims: Mapping[str, Any], transaction: Transaction) -> None:
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise LaunchError("NONCE_MISSING")
    if not compare_digest(nonce.encode(), transaction.nonce.encode()):
        raise LaunchError("NONCE_MISMATCH")


def _word(value: object) -> str:
    """Something a stranger wrote, short and harmless enough for a log line."""
    return "".join(c for c in str(value)[:60] if c.isprintable())
