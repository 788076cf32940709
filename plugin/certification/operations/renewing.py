"""Applying for the renewal of a certificate: a case of its own kind on the office's desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import day_said
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import case_numbers, policy
from plugin.certification.certificates import missing
from plugin.certification.forms.renewal import VERSION, short
from plugin.certification.hours import HOUR, Tally
from plugin.certification.models import (
    CaseFile,
    CaseKind,
    CaseState,
    CaseVersion,
    Certificate,
    CertificationCase,
    Mode,
    Renewal,
)
from plugin.certification.operations import correcting, kernel
from plugin.certification.queries import hours as ledger
from plugin.certification.queries import renewals
from plugin.errors import Conflict, InvalidInput, WindowClosed
from plugin.school.models import School
from plugin.school.terms import ROC
from plugin.trail import chain
from plugin.vault import operations as vault


def apply(actor: Actor, certificate_id: int, answers: Mapping[str, Any]) -> CertificationCase:
    """Hand a renewal in: one transaction with its version, the proofs of the hours, the state and
    the mail.

    :param answers: `forms.renewal.RenewalForm.values`.
    :raises NotFound: not the actor's own certificate.
    :raises Conflict: it is never renewed, or a renewal is under way.
    :raises WindowClosed: not the time for it. :raises InvalidInput: too few hours.
    """
    with db.writing() as session:
        one = _own(session, actor, certificate_id)
        _require_offer(one)
        hours = ledger.renewal_total(one.holder_id, one)
        if not hours.enough:
            raise InvalidInput(short(hours), fields={"attended": short(hours)})
        first = session.get_one(CertificationCase, one.case_id)
        year = clock.today().year - ROC
        serial = kernel.next_number(session, one.school_id, "case", year)
        pattern = case_numbers.of(session.get_one(School, one.school_id))
        case = CertificationCase(
            school_id=one.school_id,
            number=case_numbers.number(pattern, year=year, serial=serial),
            mode=Mode.OFFICE,
            kind=CaseKind.RENEWAL,
            category=one.category,
            path=one.path,
            state=CaseState.DRAFT,
            applicant_id=one.holder_id,
            name=one.name,
            national_id_digest=first.national_id_digest,
            email=str(answers["email"]),
            organisation_code=first.organisation_code,
            organisation=first.organisation,
            designated=first.designated,
            publish=one.publish,
            created_at=clock.now(),
        )
        session.add(case)
        session.flush()
        session.add(Renewal(case_id=case.id, certificate_id=one.id))
        _version(session, actor, case, one, hours, answers)
        chain.record(
            actor, "certification.renewal.open", "certification_case", case.id,
            certificate=one.id, minutes=hours.total,
        )  # fmt: skip
        kernel.happen(session, actor, case, "confirm", version=1)
        return case


def correct(actor: Actor, case_id: int, answers: Mapping[str, Any]) -> CertificationCase:
    """Hand the hours of a renewal in anew, as the ledger has them now: the next version stands
    beside the old; nothing else of it changes.

    :param answers: the declarations, made again.
    :raises NotFound: not the actor's own renewal.
    :raises Conflict: no correction is open (any more).
    :raises WindowClosed: its last day is over. :raises InvalidInput: too few hours.
    """
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(
            policy.owns(actor, case) and case.kind is CaseKind.RENEWAL, _("找不到這件申請案。")
        )
        correction = correcting.open_one(session, case)
        if correction is None:
            raise correcting.nothing_open()
        if correcting.over(session, case):
            raise correcting.too_late()
        one = renewals.renewed(case)
        hours = ledger.renewal_total(one.holder_id, one)
        if not hours.enough:
            raise InvalidInput(short(hours), fields={"attended": short(hours)})
        old = session.scalars(
            sa.select(CaseVersion)
            .where(CaseVersion.case_id == case.id)
            .order_by(CaseVersion.number.desc())
            .limit(1)
        ).one()
        kept = {
            name: value
            for name, value in json.loads(old.answers).items()
            if name in ("email", "correct")
        }
        _version(session, actor, case, one, hours, {**kept, **answers}, old.number + 1)
        correction.answered_at = correction.ended_at = clock.now()
        kernel.happen(session, actor, case, "answer_correction", version=old.number + 1)
        return case


def _require_offer(one: Certificate) -> None:
    offer = renewals.offer(one)
    if offer is None:
        raise Conflict(_("這張證書沒有期限或已經失效，不需要也不能展延。"))
    if offer.case is not None:
        raise Conflict(_("這張證書的展延申請 %(number)s 正在辦理中。", number=offer.case.number))
    if not offer.open:
        raise WindowClosed(
            _("現在不是展延的申請期間。"),
            remedy=_(
                "受理期間是 %(opens)s 至 %(closes)s。",
                opens=day_said(offer.window.opens_on),
                closes=day_said(offer.window.closes_on),
            ),
            rule="certificate.renewal.opens",
        )


def _version(
    session: Session,
    actor: Actor,
    case: CertificationCase,
    one: Certificate,
    hours: Tally,
    answers: Mapping[str, Any],
    number: int = 1,
) -> None:
    """A version: what was answered, what counts, the proofs, which become accepted."""
    facts = {
        "certificate": one.number,
        "expires_on": str(one.expires_on),
        "hours": hours.total / HOUR,
        "hours_digital": hours.digital / HOUR,
    }
    version = CaseVersion(
        case_id=case.id,
        number=number,
        form_version=VERSION,
        answers=json.dumps({**facts, **answers}, ensure_ascii=False),
        made_at=clock.now(),
    )
    session.add(version)
    session.flush()
    proofs = {
        one.training.entry_id: one.training.file_id
        for one in hours.lines
        if one.counted and one.training.entry_id and one.training.file_id
    }
    session.add_all(
        CaseFile(version_id=version.id, slot=f"hours.{entry_id}", file_id=file_id)
        for entry_id, file_id in proofs.items()
    )
    if proofs:
        vault.keep(actor, sorted(set(proofs.values())))
    session.flush()


def _own(session: Session, actor: Actor, certificate_id: int) -> Certificate:
    """The actor's own, held, so that two presses are one application."""
    policy.require(policy.applicants(actor), missing().message)
    one = session.scalar(
        sa.select(Certificate)
        .where(
            Certificate.id == certificate_id,
            Certificate.school_id == actor.school_id,
            Certificate.holder_id == actor.person_id,
        )
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if one is None:
        raise missing()
    return one
