"""Certificates: issued or prolonged with the decision, ended, issued anew under another name.

Whatever changes a certificate leaves a line in its public history (辦法 §18) and has its PDF made
anew by the queue (`certificate_paper`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import actor as actors
from plugin import clock, db, jobs
from plugin.actor import Actor
from plugin.certification import certificates, office_settings, policy
from plugin.certification.models import (
    CaseKind,
    CaseVersion,
    Certificate,
    CertificateEvent,
    CertificateState,
    CertificationCase,
    Path,
    Renewal,
)
from plugin.certification.operations import kernel
from plugin.certification.states import CertificateLife
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import queries as schools
from plugin.school import rules
from plugin.school.terms import ROC, term_of
from plugin.trail import chain
from plugin.trail.notify import notify
from plugin.trail.states import follow

PRINT = "certification.certificate"
"""The job that makes the PDF."""
WORDS = 500
"""Most characters of a reason."""
NAME = 60


def certify(actor: Actor, case_id: int, *, words: str = "") -> Certificate:
    """Decide a case by granting it; joins the caller's transaction, so a meeting's decisions are
    committed together.

    A new application gets a certificate with the next number; a renewal prolongs the certificate
    that it is about.

    :param words: the committee's comments, told to the applicant.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`; the certificate to be renewed no
        longer holds.
    """
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        kernel.happen(session, actor, case, "certify", words=words)
        if case.kind is CaseKind.RENEWAL:
            return _renew(session, actor, case)
        return _issue(session, actor, case)


def revoke(actor: Actor, certificate_id: int, words: str) -> Certificate:
    """撤銷: it should never have been issued; e.g. false documents (辦法 §16).

    :raises InvalidInput: no reason. :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    return _end(actor, certificate_id, "revoke", words)


def annul(actor: Actor, certificate_id: int, words: str) -> Certificate:
    """廢止: it was rightly issued and holds no longer; raises as `revoke`."""
    return _end(actor, certificate_id, "annul", words)


def reissue(
    actor: Actor, certificate_id: int, name: str, name_english: str, words: str
) -> Certificate:
    """Put a certificate under another name in the place of one; its validity stays as it was.

    The former name is no longer shown to anybody on the pass list.

    :raises InvalidInput: no name, no reason. :raises Conflict: it does not hold (any more).
    :raises NotFound: not one that this person handles.
    """
    name, name_english = " ".join(name.split()), " ".join(name_english.split())
    faults = _reason_fault(words)
    if not 1 <= len(name) <= NAME or len(name_english) > 2 * NAME:
        faults["name"] = _("請填姓名（%(most)s 字以內）。", most=NAME)
    _refuse(faults)
    with db.writing() as session:
        case, old = _handled(session, actor, certificate_id)
        old.state = follow(CertificateLife, old.state, "replace")
        today = clock.today()
        if old.expires_on is not None and old.expires_on < today:
            raise Conflict(_("證書已逾有效期限，不能換發。"))
        old.ended_on, old.ended_words = today, words.strip()
        new = Certificate(
            school_id=old.school_id,
            case_id=old.case_id,
            holder_id=old.holder_id,
            number=_next_of(session, old),
            verification=_verification(),
            category=old.category,
            path=old.path,
            field=old.field,
            name=name,
            name_english=name_english,
            email=old.email,
            publish=old.publish,
            public_name=name if old.publish else None,
            issued_on=old.issued_on,
            expires_on=old.expires_on,
            state=CertificateState.VALID,
            replaces_id=old.id,
            reminded_for=old.reminded_for,
            made_at=clock.now(),
        )
        old.public_name = None
        session.add(new)
        session.flush()
        _happened(session, old, "reissued", paper=False)
        _happened(session, new, "reissued")
        chain.record(
            actor, "certification.certificate.reissue", "certificate", new.id,
            replaces=old.id, number=new.number,
        )  # fmt: skip
        _tell(case, _("您的環境教育人員認證證書已換發"), new, words)
        return new


def newest(session: Session, one: Certificate) -> Certificate:
    """The certificate that stands in the place of `one` now; itself when none does."""
    while one.state is CertificateState.REPLACED:
        one = session.scalars(sa.select(Certificate).where(Certificate.replaces_id == one.id)).one()
    return one


def _issue(session: Session, actor: Actor, case: CertificationCase) -> Certificate:
    school = schools.school(case.school_id)
    settings, today = office_settings.of(school), clock.today()
    year = today.year - ROC
    number = office_settings.number(
        settings.pattern,
        year=year,
        category=certificates.IN_NUMBERS[case.category],
        serial=kernel.next_number(session, case.school_id, "certificate", year),
    )
    one = Certificate(
        school_id=case.school_id,
        case_id=case.id,
        holder_id=case.applicant_id,
        number=number,
        verification=_verification(),
        category=case.category,
        path=case.path,
        field=settings.field,
        name=case.name,
        name_english=_english(session, case),
        email=case.email,
        publish=case.publish,
        public_name=case.name if case.publish else None,
        issued_on=today,
        expires_on=_valid_until(case, today),
        state=CertificateState.VALID,
        made_at=clock.now(),
    )
    session.add(one)
    session.flush()
    _happened(session, one, "issued")
    chain.record(
        actor, "certification.certificate.issue", "certificate", one.id,
        case=case.id, number=number,
    )  # fmt: skip
    return one


def _renew(session: Session, actor: Actor, case: CertificationCase) -> Certificate:
    found = session.get(Renewal, case.id)
    if found is None:
        raise NotFound(_("找不到要展延的證書。"))
    one = _held(session, newest(session, session.get_one(Certificate, found.certificate_id)).id)
    if one.state is not CertificateState.VALID or one.expires_on is None:
        raise Conflict(_("原證書已經失效或沒有期限，不能展延。"))
    before = one.expires_on
    one.expires_on = _valid_until(case, before + timedelta(days=1), path=one.path)
    one.reminded_for = None
    _happened(session, one, "renewed")
    chain.record(
        actor, "certification.certificate.renew", "certificate", one.id,
        case=case.id, before=before.isoformat(), until=str(one.expires_on),
    )  # fmt: skip
    return one


def _end(actor: Actor, certificate_id: int, event: str, words: str) -> Certificate:
    _refuse(_reason_fault(words))
    with db.writing() as session:
        case, one = _handled(session, actor, certificate_id)
        one.state = follow(CertificateLife, one.state, event)
        one.ended_on, one.ended_words = clock.today(), words.strip()
        kernel.happen(session, actor, case, event, words=words.strip(), certificate=one.id)
        _happened(session, one, one.state.value, paper=False)
        return one


def _valid_until(case: CertificationCase, first: date, path: Path | None = None) -> date | None:
    """The last day of validity; None for what was certified by recommendation."""
    if (path or case.path) is Path.RECOMMENDED:
        return None
    year = term_of(clock.today()).academic_year
    return certificates.last_day(first, rules.number(case.school_id, "certificate.years", year))


def _handled(
    session: Session, actor: Actor, certificate_id: int
) -> tuple[CertificationCase, Certificate]:
    """A certificate that the actor's office handles, with its case, both held."""
    found = session.get(Certificate, certificate_id)
    if found is None or found.school_id != actor.school_id:
        raise certificates.missing()
    case = kernel.held(session, actor.school_id, found.case_id)
    policy.require(policy.handles(actor, case), certificates.missing().message)
    return case, _held(session, certificate_id)


def _held(session: Session, certificate_id: int) -> Certificate:
    query = sa.select(Certificate).where(Certificate.id == certificate_id)
    return session.scalars(
        query.with_for_update(**db.HELD).execution_options(populate_existing=True)
    ).one()


def _happened(session: Session, one: Certificate, kind: str, *, paper: bool = True) -> None:
    """A line in the public history; with `paper`, the PDF is made (anew)."""
    event = CertificateEvent(certificate_id=one.id, kind=kind, on=clock.today(), at=clock.now())
    session.add(event)
    session.flush()
    if paper:
        one.file_id, one.signer = None, ""
        jobs.enqueue(
            actors.system(one.school_id),
            PRINT,
            {"certificate_id": one.id},
            key=f"{PRINT}:{event.id}",
        )


def _next_of(session: Session, old: Certificate) -> str:
    """The number of a reissue, as the office sets it: with 之1, or the next of the series."""
    settings = office_settings.of(schools.school(old.school_id))
    if not settings.reissue_suffix:
        year = clock.today().year - ROC
        return office_settings.number(
            settings.pattern,
            year=year,
            category=certificates.IN_NUMBERS[old.category],
            serial=kernel.next_number(session, old.school_id, "certificate", year),
        )
    first, steps = old, 1
    while first.replaces_id is not None:
        first, steps = session.get_one(Certificate, first.replaces_id), steps + 1
    return first.number + office_settings.SUFFIX.format(n=steps)


def _verification() -> str:
    """192 random bits: an address that nobody guesses."""
    return secrets.token_urlsafe(24)


def _english(session: Session, case: CertificationCase) -> str:
    """The name as in the passport, "SURNAME, GIVEN NAME", from the newest version."""
    answers = session.scalar(
        sa.select(CaseVersion.answers)
        .where(CaseVersion.case_id == case.id)
        .order_by(CaseVersion.number.desc())
        .limit(1)
    )
    said: Mapping[str, object] = json.loads(answers) if answers else {}
    parts = [str(said.get(name) or "").strip() for name in ENGLISH]
    return ", ".join(one for one in parts if one)


ENGLISH = ("surname_english", "given_name_english")
"""Fields of the application form that hold it."""


def _tell(case: CertificationCase, subject: str, one: Certificate, words: str) -> None:
    body = _("新的證書字號：%(number)s。", number=one.number) + "\n\n" + words.strip()
    path = f"/certification/my-certificates/{one.id}"
    notify([case.applicant_id], subject, body, path, school_id=case.school_id, mail=True)


def _reason_fault(words: str) -> dict[str, str]:
    if 1 <= len(words.strip()) <= WORDS:
        return {}
    return {"words": _("請寫原因（%(most)s 字以內），會告知當事人。", most=WORDS)}


def _refuse(faults: dict[str, str]) -> None:
    if faults:
        raise InvalidInput(next(iter(faults.values())), fields=faults)
