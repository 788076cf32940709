"""Is this the browser in which the login began? Cookie, then storage, then Origin.

It is the defence against login CSRF: a stranger keeps the signed answer to *his* login and makes
somebody's browser post it. Order and reasons: docs/decisions/0006-launch-without-cookies.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest

from lti.errors import LaunchError, printable
from lti.login import origin_of
from lti.ports import Platform, Transaction


class Proof(StrEnum):
    """What showed that a launch belongs to the browser that posts it."""

    COOKIE = "cookie"  # the cookie given out at login came back
    STORAGE = "storage"  # the platform's storage in this browser held what login put there
    ORIGIN = "origin"  # the platform's own page posted it
    ALLOWED = "allowed"  # nothing, and an administrator accepts that of this platform
    UNSAID = "unsaid"  # no Origin at all: no browser does that with a cross-site POST


@dataclass(frozen=True, slots=True)
class Browser:
    """What the browser itself said about a launch request. `cookie` = the binding cookie,
    `origin` = the Origin header; None where nothing came. `asked`: the page that asks the
    platform's storage has been shown; `stored`: it brought the proof of this login."""

    cookie: str | None
    origin: str | None
    asked: bool = False
    stored: bool = False


class StorageUnasked(Exception):
    """Nothing proves this browser yet, and the platform has a storage that may."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__("the storage has not been asked")
        self.transaction = transaction


def check_browser(transaction: Transaction, browser: Browser) -> Proof:
    """Whether the launch belongs to this browser, and what shows it.

    A browser always says the origin of a cross-site POST; `null` is what a sandboxed page says,
    so it proves nothing.

    :raises StorageUnasked: the platform's storage must be asked first.
    :raises LaunchError: BROWSER_MISMATCH, ORIGIN_FOREIGN or ORIGIN_HIDDEN.
    """
    if browser.cookie and compare_digest(browser.cookie.encode(), transaction.browser.encode()):
        return Proof.COOKIE
    if browser.stored:
        return Proof.STORAGE
    if transaction.storage_target and not browser.asked:
        raise StorageUnasked(transaction)
    if browser.origin is None:
        if browser.cookie:
            raise LaunchError("BROWSER_MISMATCH")
        return Proof.UNSAID
    if browser.origin == "null":
        if transaction.platform.allow_hidden_origin:
            return Proof.ALLOWED
        raise LaunchError("ORIGIN_HIDDEN")
    if not belongs(transaction.platform, browser.origin):
        raise LaunchError("ORIGIN_FOREIGN", printable(browser.origin))
    return Proof.ORIGIN


def belongs(platform: Platform, url: str) -> bool:
    """Whether an address is of one of the platform's web origins."""
    origin = origin_of(url)
    if origin in (origin_of(platform.auth_login_url), origin_of(platform.issuer)):
        return bool(origin)
    scheme, _, host = origin.partition("://")
    for allowed in platform.launch_origins:
        allowed_scheme, _, allowed_host = allowed.partition("://")
        if scheme == allowed_scheme and allowed_host.startswith("*."):
            if host.endswith(allowed_host[1:]):
                return True
        elif origin == origin_of(allowed):
            return bool(origin)
    return False
