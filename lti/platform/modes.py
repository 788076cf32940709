"""How this LMS acts: one `Mode` for each platform it can play.

Every difference between the platforms is a field here (and a table in ``roles``); the rest of the
package asks the field and never the name. What is said of a platform was measured on it, or taken
from its vendor's documentation.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from lti.platform import roles

LAUNCHES = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest")
EULA = "LtiEulaRequest"
PRIVACY = ("LtiDataPrivacyLaunchRequest", "DataPrivacyLaunchRequest")
"""The draft changed its own name; both are in the wild."""
NOTICES = ("LtiHelloWorldNotice", "LtiContextCopyNotice")

_COURSE_OFFERING = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"


def _letters() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(15))


def _digits() -> str:
    """A Canvas developer key of the cloud."""
    return "1" + "".join(secrets.choice(string.digits) for _ in range(17))


def _uuid() -> str:
    return str(uuid4())


@dataclass(frozen=True)
class Mode:
    """One platform's way.

    Who it is:

    :ivar name: as it is chosen: ``--mode NAME``.
    :ivar product: ``product_family_code``.
    :ivar issuer: one issuer for all customers, on another host than this LMS; "": its address.
    :ivar own_sso: authorisation, key set and tokens live on an origin of their own (second port).
    :ivar authorization_server: said in discovery; ``{host}`` is the issuer's host.

    Registration:

    :ivar dynamic: it has a registration endpoint.
    :ivar registration_token: the tool gets a token; otherwise the link itself works once.
    :ivar token_for_discovery: reading the OpenID configuration needs the token.
    :ivar discovery_redirects: the configuration is found by a redirect within its origin.
    :ivar strict_registration: 422 and JSON for what is missing, instead of 400 and a word.
    :ivar privacy_level: personal data by Canvas's level instead of by ``claims``.
    :ivar answers_deployment: the answer names a deployment.
    :ivar active_at_once: no activation by the administrator is needed.
    :ivar registers_in_tab: the tool's registration page opens in a tab of its own.
    :ivar client_id: makes one.
    :ivar deployment_id: makes one from (tool id, 40 hex digits).

    Launch:

    :ivar cookie: SameSite of its own cookie; "None" comes with Secure.
    :ivar storage_target: ``lti_storage_target``; "": no platform storage.
    :ivar messages: message types offered beside launches, for which there are pages.
    :ivar roles: see ``roles``.
    :ivar opaque_ids: users, courses and links are named by uuid or digest, not by number.
    :ivar azp: ``azp`` is sent.
    :ivar token_life: seconds from ``iat`` to ``exp``.
    :ivar extras: sends Moodle's own claims and customs (basic outcome, ext, doubled keys).
    :ivar locales: what ``locale`` says, by the LMS's own.
    :ivar context_type: ``context.type``.
    :ivar course_sourcedid: member of the lis claim that carries the course's idnumber.
    :ivar test_student: "student view" is an account of its own; otherwise the teacher's.
    :ivar deep_link_data: sends ``data`` and checks the answer strictly (data, nonce, aud, age).
    :ivar several: deep linking takes several items.
    :ivar posts_from_home: sign-on sends the browser back to the LMS's own origin, which posts.
    :ivar launch_page: an address that begins an activity's launch anew, by its number (Moodle's
        ``/mod/lti/launch.php?id=``).
    :ivar roster_always: the roster claim comes also in a course without activities.

    Services:

    :ivar checks_audience: ``aud`` of an assertion counts.
    :ivar token_audience: the one it must have; "": the token endpoint (or the issuer's host).
    :ivar assertion_once: a ``jti`` is needed and works once.
    :ivar leeway: seconds by which an assertion's clock may be ahead.
    :ivar drops_unknown_scopes: False: a scope that was not granted refuses them all.
    :ivar needs_user_agent: 403 without a User-Agent.
    :ivar exact_media_types: ``application/json`` and, for lists, ``*/*`` are refused.
    :ivar page_size: roster and lists come in pages of so many; 0: all at once.
    :ivar page_limit: the most a page can be asked to hold; 0: no bound.
    :ivar bookmarks: next pages are named by case-exact bookmarks; otherwise by number.
    :ivar next_keeps_role: the link to the next page keeps ``role=``.
    :ivar list_links: the Link header of line items can be followed.
    :ivar item_query: line item addresses carry a query string.
    :ivar pending_wipes: a score that is not FullyGraded empties the grade.
    :ivar own_stamp: scores of activities are stamped with the platform's own now.
    :ivar score_answer: a score is answered with the address of its result.
    :ivar stranger_status: a score for somebody who cannot have one.
    :ivar deletes_activity_column: a tool may delete the column of an activity.
    :ivar roster_locale: order of names in the roster.
    :ivar groups: Course Groups Service.
    :ivar notices: notice types that can be subscribed to.
    :ivar key_hours: hours after which the signing key is replaced; 0: never by itself.
    :ivar jwk_alg: JWKs name their ``alg``.
    :ivar jwks_cache: Cache-Control of the key set.
    """

    name: str
    title: str
    product: str
    version: str
    issuer: str = ""
    own_sso: bool = False
    authorization_server: str = ""
    dynamic: bool = True
    registration_token: bool = True
    token_for_discovery: bool = False
    discovery_redirects: bool = False
    strict_registration: bool = False
    privacy_level: bool = False
    answers_deployment: bool = True
    active_at_once: bool = False
    registers_in_tab: bool = False
    client_id: Callable[[], str] = _uuid
    deployment_id: Callable[[int, str], str] = lambda number, _digest: str(number)
    cookie: str = "None"
    storage_target: str = ""
    messages: tuple[str, ...] = ()
    roles: roles.Roles = roles.GENERIC
    opaque_ids: bool = False
    azp: bool = False
    token_life: int = 3600
    extras: bool = False
    locales: Mapping[str, str] = field(default_factory=lambda: {"zh_tw": "zh-TW", "en": "en"})
    context_type: str = _COURSE_OFFERING
    course_sourcedid: str = "course_offering_sourcedid"
    test_student: bool = False
    deep_link_data: bool = False
    several: bool = True
    posts_from_home: bool = False
    launch_page: bool = False
    roster_always: bool = True
    checks_audience: bool = True
    token_audience: str = ""
    assertion_once: bool = False
    leeway: int = 60
    drops_unknown_scopes: bool = True
    needs_user_agent: bool = False
    exact_media_types: bool = False
    page_size: int = 0
    page_limit: int = 0
    bookmarks: bool = False
    next_keeps_role: bool = True
    list_links: bool = True
    item_query: bool = False
    pending_wipes: bool = False
    own_stamp: bool = False
    score_answer: bool = False
    stranger_status: int = 404
    deletes_activity_column: bool = False
    roster_locale: str = "zh_tw"
    groups: bool = False
    notices: tuple[str, ...] = ()
    key_hours: float = 0
    jwk_alg: bool = True
    jwks_cache: str = "public, max-age=3600"

    @property
    def privacy_messages(self) -> tuple[str, ...]:
        """The spellings of the data privacy launch that it offers."""
        return tuple(name for name in PRIVACY if name in self.messages)

    @property
    def frame_name(self) -> str:
        """Name of the storage frame that its pages hold; "" where there is none."""
        return self.storage_target if re.fullmatch(r"[a-z]\w*", self.storage_target) else ""


_MODES = (
    Mode(
        "moodle",
        "Moodle",
        "moodle",
        "4.5.5+ (Build: 20250613)",
        client_id=_letters,
        cookie="Lax",
        roles=roles.MOODLE,
        token_life=60,
        extras=True,
        locales={"zh_tw": "zh_tw", "en": "en"},
        context_type="CourseSection",
        course_sourcedid="course_section_sourcedid",
        launch_page=True,
        roster_always=False,
        checks_audience=False,
        leeway=0,
        exact_media_types=True,
        next_keeps_role=False,
        list_links=False,
        item_query=True,
        pending_wipes=True,
        own_stamp=True,
        stranger_status=400,
        deletes_activity_column=True,
        roster_locale="en",
    ),
    Mode(
        "canvas",
        "Canvas",
        "canvas",
        "vCloud",
        issuer="https://canvas.instructure.test",
        own_sso=True,
        authorization_server="{host}",
        token_for_discovery=True,
        discovery_redirects=True,
        strict_registration=True,
        privacy_level=True,
        answers_deployment=False,
        client_id=_digits,
        deployment_id=lambda number, digest: f"{number}:{digest}",
        storage_target="post_message_forwarding",
        messages=(EULA,),
        roles=roles.CANVAS,
        opaque_ids=True,
        azp=True,
        locales={"zh_tw": "zh-Hant", "en": "en"},
        test_student=True,
        deep_link_data=True,
        posts_from_home=True,
        assertion_once=True,
        drops_unknown_scopes=False,
        needs_user_agent=True,
        page_size=50,
        page_limit=100,
        bookmarks=True,
        score_answer=True,
        stranger_status=422,
        groups=True,
        notices=NOTICES,
    ),
    Mode(
        "brightspace",
        "Brightspace",
        "desire2learn",
        "20.26.11",
        authorization_server="https://api.brightspace.com/auth/token",
        registration_token=False,
        registers_in_tab=True,
        deployment_id=lambda _number, digest: _as_uuid(digest),
        roles=roles.BRIGHTSPACE,
        token_audience="https://api.brightspace.com/auth/token",  # noqa: S106  (an address)
        drops_unknown_scopes=False,
        page_size=100,
        page_limit=100,
        bookmarks=True,
        stranger_status=403,
        key_hours=1,
        jwk_alg=False,
        jwks_cache="no-store",
    ),
    Mode(
        "blackboard",
        "Blackboard",
        "BlackboardLearn",
        "3900.110.0",
        issuer="https://blackboard.test",
        dynamic=False,
        active_at_once=True,
        deployment_id=lambda _number, digest: _as_uuid(digest),
        messages=(EULA,),
        roles=roles.BLACKBOARD,
        opaque_ids=True,
        page_size=100,
        page_limit=1000,
        stranger_status=404,
    ),
    Mode(
        "generic",
        "LTI 1.3",
        "generic",
        "1.0",
        storage_target="_parent",
        messages=(EULA, *PRIVACY),
        deep_link_data=True,
        page_size=100,
        groups=True,
        notices=NOTICES,
    ),
)

MODES: Mapping[str, Mode] = {mode.name: mode for mode in _MODES}
DEFAULT = "moodle"


def _as_uuid(digest: str) -> str:
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def mode_named(name: str) -> Mode:
    """The mode of this name.

    Raises:
        ValueError: there is none; the message names those there are.
    """
    if name not in MODES:
        raise ValueError(f"unknown mode {name!r}; known: {', '.join(MODES)}")
    return MODES[name]
