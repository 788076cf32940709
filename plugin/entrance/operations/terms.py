"""Answers to the terms of use: appended, never changed; the newest counts."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance import agreement
from plugin.entrance.models import LaunchPerson, TermsAnswer
from plugin.errors import Conflict, NotAllowed
from plugin.trail import events
from plugin.trail.chain import record


def answer(actor: Actor, version: str, *, accepted: bool, url: str = "") -> TermsAnswer:
    """Note what the launching person answers to a version of the terms.

    :param version: what the page showed.
    :param url: the platform's EULA service, when this launch named one; it is told afterwards by
        whoever listens to `events.terms_answered`.
    :raises NotAllowed: nobody of an LMS is there to answer.
    :raises Conflict: the terms were published anew while the page stood open.
    """
    if actor.launch_person_id is None or actor.school_id is None:
        raise NotAllowed(_("請從學習平臺的課程進入後再答覆。"))
    if version != agreement.current():
        raise Conflict(_("約定有了新的版本。"), remedy=_("請重新閱讀後再答覆。"))
    with db.writing() as session:
        person = session.get_one(LaunchPerson, actor.launch_person_id)
        made = TermsAnswer(
            school_id=actor.school_id,
            launch_person_id=person.id,
            version=version,
            accepted=accepted,
            at=clock.now(),
            told_at=None,
        )
        session.add(made)
        session.flush()
        verb = "terms.accept" if accepted else "terms.decline"
        record(actor, verb, "launch_person", person.id, version=version)
        if url:
            events.announce(
                events.terms_answered,
                school_id=actor.school_id,
                launch_person_id=person.id,
                registration_id=person.registration_id,
                answer_id=made.id,
                url=url,
                subject=person.subject,
            )
        return made


def told(answer_id: int) -> None:
    """The platform's EULA service has taken an answer."""
    with db.writing() as session:
        session.execute(
            sa.update(TermsAnswer)
            .where(TermsAnswer.id == answer_id, TermsAnswer.told_at.is_(None))
            .values(told_at=clock.now())
        )
