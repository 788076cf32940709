"""The registry locks the selections of classes, or opens them again, with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput
from plugin.portfolio.models import HoldState, SelectionHold
from plugin.portfolio.operations.found import missing
from plugin.school.models import ClassSeat, SchoolClass
from plugin.trail.chain import record
from plugin.trail.notify import notify

REASON_POINTS = 200


def lock_classes(actor: Actor, class_ids: Collection[int], reason: str) -> int:
    """Nobody in these classes changes a selection from now on; returns how many classes.

    :raises InvalidInput: no class, or no reason.
    :raises NotFound: a class of another school, or the actor is no registry.
    """
    return _hold(actor, class_ids, HoldState.LOCKED, reason, None)


def open_classes(
    actor: Actor, class_ids: Collection[int], reason: str, until: datetime | None
) -> int:
    """Students of these classes may change their selections until then; raises as
    `lock_classes`, also without a moment to come."""
    if until is None or until <= clock.now():
        words = _("「開放到」必須是今天或以後的日期。")
        raise InvalidInput(words, fields={"until": words})
    return _hold(actor, class_ids, HoldState.OPEN, reason, until)


def _hold(
    actor: Actor,
    class_ids: Collection[int],
    state: HoldState,
    reason: str,
    until: datetime | None,
) -> int:
    reason = normalise(reason)
    wanted = set(class_ids)
    if not actor.has(Role.REGISTRY) or actor.school_id is None:
        raise missing()
    if not wanted:
        words = _("請先勾選班級。")
        raise InvalidInput(words, fields={"": words})
    if not reason or len(reason) > REASON_POINTS:
        words = _("請填寫原因，最多 %(most)s 字。", most=REASON_POINTS)
        raise InvalidInput(words, fields={"reason": words})
    with db.writing() as session:
        query = sa.select(SchoolClass).where(
            SchoolClass.id.in_(wanted), SchoolClass.school_id == actor.school_id
        )
        classes = session.scalars(query.order_by(SchoolClass.id)).all()
        if len(classes) != len(wanted):
            raise missing()
        now = clock.now()
        session.add_all(
            SelectionHold(
                class_id=one.id,
                state=state,
                until=until,
                reason=reason,
                by_id=actor.person_id,
                by_name=actor.name,
                at=now,
            )
            for one in classes
        )
        for one in classes:
            record(
                actor, f"selection.class_{state}", "school_class", one.id,
                until=until.isoformat() if until else None,
            )  # fmt: skip
        _tell(actor.school_id, wanted, state, reason, until, classes[0].academic_year)
        return len(classes)


def _tell(
    school_id: int,
    class_ids: set[int],
    state: HoldState,
    reason: str,
    until: datetime | None,
    year: int,
) -> None:
    students = set(
        db.reading().scalars(
            sa.select(ClassSeat.student_id).where(ClassSeat.class_id.in_(class_ids))
        )
    )
    if state is HoldState.LOCKED:
        subject = _("註冊組已鎖定貴班的勾選")
        body = _("學習歷程檔案的勾選已鎖定，暫時不能修改。\n\n原因：%(reason)s", reason=reason)
    else:
        assert until is not None
        subject = _("註冊組已重新開放貴班的勾選")
        body = _(
            "可以修改勾選到 %(until)s，改好後請記得再確認。\n\n原因：%(reason)s",
            until=roc_date(until),
            reason=reason,
        )
    notify(
        students,
        subject,
        body,
        f"/selection?year={year}",
        school_id=school_id,
        mail=state is HoldState.OPEN,
    )
