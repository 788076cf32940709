"""What a platform tells without anybody launching: Platform Notification Service 1.0.

A notice is posted to us by whoever knows the address; its signature alone says that the platform
wrote it, and its id that it was not written before.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from lti import vocabulary as v
from lti.errors import LaunchError
from lti.jws import MAX_TOKEN_CHARS, take_apart
from lti.launch import KeySets, check_parties, check_times
from lti.ports import Platform
from lti.services.connector import Connector
from lti.services.errors import ServiceError
from lti.services.reading import id_of, text_of

MEDIA_TYPE = "application/json"
CLAIM_NOTICE = "https://purl.imsglobal.org/spec/lti/claim/notice"
CLAIM_ORIGIN_CONTEXTS = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts"
KINDS = frozenset({v.NOTICE_HELLO, v.NOTICE_CONTEXT_COPY})
MAX_BODY = 1024 * 1024
MAX_NOTICES = 100
"""In one delivery; a subscription does not ask for more."""
MAX_AGE = 86_400.0
"""Seconds; a notice waits in the platform's queue, but not for ever."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified notice.

    :ivar id: unique on its platform; the same id again is the same notice again.
    :ivar kind: one of `KINDS`.
    :ivar context_id: the course it speaks of, for a copy the new one; "" where there is none.
    :ivar origin_contexts: for a copy, the courses that were copied from.
    :ivar at: when it happened, by the platform's clock.
    """

    id: str
    kind: str
    deployment_id: str
    context_id: str
    origin_contexts: tuple[str, ...]
    at: datetime


def subscribe(connector: Connector, url: str, kind: str, handler: str) -> None:
    """Have notices of this kind sent to `handler`, in place of where they went before.

    :param url: `platform_notification_service_url` of the launch.
    :param handler: an https address at the tool's own host; "" ends the subscription.
    :raises ServiceError: as `Connector.call`.
    """
    body: dict[str, object] = {"notice_type": kind, "handler": handler}
    connector.call(
        "PUT",
        url,
        scopes=(v.SCOPE_NOTICES,),
        accept=MEDIA_TYPE,
        body=json.dumps(body).encode("ascii"),
        content_type=MEDIA_TYPE,
    )


def read_notices(body: bytes) -> list[str]:
    """The signed notices of one delivery, not yet believed.

    :raises ServiceError: SERVICE_ANSWER_INVALID: not what a platform delivers.
    """
    try:
        found = json.loads(body) if len(body) <= MAX_BODY else None
    except (ValueError, RecursionError):
        found = None
    notices = found.get("notices") if isinstance(found, dict) else None
    if not isinstance(notices, list) or not 0 < len(notices) <= MAX_NOTICES:
        raise ServiceError("SERVICE_ANSWER_INVALID", "not a delivery of notices")
    tokens: list[str] = []
    for one in notices:
        token = one.get("jwt") if isinstance(one, dict) else None
        if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS:
            raise ServiceError("SERVICE_ANSWER_INVALID", "a notice without its token")
        tokens.append(token)
    return tokens


def check_notice(token: str, platform: Platform, key_sets: KeySets, now: datetime) -> Notice:
    """Believe a notice, or say why not.

    What only a database knows is left to the caller: whether the deployment is one of ours, and
    whether this id was seen before.

    :raises LaunchError: with the code of the first thing found wrong.
    """
    taken = take_apart(token)
    claims = taken.claims
    # Refused before the key set is fetched: a stranger's token costs no request.
    check_parties(claims, platform)
    taken.check_signature(key_sets.key(platform.key_set_url, taken.key_id))
    issued_at = check_times(claims, now.timestamp(), MAX_AGE)
    if not (id_of(claims.get("nonce")) or id_of(claims.get("jti"))):
        raise LaunchError("NONCE_MISSING")
    if claims.get(v.CLAIM_VERSION) != v.VERSION:
        raise LaunchError("VERSION_UNSUPPORTED", text_of(claims.get(v.CLAIM_VERSION))[:20])
    notice, context = claims.get(CLAIM_NOTICE), claims.get(v.CLAIM_CONTEXT)
    if not isinstance(notice, dict) or not id_of(notice.get("id")):
        # An id or a resource link's message cannot pass for a notice, nor the other way round.
        raise LaunchError("CLAIM_MALFORMED", "notice")
    kind = text_of(notice.get("type"))
    if kind not in KINDS:
        raise LaunchError("MESSAGE_TYPE_UNSUPPORTED", kind[:60])
    deployment_id = id_of(claims.get(v.CLAIM_DEPLOYMENT_ID))
    if not deployment_id:
        raise LaunchError("DEPLOYMENT_MISSING")
    context_id = id_of(context.get("id")) if isinstance(context, dict) else ""
    if kind == v.NOTICE_CONTEXT_COPY and not context_id:
        raise LaunchError("CLAIM_MALFORMED", "context.id")
    return Notice(
        id=id_of(notice["id"]),
        kind=kind,
        deployment_id=deployment_id,
        context_id=context_id,
        origin_contexts=_ids(claims.get(CLAIM_ORIGIN_CONTEXTS)),
        at=_moment(notice.get("timestamp")) or datetime.fromtimestamp(issued_at, UTC),
    )


def _ids(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(found for entry in entries[:50] if (found := id_of(entry)))


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text_of(value, 40))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
