"""Answer a deep-linking request: the signed list of what the teacher chose."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_urlsafe

import jwt
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.registration import Registration

from lti import vocabulary as v
from lti.claims import DeepLinking
from lti.ports import KeyPair

_DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"
_BACKDATE = 30
"""Seconds: Moodle accepts no clock that runs even a little ahead of its own."""
_LIFETIME = 600


def resource_link(title: str, url: str, custom: dict[str, str] | None = None) -> DeepLinkResource:
    """A link to one of our pages. Moodle turns any other type into a bare web link."""
    return DeepLinkResource().set_title(title).set_url(url).set_custom_params(custom or {})


def answer(
    issuer: str,
    client_id: str,
    deployment_id: str,
    settings: DeepLinking,
    resources: Sequence[DeepLinkResource],
    key: KeyPair,
    now: datetime,
) -> str:
    """The signed response token, for the form field `JWT` posted to `settings.return_url`."""
    registration = Registration().set_issuer(issuer).set_client_id(client_id)
    message = DeepLink(registration, deployment_id, {}).get_message_jwt(resources)
    issued = int(now.timestamp()) - _BACKDATE
    message |= {"iat": issued, "exp": issued + _LIFETIME, "nonce": token_urlsafe(24)}
    message["aud"] = issuer  # a list is allowed, a plain string is read by every platform
    message[v.CLAIM_DEPLOYMENT_ID] = deployment_id
    if settings.data is None:
        # An answer may only carry `data` if the request did.
        del message[_DATA]
    else:
        message[_DATA] = settings.data
    # `kid` always: Moodle and Canvas look the key up by it.
    return jwt.encode(message, key.private_key, algorithm="RS256", headers={"kid": key.kid})
