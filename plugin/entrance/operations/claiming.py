"""One-time codes: the first administrator, a person whom nothing in the launch identifies, a
deployment that belongs to no school yet."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.actor import system as system_actor
from plugin.entrance.models import ClaimCode, CodePurpose, LaunchPerson
from plugin.entrance.operations import binding
from plugin.entrance.tokens import code_digest, new_code
from plugin.errors import Conflict, NotAllowed, NotFound, Refusal
from plugin.school import operations as school_operations
from plugin.school import policy
from plugin.school import queries as school
from plugin.school.models import Person, PersonKind
from plugin.trail.chain import record
from plugin.trail.models import AuditEvent

ADMINISTRATOR_LIFETIME = timedelta(days=14)
PERSON_LIFETIME = timedelta(days=30)
DEPLOYMENT_LIFETIME = timedelta(days=14)
TRIES = 10
"""Wrong codes an account may enter within an hour; a code has 58 random bits besides."""


class CodeUnusable(Refusal):
    """Not a code, or used, or expired, or of another school: all look the same from outside."""

    code = "CODE_UNUSABLE"


def administrator_code(actor: Actor) -> str:
    """A code that makes the launch which enters it administrator of the actor's school.

    :raises NotAllowed: neither the installation itself nor an administrator asks.
    """
    policy.require_administrator(actor)
    return _make(actor, CodePurpose.ADMINISTRATOR, None, ADMINISTRATOR_LIFETIME)


def person_code(actor: Actor, person_id: int) -> str:
    """A code for a slip of paper: whoever enters it in a launch is this person.

    :raises NotFound: nobody of this school.
    :raises NotAllowed: the person is an administrator, the actor is none.
    """
    school_id = policy.require_keeper(actor)
    person = school.person(school_id, person_id)
    if person is None or person.kind is PersonKind.APPLICANT:
        raise NotFound(_("找不到這個人。"))
    policy.require_may_identify(actor, person_id)
    return _make(actor, CodePurpose.PERSON, person_id, PERSON_LIFETIME)


def deployment_code(actor: Actor) -> str:
    """A code that gives the waiting deployment where it is entered to the actor's school.

    :raises NotAllowed: neither the installation itself nor an administrator asks.
    """
    policy.require_administrator(actor)
    return _make(actor, CodePurpose.DEPLOYMENT, None, DEPLOYMENT_LIFETIME)


def unusable() -> CodeUnusable:
    """Not a code, or used, or expired, or for something else: said in one and the same way."""
    return CodeUnusable(
        _("這個代碼不能使用。"),
        remedy=_("請核對代碼；每個代碼只能用一次，也可能已過期，請向發給您的人索取新的。"),
        fields={"code": _("這個代碼不能使用，請核對後再試。")},
    )


class TooManyTries(Refusal):
    """An account has entered too many wrong codes within an hour."""

    code = "TOO_MANY_TRIES"
    status = 429


def claim(actor: Actor, code: str) -> CodePurpose:
    """Enter a code in a launch.

    :raises CodeUnusable: see there; leaves an audit line. :raises TooManyTries: `TRIES` of these
        in an hour. :raises Conflict: the launch is bound to somebody else.
    """
    if actor.launch_person_id is None:
        raise NotAllowed(_("請從學習平臺的課程進入後再輸入代碼。"))
    if _wrong_tries(actor.launch_person_id) >= TRIES:
        raise TooManyTries(
            _("您輸入錯誤代碼的次數太多，暫時不能再試。"),
            remedy=_("請一小時後再試，或向發給您代碼的人索取新的。"),
        )
    try:
        return _claim(actor, actor.launch_person_id, code)
    except CodeUnusable:
        with db.writing():
            record(actor, "code.refused", "launch_person", actor.launch_person_id)
        raise


def _claim(actor: Actor, launch_person_id: int, code: str) -> CodePurpose:
    now = clock.now()
    with db.writing() as session:
        launch_person = session.get_one(LaunchPerson, launch_person_id)
        found = session.scalar(
            sa.select(ClaimCode)
            .where(ClaimCode.code_digest == code_digest(code))
            .with_for_update(**db.HELD)
        )
        usable = (
            found is not None
            and found.school_id == actor.school_id
            and found.purpose is not CodePurpose.DEPLOYMENT
            and found.used_at is None
            and now < found.expires_at
        )
        if not usable or found is None or launch_person.is_test_user:
            raise unusable()
        if found.purpose is CodePurpose.ADMINISTRATOR:
            _become_administrator(session, launch_person)
        else:
            if launch_person.person_id not in (None, found.person_id):
                raise Conflict(_("您的帳號已經配對給另一個人。"), remedy=_("請洽註冊組。"))
            if launch_person.person_id is None:
                person = session.get_one(Person, found.person_id)
                binding.bind_by_code(session, launch_person, person, now)
        found.used_at, found.used_by_id = now, launch_person.id
        record(actor, "code.claim", "claim_code", found.id, purpose=found.purpose)
        return found.purpose


def _wrong_tries(launch_person_id: int) -> int:
    """How many wrong codes an account has entered within the hour."""
    query = (
        sa.select(sa.func.count())
        .select_from(AuditEvent)
        .where(
            AuditEvent.subject_kind == "launch_person",
            AuditEvent.subject_id == launch_person_id,
            AuditEvent.verb == "code.refused",
            AuditEvent.at > clock.now() - timedelta(hours=1),
        )
    )
    return db.reading().scalar(query) or 0


def _make(actor: Actor, purpose: CodePurpose, person_id: int | None, life: timedelta) -> str:
    code, now = new_code(), clock.now()
    with db.writing() as session:
        made = ClaimCode(
            school_id=actor.school_id,
            purpose=purpose,
            person_id=person_id,
            code_digest=code_digest(code),
            created_by_id=actor.person_id,
            created_at=now,
            expires_at=now + life,
        )
        session.add(made)
        session.flush()
        record(actor, "code.make", "claim_code", made.id, purpose=purpose, person=person_id)
    return code


def _become_administrator(session: Session, launch_person: LaunchPerson) -> None:
    """Bind to the member of staff of that number, or enter one, and give the role."""
    machine = system_actor(launch_person.school_id)
    now = clock.now()
    if launch_person.person_id is None:
        person = _staff_of_number(session, launch_person)
        if person is None:
            person = school_operations.add_person(
                machine,
                PersonKind.STAFF,
                f"lms-{launch_person.id}",
                launch_person.name[:60] or f"lms-{launch_person.id}",
                email=launch_person.email or None,
            )
        binding.bind_by_code(session, launch_person, person, now)
    person_id = launch_person.person_id
    assert person_id is not None
    if Role.ADMINISTRATOR not in school.roles_of(launch_person.school_id, person_id, clock.today()):
        school_operations.grant_role(
            machine, person_id, Role.ADMINISTRATOR, reason=_("以一次性代碼認領")
        )


def _staff_of_number(session: Session, launch_person: LaunchPerson) -> Person | None:
    if not launch_person.number:
        return None
    return session.scalar(
        sa.select(Person).where(
            Person.school_id == launch_person.school_id,
            Person.number == launch_person.number,
            Person.kind == PersonKind.STAFF,
            Person.active,
        )
    )
