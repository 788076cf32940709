"""What an office sets for its certificates, and how it numbers its cases."""

from __future__ import annotations

from dataclasses import asdict

from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import case_numbers, office_settings, policy
from plugin.certification.office_settings import CertificateSettings
from plugin.errors import InvalidInput, NotAllowed
from plugin.school.models import School
from plugin.trail import chain


def set_certificates(actor: Actor, settings: CertificateSettings) -> None:
    """Keep the settings of the actor's office; certificates that were made stay as they are.

    :raises NotAllowed: not one of the office. :raises InvalidInput: a pattern that cannot be used,
        no name of the authority.
    """
    if not policy.keepers(actor):
        raise NotAllowed(_("只有核發機關可以設定證書。"))
    if fault := office_settings.fault(settings.pattern):
        raise InvalidInput(fault, fields={"pattern": fault})
    if not settings.authority or not settings.field:
        raise InvalidInput(_("請填核發機關名稱與專業領域。"))
    with db.writing() as session:
        school = session.get_one(School, actor.school_id, with_for_update=db.HELD)
        school.settings = {**school.settings, office_settings.KEY: asdict(settings)}
        chain.record(
            actor, "certification.certificate.settings", "school", school.id,
            pattern=settings.pattern, reissue_suffix=settings.reissue_suffix,
        )  # fmt: skip


def set_case_number(actor: Actor, pattern: str) -> None:
    """Number the cases of the actor's office by another pattern from now on; numbers that were
    given stay, and the series goes on.

    :raises NotAllowed: not one of the office. :raises InvalidInput: a pattern that cannot be used.
    """
    if not policy.keepers(actor):
        raise NotAllowed(_("只有核發機關可以設定案件編號。"))
    if fault := case_numbers.fault(pattern):
        raise InvalidInput(fault, fields={"pattern": fault})
    with db.writing() as session:
        school = session.get_one(School, actor.school_id, with_for_update=db.HELD)
        school.settings = {**school.settings, case_numbers.KEY: pattern}
        chain.record(
            actor, "certification.case_number.settings", "school", school.id, pattern=pattern
        )
