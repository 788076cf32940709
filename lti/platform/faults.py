"""Ways in which this platform misbehaves on purpose; the defaults are good behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    """Settable in a test (``platform.faults.x = …``) and over HTTP (``set_faults(x=…)``).

    The key set:

    :ivar jwks_status: HTTP status of the key set.
    :ivar jwks_delay: seconds before it is answered.
    :ivar jwks_wrapped: ``{"keys": {"keys": […]}}``.
    :ivar jwks_padding: bytes by which it is too large.

    The launch:

    :ivar replay: post the previous id_token again (with the new state) instead of a fresh one.
    :ivar clock_skew: seconds that the platform's clock is ahead (+) or behind (-) when it signs.
    :ivar change_claims: claims that replace those of the id_token (``{"aud": "…", "azp": "…"}``).
    :ivar drop_claims: top-level claims left out (``exp``, ``nonce``, …).
    :ivar drop_link_id: the resource link comes without its id (Blackboard has done so).
    :ivar algorithm: ``alg`` of the id_token: ``none``, ``HS256`` (the public key as its secret).
    :ivar kid: another ``kid`` in its header; "" leaves it out.
    :ivar foreign_key: sign with a key that is published nowhere, under the good ``kid``.
    :ivar hide_origin: the launch page has ``Referrer-Policy: no-referrer``: ``Origin: null``.
    :ivar storage_silent: the platform storage is announced and never answers.
    :ivar rotate_every: replace the key, and forget the old one, before each so many-th launch.

    Registration and services:

    :ivar registration_status: of a registration.
    :ivar token_status: of the token endpoint.
    :ivar service_status: of every service.
    :ivar service_statuses: of the next calls of a service, one by one, before anything else.
    :ivar retry_after: ``Retry-After`` that comes with these.
    :ivar roster_endless: there is always a next page.
    :ivar roster_elsewhere: host of the next page, instead of this one.
    """

    jwks_status: int = 200
    jwks_delay: float = 0.0
    jwks_wrapped: bool = False
    jwks_padding: int = 0
    replay: bool = False
    clock_skew: float = 0.0
    change_claims: dict[str, Any] = field(default_factory=dict)
    drop_claims: list[str] = field(default_factory=list)
    drop_link_id: bool = False
    algorithm: str = "RS256"
    kid: str | None = None
    foreign_key: bool = False
    hide_origin: bool = False
    storage_silent: bool = False
    rotate_every: int = 0
    registration_status: int = 200
    token_status: int = 200
    service_status: int = 200
    service_statuses: list[int] = field(default_factory=list)
    retry_after: int = 0
    roster_endless: bool = False
    roster_elsewhere: str = ""

    def of_service(self) -> int:
        """The status that the call being served gets instead of an answer; 200: its answer."""
        return self.service_statuses.pop(0) if self.service_statuses else self.service_status
