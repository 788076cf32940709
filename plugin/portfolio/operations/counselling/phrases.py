"""Words that are used again: a counsellor's templates of advice, the school's list of topics."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import AdviceTemplate, CounsellingTopic
from plugin.portfolio.operations.counselling.complete import TEXT_POINTS
from plugin.portfolio.operations.found import ForeignRecord, audited, nowhere
from plugin.school import policy as school_policy
from plugin.trail.chain import record

KIND = "advice_template"
TITLE_POINTS = 60
TEMPLATES = 100
"""Of one counsellor; a list of more helps nobody."""
TOPICS, TOPIC_POINTS = 40, 40


@audited
def keep_template(
    actor: Actor, title: str, body: str, template_id: int | None = None
) -> AdviceTemplate:
    """Save words of advice under a title, or change them.

    :raises InvalidInput: nothing, or too much. :raises Conflict: the title is taken.
    :raises NotFound: somebody else's.
    """
    title, body = " ".join(normalise(title).split()), normalise(body)
    faults = {}
    if not title or len(title) > TITLE_POINTS:
        faults["title"] = _("請填寫名稱，最多 %(most)s 字。", most=TITLE_POINTS)
    if not body or len(body) > TEXT_POINTS:
        faults["body"] = _("請填寫建議內容，最多 %(most)s 字。", most=TEXT_POINTS)
    if faults:
        raise InvalidInput(_("常用建議沒有存成。"), fields=faults)
    assert actor.school_id is not None
    assert actor.person_id is not None
    with db.writing() as session:
        mine = session.scalars(
            sa.select(AdviceTemplate).where(AdviceTemplate.owner_id == actor.person_id)
        ).all()
        if any(one.title == title and one.id != template_id for one in mine):
            words = _("已經有同名的常用建議，請換一個名稱。")
            raise Conflict(words, fields={"title": words})
        if template_id is not None:
            found = _own(session, actor, template_id)
        elif len(mine) >= TEMPLATES:
            raise Conflict(
                _("常用建議最多 %(most)s 則。", most=TEMPLATES), remedy=_("請先刪除不用的。")
            )
        else:
            found = AdviceTemplate(school_id=actor.school_id, owner_id=actor.person_id)
            session.add(found)
        found.title, found.body, found.changed_at = title, body, clock.now()
        session.flush()
        record(actor, "counselling.template", KIND, found.id)
        return found


@audited
def drop_template(actor: Actor, template_id: int) -> None:
    """Throw a template away; records that used its words keep them.

    :raises NotFound: none, or somebody else's.
    """
    with db.writing() as session:
        session.delete(_own(session, actor, template_id))
        record(actor, "counselling.template_drop", KIND, template_id)


def set_topics(actor: Actor, labels: Sequence[str]) -> list[str]:
    """Give the school its list of topics, in this order; an empty one brings the product's back.

    Records keep the words they were registered with.

    :raises InvalidInput: a line that is too long, or too many lines.
    """
    school_id = school_policy.require(actor, Role.COUNSELLOR, Role.REGISTRY, Role.ADMINISTRATOR)
    kept = list(dict.fromkeys(one for raw in labels if (one := " ".join(normalise(raw).split()))))
    if len(kept) > TOPICS or any(len(one) > TOPIC_POINTS for one in kept):
        words = _(
            "主題最多 %(count)s 個，每個最多 %(points)s 字。", count=TOPICS, points=TOPIC_POINTS
        )
        raise InvalidInput(words, fields={"topics": words})
    with db.writing() as session:
        session.execute(sa.delete(CounsellingTopic).where(CounsellingTopic.school_id == school_id))
        for place, label in enumerate(kept, 1):
            session.add(CounsellingTopic(school_id=school_id, place=place, label=label))
        session.flush()
        record(actor, "counselling.topics", "school", school_id, count=len(kept))
    return kept


def _own(session: Session, actor: Actor, template_id: int) -> AdviceTemplate:
    found = session.get(AdviceTemplate, template_id)
    if found is None:
        raise nowhere(AdviceTemplate, template_id)
    if (found.owner_id, found.school_id) != (actor.person_id, actor.school_id):
        raise ForeignRecord(KIND, template_id)
    return found
