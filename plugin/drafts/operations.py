"""Keep, find and forget drafts."""

from __future__ import annotations

import json
from dataclasses import replace

import sqlalchemy as sa

from forms.drafts import Draft, DraftKey
from plugin import clock, db
from plugin.actor import Actor
from plugin.drafts.models import FormDraft
from plugin.errors import NotFound


class Drafts:
    """The drafts of one person; a key that names somebody else finds nothing.

    Drafts leave no audit line: nothing is handed in by typing.
    """

    def __init__(self, actor: Actor) -> None:
        if actor.person_id is None:
            raise NotFound("no person, no drafts")
        self._person_id = actor.person_id

    def key(self, form: str, subject: str = "new") -> DraftKey:
        """The key of the actor's own draft."""
        return DraftKey(str(self._person_id), form, subject)

    def get(self, key: DraftKey) -> Draft | None:
        """The draft, or None."""
        found = db.reading().scalar(sa.select(FormDraft).where(*self._where(key)))
        if found is None:
            return None
        return Draft(
            key, found.version, json.loads(found.answers), tuple(found.done), found.saved_at
        )

    def save(self, draft: Draft) -> Draft:
        """Keep it, in place of an earlier one; returns it with `saved_at`.

        Two tabs at once: the later one stands, as with any text that is saved as one types.
        """
        if draft.key.person != str(self._person_id):
            raise NotFound("somebody else's draft")
        now = clock.now()
        with db.writing() as session:
            found = session.scalar(
                sa.select(FormDraft).where(*self._where(draft.key)).with_for_update()
            )
            if found is None:
                found = FormDraft(
                    person_id=self._person_id, form=draft.key.form, subject=draft.key.subject
                )
                session.add(found)
            found.version = draft.version
            found.answers = json.dumps(dict(draft.values), ensure_ascii=False)
            found.done = list(draft.done)
            found.saved_at = now
        return replace(draft, saved_at=now)

    def delete(self, key: DraftKey) -> None:
        """Forget it; no error when there is none."""
        with db.writing() as session:
            session.execute(sa.delete(FormDraft).where(*self._where(key)))

    def _where(self, key: DraftKey) -> tuple[sa.ColumnElement[bool], ...]:
        mine = key.person == str(self._person_id)
        return (
            FormDraft.person_id == self._person_id,
            sa.literal(mine),
            FormDraft.form == key.form,
            FormDraft.subject == key.subject,
        )
