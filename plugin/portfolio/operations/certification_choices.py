"""How a teacher works: which files they have opened, keyboard shortcuts, how much mail."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.portfolio.models import CertifyingChoice, FileLook
from plugin.portfolio.operations.certification import seen_by_teacher
from plugin.portfolio.operations.found import hold_student, missing

DIGESTS = ("school", "weekly", "off")
"""As the school sets it; at most once a week; never."""


def opened(actor: Actor, outcome_id: int, file_id: int) -> bool:
    """Remember that the actor has a file of an outcome before them; True the first time.

    :raises NotFound: not an outcome in the actor's courses, or not a file of it.
    """
    outcome = seen_by_teacher(actor, outcome_id)
    if file_id not in {outcome.document_file_id, outcome.media_file_id}:
        raise missing()
    known = sa.select(FileLook.id).where(
        FileLook.person_id == actor.person_id,
        FileLook.file_id == file_id,
        FileLook.outcome_id == outcome_id,
    )
    if db.reading().scalar(known) is not None:
        return False  # the usual case: nothing is written, nobody waits for the lock
    with db.writing() as session:
        assert actor.person_id is not None
        hold_student(session, actor.person_id)  # two tabs of one person add one row
        if session.scalar(known) is not None:
            return False
        session.add(
            FileLook(
                outcome_id=outcome_id, person_id=actor.person_id, file_id=file_id, at=clock.now()
            )
        )
        return True


def choose(actor: Actor, *, keys: bool | None = None, digest: str | None = None) -> None:
    """Switch keyboard shortcuts on or off; ask for less mail than the school sends.

    :raises InvalidInput: there is no such choice. :raises NotAllowed: no teacher.
    """
    if actor.person_id is None or not actor.has(Role.TEACHER, Role.SUBSTITUTE):
        raise NotAllowed(_("只有教師有認證的個人設定。"))
    if digest is not None and digest not in DIGESTS:
        raise InvalidInput(_("沒有這個選項。"), fields={"digest": _("請由列出的選項中選一個。")})
    with db.writing() as session:
        hold_student(session, actor.person_id)
        found = session.get(CertifyingChoice, actor.person_id)
        if found is None:
            found = CertifyingChoice(person_id=actor.person_id, keys=True, digest="school")
            session.add(found)
        found.keys = found.keys if keys is None else keys
        found.digest = found.digest if digest is None else digest
