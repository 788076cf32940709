"""Names that the LTI 1.3 and Advantage specifications fix: claims, scopes, message types."""

from typing import Final

_LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"

VERSION: Final = "1.3.0"

CLAIM_VERSION: Final = _LTI + "version"
CLAIM_MESSAGE_TYPE: Final = _LTI + "message_type"
CLAIM_DEPLOYMENT_ID: Final = _LTI + "deployment_id"
CLAIM_TARGET_LINK_URI: Final = _LTI + "target_link_uri"
CLAIM_ROLES: Final = _LTI + "roles"
CLAIM_ROLE_SCOPE_MENTOR: Final = _LTI + "role_scope_mentor"
CLAIM_CONTEXT: Final = _LTI + "context"
CLAIM_RESOURCE_LINK: Final = _LTI + "resource_link"
CLAIM_LIS: Final = _LTI + "lis"
CLAIM_CUSTOM: Final = _LTI + "custom"
CLAIM_EXT: Final = _LTI + "ext"
CLAIM_FOR_USER: Final = _LTI + "for_user"
CLAIM_PRESENTATION: Final = _LTI + "launch_presentation"
CLAIM_PLATFORM: Final = _LTI + "tool_platform"
CLAIM_AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
CLAIM_NRPS: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
CLAIM_DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
CLAIM_GROUPS: Final = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
CLAIM_NOTICES: Final = _LTI + "platformnotificationservice"
CLAIM_EULA: Final = _LTI + "eulaservice"

SCOPE_LINE_ITEM: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCOPE_LINE_ITEM_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
SCOPE_RESULT: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCOPE_SCORE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
SCOPE_ROSTER: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_GROUPS: Final = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
SCOPE_NOTICES: Final = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
SCOPE_EULA_USER: Final = "https://purl.imsglobal.org/spec/lti/scope/eula/user"

TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"

RESOURCE_LINK: Final = "LtiResourceLinkRequest"
DEEP_LINKING: Final = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW: Final = "LtiSubmissionReviewRequest"
# The data-privacy draft changed its own name; Sakai has sent both spellings.
DATA_PRIVACY: Final = frozenset({"DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest"})
EULA: Final = "LtiEulaRequest"
MESSAGE_TYPES: Final = (
    frozenset({RESOURCE_LINK, DEEP_LINKING, SUBMISSION_REVIEW, EULA}) | DATA_PRIVACY
)

NOTICE_HELLO: Final = "LtiHelloWorldNotice"
NOTICE_CONTEXT_COPY: Final = "LtiContextCopyNotice"
