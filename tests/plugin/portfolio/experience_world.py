"""Experiences for tests: every kind filled in as a student would, in the small school."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio.forms.experiences import form_class
from plugin.portfolio.kinds import kind
from plugin.portfolio.models import Experience
from plugin.portfolio.operations import experience_drafts, experiences, intake
from plugin.portfolio.operations.experience_drafts import ExperienceInput
from plugin.school.models import Window, WindowKind
from tests.factories import YEAR, actor_of, make_staff
from tests.plugin.portfolio.world import World, pdf, staged


def typed(name: str) -> dict[str, str]:
    """What a student types into the form of a kind: every field, in the spelling of its example."""
    found = {}
    for one in kind(name, YEAR).fields:
        if one.codes is not None and not one.codes.open:
            found[one.key] = next(iter(one.codes.values))
        elif one.example:
            found[one.key] = one.example
    return found


def details(name: str, **changes: str) -> dict[str, str]:
    """The same as it is stored."""
    form = form_class(name, YEAR)(MultiDict(typed(name) | changes), meta={"csrf": False})
    return dict(form.values().details)


def proof(world: World, actor: Actor | None = None) -> int:
    """A draft file of the student's, handed in as proof."""
    return intake.receive(
        actor or world.pupil, staged(pdf(), "獎狀.pdf"), "document", intake.EXPERIENCE_SLOTS
    ).id


def values(world: World, name: str = "work", **changes: Any) -> ExperienceInput:
    """Everything that a kind demands; `changes` are of `ExperienceInput`."""
    actor = changes.pop("actor", None)
    given: dict[str, Any] = {"details": details(name), "summary": "完成後在校慶放映。"}
    if "document_file_id" not in changes:
        given["document_file_id"] = proof(world, actor)
    return ExperienceInput(**(given | changes))


def draft(world: World, name: str = "work", **changes: Any) -> Experience:
    actor = changes.get("actor") or world.pupil
    return experience_drafts.start(
        actor, name, values(world, name, **changes), begun_at=clock.now()
    )


def sent(world: World, name: str = "work", **changes: Any) -> Experience:
    actor = changes.get("actor") or world.pupil
    return experiences.send(actor, draft(world, name, **changes).id).experience


def officer(world: World) -> Actor:
    """Somebody of student affairs."""
    return actor_of(make_staff(world.school, Role.STUDENT_AFFAIRS))


def close(world: World, kind: WindowKind = WindowKind.EXPERIENCE_UPLOAD, **delta: float) -> Window:
    """Let the school's window of a kind close so long from now."""
    with db.writing() as session:
        window = session.scalars(
            sa.select(Window).where(Window.school_id == world.school.id, Window.kind == kind)
        ).one()
        window.closes_at = clock.now() + timedelta(**delta)
        session.flush()
        return window


def fresh(one: Experience) -> Experience:
    found = db.reading().get(Experience, one.id, populate_existing=True)
    assert found is not None
    return found
