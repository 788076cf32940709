"""The claims of a verified token, read once into plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti import vocabulary as v
from lti.errors import LaunchError, printable
from lti.names import display_name, language_tag


@dataclass(frozen=True, slots=True)
class Person:
    """Who launched. Empty strings mean "not sent". `sub` is unique only within its issuer."""

    sub: str
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    email_verified: bool | None = None
    sourcedid: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """The LMS course. `sourcedid` is the course idnumber (`lis.course_section_sourcedid`)."""

    id: str
    label: str = ""
    title: str = ""
    types: tuple[str, ...] = ()
    sourcedid: str = ""


@dataclass(frozen=True, slots=True)
class ResourceLink:
    """The activity in the course."""

    id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """Endpoints granted to this launch: roster (NRPS), grades (AGS), course groups, notices (PNS)
    and terms of use (EULA). "" where the platform offers none.

    `line_item_url` is the grade column of this very activity; `notice_kinds` are the notices that
    the platform can send.
    """

    memberships_url: str = ""
    line_items_url: str = ""
    line_item_url: str = ""
    grade_scopes: frozenset[str] = frozenset()
    groups_url: str = ""
    group_sets_url: str = ""
    notices_url: str = ""
    notice_kinds: frozenset[str] = frozenset()
    eula_url: str = ""


@dataclass(frozen=True, slots=True)
class DeepLinking:
    """What the platform wants back from a content selection. `data` must be echoed if present.

    `accept_line_item` None: the platform did not say, which settles nothing (Moodle takes line
    items and never says so). `accept_media_types` concerns items of type `file` only.
    """

    return_url: str
    accept_types: tuple[str, ...]
    accept_targets: tuple[str, ...]
    accept_multiple: bool = False
    data: str | None = None
    accept_line_item: bool | None = None
    accept_media_types: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """Which LMS this is, e.g. family `moodle`."""

    family: str = ""
    version: str = ""
    guid: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedLaunch:
    """A launch whose signature, time, nonce and state have been checked.

    `person` is None only for a deep-linking request without `sub`. `roles` are the URIs as sent;
    see `lti.roles`. `locale` is a BCP 47 tag or "". `return_url` may carry a session key of the
    LMS: never log it. `for_user_id` may be forged by a Moodle student (the signature is good all
    the same), so whoever honours it checks that the launcher teaches here.
    """

    issuer: str
    client_id: str
    deployment_id: str
    message_type: str
    target_link_uri: str
    roles: tuple[str, ...]
    person: Person | None
    context: Context | None = None
    resource_link: ResourceLink | None = None
    services: Services = Services()
    deep_linking: DeepLinking | None = None
    product: Product = Product()
    custom: tuple[tuple[str, str], ...] = ()
    locale: str = ""
    document_target: str = ""
    return_url: str = ""
    for_user_id: str = ""
    mentored_ids: tuple[str, ...] = ()


def read_claims(claims: Mapping[str, Any], issuer: str, client_id: str) -> VerifiedLaunch:
    """Turn verified claims into values.

    :raises LaunchError: a claim that is missing for its message type, or of the wrong shape.
    """
    if claims.get(v.CLAIM_VERSION) != v.VERSION:
        raise LaunchError("VERSION_UNSUPPORTED", printable(claims.get(v.CLAIM_VERSION), 20))
    message_type = claims.get(v.CLAIM_MESSAGE_TYPE)
    if not isinstance(message_type, str) or message_type not in v.MESSAGE_TYPES:
        raise LaunchError("MESSAGE_TYPE_UNSUPPORTED", printable(message_type))
    deployment_id = claims.get(v.CLAIM_DEPLOYMENT_ID)
    if not isinstance(deployment_id, str) or not 1 <= len(deployment_id) <= 255:
        raise LaunchError("DEPLOYMENT_MISSING")
    target = claims.get(v.CLAIM_TARGET_LINK_URI)
    # The deep-linking specification leaves this claim out of its required list, and some
    # platforms do; the transaction of the login still says where it was going.
    if not isinstance(target, str) or not target:
        if message_type != v.DEEP_LINKING or v.CLAIM_TARGET_LINK_URI in claims:
            raise LaunchError("TARGET_MISSING")
        target = ""
    roles = claims.get(v.CLAIM_ROLES)
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        # An empty list is allowed (core §5.3.7), a missing claim or null is not.
        raise LaunchError("ROLES_MISSING")
    lis = _object(claims, v.CLAIM_LIS)
    custom = _custom(claims)
    presentation = _object(claims, v.CLAIM_PRESENTATION)
    launch = VerifiedLaunch(
        issuer=issuer,
        client_id=client_id,
        deployment_id=deployment_id,
        message_type=message_type,
        target_link_uri=target,
        roles=tuple(roles),
        person=_person(claims, lis, custom, message_type),
        context=_context(claims, lis),
        resource_link=_resource_link(claims),
        services=_services(claims),
        deep_linking=_deep_linking(claims) if message_type == v.DEEP_LINKING else None,
        product=_product(claims),
        custom=tuple(custom.items()),
        locale=language_tag(_text(presentation, "locale")),
        document_target=_text(presentation, "document_target"),
        return_url=_text(presentation, "return_url"),
        for_user_id=_text(_object(claims, v.CLAIM_FOR_USER), "user_id"),
        mentored_ids=_texts(claims.get(v.CLAIM_ROLE_SCOPE_MENTOR)),
    )
    if message_type == v.RESOURCE_LINK and launch.resource_link is None:
        raise LaunchError("RESOURCE_LINK_MISSING")
    if message_type == v.SUBMISSION_REVIEW and not launch.for_user_id:
        raise LaunchError("FOR_USER_MISSING")
    return launch


def _object(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise LaunchError("CLAIM_MALFORMED", name)
    return value


def _text(value: Mapping[str, Any], name: str) -> str:
    """A string member; absent and null read "" (Moodle sends null for `$ResourceLink.*`)."""
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise LaunchError("CLAIM_MALFORMED", name)
    return found.strip()


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def _custom(claims: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters that have a value. A variable that the platform does not know arrives
    literally (`$Canvas.user.id`), so what still looks like one counts as not sent."""
    return {
        key: value
        for key, value in _object(claims, v.CLAIM_CUSTOM).items()
        if isinstance(value, str) and value and not value.startswith("$")
    }


def _person(
    claims: Mapping[str, Any], lis: Mapping[str, Any], custom: Mapping[str, str], message_type: str
) -> Person | None:
    sub = claims.get("sub")
    if sub is None or sub == "":
        if message_type == v.DEEP_LINKING:
            return None
        raise LaunchError("USER_MISSING")
    if not isinstance(sub, str) or len(sub) > 255 or not sub.isascii():
        # OpenID Connect core §2: at most 255 ASCII characters.
        raise LaunchError("CLAIM_MALFORMED", "sub")
    given, family = _text(claims, "given_name"), _text(claims, "family_name")
    verified = claims.get("email_verified")
    return Person(
        sub=sub,
        name=display_name(_text(claims, "name"), given, family),
        given_name=given,
        family_name=family,
        email=_text(claims, "email").lower(),
        email_verified=verified if isinstance(verified, bool) else None,
        sourcedid=_sourcedid(lis, custom),
        username=_text(_object(claims, v.CLAIM_EXT), "user_username"),
    )


def _sourcedid(lis: Mapping[str, Any], custom: Mapping[str, str]) -> str:
    """The person's number. A platform that sends the claim, be it empty (Moodle, for an account
    without idnumber), has said it: a custom parameter of that name may be a teacher's own, typed
    into an activity, and must not say who somebody is."""
    if "person_sourcedid" in lis:
        return _text(lis, "person_sourcedid")
    return custom.get("person_sourcedid", "")


def _context(claims: Mapping[str, Any], lis: Mapping[str, Any]) -> Context | None:
    context = _object(claims, v.CLAIM_CONTEXT)
    if not context:
        return None
    identifier = _text(context, "id")
    if not identifier or len(identifier) > 255:
        raise LaunchError("CLAIM_MALFORMED", "context.id")
    return Context(
        id=identifier,
        label=_text(context, "label"),
        title=_text(context, "title"),
        types=_texts(context.get("type")),
        sourcedid=_text(lis, "course_section_sourcedid") or _text(lis, "course_offering_sourcedid"),
    )


def _resource_link(claims: Mapping[str, Any]) -> ResourceLink | None:
    link = _object(claims, v.CLAIM_RESOURCE_LINK)
    identifier = _text(link, "id")
    if not identifier:
        # Blackboard has sent launches whose resource link lacks an id.
        return None
    if len(identifier) > 255:
        raise LaunchError("CLAIM_MALFORMED", "resource_link.id")
    return ResourceLink(id=identifier, title=_text(link, "title"))


def _services(claims: Mapping[str, Any]) -> Services:
    grades, roster = _object(claims, v.CLAIM_AGS), _object(claims, v.CLAIM_NRPS)
    groups, notices = _object(claims, v.CLAIM_GROUPS), _object(claims, v.CLAIM_NOTICES)
    return Services(
        memberships_url=_text(roster, "context_memberships_url"),
        line_items_url=_text(grades, "lineitems"),
        line_item_url=_text(grades, "lineitem"),
        grade_scopes=frozenset(_texts(grades.get("scope"))),
        groups_url=_text(groups, "context_groups_url"),
        group_sets_url=_text(groups, "context_group_sets_url"),
        notices_url=_text(notices, "platform_notification_service_url"),
        notice_kinds=frozenset(_texts(notices.get("notice_types_supported"))),
        eula_url=_text(_object(claims, v.CLAIM_EULA), "url"),
    )


def _deep_linking(claims: Mapping[str, Any]) -> DeepLinking:
    settings = _object(claims, v.CLAIM_DEEP_LINKING)
    return_url = _text(settings, "deep_link_return_url")
    accept_types = _texts(settings.get("accept_types"))
    targets = _texts(settings.get("accept_presentation_document_targets"))
    if not return_url.startswith(("https://", "http://")) or not accept_types or not targets:
        raise LaunchError("DEEP_LINKING_INCOMPLETE")
    data, media_types = settings.get("data"), settings.get("accept_media_types")
    return DeepLinking(
        return_url=return_url,
        accept_types=accept_types,
        accept_targets=targets,
        # Some platforms write the booleans as the words "true" and "false".
        accept_multiple=_yes_or_no(settings.get("accept_multiple")) is True,
        data=data if isinstance(data, str) else None,
        accept_line_item=_yes_or_no(settings.get("accept_lineitem")),
        accept_media_types=media_types if isinstance(media_types, str) else "",
    )


def _yes_or_no(value: object) -> bool | None:
    if value in (True, "true"):
        return True
    return False if value in (False, "false") else None


def _product(claims: Mapping[str, Any]) -> Product:
    platform = _object(claims, v.CLAIM_PLATFORM)
    return Product(
        family=_text(platform, "product_family_code").lower(),
        version=_text(platform, "version"),
        guid=_text(platform, "guid"),
        name=_text(platform, "name"),
    )
