"""Applicants: people who came by a code mailed to them and are on no roster of the school.

They are people of the tenant like all others, so that drafts, files, mail and the conversation
know them; nothing but their own session gives them a role.
"""

from __future__ import annotations

import secrets

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import queries
from plugin.school.models import Person, PersonKind
from plugin.trail.chain import record

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LONGEST = 60


def add(school_id: int, *, email: str, national_id: str) -> Person:
    """Enter somebody who proved an address, within the current write transaction.

    Until they say their name they are called by their masked address. Their number is drawn: it
    tells nothing, and no platform will ever send it as somebody's idnumber.
    """
    with db.writing() as session:
        person = Person(
            school_id=school_id,
            kind=PersonKind.APPLICANT,
            number="AP" + "".join(secrets.choice(_ALPHABET) for _letter in range(14)),
            name=masked(email)[:_LONGEST],
            email=email.strip().lower(),
            national_id=national_id.strip().upper(),
            active=True,
            created_at=clock.now(),
        )
        session.add(person)
        session.flush()
        visitor = Actor(school_id=school_id, person_id=person.id, name=person.name)
        record(visitor, "person.add", "person", person.id, kind=PersonKind.APPLICANT)
        return person


def call(actor: Actor, name: str) -> None:
    """An applicant has said their name; people of the roster keep the roster's.

    :raises InvalidInput: empty or overlong.
    """
    name = name.strip()
    if not 1 <= len(name) <= _LONGEST:
        message = _("請填 1 到 %(most)s 個字。", most=_LONGEST)
        raise InvalidInput(message, fields={"name": message})
    with db.writing() as session:
        person = _applicant(session, actor.school_id, actor.person_id)
        if person is not None and person.name != name:
            person.name = name
            record(actor, "person.name", "person", person.id)


def said_name(person: Person) -> str:
    """A person's name; "" while an applicant has not said it."""
    unnamed = person.kind is PersonKind.APPLICANT and "***" in person.name
    return "" if unnamed else person.name


def change_address(actor: Actor, person_id: int, email: str) -> None:
    """An applicant's address is another from now on; whoever asks has made sure who they are, and
    ends the visits begun by the old one.

    :raises NotFound: no applicant of this school.
    :raises Conflict: another applicant with the same ID has this address already.
    """
    assert actor.school_id is not None
    email = email.strip().lower()
    with db.writing() as session:
        person = _applicant(session, actor.school_id, person_id)
        if person is None:
            raise NotFound(_("找不到這個人。"))
        others = queries.people_of_address(actor.school_id, email)
        if any(one.id != person.id and one.national_id == person.national_id for one in others):
            raise Conflict(
                _("同一位申請人已經用這個電子信箱另外開始申請。"),
                remedy=_("請申請人先撤回那一件，或繼續使用原來的電子信箱。"),
            )
        person.email = email
        record(actor, "person.address", "person", person.id)


def masked(email: str) -> str:
    """An address that its owner recognises and nobody else learns: `w***@example.org`."""
    local, at, host = email.strip().rpartition("@")
    return f"{local[:1]}***{at}{host}"


def _applicant(session: Session, school_id: int | None, person_id: int | None) -> Person | None:
    person = session.get(Person, person_id) if person_id is not None else None
    if person is None or person.school_id != school_id or not person.active:
        return None
    return person if person.kind is PersonKind.APPLICANT else None
