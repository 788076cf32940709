"""Answer a deep-linking request: the signed list of what was chosen, or nothing, or an error.

PyLTI1p3's resource is a loosely typed bag that never says how a link wants to be shown and takes
any custom parameter, so links are small frozen values of our own that fill one in. Deep Linking
2.0, §4 (response) and §3.1 (ltiResourceLink).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

import jwt
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem as Column
from pylti1p3.registration import Registration

from lti.claims import DeepLinking
from lti.ports import KeyPair

LTI_LINK = "ltiResourceLink"
"""The only type we send: Moodle turns `link`, `html` and `file` into activities of the bare URL."""

_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
CONTENT_ITEMS = _CLAIM + "content_items"

_BACKDATE = 30
"""Seconds: Moodle accepts no clock that runs even a little ahead of its own."""
_LIFETIME = 600
TITLE_POINTS = 200
"""Code points of a title: LMS columns hold 255, some of them bytes' worth less."""
FRAME_HEIGHT = 800


@dataclass(frozen=True, slots=True)
class LineItem:
    """The gradebook column that the platform makes together with the link.

    :ivar label: its name (Moodle names it like the activity instead).
    :ivar maximum: scoreMaximum.
    :ivar reviewed: ask the platform to open a student's work from the gradebook
        (submission review, LTI Submission Review 1.0 §3).
    """

    label: str
    maximum: int
    resource_id: str
    tag: str
    reviewed: bool = True

    def as_column(self) -> Column:
        """As PyLTI1p3 writes it out."""
        column = Column().set_label(self.label).set_score_maximum(self.maximum)
        column.set_resource_id(self.resource_id).set_tag(self.tag)
        if self.reviewed:
            # Without an address of its own the review launch goes to the link itself.
            column.set_submission_review(["Submitted", "Completed"])
        return column


@dataclass(frozen=True, slots=True)
class Link:
    """A link to one of our pages, as the LMS course will show it.

    :ivar custom: custom parameters. Moodle joins them as `name=value` lines and splits them at
        "=", so neither may hold "=" or a line break.
    :ivar icon_url: a square picture that anybody may load.
    :raises ValueError: a custom parameter that would not survive.
    """

    title: str
    url: str
    text: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    icon_url: str = ""
    line_item: LineItem | None = None

    def __post_init__(self) -> None:
        for word in (*self.custom, *self.custom.values()):
            if set(word) & set("=\r\n"):
                raise ValueError(f"custom parameters hold no '=' and no line break: {word!r}")

    def as_json(self, targets: Sequence[str]) -> dict[str, Any]:
        """The content item, with a hint for one of the targets that the platform takes."""
        resource = DeepLinkResource().set_url(self.url).set_custom_params(dict(self.custom))
        resource.set_title(" ".join(self.title.split())[:TITLE_POINTS])
        if self.line_item is not None:
            resource.set_lineitem(self.line_item.as_column())
        found: dict[str, Any] = resource.to_dict()
        if self.text:
            found["text"] = self.text
        if self.icon_url:
            found["icon"] = {"url": self.icon_url, "width": 64, "height": 64}
        return found | _hint(targets)


def takes_links(settings: DeepLinking) -> bool:
    """Whether the platform takes the one type that we have.

    `accept_media_types` has no say: it is about `file` items (Deep Linking 2.0 §2.1).
    """
    return LTI_LINK in settings.accept_types


def answer(
    issuer: str,
    client_id: str,
    deployment_id: str,
    settings: DeepLinking,
    links: Sequence[Link],
    key: KeyPair,
    now: datetime,
    *,
    error: str = "",
    error_log: str = "",
) -> str:
    """The signed response token, for the form field `JWT` posted to `settings.return_url`.

    :param links: [] takes everything back: the platform adds nothing.
    :param error: what the platform is to tell the person; `error_log` is for its own log.
    :raises ValueError: more links than the platform takes, or a type that it does not.
    """
    if len(links) > 1 and not settings.accept_multiple:
        raise ValueError("the platform takes one item")
    if links and not takes_links(settings):
        raise ValueError("the platform takes no LTI links")
    issued = int(now.timestamp()) - _BACKDATE
    parties = Registration().set_issuer(issuer).set_client_id(client_id)
    message = DeepLink(parties, deployment_id, {}).get_message_jwt([])
    # `aud`: a list is allowed, a plain string is read by every platform.
    message |= {"aud": issuer, "azp": client_id, "nonce": token_urlsafe(24)}
    message |= {"iat": issued, "exp": issued + _LIFETIME}
    message[CONTENT_ITEMS] = [link.as_json(settings.accept_targets) for link in links]
    del message[_CLAIM + "data"]
    if settings.data is not None:
        # Only if the request carried it, and then byte for byte (§4.2).
        message[_CLAIM + "data"] = settings.data
    if error:
        message |= {_CLAIM + "errormsg": error, _CLAIM + "errorlog": error_log or error}
    # `kid` always: Moodle and Canvas look the key up by it.
    return jwt.encode(message, key.private_key, algorithm="RS256", headers={"kid": key.kid})


def _hint(targets: Sequence[str]) -> dict[str, Any]:
    """How the link wants to be shown: in a frame where the platform has one, else in a window of
    its own. A platform may do as it likes (Moodle does)."""
    if "iframe" in targets:
        return {"iframe": {"height": FRAME_HEIGHT}}
    if "window" in targets:
        return {"window": {"targetName": "_blank"}}
    return {}
