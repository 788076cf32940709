"""An issuing office and a school for each dialogue, and what happened before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.certification import criteria
from plugin.certification.models import (
    Assignment,
    CaseNote,
    CaseState,
    CaseVersion,
    Category,
    Certificate,
    CertificationCase,
    FeeNotice,
    HourEntry,
    Letter,
    Meeting,
    MeetingItem,
    MeetingMember,
    ReviewVerdict,
    Score,
)
from plugin.certification.operations import (
    certifying,
    meetings,
    payments,
    processing,
    reviewers,
    scoring,
)
from plugin.school.models import Person, PersonKind, School
from tests.factories.certification import NATIONAL_ID, make_office
from tests.factories.school import actor_of, make_person, make_school, make_staff, make_teacher
from tests.plugin.certification import applying_world
from tests.plugin.certification.desk_world import complete_case
from tests.plugin.certification.meetings_world import called
from tests.plugin.certification.test_renewal import learned

FULL = {one.key: one.weight for one in criteria.sheet(Category.ADMINISTRATIVE)}
_codes = itertools.count(1)


@dataclass
class Cast:
    """:param people: part → person; :param cases: the teacher's, in their order."""

    office: School
    school: School
    people: dict[str, tuple[Person, tuple[Role, ...]]]
    cases: list[CertificationCase] = field(default_factory=list)

    def actor(self, part: str) -> Actor:
        person, roles = self.people[part]
        return actor_of(person, *roles)

    @property
    def case(self) -> CertificationCase:
        """The newest, as it stands."""
        return db.reading().get_one(CertificationCase, self.cases[-1].id, populate_existing=True)


def make_cast() -> Cast:
    """A teacher who was launched, a visitor who came by a code, clerk, reviewers; at the school an
    applicant and an administrator."""
    number = next(_codes)
    with db.writing():
        office = make_office(code=f"EE{number:04d}")
        school = make_school(code=f"{number:06d}")
        known = {"national_id": NATIONAL_ID, "email": "applicant@example.org"}
        teacher = make_person(office, PersonKind.STAFF, name="王小明", **known)
        visitor = make_person(
            office, PersonKind.STAFF, name="林訪客", national_id="B123456780",
            email="visitor@example.org",
        )  # fmt: skip
        people: dict[str, tuple[Person, tuple[Role, ...]]] = {
            "teacher": (teacher, (Role.TEACHER,)),
            "visitor": (visitor, (Role.APPLICANT,)),
            "clerk": (make_staff(office, Role.ISSUING_OFFICE, name="承辦人"), ()),
            "colleague": (make_teacher(school, name="許老師"), (Role.TEACHER,)),
            "admin": (make_staff(school, Role.ADMINISTRATOR, name="系統管理者"), ()),
        }
        for part, name in (("first", "張委員"), ("second", "李委員"), ("third", "陳委員")):
            people[part] = (make_staff(office, Role.REVIEWER, name=name), ())
    cast = Cast(office, school, people)
    applying_world.list_schools(office)
    applying_world.list_schools(school)
    for part in ("first", "second", "third"):
        actor = cast.actor(part)
        reviewers.set_profile(actor, actor.person_id or 0, organisation=f"{part}的大學")
    return cast


def happen(cast: Cast, told: str) -> None:
    """One thing that happened before, as a dialogue's `given` names it."""
    verb, *rest = told.split()
    _PAST[verb](cast, rest)


def _drafted(cast: Cast, rest: Sequence[str]) -> None:
    """A whole draft with its number, but for the documents that are named."""
    actor = cast.actor(rest[0] if rest else "teacher")
    case = applying_world.opened(actor)
    cast.cases.append(case)


def _whole(cast: Cast, _rest: Sequence[str]) -> None:
    """A whole draft without a number."""
    applying_world.save_draft(cast.actor("teacher"))


def _prepared(cast: Cast, _rest: Sequence[str]) -> None:
    cast.cases.append(applying_world.confirmed(cast.actor("colleague")))


def _received(cast: Cast, _rest: Sequence[str]) -> None:
    cast.cases.append(applying_world.confirmed(cast.actor("teacher")))


def _at(state: CaseState) -> Callable[[Cast, Sequence[str]], None]:
    """A case of that state with answers and documents; no clock runs."""

    def happened(cast: Cast, rest: Sequence[str]) -> None:
        without = rest[0] if rest else ""
        cast.cases.append(complete_case(cast.actor("teacher"), state, without=without))

    return happened


def _asked(cast: Cast, rest: Sequence[str]) -> None:
    """A correction of these items is asked for."""
    _at(CaseState.PROCEDURAL)(cast, ())
    processing.ask_correction(
        cast.actor("clerk"), cast.case.id, dict.fromkeys(rest, "請補正這一項。")
    )


def _due(cast: Cast, _rest: Sequence[str]) -> None:
    """The fee is due."""
    _at(CaseState.PROCEDURAL)(cast, ())
    processing.accept(cast.actor("clerk"), cast.case.id)


def _claimed(cast: Cast, _rest: Sequence[str]) -> None:
    _due(cast, ())
    payments.claim(cast.actor("teacher"), cast.case.id, clock.today(), last_five="01234")


def _assigned(cast: Cast, rest: Sequence[str]) -> None:
    """Under review by two; `declared`: nothing stands against it."""
    _at(CaseState.REVIEW)(cast, ())
    ids = [cast.actor(part).person_id or 0 for part in ("first", "second")]
    made = reviewers.assign(cast.actor("clerk"), cast.case.id, ids)
    for part, one in zip(("first", "second"), made, strict=True):
        if "declared" in rest:
            reviewers.declare(cast.actor(part), one.id, "")


def _scored(cast: Cast, rest: Sequence[str]) -> None:
    """Both sheets are in: they agree that it is fit."""
    _assigned(cast, ("declared",))
    query = sa.select(Assignment).where(Assignment.case_id == cast.case.id).order_by(Assignment.id)
    rows = list(db.reading().scalars(query))
    for part, one in zip(("first", "second"), rows, strict=True):
        scoring.hand_in(cast.actor(part), one.id, FULL, ReviewVerdict.FIT, f"{part}認為適合。", "")


def _certified(cast: Cast, rest: Sequence[str]) -> None:
    """A certificate; with `ending`, it ends so soon that it can be renewed now."""
    _at(CaseState.REVIEW)(cast, ())
    one = certifying.certify(cast.actor("clerk"), cast.case.id)
    if "ending" in rest:
        with db.writing() as session:
            row = session.get_one(Certificate, one.id)
            row.issued_on = clock.today() - timedelta(days=365 * 5 - 120)
            row.expires_on = clock.today() + timedelta(days=120)


def _hours(cast: Cast, rest: Sequence[str]) -> None:
    """So many hours of training a year ago."""
    learned(cast.actor("teacher"), float(rest[0]), clock.today() - timedelta(days=365))


def _meeting(cast: Cast, _rest: Sequence[str]) -> None:
    """A meeting is called: a chair, two members."""
    some = [cast.actor(part) for part in ("first", "second")]
    called(cast.actor("clerk"), some, recorder="")


def _agenda(cast: Cast, _rest: Sequence[str]) -> None:
    """The newest meeting has every case before it."""
    meeting = _rows(_mine(Meeting, cast))[-1]
    meetings.add(cast.actor("clerk"), meeting.id, [one.id for one in cast.cases])


_PAST: dict[str, Callable[[Cast, Sequence[str]], None]] = {
    "drafted": _drafted,
    "whole": _whole,
    "prepared": _prepared,
    "received": _received,
    "procedural": _at(CaseState.PROCEDURAL),
    "review": _at(CaseState.REVIEW),
    "refused": _at(CaseState.REFUSED),
    "asked": _asked,
    "due": _due,
    "claimed": _claimed,
    "assigned": _assigned,
    "scored": _scored,
    "certified": _certified,
    "hours": _hours,
    "meeting": _meeting,
    "agenda": _agenda,
}


# What came of it ------------------------------------------------------------------------------


def _states(cast: Cast) -> list[str]:
    """The state of every case of both houses, in their order."""
    ids = [cast.office.id, cast.school.id]
    query = sa.select(CertificationCase).where(CertificationCase.school_id.in_(ids))
    return [str(one.state) for one in _rows(query.order_by(CertificationCase.id))]


def _answers(cast: Cast) -> list[str]:
    """Category, path, publication and school of service of every case."""
    query = sa.select(CertificationCase).where(CertificationCase.school_id == cast.office.id)
    return [
        f"{one.category} {one.path} {one.publish} {one.organisation}"
        for one in _rows(query.order_by(CertificationCase.id))
    ]


def _versions(cast: Cast) -> int:
    query = sa.select(CaseVersion).where(CaseVersion.case_id == cast.case.id)
    return len(_rows(query))


def _reviewers(cast: Cast) -> list[str]:
    """Assigned reviewers; with a conflict if there is one."""
    query = (
        sa.select(Assignment, Person.name)
        .join(Person, Person.id == Assignment.reviewer_id)
        .where(Assignment.case_id == cast.case.id)
        .order_by(Assignment.id)
    )
    found = db.reading().execute(query.execution_options(populate_existing=True))
    return [f"{name} {one.conflict}".strip() for one, name in found]


def _sheets(cast: Cast) -> list[str]:
    """Total and verdict of every sheet; `open` while it is not handed in."""
    query = (
        sa.select(Score)
        .join(Assignment, Assignment.id == Score.assignment_id)
        .where(Assignment.case_id == cast.case.id)
        .order_by(Score.assignment_id)
    )
    return [
        f"{one.total} {one.verdict}" + ("" if one.handed_in_at else " open") for one in _rows(query)
    ]


def _claims(cast: Cast) -> bool:
    query = sa.select(FeeNotice).where(FeeNotice.case_id == cast.case.id)
    return any(one.claimed_at is not None for one in _rows(query))


def _published(cast: Cast) -> list[bool]:
    return [one.publish for one in _rows(_mine(Certificate, cast))]


def _mine(model: Any, cast: Cast) -> sa.Select[Any]:
    return sa.select(model).where(model.school_id == cast.office.id).order_by(model.id)


def _meetings(cast: Cast) -> list[str]:
    """Name, day, and how many members were present."""
    told = []
    for one in _rows(_mine(Meeting, cast)):
        seated = _rows(sa.select(MeetingMember).where(MeetingMember.meeting_id == one.id))
        told.append(f"{one.name} {one.held_on} {len(seated)}")
    return told


def _resolved(cast: Cast) -> list[str]:
    """Every case on an agenda with what is resolved on it."""
    query = (
        sa.select(CertificationCase.number, MeetingItem.resolution)
        .join(MeetingItem, MeetingItem.case_id == CertificationCase.id)
        .where(CertificationCase.school_id == cast.office.id)
        .order_by(MeetingItem.id)
    )
    return [f"{number} {made}".strip() for number, made in db.reading().execute(query)]


def _closing(cast: Cast) -> int:
    """How many meetings are being closed."""
    return sum(one.closing_at is not None for one in _rows(_mine(Meeting, cast)))


def _count(model: Any) -> Callable[[Cast], int]:
    return lambda cast: len(_rows(sa.select(model).where(model.case_id == cast.case.id)))


def _letters(cast: Cast) -> list[str]:
    query = sa.select(Letter).where(Letter.case_id == cast.case.id).order_by(Letter.id)
    return [one.kind for one in _rows(query)]


def _rows(query: Any) -> list[Any]:
    return list(db.reading().scalars(query.execution_options(populate_existing=True)))


ENDS: dict[str, Callable[[Cast], Any]] = {
    "states": _states,
    "answers": _answers,
    "versions": _versions,
    "reviewers": _reviewers,
    "sheets": _sheets,
    "claimed": _claims,
    "published": _published,
    "notes": _count(CaseNote),
    "letters": _letters,
    "meetings": _meetings,
    "agenda": _resolved,
    "closing": _closing,
    "trainings": lambda cast: len(_rows(_mine(HourEntry, cast))),
}


def missed(cast: Cast, end: dict[str, Any]) -> list[str]:
    """What is not as it should be."""
    db._close_reads()
    told = []
    for name, wanted in end.items():
        found = ENDS[name](cast)
        if found != wanted:
            told.append(f"{name}: {found!r} instead of {wanted!r}")
    return told
