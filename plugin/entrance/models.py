"""Who may come in and from where: registrations, launches, bindings, sessions."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json


class RegistrationState(enum.StrEnum):
    PENDING = "pending"  # accepted by the LMS, no launch seen yet
    ACTIVE = "active"
    DISABLED = "disabled"


class DeploymentState(enum.StrEnum):
    WAITING = "waiting"  # seen in a launch, not approved
    ACTIVE = "active"
    DISABLED = "disabled"


class BindingHow(enum.StrEnum):
    """What bound a launch person to a school person."""

    NUMBER = "number"  # lis.person_sourcedid = Person.number
    EMAIL = "email"
    CODE = "code"
    REGISTRY = "registry"  # by hand


class CodePurpose(enum.StrEnum):
    ADMINISTRATOR = "administrator"
    PERSON = "person"
    DEPLOYMENT = "deployment"  # a deployment of a shared registration belongs to this school


def _enum(kind: type[enum.StrEnum]) -> sa.Enum:
    return sa.Enum(kind, native_enum=False, length=20)


class Invitation(Base):
    """A one-time, expiring link by which an LMS administrator installs the tool for a school."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    trusted_hosts: Mapped[list] = mapped_column(Json, default=list)
    """Hosts that may be issuer or registration endpoint though the configuration lies elsewhere:
    the administrator's explicit exception (a self-hosted Canvas keeps the cloud's issuer)."""
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Registration(Base):
    """This tool on one platform. A cloud LMS shares its issuer among schools: the pair counts."""

    __tablename__ = "registration"
    __table_args__ = (sa.UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    """The school whose invitation made it; the tenant of a launch is its deployment's. None: made
    once for the whole installation and shared (Blackboard), each school claims its deployments."""
    issuer: Mapped[str] = mapped_column(sa.String(512))
    client_id: Mapped[str] = mapped_column(sa.String(255))
    auth_login_url: Mapped[str] = mapped_column(sa.String(512))
    token_url: Mapped[str] = mapped_column(sa.String(512))
    key_set_url: Mapped[str] = mapped_column(sa.String(512))
    authorization_server: Mapped[str] = mapped_column(sa.String(512), default="")
    product: Mapped[str] = mapped_column(sa.String(60), default="")
    version: Mapped[str] = mapped_column(sa.String(120), default="")
    state: Mapped[RegistrationState] = mapped_column(_enum(RegistrationState))
    account_name: Mapped[str] = mapped_column(sa.String(255), default="")
    """How a cloud LMS calls the account that installed (Canvas); shown, believed for nothing."""
    scopes: Mapped[list] = mapped_column(Json, default=list)
    """Service scopes the platform granted when it was registered; [] = it did not say."""
    by_hand: Mapped[bool] = mapped_column(default=False)
    """Entered by an administrator instead of dynamic registration."""
    launch_origins: Mapped[list] = mapped_column(Json, default=list)
    allow_hidden_origin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Deployment(Base):
    """Where in a platform the tool is installed; the unit that belongs to one school."""

    __tablename__ = "deployment"
    __table_args__ = (sa.UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    deployment_id: Mapped[str] = mapped_column(sa.String(255))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    """None: of a shared registration and claimed by no school yet; nothing enters by it."""
    state: Mapped[DeploymentState] = mapped_column(_enum(DeploymentState))
    notices_url: Mapped[str] = mapped_column(sa.String(512), default="")
    """Where the platform takes handlers of its notices (PNS); "" when it offers none."""
    first_seen_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


class LoginTransaction(Base):
    """A login under way; `used_at` makes state and nonce work exactly once.

    Rows of this table, of sessions and of the launch log are written at every launch and grow in
    the order of time, so they are purged from the front and carry no index on time.
    """

    __tablename__ = "login_transaction"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    nonce: Mapped[str] = mapped_column(sa.String(64))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    target_link_uri: Mapped[str] = mapped_column(sa.String(2048))
    browser: Mapped[str] = mapped_column(sa.String(64))
    """Digest of the binding cookie."""
    storage_target: Mapped[str] = mapped_column(sa.String(120), default="")
    """Name of the platform's storage frame; "" when it has no storage."""
    hints: Mapped[dict] = mapped_column(Json, default=dict)
    """`login_hint` and `lti_message_hint`, kept only while the browser shows no cookie: should the
    launch fail for that, it can be begun anew in a window of its own."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LaunchPerson(Base):
    """A person as an LMS knows them, and the school person they are bound to."""

    __tablename__ = "launch_person"
    __table_args__ = (
        sa.UniqueConstraint("registration_id", "subject", "school_id"),
        sa.Index("ix_launch_person_queue", "school_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    subject: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_verified: Mapped[bool | None]
    number: Mapped[str] = mapped_column(sa.String(64))
    """`lis.person_sourcedid` (idnumber); "" when not sent."""
    taught: Mapped[bool] = mapped_column(default=False)
    """The last launch called them Instructor: shown in the queue, grants nothing."""
    is_test_user: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    bound_how: Mapped[BindingHow | None] = mapped_column(_enum(BindingHow))
    bound_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    bound_at: Mapped[datetime | None]
    hold: Mapped[bool] = mapped_column(default=False)
    """The registry undid a binding: no automatic binding any more, only by hand or code."""
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class LaunchContext(Base):
    """An LMS course."""

    __tablename__ = "launch_context"
    __table_args__ = (sa.UniqueConstraint("registration_id", "context_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    context_id: Mapped[str] = mapped_column(sa.String(255))
    label: Mapped[str] = mapped_column(sa.String(255))
    title: Mapped[str] = mapped_column(sa.String(255))
    number: Mapped[str] = mapped_column(sa.String(255))
    """Course idnumber; "" when not sent."""
    memberships_url: Mapped[str] = mapped_column(sa.String(512))
    line_items_url: Mapped[str] = mapped_column(sa.String(512))
    groups_url: Mapped[str] = mapped_column(sa.String(512), default="")
    """`context_groups_url` of the course groups service; "" when not offered."""
    group_sets_url: Mapped[str] = mapped_column(sa.String(512), default="", server_default="")
    """`context_group_sets_url`; "" where groups are in no sets."""
    hold: Mapped[bool] = mapped_column(default=False)
    """Somebody chose or removed courses by hand: the idnumber binds nothing any more."""
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CourseBinding(Base):
    """An LMS course stands for a roster course; it may stand for several."""

    __tablename__ = "course_binding"
    __table_args__ = (sa.UniqueConstraint("launch_context_id", "course_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    launch_context_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_context.id"))
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    bound_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """None: by idnumber."""
    bound_at: Mapped[datetime]


class LaunchSession(Base):
    """What follows one launch, or one visit by a mailed code. The token lives in the path and only
    its digest is stored."""

    __tablename__ = "launch_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"))
    """None: nobody launched; `person_id` came by a code mailed to them."""
    launch_person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("launch_person.id"))
    launch_context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("launch_context.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Who visits without a launch; None for every launch."""
    browser: Mapped[str | None] = mapped_column(sa.String(64))
    """Digest of the binding cookie; None: all cookies are blocked, the path is all there is."""
    roles: Mapped[list] = mapped_column(Json)
    """`lti.roles.Role` values of this launch."""
    data: Mapped[dict] = mapped_column(Json)
    """What `flask.session` holds."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LaunchLog(Base):
    """One line a launch, good or refused, without personal data."""

    __tablename__ = "launch_log"
    __table_args__ = (sa.Index("ix_launch_log_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"))
    code: Mapped[str] = mapped_column(sa.String(40))
    """`OK` or a code of `lti.errors`."""
    message_type: Mapped[str] = mapped_column(sa.String(40), default="")
    cookie: Mapped[bool] = mapped_column(default=False)
    proof: Mapped[str] = mapped_column(sa.String(10), default="")
    """What showed that it was the browser of the login (`lti.browser.Proof`); "": nothing yet."""
    detail: Mapped[str] = mapped_column(sa.String(120), default="")
    claims: Mapped[dict] = mapped_column(Json, default=dict)
    """What was sent, without personal data: claim names present, roles, deployment, algorithm."""
    skew: Mapped[int | None]
    """Seconds from the platform's `iat` to our clock; None where no token could be read."""


class RefusalTally(Base):
    """How often a platform's launches (of a shared one, a deployment's) were refused for one reason
    within this minute. A flood counts up here instead of filling the launch log and the audit
    chain; one row a reason."""

    __tablename__ = "refusal_tally"

    registration_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0: no platform that is known."""
    deployment_row: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, default=0, server_default="0"
    )
    """`Deployment.id` where schools share the platform and the launch proved which one it comes
    from: what floods one of them hides no refusal of another. 0: otherwise."""
    code: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    begun_at: Mapped[datetime]
    count: Mapped[int]


class TermsAnswer(Base):
    """What somebody answered to the terms of use (LtiEulaRequest); the newest row counts."""

    __tablename__ = "terms_answer"
    __table_args__ = (sa.Index("ix_terms_answer_person", "launch_person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    launch_person_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_person.id"))
    version: Mapped[str] = mapped_column(sa.String(20))
    accepted: Mapped[bool]
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    """When the platform's EULA service took it; None: not yet, or it has none."""


class ToolKey(Base):
    """One of our signing keys."""

    __tablename__ = "tool_key"

    kid: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    private_key: Mapped[str] = mapped_column(Encrypted)
    """PEM, PKCS #8; encrypted at rest."""
    created_at: Mapped[datetime]


class ClaimCode(Base):
    """A one-time code that says who somebody is: the first administrator, or a person."""

    __tablename__ = "claim_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    purpose: Mapped[CodePurpose] = mapped_column(_enum(CodePurpose))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    code_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("launch_person.id"))
