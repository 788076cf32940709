"""A launch begun anew in a window of its own, where cookies are first-party and are kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

from lti.ports import Platform, Transaction
from lti.products import product


@dataclass(frozen=True, slots=True)
class Anew:
    """How to begin again: open `address` of the platform, or post `fields` to our own login.
    Neither: only the person can, from the course."""

    address: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def anew(transaction: Transaction, hints: Mapping[str, str], family: str) -> Anew:
    """What truly works on this platform.

    The hints of a login belong to the platform, and some make them work once: Moodle and Canvas
    forget the launch behind a hint when it is asked for, so repeating the login would end on
    their error page. Moodle has an address that begins the same launch afresh; Canvas has none
    that a tool could know.
    """
    way = product(family).new_window
    if way == "login":
        return Anew(fields=_login(transaction, hints))
    return Anew(address=_address(way, transaction.platform, hints))


def error_address(return_url: str, message: str, code: str) -> str:
    """`launch_presentation.return_url` with the error for the person and for the platform's log
    (LTI 1.3 core, "Launch presentation claim"). The caller has seen that it is the platform's."""
    parts = urlsplit(return_url)
    said = urlencode({"lti_errormsg": message, "lti_errorlog": code})
    query = f"{parts.query}&{said}" if parts.query else said
    return urlunsplit(parts._replace(query=query))


def _login(transaction: Transaction, hints: Mapping[str, str]) -> dict[str, str]:
    if not hints.get("login_hint"):
        return {}
    platform = transaction.platform
    return {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "target_link_uri": transaction.target_link_uri,
        **hints,
    }


def _address(way: str, platform: Platform, hints: Mapping[str, str]) -> str:
    """Moodle's message hint is JSON and names the activity (`cmid`); a content selection belongs
    to none."""
    try:
        said = json.loads(hints.get("lti_message_hint", ""))
        module = said["cmid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    if not way or type(module) is not int or not 0 < module < 2**63:
        return ""
    return platform.issuer.rstrip("/") + way.format(cmid=int(module))
