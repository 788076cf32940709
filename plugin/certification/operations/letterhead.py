"""What an office prints on its letters."""

from __future__ import annotations

from dataclasses import asdict

from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import letterhead, policy
from plugin.certification.letterhead import Letterhead
from plugin.errors import NotAllowed
from plugin.school.models import School
from plugin.trail import chain


def set_letterhead(actor: Actor, head: Letterhead) -> None:
    """Keep it for letters that are still to come; those that were sent stay as they are.

    :raises NotAllowed: not one of the office.
    """
    if not policy.keepers(actor):
        raise NotAllowed(_("只有核發機關可以設定公文。"))
    with db.writing() as session:
        school = session.get_one(School, actor.school_id, with_for_update=db.HELD)
        school.settings = {**school.settings, letterhead.KEY: asdict(head)}
        chain.record(actor, "certification.letterhead", "school", school.id)
