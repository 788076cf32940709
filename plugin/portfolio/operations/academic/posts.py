"""Officer posts 幹部: entered by student affairs, one or many at once, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import CaseArea, OfficerPost, PostLevel
from plugin.portfolio.operations.academic import doors, found
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.school.terms import Term
from plugin.trail.chain import record

WORDS_POINTS = 60
MOST = 500
"""Posts entered at once."""


@dataclass(frozen=True)
class PostInput:
    """One post of one student."""

    student_id: int
    term: Term
    level: PostLevel
    unit: str
    duty: str
    starts_on: date
    ends_on: date

    @property
    def said(self) -> tuple[int, Term, PostLevel, str, str, date, date]:
        """What makes two entries the same post."""
        return (
            self.student_id,
            self.term,
            self.level,
            self.unit,
            self.duty,
            self.starts_on,
            self.ends_on,
        )


class WrongPosts(InvalidInput):
    """Some of many posts cannot stand; none was entered.

    :ivar rows: which ones, by their place in what was given, and what is wrong with each.
    """

    def __init__(self, rows: dict[int, str]) -> None:
        super().__init__(
            _("有 %(n)s 筆幹部紀錄需要修改，整批都還沒有儲存。", n=len(rows)),
            remedy=_("請修改標示的項目後再送出。"),
        )
        self.rows = rows


def fault(values: PostInput) -> str:
    """What is wrong with a post by itself; "" when nothing is."""
    for words, text in ((_("單位名稱"), values.unit), (_("擔任職務"), values.duty)):
        if not normalise(text):
            return _("請填寫「%(label)s」。", label=words)
        if len(normalise(text)) > WORDS_POINTS:
            return _("「%(label)s」最多 %(most)s 字。", label=words, most=WORDS_POINTS)
    if values.ends_on < values.starts_on:
        return _("結束日期早於開始日期。")
    if values.starts_on > values.term.last_day or values.ends_on < values.term.first_day:
        return _("任職期間不在%(term)s內。", term=values.term.label)
    return ""


def add(actor: Actor, values: PostInput) -> OfficerPost:
    """Enter one post; raises as `add_many`, a `WrongPosts` has one row."""
    return add_many(actor, [values])[0]


@audited
def add_many(actor: Actor, rows: Sequence[PostInput]) -> list[OfficerPost]:
    """Enter posts, all of them or none.

    :raises WrongPosts: some are wrong, or stand there already.
    :raises WindowClosed: outside the window, and not all of the students have reported an error.
    :raises NotFound: not of student affairs, or no student of the school.
    """
    school_id = found.school_as(actor, Role.STUDENT_AFFAIRS)
    if not rows or len(rows) > MOST:
        raise InvalidInput(_("一次請登錄 1 到 %(most)s 筆。", most=MOST))
    with db.writing() as session:
        students = {one.student_id for one in rows}
        found.students(session, school_id, students)
        for term in {one.term for one in rows}:
            doors.require_open(school_id, CaseArea.POSTS, term, student_ids=students)
        found.hold_people(session, students)
        _require_right(session, school_id, rows)
        made = [_row(actor, school_id, one) for one in rows]
        session.add_all(made)
        session.flush()
        for one in made:
            record(
                actor, "post.add", "officer_post", one.id,
                student_id=one.student_id, level=one.level,
            )  # fmt: skip
        return made


@audited
def change(
    actor: Actor, post_id: int, values: PostInput, *, version: int | None = None
) -> OfficerPost:
    """Put a post right; its student stays.

    :raises WrongPosts: as it would be, it cannot stand.
    :raises Conflict: changed or removed meanwhile.
    """
    school_id = found.school_as(actor, Role.STUDENT_AFFAIRS)
    with db.writing() as session:
        post = found.kept(session, OfficerPost, school_id, post_id)
        _require_there(post)
        found.same_version(post, version)
        for term in {Term(post.academic_year, post.term), values.term}:
            doors.require_open(school_id, CaseArea.POSTS, term, student_ids=[post.student_id])
        found.hold_people(session, {post.student_id})
        _require_right(session, school_id, [values], besides=post.id)
        post.academic_year, post.term = values.term.academic_year, values.term.term
        post.level = values.level
        post.unit, post.duty = normalise(values.unit), normalise(values.duty)
        post.starts_on, post.ends_on = values.starts_on, values.ends_on
        post.changed_at = clock.now()
        session.flush()
        record(actor, "post.change", "officer_post", post.id, student_id=post.student_id)
        return post


@audited
def remove(actor: Actor, post_id: int, reason: str) -> OfficerPost:
    """Take a post back; the row stays with the reason, nobody is shown it any more.

    :raises InvalidInput: no reason.
    """
    school_id = found.school_as(actor, Role.STUDENT_AFFAIRS)
    reason = found.reason_of(reason)
    with db.writing() as session:
        post = found.kept(session, OfficerPost, school_id, post_id)
        _require_there(post)
        term = Term(post.academic_year, post.term)
        doors.require_open(school_id, CaseArea.POSTS, term, student_ids=[post.student_id])
        post.removed_at, post.removed_reason = clock.now(), reason[:200]
        session.flush()
        record(actor, "post.remove", "officer_post", post.id, student_id=post.student_id)
        return post


@audited
def seen_by_affairs(actor: Actor, post_id: int) -> OfficerPost:
    """A post of the school, for student affairs to look at.

    :raises NotFound: none, another school's, or removed.
    """
    school_id = found.school_as(actor, Role.STUDENT_AFFAIRS)
    post = db.reading().get(OfficerPost, post_id)
    if post is None:
        raise nowhere(OfficerPost, post_id)
    if post.school_id != school_id:
        raise ForeignRecord("officer_post", post_id)
    if post.removed_at is not None:
        raise missing()
    return post


def _row(actor: Actor, school_id: int, values: PostInput) -> OfficerPost:
    return OfficerPost(
        school_id=school_id,
        student_id=values.student_id,
        academic_year=values.term.academic_year,
        term=values.term.term,
        level=values.level,
        unit=normalise(values.unit),
        duty=normalise(values.duty),
        starts_on=values.starts_on,
        ends_on=values.ends_on,
        made_by_id=actor.person_id,
        made_at=clock.now(),
    )


def _require_right(
    session: Session, school_id: int, rows: Sequence[PostInput], besides: int = 0
) -> None:
    wrong: dict[int, str] = {}
    known = _known(session, {one.student_id for one in rows}, besides)
    for place, one in enumerate(rows):
        said = _normalised(one).said
        if words := fault(one):
            wrong[place] = words
        elif said in known:
            wrong[place] = _("這筆幹部紀錄已經登錄過了。")
        known.add(said)
    if wrong:
        raise WrongPosts(wrong)


def _normalised(one: PostInput) -> PostInput:
    return PostInput(
        one.student_id,
        one.term,
        one.level,
        normalise(one.unit),
        normalise(one.duty),
        one.starts_on,
        one.ends_on,
    )


def _known(session: Session, students: set[int], besides: int) -> set[tuple]:  # type: ignore[type-arg]
    """The posts that these students hold already, as `PostInput.said`."""
    found_: set[tuple] = set()  # type: ignore[type-arg]
    ids = sorted(students)
    for begin in range(0, len(ids), 500):
        query = sa.select(OfficerPost).where(
            OfficerPost.student_id.in_(ids[begin : begin + 500]),
            OfficerPost.removed_at.is_(None),
            OfficerPost.id != besides,
        )
        for one in session.scalars(query):
            term = Term(one.academic_year, one.term)
            found_.add(
                (one.student_id, term, one.level, one.unit, one.duty, one.starts_on, one.ends_on)
            )
    return found_


def _require_there(post: OfficerPost) -> None:
    if post.removed_at is not None:
        raise Conflict(_("這筆幹部紀錄已經刪除。"), remedy=_("請回到清單查看。"))
