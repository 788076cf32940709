"""The homeroom matrix: figures, order, filter, sheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db
from plugin.portfolio import desk
from plugin.portfolio.models import SelectionKind, SheetState
from plugin.portfolio.operations import certification, reminding, selection
from plugin.portfolio.queries.overviews import matrix, timeline
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.school import operations
from plugin.school import queries as school_queries
from plugin.school.models import Window, WindowKind
from tests.factories import FrozenClock, enrol, make_student, make_window
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.overviews.academic_rows import receipt
from tests.plugin.portfolio.submission_world import third_year
from tests.plugin.portfolio.test_experience_access import homeroom_of
from tests.plugin.portfolio.world import World


def lines(world: World, **how: Any) -> list[matrix.Line]:
    db._close_reads()
    seats = school_queries.students_of_class(world.school_class.id)
    return matrix.of_class(world.school_class, seats, **how)


@pytest.fixture
def classroom(world: World) -> World:
    """Four students: one has done everything, one nothing, one has a returned one, one a draft."""
    others = {}
    for number, name in ((2, "甲沒動"), (3, "乙退回"), (4, "丙草稿")):
        others[name] = make_student(world.school, world.school_class, number, name=name)
        enrol(others[name], world.course)
    done = world.certified()
    selection.select(world.pupil, done.id)
    selection.lock(world.pupil, 115)
    experience = experience_world.sent(world, "work")
    selection.select(world.pupil, experience.id, SelectionKind.EXPERIENCE)
    selection.lock(world.pupil, 115, SelectionKind.EXPERIENCE)
    me = world.student
    world.student = others["乙退回"]
    returned = world.sent(document_file_id=world.file())
    certification.return_(world.master, returned.id, "請補充")
    world.student = others["丙草稿"]
    world.draft(document_file_id=world.file())
    world.student = me
    return world


def test_each_students_figures(classroom: World) -> None:
    one, two, three, four = lines(classroom)
    assert (one.count("certified"), one.figures.chosen, one.figures.locked) == (1, 1, True)
    assert (one.experiences("sent"), one.figures.chosen_experiences) == (1, 1)
    assert one.duties == ()
    assert two.duties == (Duty.SEND,)
    assert (three.count("returned"), three.duties) == (1, (Duty.MEND,))
    assert (four.count("draft"), four.duties) == (1, (Duty.FINISH,))


def test_a_returned_experience_is_a_duty_while_it_can_be_mended(world: World) -> None:
    from plugin.portfolio.operations import experiences

    done = experience_world.sent(world, "work")
    experiences.return_(experience_world.officer(world), done.id, "日期不對")
    world.sent()
    assert lines(world)[0].duties == (Duty.MEND_EXPERIENCE,)
    experience_world.close(world, WindowKind.EXPERIENCE_UPLOAD, days=-1)
    assert lines(world)[0].duties == ()


def test_receipts_are_confirmed_when_every_sheet_that_holds_is(world: World) -> None:
    world.sent()
    assert lines(world)[0].figures.receipt_done is None
    receipt(world, SheetState.WAITING, current=False)  # of an earlier version
    receipt(world, SheetState.CONFIRMED)
    assert lines(world)[0].figures.receipt_done is True
    receipt(world, SheetState.ANSWERED)
    assert lines(world)[0].figures.receipt_done is False
    assert lines(world)[0].duties == ()  # while nobody asks
    make_window(world.school, WindowKind.RECEIPT)
    assert lines(world)[0].duties == (Duty.RECEIPT,)


@pytest.mark.parametrize("sort", sorted(matrix.SORTS))
def test_every_order_keeps_everybody_and_goes_both_ways(classroom: World, sort: str) -> None:
    up = lines(classroom, sort=sort)
    down = lines(classroom, sort=sort, downwards=True)
    key = matrix.SORTS[sort]
    assert [key(one) for one in up] == sorted(key(one) for one in up)
    assert [key(one) for one in down] == sorted((key(one) for one in up), reverse=True)
    assert len(up) == len(down) == 4


def test_only_those_who_must_act(classroom: World) -> None:
    assert [one.seat for one in lines(classroom, acting_only=True)] == [2, 3, 4]


def test_windows_of_a_grade_alone(classroom: World) -> None:
    """A window of grade 1 that is over holds for grade 1, though all others are open."""
    from plugin import clock

    make_window(
        classroom.school, WindowKind.OUTCOME_UPLOAD, grade=1,
        opens_at=clock.now() - timedelta(days=9), closes_at=clock.now() - timedelta(days=1),
    )  # fmt: skip
    assert lines(classroom, acting_only=True) == []


def test_the_batchs_window_asks_the_third_year(world: World, clock: FrozenClock) -> None:
    """Also with nothing open for all grades."""
    third_year(world)
    done = world.certified()
    assert lines(world)[0].duties == (Duty.SELECT,)
    with db.writing() as session:
        session.execute(
            sa.delete(Window).where(Window.kind == WindowKind.SELECTION, Window.term == 0)
        )
    assert lines(world)[0].duties == (Duty.SELECT,)
    assert reminding.remind_class(homeroom_of(world), world.school_class.id).told == 1
    found = timeline.comes_next(world.student, 3)
    assert [one.window.term for one in found if one.kind is WindowKind.SELECTION] == [1]
    todos = [one.endpoint for one in desk._student_todos(world.pupil)]
    assert "portfolio.selection" in todos
    selection.select(world.pupil, done.id)
    selection.lock(world.pupil, 115)
    assert lines(world)[0].duties == ()


@pytest.mark.parametrize("of_class", [False, True])
def test_an_extension_keeps_asking_whom_it_was_given(
    world: World, clock: FrozenClock, counted: Callable[[], Any], of_class: bool
) -> None:
    others = [make_student(world.school, world.school_class, 1 + n) for n in range(1, 4)]
    holder: dict[str, Any] = (
        {"class_id": world.school_class.id} if of_class else {"student_id": world.student.id}
    )
    operations.extend_window(
        world.clerk, WindowKind.OUTCOME_UPLOAD, 115, clock() + timedelta(days=20), "公假",
        term=1, **holder,
    )  # fmt: skip
    clock.advance(days=12)  # the window itself closes in ten
    with counted() as few:
        asked = [line.seat for line in lines(world, acting_only=True)]
    assert asked == ([1, 2, 3, 4] if of_class else [1])
    make_student(world.school, world.school_class, 5)
    with counted() as more:
        lines(world)
    assert len(more) == len(few)
    told = reminding.remind_class(homeroom_of(world), world.school_class.id).told
    assert told == (1 + 1 + len(others) if of_class else 1)


def test_as_many_statements_for_200_as_for_5(world: World, counted: Callable[[], Any]) -> None:
    for number in range(2, 6):
        make_student(world.school, world.school_class, number)
    db._close_reads()
    with counted() as few:
        assert len(lines(world)) == 5
    for number in range(6, 201):
        make_student(world.school, world.school_class, number)
    with counted() as many:
        assert len(lines(world)) == 200
    assert len(many) == len(few) <= 10


class TestPage:
    def test_heads_sort_and_say_so(
        self, client: FlaskClient, classroom: World, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(homeroom_of(classroom))
        page = client.get("/homeroom?sort=returned").text
        assert re.search(r'aria-sort="ascending"><a[^>]*down=1[^>]*>退回', page)
        page = client.get("/homeroom?sort=returned&down=1").text
        assert 'aria-sort="descending"' in page
        assert page.index("乙退回") < page.index("甲沒動")
        assert client.get("/homeroom?sort=nonsense&class=x&year=9999").status_code == 200

    def test_the_filter_and_its_empty_state(
        self, client: FlaskClient, classroom: World, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(homeroom_of(classroom))
        page = client.get("/homeroom?who=acting").text
        assert classroom.student.name not in page
        assert "甲沒動" in page
        experience_world.close(classroom, WindowKind.OUTCOME_UPLOAD, days=-1)
        assert "全班目前都沒有未完成的事項" in client.get("/homeroom?who=acting").text

    def test_the_sheet_of_a_class(
        self, client: FlaskClient, classroom: World, act_as: Callable[[Any], Any]
    ) -> None:
        make_student(classroom.school, classroom.school_class, 5, name="=1+1")
        act_as(homeroom_of(classroom))
        answer = client.get("/homeroom/class.csv")
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.text.startswith("\ufeff")
        rows = list(csv.DictReader(io.StringIO(answer.text[1:])))
        assert [one["座號"] for one in rows] == ["1", "2", "3", "4", "5"]
        assert rows[0]["成果勾選已確認"] == "是"
        assert rows[2]["待完成"] == "成果被退回"
        assert rows[4]["姓名"] == "'=1+1"
        assert len(rows[0]) == 16

    def test_without_a_class(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        from plugin.actor import Role
        from tests.factories import actor_of, make_staff

        act_as(actor_of(make_staff(world.school), Role.HOMEROOM))
        assert "沒有導師班級" in client.get("/homeroom").text
