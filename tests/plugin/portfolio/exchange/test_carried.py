"""What travels with the work: how its course was attended, officer posts, who certified."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import clock, db, jobs
from plugin.errors import Conflict
from plugin.portfolio import exchange_work
from plugin.portfolio.bundle import Bundle
from plugin.portfolio.models import (
    CourseRecord,
    Decision,
    ExchangeArrival,
    ExchangeOut,
    InState,
    OfficerPost,
    Outcome,
    OutState,
    PostLevel,
)
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.operations import selection
from plugin.portfolio.operations.exchange import incoming, outgoing
from plugin.portfolio.queries.academic import people
from plugin.portfolio.queries.exchange import lists
from plugin.school.models import Course, School
from tests.factories import actor_of, make_course
from tests.plugin.portfolio.exchange.between import PASSWORD, Two, plain, records
from tests.plugin.portfolio.exchange.test_exchange import breaks, outcomes_of, plain_again
from tests.plugin.portfolio.submission_world import YEAR, frozen
from tests.plugin.portfolio.year import table

DUTY = "班長"


def attended(two: Two, kind: str, **details: str) -> Outcome:
    """A certified outcome of the old school whose course has a record of that kind."""
    world = two.old
    world.course = make_course(
        world.school, teacher=world.teacher, students=[world.student], name=kind,
        code=f"115{world.school.code}H111010101010{1 + len(outcomes_of(world.student))}",
    )  # fmt: skip
    made = world.certified(title=kind, summary=kind)
    with db.writing() as session:
        session.add(
            CourseRecord(
                school_id=world.school.id, student_id=world.student.id, academic_year=YEAR, term=1,
                kind=kind, subject_key=kind, code=world.course.code, subject=kind, grade=1,
                credits=4, details=details, set_at=clock.now(),
            )
        )  # fmt: skip
    return made


def post(two: Two, **changes: Any) -> OfficerPost:
    """An officer post of the student in the old school."""
    given: dict[str, Any] = {
        "school_id": two.old.school.id, "student_id": two.old.student.id, "academic_year": YEAR,
        "term": 1, "level": PostLevel.CLASS, "unit": "一年一班", "duty": DUTY,
        "starts_on": date(2026, 9, 1), "ends_on": date(2027, 1, 20), "made_at": clock.now(),
    }  # fmt: skip
    with db.writing() as session:
        made = OfficerPost(**(given | changes))
        session.add(made)
    return made


def posts_of(two: Two) -> list[ExchangePost]:
    query = sa.select(ExchangePost).where(ExchangePost.student_id == two.moved.id)
    return list(db.reading().scalars(query))


def test_how_a_course_was_attended_goes_and_comes(two: Two, tmp_path: Path) -> None:
    two.old.certified(title="一般")
    attended(two, "retake", due_year="114", due_term="2", method="3")
    attended(two, "supplementary", due_year="114", due_term="1", method="4")
    attended(two, "repeat")
    attended(two, "borrowed", lent_school="990777", due_year=str(YEAR), due_term="1")
    content = two.content(two.build())
    _name, said = records(plain(content))
    flags = ("借讀生時", "重修時", "補修時", "重讀時", "轉學轉科前")
    told = [
        "".join(one[f"是否為{flag}的課程學習成果"] for flag in flags)
        for one in said[0]["課程學習成果紀錄"]
    ]
    assert told == ["00000", "01000", "00100", "00010", "10000"]
    _plain, retaken, madeup, repeated, lent = said[0]["課程學習成果紀錄"]
    when = "重修學年度及學期", "補修學年度及學期", "重讀學年度及學期"
    assert [retaken[one] for one in when] == [f"{YEAR}1", "0000", "0000"]
    assert [madeup[one] for one in when] == ["0000", f"{YEAR}1", "0000"]
    assert [repeated[one] for one in when] == ["0000", "0000", f"{YEAR}1"]
    assert (retaken["應修課學年度"], retaken["應修課學期"]) == ("114", "2")
    assert (retaken["重修方式"], madeup["補修方式"]) == ("3", "4")
    assert lent["修課學校代碼"] == "990777"
    two.take(two.bring(content, tmp_path))
    arrived = outcomes_of(two.moved)
    # of the term in which it was attended, not of that in which it was due
    assert {(one.academic_year, one.term) for one in arrived} == {(YEAR, 1)}
    selection.choose(actor_of(two.moved), YEAR, [one.id for one in arrived])
    made = frozen(two.new)
    house = db.reading().get_one(School, two.new.school.id)
    content = Bundle(made, house, tmp_path, "https://example.org").workbook().read_bytes()
    assert table(content, "學期課程學習成果") == table(content, "重修課程學習成果") == []
    moved = table(content, "轉學轉科課程學習成果")
    assert [one["成果簡述"] for one in moved[1:]] == ["retake", "supplementary", "repeat"]
    assert {one["原修課學校代碼"] for one in moved} == {two.old.school.code}
    (borrowed,) = table(content, "借讀課程學習成果")
    assert (borrowed["借讀學校代碼"], borrowed["借讀修課學年度"]) == ("990777", str(YEAR))
    # and on to a third school it says the same, but that the student has moved
    outgoing.set_password(two.taker, PASSWORD)
    again = outgoing.begin(two.taker, [two.moved.id], target="", reason="轉學")
    _name, said = records(plain(two.content(db.reading().get_one(ExchangeOut, again.id))))
    onward = said[0]["課程學習成果紀錄"][1]
    differs = {name for name in retaken if retaken[name] != onward[name]}
    assert {name for name in differs if "修" in name or "讀" in name or "轉" in name} == {
        "是否為轉學轉科前的課程學習成果"
    }
    assert onward["是否為轉學轉科前的課程學習成果"] == "1"


def test_posts_come_are_known_go_on_and_are_taken_back(two: Two, tmp_path: Path) -> None:
    post(two)
    post(two, duty="社長", level=PostLevel.CLUB, removed_at=clock.now(), removed_reason="誤登")
    content = two.content(two.build())
    found = two.bring(content, tmp_path)
    assert (found.totals["posts"], found.totals["new"], found.totals["faults"]) == (1, 1, 0)
    (student,) = exchange_work.preview_of(found)["students"]
    assert [(one["duty"], one["known"]) for one in student["posts"]] == [(DUTY, False)]
    two.take(found)
    (one,) = posts_of(two)
    assert (one.origin_code, one.academic_year, one.term, one.level, one.unit, one.duty) == (
        two.old.school.code, YEAR, 1, PostLevel.CLASS, "一年一班", DUTY,
    )  # fmt: skip
    assert (one.starts_on, one.ends_on) == (date(2026, 9, 1), date(2027, 1, 20))
    # the student's, shown with the others, and no post that this school hands in
    assert [type(shown) for shown in people.posts_of(two.moved.id)] == [ExchangePost]
    mine = sa.select(OfficerPost).where(OfficerPost.school_id == two.new.school.id)
    assert db.reading().scalars(mine).all() == []
    later = two.bring(plain(content), tmp_path, password="")  # other bytes, the same post
    assert (later.totals["new"], later.totals["known"]) == (0, 1)
    with pytest.raises(Conflict):
        incoming.take(two.taker, later.id)
    outgoing.set_password(two.taker, PASSWORD)
    again = outgoing.begin(two.taker, [two.moved.id], target="", reason="轉學")
    _name, said = records(plain(two.content(db.reading().get_one(ExchangeOut, again.id))))
    (onward,) = said[0]["基本資料"]["擔任學校幹部經歷紀錄"]
    assert onward["擔任學校幹部期間就讀學校代碼"] == two.old.school.code
    incoming.undo(two.taker, found.id)
    assert posts_of(two) == []
    incoming.check_again(two.taker, later.id)
    assert two.take(later).state is InState.TAKEN
    assert len(posts_of(two)) == 1


def test_a_post_that_cannot_be_read_stops_the_package(two: Two, tmp_path: Path) -> None:
    post(two)
    two.old.certified()
    content = plain(two.content(two.build()))
    name, said = records(content)
    (one,) = said[0]["基本資料"]["擔任學校幹部經歷紀錄"]
    one |= {"開始日期": "去年", "幹部等級代碼": "7", "擔任職務名稱": ""}
    said[0]["基本資料"]["擔任學校幹部經歷紀錄"] += [
        one | {"開始日期": "2026/09/02", "結束日期": "2026/09/01", "幹部等級代碼": "1",
               "擔任職務名稱": DUTY}
    ]  # fmt: skip
    content = plain_again(content, **{name: json.dumps(said).encode()})
    found = two.bring(content, tmp_path, password="")
    faults = exchange_work.preview_of(found)["students"][0]["faults"]
    assert {(one["place"], one["cell"]) for one in faults} == {
        ("擔任學校幹部經歷紀錄 1", "開始日期"),
        ("擔任學校幹部經歷紀錄 1", "幹部等級代碼"),
        ("擔任學校幹部經歷紀錄 1", "擔任職務名稱"),
        ("擔任學校幹部經歷紀錄 2", "結束日期"),
    }
    with pytest.raises(Conflict):
        incoming.take(two.taker, found.id)
    assert posts_of(two) == []


def test_the_certifier_of_another_school_is_nobody_here(two: Two, tmp_path: Path) -> None:
    two.old.certified()
    two.take(two.bring(two.content(two.build()), tmp_path))
    (one,) = outcomes_of(two.moved)
    query = sa.select(Decision).where(Decision.outcome_id == one.id)
    (decision,) = db.reading().scalars(query)
    assert (decision.by_id, decision.by_name) == (None, two.old.teacher.name)
    origin = db.reading().scalars(sa.select(ExchangeArrival)).one()
    assert origin.outcome_id == one.id
    assert db.reading().get_one(Course, decision.course_id).school_id == two.new.school.id


def test_a_build_the_queue_gave_up_is_closed(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    two.old.certified()
    with monkeypatch.context() as patch:
        patch.setattr(exchange_work, "write_exchange", breaks)
        left = two.build()
        for _attempt in range(jobs.MAX_ATTEMPTS):
            jobs.run(left.job_id or 0)
    db._close_reads()
    page = lists.outgoing(two.sender)
    assert [one.state for one in page.items] == [OutState.BUILDING]
    assert lists.given_up(page) == {left.id}
    assert two.build().state is OutState.DONE
    db._close_reads()
    closed = db.reading().get_one(ExchangeOut, left.id)
    assert closed.state is OutState.FAILED
    assert closed.failure
    assert closed.finished_at
    assert lists.given_up(lists.outgoing(two.sender)) == set()
