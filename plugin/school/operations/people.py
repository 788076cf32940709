"""Schools, people and the roles they are given."""

from __future__ import annotations

import re
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school import policy
from plugin.school.models import Guardian, Person, PersonKind, RoleGrant, School, SchoolKind
from plugin.school.operations import _own
from plugin.school.roles import GRANTABLE
from plugin.trail import events
from plugin.trail.chain import record


def create_school(actor: Actor, code: str, name: str, kind: SchoolKind) -> School:
    """Open a tenant; only the installation itself may.

    :param code: 學校代碼, 6 letters or digits (central-rosters §1).
    :raises InvalidInput: a malformed code or an empty name.
    :raises Conflict: the code is taken.
    """
    if not policy.is_system(actor):
        raise NotAllowed(_("學校只能由系統的指令建立。"))
    code, name = code.strip().upper(), name.strip()
    if not re.fullmatch(r"[0-9A-Z]{6}", code):
        raise InvalidInput(_("學校代碼為 6 碼英數字。"), fields={"code": _("請填 6 碼英數字。")})
    if not name:
        raise InvalidInput(_("請填學校名稱。"), fields={"name": _("請填學校名稱。")})
    with db.writing() as session:
        if session.scalar(sa.select(School.id).where(School.code == code)):
            raise Conflict(_("學校代碼 %(code)s 已經存在。", code=code))
        school = School(code=code, name=name, kind=kind, settings={}, created_at=clock.now())
        session.add(school)
        session.flush()
        record(_in(actor, school.id), "school.create", "school", school.id, code=code, kind=kind)
        events.announce(events.school_created, school_id=school.id)
        return school


def add_person(
    actor: Actor,
    kind: PersonKind,
    number: str,
    name: str,
    *,
    email: str | None = None,
    national_id: str | None = None,
    birthday: date | None = None,
) -> Person:
    """Enter a person of the school.

    :param number: 學號 or staff number; what the LMS sends as idnumber.
    :raises InvalidInput: empty or overlong number or name.
    :raises Conflict: the number is taken in this school.
    """
    school_id = policy.require_keeper(actor)
    number, name = number.strip(), name.strip()
    faults = {
        field: _("請填 1 到 %(most)s 個字。", most=most)
        for field, value, most in (("number", number, 32), ("name", name, 60))
        if not 1 <= len(value) <= most
    }
    if faults:
        raise InvalidInput(_("人員資料不完整。"), fields=faults)
    with db.writing() as session:
        taken = sa.select(Person.id).where(Person.school_id == school_id, Person.number == number)
        if session.scalar(taken):
            raise Conflict(_("編號 %(number)s 已經有人使用。", number=number))
        found = Person(
            school_id=school_id,
            kind=kind,
            number=number,
            name=name,
            email=email.strip().lower() if email else None,
            national_id=national_id.strip().upper() if national_id else None,
            birthday=birthday.isoformat() if birthday else None,
            active=True,
            created_at=clock.now(),
        )
        session.add(found)
        session.flush()
        record(actor, "person.add", "person", found.id, kind=kind)
        return found


def add_guardian(actor: Actor, parent_id: int, student_id: int) -> Guardian:
    """Let a parent stand for a student; doing it twice changes nothing.

    :raises NotFound: either is not of this school.
    :raises InvalidInput: the child is not a student, or the parent is one.
    """
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        parent = _own.person(session, school_id, parent_id)
        student = _own.person(session, school_id, student_id)
        if student.kind is not PersonKind.STUDENT or parent.kind is PersonKind.STUDENT:
            raise InvalidInput(_("家長只能對應到學生，學生不能當家長。"))
        found = session.scalar(
            sa.select(Guardian).where(
                Guardian.parent_id == parent_id, Guardian.student_id == student_id
            )
        )
        if found is not None:
            return found
        found = Guardian(parent_id=parent_id, student_id=student_id)
        session.add(found)
        session.flush()
        record(actor, "guardian.add", "person", student_id, parent_id=parent_id)
        return found


def grant_role(
    actor: Actor,
    person_id: int,
    role: Role,
    *,
    reason: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> RoleGrant:
    """Give a person a school-side role, from a day to a day (inclusive).

    :raises InvalidInput: a role that comes from the roster, a student, or days in wrong order.
    :raises Conflict: the person holds it already.
    """
    school_id = policy.require_administrator(actor)
    starts_on = starts_on or clock.today()
    if role not in GRANTABLE:
        raise InvalidInput(
            _("這個角色由名冊資料決定，不能另外授予。"),
            remedy=_("導師請在班級設定，代理人請在課程設定，家長請由學生資料連結。"),
            fields={"role": _("請選其他角色。")},
        )
    if ends_on is not None and ends_on < starts_on:
        raise InvalidInput(
            _("結束日期早於開始日期。"), fields={"ends_on": _("請填開始日期之後的日期。")}
        )
    with db.writing() as session:
        _hold_roles(session, school_id)
        holder = _own.person(session, school_id, person_id)
        if holder.kind is not PersonKind.STAFF or not holder.active:
            raise InvalidInput(_("校務角色只能授予在職的教職員。"))
        if any(one.role == role for one in _held(session, person_id)):
            raise Conflict(_("此人已有這個角色。"), remedy=_("如要變更期間，請先撤銷再重新授予。"))
        grant = RoleGrant(
            school_id=school_id,
            person_id=person_id,
            role=role,
            starts_on=starts_on,
            ends_on=ends_on,
            granted_by_id=actor.person_id,
            granted_at=clock.now(),
            reason=reason.strip()[:200],
        )
        session.add(grant)
        session.flush()
        record(
            actor,
            "role.grant",
            "person",
            person_id,
            role=role,
            grant_id=grant.id,
            starts_on=starts_on.isoformat(),
            ends_on=ends_on.isoformat() if ends_on else None,
        )
        events.announce(events.role_changed, school_id=school_id, person_id=person_id)
        return grant


def revoke_role(actor: Actor, grant_id: int, reason: str = "") -> RoleGrant:
    """Take a role back at once; the grant stays on record.

    :raises NotFound: no grant of this school.
    :raises Conflict: already revoked, or the school's last administrator.
    """
    school_id = policy.require_administrator(actor)
    with db.writing() as session:
        _hold_roles(session, school_id)
        grant = session.get(RoleGrant, grant_id)
        if grant is None or grant.school_id != school_id:
            raise NotFound(_("找不到這筆授權。"))
        if grant.revoked_at is not None:
            raise Conflict(_("這筆授權已經撤銷。"))
        if grant.role == Role.ADMINISTRATOR and _is_last_administrator(session, grant):
            raise Conflict(
                _("這是貴校最後一位系統管理者，不能撤銷。"),
                remedy=_("請先把系統管理者角色授予另一位教職員。"),
            )
        grant.revoked_at = clock.now()
        grant.revoked_by_id = actor.person_id
        grant.revoked_reason = reason.strip()[:200]
        record(actor, "role.revoke", "person", grant.person_id, role=grant.role, grant_id=grant.id)
        events.announce(events.role_changed, school_id=school_id, person_id=grant.person_id)
        return grant


def _hold_roles(session: Session, school_id: int) -> None:
    """Let nobody else of the school give or take a role meanwhile: two administrators who revoke
    each other would leave none."""
    session.get_one(School, school_id, with_for_update=db.HELD)


def _held(session: Session, person_id: int) -> list[RoleGrant]:
    """Grants of a person that stand now or will."""
    query = sa.select(RoleGrant).where(
        RoleGrant.person_id == person_id,
        RoleGrant.revoked_at.is_(None),
        sa.or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= clock.today()),
    )
    return list(session.scalars(query))


def _is_last_administrator(session: Session, grant: RoleGrant) -> bool:
    today = clock.today()
    others = (
        sa.select(RoleGrant.id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.school_id == grant.school_id,
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.id != grant.id,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.starts_on <= today,
            sa.or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= today),
            Person.active,
        )
    )
    return session.scalar(others.limit(1)) is None


def _in(actor: Actor, school_id: int) -> Actor:
    return Actor(school_id=school_id, name=actor.name)
