"""The platform's own storage, reached by `postMessage`: what a browser without cookies can keep.

1EdTech "LTI OIDC Login with Client Side postMessages" and "LTI Client Side postMessages": a login
that names a storage frame (`lti_storage_target`) may put a value there (`lti.put_data`) and the
launch may ask for it again (`lti.get_data`). The guides have the tool put `state` itself, and let
the page compare. The state travels in forms and addresses, though, so whoever holds a launch knows
it; what is put here is a proof made of it with our secret, and the server compares.

The proof alone is not enough either: a stranger knows the proof of *his* login. It counts only in
a POST that comes from our own page (`Origin`), which is the one place where it can only have been
read out of this browser's platform.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from lti.browser import Browser
from lti.login import origin_of
from lti.ports import Transaction

PROOF = "lti_storage_proof"
POSTED_BY = "lti_storage_origin"
SEAL = "lti_storage_seal"
"""Fields of the second post of a launch: what the storage held, the origin of the first post, and
our seal on that."""

_FRAME_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,120}")


@dataclass(frozen=True, slots=True)
class Errand:
    """What a page says to the storage: which frame, of which origin, under which key. `value` is
    what to put; "" when it asks."""

    target: str
    origin: str
    key: str
    value: str = ""


def frame_name(sent: str) -> str:
    """`lti_storage_target` as sent; "" for none and for what no frame is called."""
    return sent if _FRAME_NAME.fullmatch(sent) else ""


def errand(transaction: Transaction, value: str = "") -> Errand:
    """What to put (`value` = the proof) or to ask for. Messages go to the origin of the
    authorisation endpoint and are believed from there only (guide, "Target origin")."""
    return Errand(
        transaction.storage_target,
        origin_of(transaction.platform.auth_login_url),
        f"state_{transaction.state}",  # named as the guide names it
        value,
    )


def proof_of(secret: bytes, state: str) -> str:
    """What is put into the storage at login."""
    return _mac(secret, "proof", state)


def seal_of(secret: bytes, state: str, origin: str | None) -> str:
    """Our word that the platform's page, of this origin, posted the launch of this state."""
    return _mac(secret, "posted-by", state, _said(origin))


def second_post(
    form: Mapping[str, str], browser: Browser, own_origins: Collection[str], secret: bytes
) -> Browser:
    """The browser as it was when the platform posted, with what the storage answered since.

    A form that has not been through our page is returned as it is. Of a form that claims to have
    been, nothing is believed unless the browser says that our own page sent it: then the origin
    of the first post counts (if we sealed it), and the proof.
    """
    if SEAL not in form:
        return browser
    state, said = form.get("state", ""), form.get(POSTED_BY, "")
    if browser.origin is None or origin_of(browser.origin) not in own_origins:
        return replace(browser, asked=True)
    if not _same(form[SEAL], _mac(secret, "posted-by", state, said)):
        return replace(browser, asked=True)
    return Browser(
        cookie=browser.cookie,
        origin=said or None,
        asked=True,
        stored=_same(form.get(PROOF, ""), proof_of(secret, state)),
    )


def _said(origin: str | None) -> str:
    return origin or ""


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _mac(secret: bytes, *parts: str) -> str:
    message = "\n".join(("lti-storage", *parts)).encode()
    return urlsafe_b64encode(hmac.digest(secret, message, hashlib.sha256)).rstrip(b"=").decode()
