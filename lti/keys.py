"""Our own signing keys: several are published at a time, so that changing them disturbs nobody.

A new pair is published before it signs (platforms cache our key set), and stays published after
it stopped signing (tokens are still under way).
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric import rsa

from lti.ports import KeyPair, KeyStore

LEAD = timedelta(days=2)
"""A new key is published so long before it signs."""
PERIOD = timedelta(days=90)
"""How long a key signs."""
LAG = timedelta(days=7)
"""A key stays published so long after its successor took over."""


def new_key_pair(now: datetime) -> KeyPair:
    """A fresh RSA pair with a key id that says nothing."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return KeyPair(secrets.token_urlsafe(12), key, now)


def signing_key(pairs: Sequence[KeyPair], now: datetime) -> KeyPair:
    """The newest pair that has been published long enough; with none so old, the oldest.

    :raises ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("no key pairs")
    ordered = sorted(pairs, key=lambda pair: pair.created_at)
    ready = [pair for pair in ordered if pair.created_at + LEAD <= now]
    return ready[-1] if ready else ordered[0]


def rotate(store: KeyStore, now: datetime) -> None:
    """Keep the key set in order; call it once a day, twice does no harm.

    Makes the first key, makes the next one in time, forgets those whose window is over.
    """
    ordered = sorted(store.all(), key=lambda pair: pair.created_at)
    if not ordered or now >= ordered[-1].created_at + PERIOD:
        ordered.append(new_key_pair(now))
        store.add(ordered[-1])
    for old, successor in pairwise(ordered):
        if now >= successor.created_at + LEAD + LAG:
            store.remove(old.kid)


def renew(store: KeyStore, now: datetime, *, at_once: bool = False) -> KeyPair:
    """Make the next key now instead of in its time.

    Ordinarily it is published now, signs after `LEAD`, and the old one stays published for `LAG`:
    nobody notices. Called again before the new one signs, it makes no further key.

    :param at_once: the old keys have leaked: they are withdrawn, the new one signs from now on.
        Platforms that still keep our old key set refuse our calls until they fetch it anew.
    :returns: the newest key.
    """
    ordered = sorted(store.all(), key=lambda pair: pair.created_at)
    if not at_once and len(ordered) > 1 and now < ordered[-1].created_at + LEAD:
        return ordered[-1]
    made = new_key_pair(now)
    store.add(made)
    if at_once:
        for old in ordered:
            store.remove(old.kid)
    return made


def key_set(pairs: Sequence[KeyPair]) -> dict[str, list[dict[str, str]]]:
    """The JSON Web Key Set that platforms fetch; public parts only."""
    return {"keys": [_public_jwk(pair) for pair in sorted(pairs, key=lambda p: p.created_at)]}


def _public_jwk(pair: KeyPair) -> dict[str, str]:
    numbers = pair.private_key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "kid": pair.kid,
        "n": _base64url(numbers.n),
        "e": _base64url(numbers.e),
    }


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
