"""An issuing office, its people, and cases in every state."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from plugin import clock, db, secrets
from plugin.actor import Actor, Role
from plugin.certification.models import (
    CaseClock,
    CaseEvent,
    CaseKind,
    CaseState,
    CaseVersion,
    Category,
    Certificate,
    CertificateEvent,
    CertificateState,
    CertificationCase,
    Mode,
    Path,
)
from plugin.certification.operations import kernel
from plugin.school.models import PersonKind, School, SchoolKind
from tests.factories.school import actor_of, make_person, make_school, make_staff

NATIONAL_ID = "A123456789"
"""Well formed, with a right check digit; nobody's."""


def make_office(**more: Any) -> School:
    """A tenant that issues certificates."""
    return make_school(kind=SchoolKind.ISSUING_OFFICE, name="環境教育認證核發機關", **more)


def make_clerk(office: School) -> Actor:
    """Somebody of the office's desk."""
    return actor_of(make_staff(office, Role.ISSUING_OFFICE))


def make_reviewer(office: School, *, name: str | None = None) -> Actor:
    """A member of the committee."""
    return actor_of(make_staff(office, Role.REVIEWER, name=name))


def make_applicant(office: School, *, national_id: str = NATIONAL_ID) -> Actor:
    """A teacher who applies, as after a launch."""
    person = make_person(
        office, PersonKind.STAFF, national_id=national_id, email="applicant@example.org"
    )
    return actor_of(person, Role.TEACHER)


def make_case(
    applicant: Actor,
    state: CaseState = CaseState.DRAFT,
    *,
    mode: Mode = Mode.OFFICE,
    kind: CaseKind = CaseKind.NEW,
    category: Category = Category.ADMINISTRATIVE,
    path: Path = Path.EXPERIENCE,
    designated: bool = False,
    publish: bool = True,
    organisation: tuple[str, str] = ("193301", "歷程測試國民小學"),
    answers: dict[str, Any] | None = None,
    returns_to: CaseState | None = None,
    national_id: str = NATIONAL_ID,
) -> CertificationCase:
    """A case that stands in `state`, without the way there: no clock runs, no letter was sent.

    Whatever needs the way goes it by operations. A confirmed one has its first version.
    """
    assert applicant.school_id is not None
    assert applicant.person_id is not None
    now = clock.now()
    with db.writing() as session:
        year = clock.today().year - 1911
        serial = kernel.next_number(session, applicant.school_id, "case", year)
        case = CertificationCase(
            school_id=applicant.school_id,
            number=f"EE{year}{serial:05d}",
            mode=mode,
            kind=kind,
            category=category,
            path=path,
            state=state,
            returns_to=returns_to,
            applicant_id=applicant.person_id,
            name=applicant.name,
            national_id_digest=secrets.digest("national-id", national_id),
            email="applicant@example.org",
            organisation_code=organisation[0],
            organisation=organisation[1],
            designated=designated,
            publish=publish,
            created_at=now,
            confirmed_at=None if state is CaseState.DRAFT else now,
        )
        session.add(case)
        session.flush()
        if state is not CaseState.DRAFT:
            session.add(
                CaseVersion(
                    case_id=case.id,
                    number=1,
                    form_version="1",
                    answers=json.dumps(answers or {}, ensure_ascii=False),
                    made_at=now,
                )
            )
        return case


def make_certificate(
    case: CertificationCase,
    *,
    number: str,
    issued_on: date | None = None,
    years: int | None = 5,
    state: CertificateState = CertificateState.VALID,
) -> Certificate:
    """The certificate of a certified case."""
    issued = issued_on or clock.today()
    with db.writing() as session:
        row = Certificate(
            school_id=case.school_id,
            case_id=case.id,
            holder_id=case.applicant_id,
            number=number,
            verification=secrets.digest("test-certificate", f"{case.id}:{number}")[:32],
            category=case.category,
            path=case.path,
            field="學校及社會環境教育",
            name=case.name,
            email=case.email,
            publish=case.publish,
            public_name=case.name if case.publish else None,
            issued_on=issued,
            expires_on=issued + timedelta(days=365 * years) if years else None,
            state=state,
            made_at=clock.now(),
        )
        session.add(row)
        session.flush()
        event = CertificateEvent(certificate_id=row.id, kind="issued", on=issued, at=clock.now())
        session.add(event)
        return row


def clocks_of(case: CertificationCase) -> list[CaseClock]:
    """The clocks of a case, ended ones too, in the order they began."""
    return list(db.reading().query(CaseClock).filter_by(case_id=case.id).order_by(CaseClock.id))


def events_of(case: CertificationCase) -> list[CaseEvent]:
    """The history of a case."""
    return list(db.reading().query(CaseEvent).filter_by(case_id=case.id).order_by(CaseEvent.id))
