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

from lti import vocabulary as v
from lti.browser import Browser, Proof, check_browser
from lti.claims import VerifiedLaunch, read_claims
from lti.errors import LaunchError, printable
from lti.jws import take_apart
from lti.ports import Platform, RegistrationStore, Transaction, TransactionStore
from lti.roles import Role, launch_roles

LEEWAY = 60
"""Seconds by which the clocks of LMS and tool may differ."""
MAX_AGE = 600
"""Seconds after `iat` in which a token is taken, however late its own `exp` is."""
_REVIEWERS = {Role.INSTRUCTOR, Role.ASSISTANT, Role.ADMINISTRATOR}


class KeySets(Protocol):
    """Finds the platform's public keys (`lti.keyset.KeySetCache`)."""

    def key(self, url: str, key_id: str) -> RSAPublicKey:
        """:raises LaunchError: KEY_UNKNOWN or KEY_SET_UNREACHABLE."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A launch without fault, the login that it answers, what showed that it belongs to this
    browser, and when the platform issued it. It may enter once `use_up` has let it."""

    launch: VerifiedLaunch
    transaction: Transaction
    proof: Proof
    issued_at: float

    @property
    def cookie_bound(self) -> bool:
        """Whether the browser's cookie is the one given out at login."""
        return self.proof is Proof.COOKIE


@dataclass(slots=True)
class Seen:
    """How far a launch got, for whoever has to tell of one that was refused.

    `signed`: the claims are the platform's. `answered`: and they answer this very login.
    """

    transaction: Transaction | None = None
    proof: Proof | None = None
    claims: Mapping[str, Any] | None = None
    signed: bool = False
    answered: bool = False


def inspect_launch(
    form: Mapping[str, str],
    browser: Browser,
    *,
    transactions: TransactionStore,
    key_sets: KeySets,
    now: datetime,
    seen: Seen | None = None,
) -> Checked:
    """Check everything that can be checked without changing anything.

    :param form: the fields that the platform posted (`id_token`, `state` or `error`).
    :param seen: filled on the way, so that a refusal can be explained.
    :raises LaunchError: with the code of the first thing found wrong.
    :raises StorageUnasked: the browser is to ask the platform's storage and post again.
    """
    seen = seen or Seen()
    transaction = _transaction(form, transactions, now, seen)
    if "error" in form:
        # No login comes of it, so there is nobody to protect and no storage to ask.
        raise LaunchError("PLATFORM_REFUSED", printable(form["error"]))
    if not form.get("id_token"):
        raise LaunchError("TOKEN_MISSING")
    platform = transaction.platform
    token = take_apart(form["id_token"])
    claims = seen.claims = token.claims
    # Refused before the key set is fetched: a stranger's token costs no request.
    check_parties(claims, platform)
    proof = seen.proof = check_browser(transaction, browser)
    token.check_signature(key_sets.key(platform.key_set_url, token.key_id))
    seen.signed = True
    _check_nonce(claims, transaction)
    seen.answered = True
    issued_at = check_times(claims, now.timestamp())
    launch = read_claims(claims, platform.issuer, platform.client_id)
    if launch.target_link_uri and launch.target_link_uri != transaction.target_link_uri:
        raise LaunchError("TARGET_MISMATCH")
    if launch.message_type == v.SUBMISSION_REVIEW:
        _check_review(launch)
    return Checked(launch, transaction, proof, issued_at)


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
        raise LaunchError("DEPLOYMENT_INACTIVE", checked=checked)


def _transaction(
    form: Mapping[str, str], transactions: TransactionStore, now: datetime, seen: Seen
) -> Transaction:
    state = form.get("state", "")
    if not state:
        raise LaunchError("STATE_MISSING")
    transaction = seen.transaction = transactions.find(state) if len(state) <= 128 else None
    if transaction is None:
        raise LaunchError("STATE_UNKNOWN")
    if transaction.used:
        raise LaunchError("REPLAYED")
    if now >= transaction.expires_at:
        raise LaunchError("STATE_EXPIRED")
    if not transaction.platform.active:
        raise LaunchError("REGISTRATION_DISABLED")
    return transaction


def check_parties(claims: Mapping[str, Any], platform: Platform) -> None:
    """Whether this platform wrote the token, and to us. Raises LaunchError."""
    if claims.get("iss") != platform.issuer:
        raise LaunchError("ISSUER_MISMATCH", printable(claims.get("iss")))
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


def _check_review(launch: VerifiedLaunch) -> None:
    """Somebody else's work is opened by who teaches here, and by nobody else.

    Moodle signs this message for any student who types the address of its grade report, with
    `for_user` as typed; the role is the only thing in it that is true. So whoever is a learner or
    a mentor here is refused, whatever else the message calls them.
    """
    roles = launch_roles(launch.roles).roles
    if roles & {Role.LEARNER, Role.MENTOR} or not roles & _REVIEWERS:
        raise LaunchError("REVIEW_NOT_ALLOWED")


def check_times(claims: Mapping[str, Any], now: float, max_age: float = MAX_AGE) -> float:
    """When the platform issued the token; its times are good. Raises LaunchError."""
    expires, issued = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    if expires is None:
        raise LaunchError("EXPIRY_MISSING")
    if issued is None:
        raise LaunchError("ISSUED_AT_MISSING")
    not_before = seconds_of(claims, "nbf")
    ahead = max(issued, not_before if not_before is not None else issued) - now
    if ahead > LEEWAY:
        raise LaunchError("NOT_YET_VALID", f"{ahead:.0f} s ahead of our clock")
    if now >= expires + LEEWAY:
        raise LaunchError("EXPIRED", f"{now - expires:.0f} s ago by our clock")
    if now - issued > max_age + LEEWAY:
        raise LaunchError("TOO_OLD", f"issued {now - issued:.0f} s ago by our clock")
    return issued


def seconds_of(claims: Mapping[str, Any], name: str) -> float | None:
    """A time claim; None where it is missing or no number of seconds."""
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
