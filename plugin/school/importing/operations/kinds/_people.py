"""What students, teachers and parents have in common: rows of `person`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.school.importing import index
from plugin.school.importing.definition import (
    Action,
    Change,
    Context,
    Current,
    Fault,
    Gone,
    Row,
    Value,
)
from plugin.school.models import Person, PersonKind, RoleGrant

FIELDS = ("name", "email", "national_id", "birthday", "active")


def values_of(person: Person) -> dict[str, Value]:
    """A person as the columns' values."""
    birthday = date.fromisoformat(person.birthday) if person.birthday else None
    return {
        "number": person.number,
        "name": person.name,
        "email": person.email,
        "national_id": person.national_id,
        "birthday": birthday,
        "active": person.active,
        "person_kind": person.kind.value,
    }


def load(context: Context, rows: Iterable[Row]) -> dict[str, Person]:
    """People by the numbers of the rows; one statement."""
    numbers = {str(row.values["number"]) for row in rows}
    query = sa.select(Person).where(
        Person.school_id == context.school_id, Person.number.in_(numbers)
    )
    session = db.reading()
    found = {one.number: one for one in session.scalars(query)}
    for one in found.values():
        session.expunge(one)
    return found


def kind_faults(
    rows: Sequence[Row], found: Mapping[Any, Current], kind: PersonKind
) -> Iterator[Fault]:
    """Rows whose number is somebody's of another kind."""
    words = {
        PersonKind.STUDENT.value: _("學生"),
        PersonKind.STAFF.value: _("教職員"),
        PersonKind.PARENT.value: _("家長"),
        PersonKind.APPLICANT.value: _("申請人"),
    }
    for row in rows:
        known = found.get((row.values["number"],))
        if known is not None and known.values["person_kind"] != kind.value:
            yield Fault(
                row.number,
                "number",
                _("這個編號已經是%(kind)s。", kind=words[str(known.values["person_kind"])]),
                _("學生、教職員、家長的編號不能相同，請改用別的編號。"),
            )


def write(context: Context, changes: Sequence[Change], kind: PersonKind) -> dict[str, int]:
    """Insert and update people; returns ids by number of all of them."""
    with db.writing() as session:
        wanted = {str(one.values["number"]): one for one in changes}
        known = index.people(context)
        fresh = {
            number: one
            for number, one in wanted.items()
            if one.action is Action.NEW and number not in known
        }
        if fresh:
            now = clock.now()
            session.execute(
                sa.insert(Person),
                [_row(context.school_id, kind, one.after, now) for one in fresh.values()],
            )
        query = sa.select(Person).where(
            Person.school_id == context.school_id, Person.number.in_(list(wanted))
        )
        if len(fresh) == len(wanted):
            narrow = sa.select(Person.number, Person.id).where(
                Person.school_id == context.school_id, Person.number.in_(list(wanted))
            )
            return {row[0]: row[1] for row in session.execute(narrow)}
        people = list(session.scalars(query))
        for one in people:
            if one.number not in fresh:
                _update(one, wanted[one.number].after)
        session.flush()
        for one in people:
            session.expunge(one)
        return {one.number: one.id for one in people}


def gone(
    context: Context, kind: PersonKind, also: Mapping[str, Value] | None = None
) -> Iterator[Gone]:
    """Active people of a kind; who holds a granted role, or asks, stays in any case."""
    holders = sa.select(RoleGrant.person_id).where(
        RoleGrant.school_id == context.school_id, RoleGrant.revoked_at.is_(None)
    )
    query = sa.select(Person.id, Person.number, Person.name).where(
        Person.school_id == context.school_id,
        Person.kind == kind,
        Person.active,
        Person.id.not_in(holders),
        Person.id != (context.actor_id or 0),
    )
    for person_id, number, name in db.reading().execute(query.order_by(Person.number)):
        values: dict[str, Value] = {"number": number, "name": name, "active": True, **(also or {})}
        yield Gone(values, Current(values, {"person": person_id}), {"active": False})


def _row(school_id: int, kind: PersonKind, after: Mapping[str, Value], now: Any) -> dict[str, Any]:
    birthday = after.get("birthday")
    return {
        "school_id": school_id,
        "kind": kind,
        "number": after["number"],
        "name": after["name"],
        "email": after.get("email"),
        "national_id": after.get("national_id"),
        "birthday": birthday.isoformat() if isinstance(birthday, date) else None,
        "active": after.get("active", True),
        "created_at": now,
    }


def _update(person: Person, after: Mapping[str, Value]) -> None:
    for name in FIELDS:
        if name in after:
            value = after[name]
            setattr(person, name, value.isoformat() if isinstance(value, date) else value)
