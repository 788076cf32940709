"""What stands in an application: its fields and files by name, and which papers are missing."""

from __future__ import annotations

import json

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.definition import Form, groups_of
from plugin import db
from plugin.certification import papers
from plugin.certification.forms.application import ApplicationForm
from plugin.certification.forms.filling import reading_form
from plugin.certification.forms.renewal import HOURS, RenewalForm
from plugin.certification.models import CaseFile, CaseKind, CaseVersion, CertificationCase

NOT_CORRECTED = frozenset({"truthful", "publish", "agreed", "national_id", "email", "unlisted"})
"""Consent is given anew elsewhere; by ID and address somebody is known to be the applicant."""


def newest(case: CertificationCase) -> CaseVersion | None:
    """The version that holds."""
    query = sa.select(CaseVersion).where(CaseVersion.case_id == case.id)
    return db.reading().scalar(query.order_by(CaseVersion.number.desc()).limit(1))


def bound(case: CertificationCase, version: CaseVersion) -> Form:
    """The form with the answers of a version, to be read."""
    if case.kind is CaseKind.RENEWAL:
        return RenewalForm(None, meta={"csrf": False}, data=json.loads(version.answers))
    return reading_form(version.answers)


def labels(case: CertificationCase) -> dict[str, str]:
    """Every field and document of which a correction can be asked, by name, in the form's order:
    also a document that is not there, when the case's path and category have it.

    Of a renewal its hours with their proofs: the certificate and the declarations are facts.
    """
    version = newest(case)
    if version is None:
        return {}
    if case.kind is CaseKind.RENEWAL:
        return {HOURS: _("採計的研習時數與證明")}
    form = bound(case, version)
    return {
        name: str(form[name].label.text)
        for group in groups_of(form)
        for name in group.fields
        if name not in NOT_CORRECTED
    }


def missing(case: CertificationCase) -> list[str]:
    """Titles of the papers that the case's path and category ask for and that are not there."""
    version = newest(case)
    form = bound(case, version) if version is not None else None
    if version is None or not isinstance(form, ApplicationForm):
        return []
    there = set(
        db.reading().scalars(sa.select(CaseFile.slot).where(CaseFile.version_id == version.id))
    )
    wanted = papers.wanted(form.facts)
    return [str(one.label) for one in wanted if not one.optional and one.name not in there]
