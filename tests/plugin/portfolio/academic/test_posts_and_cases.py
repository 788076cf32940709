"""Officer posts, basic data, and what students say is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Role
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound, WindowClosed
from plugin.portfolio.models import (
    BasicRecord,
    CaseArea,
    CaseState,
    ChangeKind,
    OfficerPost,
    PostLevel,
    RecordCase,
)
from plugin.portfolio.operations.academic import basics, cases, posts
from plugin.portfolio.operations.academic.basics import BasicInput
from plugin.portfolio.operations.academic.posts import WrongPosts
from plugin.portfolio.queries.academic import people
from plugin.school.models import ClassSeat, Window
from plugin.school.terms import Term
from plugin.trail.models import AuditEvent, Message
from tests.factories import YEAR, actor_of, make_staff, make_window
from tests.plugin.portfolio.academic.school import TERM, Records
from tests.plugin.portfolio.world import make_world


def close_all() -> None:
    with db.writing() as session:
        for window in session.scalars(sa.select(Window)):
            window.closes_at = clock.now() - timedelta(minutes=1)


class TestPosts:
    def test_many_at_once_or_none(self, school: Records) -> None:
        rows = [
            school.post_input(),
            school.post_input(school.mate, duty="  "),
            school.post_input(school.mate, ends_on=date(2026, 8, 31)),
            school.post_input(),
        ]
        with pytest.raises(WrongPosts) as refusal:
            posts.add_many(school.affairs, rows)
        assert set(refusal.value.rows) == {1, 2, 3}
        assert "已經登錄" in refusal.value.rows[3]
        assert db.reading().scalars(sa.select(OfficerPost)).all() == []
        made = posts.add_many(
            school.affairs, [rows[0], school.post_input(school.mate, duty="副班長")]
        )
        assert [one.duty for one in made] == ["班長", "副班長"]

    def test_the_same_post_twice(self, school: Records) -> None:
        first = school.post()
        with pytest.raises(WrongPosts):
            school.post(unit=" 一年一班 ")
        posts.remove(school.affairs, first.id, "選錯人")
        assert school.post().id != first.id
        assert [one.id for one in people.posts_of(school.world.student.id)] != [first.id]

    @pytest.mark.parametrize(
        "changes",
        [
            {"unit": ""},
            {"duty": "長" * 61},
            {"starts_on": date(2027, 2, 1), "ends_on": date(2027, 3, 1)},
            {"starts_on": date(2027, 1, 2), "ends_on": date(2027, 1, 1)},
        ],
    )
    def test_what_cannot_stand(self, school: Records, changes: dict[str, Any]) -> None:
        with pytest.raises(WrongPosts):
            school.post(**changes)

    def test_put_right(self, school: Records) -> None:
        made = school.post()
        values = school.post_input(level=PostLevel.SCHOOL, unit="學生會", duty="會長")
        changed = posts.change(school.affairs, made.id, values, version=made.version)
        assert (changed.level, changed.unit, changed.student_id) == (
            PostLevel.SCHOOL, "學生會", school.world.student.id,
        )  # fmt: skip
        with pytest.raises(Conflict):
            posts.change(school.affairs, made.id, values, version=1)

    def test_only_student_affairs_of_the_school(self, school: Records) -> None:
        made = school.post()
        foreign = actor_of(make_staff(make_world().school, Role.STUDENT_AFFAIRS))
        for actor in (school.clerk, school.master, school.pupil, foreign):
            with pytest.raises(NotFound):
                posts.add(actor, school.post_input(duty="副班長"))
            with pytest.raises(NotFound):
                posts.remove(actor, made.id, "試試看")
        with pytest.raises(NotFound):
            posts.add(school.affairs, school.post_input(make_world().student))

    def test_outside_the_window_only_what_was_reported(self, school: Records) -> None:
        close_all()
        with pytest.raises(WindowClosed, match="已截止"):
            school.post()
        cases.report(school.pupil, CaseArea.POSTS, TERM, "沒有列出班長")
        assert school.post().duty == "班長"
        with pytest.raises(WindowClosed):
            school.post(school.mate)


class TestCases:
    def test_any_time_and_answered_with_a_date(self, school: Records) -> None:
        close_all()
        case = cases.report(school.pupil, CaseArea.BASIC, TERM, " 座號應為 12 號 ")
        assert (case.state, case.text) == (CaseState.OPEN, "座號應為 12 號")
        told = db.reading().scalars(sa.select(Message.person_id)).all()
        assert told == [school.clerk.person_id]
        done = cases.answer(school.clerk, case.id, "名單無誤，座號是 1 號。", corrected=False)
        assert (done.state, done.answered_at, done.answered_by_name) == (
            CaseState.ANSWERED, clock.now(), school.clerk.name,
        )  # fmt: skip
        with pytest.raises(Conflict):
            cases.answer(school.clerk, case.id, "再答一次", corrected=True)
        again = cases.report(school.pupil, CaseArea.BASIC, TERM, "真的是 12 號")
        assert again.id != case.id

    def test_posts_are_student_affairs(self, school: Records) -> None:
        post = school.post()
        case = cases.report(school.pupil, CaseArea.POSTS, TERM, "任期有誤", subject_id=post.id)
        assert "一年一班 班長" in case.about
        for actor in (school.clerk, school.master, school.parent()):
            with pytest.raises(NotFound):
                cases.answer(actor, case.id, "看到了", corrected=False)
        assert cases.answer(school.affairs, case.id, "已更正", corrected=True).state == "corrected"

    def test_about_ones_own_alone(self, school: Records) -> None:
        theirs = school.post(school.mate)
        record = school.enter(who=school.mate)
        for area, subject in ((CaseArea.POSTS, theirs.id), (CaseArea.COURSES, record.id)):
            with pytest.raises(NotFound):
                cases.report(school.pupil, area, TERM, "不是我的", subject_id=subject)
        with pytest.raises(NotFound):
            cases.report(school.parent(), CaseArea.BASIC, TERM, "家長只能看")

    def test_sent_twice_and_too_often(self, school: Records) -> None:
        first = cases.report(school.pupil, CaseArea.BASIC, TERM, "有誤", page_key="a" * 32)
        again = cases.report(school.pupil, CaseArea.BASIC, TERM, "有誤", page_key="a" * 32)
        assert again.id == first.id
        for n in range(cases.MOST_OPEN - 1):
            cases.report(school.pupil, CaseArea.BASIC, TERM, f"第 {n} 件")
        with pytest.raises(LimitReached):
            cases.report(school.pupil, CaseArea.BASIC, TERM, "再一件")
        with pytest.raises(InvalidInput):
            cases.report(school.pupil, CaseArea.BASIC, TERM, "  ")

    def test_no_words_of_a_report_in_the_audit(self, school: Records) -> None:
        case = cases.report(school.pupil, CaseArea.BASIC, TERM, "我的生日寫錯了")
        cases.answer(school.clerk, case.id, "生日已更正", corrected=True)
        lines = db.reading().scalars(sa.select(AuditEvent)).all()
        assert "生日" not in str([(one.verb, one.detail) for one in lines])
        assert db.reading().scalars(sa.select(RecordCase)).one().state is CaseState.CORRECTED


class TestBasics:
    def test_taken_from_the_roster_as_often_as_one_likes(self, school: Records) -> None:
        basics.begin_fill(school.clerk, TERM)
        rows = people.basics_of_class(school.world.school_class.id, TERM)
        assert [(one.seat, one.basic.seat) for one in rows if one.basic] == [(1, 1), (2, 2)]
        values = BasicInput(grade=1, seat=1, cluster="11", status="在學")
        basics.set_basic(school.clerk, school.world.student.id, TERM, values)
        with db.writing() as session:
            session.scalars(sa.select(ClassSeat).where(ClassSeat.seat == 1)).one().seat = 31
        basics.begin_fill(school.clerk, TERM)
        row = people.basic_of(school.world.student.id, TERM)
        assert row is not None
        assert (row.seat, row.cluster) == (31, "11")
        assert len(db.reading().scalars(sa.select(BasicRecord)).all()) == 2

    def test_a_new_term_goes_on_where_the_last_ended(self, school: Records) -> None:
        after = TERM.next()
        for kind in [one.kind for one in db.reading().scalars(sa.select(Window)) if one.term == 1]:
            make_window(school.world.school, kind, term=2)
        values = BasicInput(grade=1, cluster="21", department="301", division="1", status="延修")
        basics.set_basic(school.clerk, school.world.student.id, TERM, values)
        basics.begin_fill(school.clerk, after)
        row = people.basic_of(school.world.student.id, after)
        assert row is not None
        assert (row.cluster, row.department, row.status) == ("21", "301", "延修")
        assert (row.change, row.changed_on) == (ChangeKind.NONE, None)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            (BasicInput(change=ChangeKind.SUSPEND), "changed_on"),
            (BasicInput(changed_on=date(2026, 9, 1)), "change"),
            (BasicInput(status=" "), "status"),
        ],
    )
    def test_a_change_has_a_day(self, school: Records, values: BasicInput, field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            basics.set_basic(school.clerk, school.world.student.id, TERM, values)
        assert set(refusal.value.fields) == {field}

    @pytest.mark.parametrize("change", [one for one in ChangeKind if one is not ChangeKind.NONE])
    def test_every_change_is_noted(self, school: Records, change: ChangeKind) -> None:
        values = BasicInput(change=change, changed_on=date(2026, 10, 1))
        row = basics.set_basic(school.clerk, school.world.student.id, TERM, values)
        assert (row.change, row.changed_on) == (change, date(2026, 10, 1))

    def test_only_the_registry_in_its_window(
        self, school: Records, act_as: Callable[[Any], Any]
    ) -> None:
        for actor in (school.affairs, school.master, school.pupil):
            with pytest.raises(NotFound):
                basics.set_basic(actor, school.world.student.id, TERM, BasicInput())
        with pytest.raises(WindowClosed):
            basics.begin_fill(school.clerk, Term(YEAR, 2))
        close_all()
        with pytest.raises(WindowClosed):
            basics.set_basic(school.clerk, school.world.student.id, TERM, BasicInput())
