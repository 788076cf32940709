"""Beside the queue: reasons, substitutes on the days at the edges, digests by real SMTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin import db, schedule
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.jobs import Job
from plugin.portfolio.models import Decision, DigestRun, ReturnReason, Substitution
from plugin.portfolio.operations import (
    certification,
    certification_choices,
    certification_digest,
    certification_substitutes_ending,
)
from plugin.portfolio.operations import certification_reasons as reasons
from plugin.portfolio.operations import certification_substitutes as substitutes
from plugin.portfolio.queries import teaching, teaching_desk
from plugin.school import rhythm
from plugin.school.models import CourseTeacher, Person, TeachingKind, WindowKind
from plugin.trail.models import Message, OutboundMail
from tests.factories import (
    FrozenClock,
    actor_of,
    at,
    make_course,
    make_rule,
    make_staff,
    make_teacher,
)
from tests.plugin.portfolio.test_pages import post
from tests.plugin.portfolio.world import World, make_world
from tests.plugin.trail import test_mail
from tests.plugin.trail.test_mail import Sink

ActAs = Callable[[Actor | None], Actor | None]
DAY = timedelta(days=1)
sink = test_mail.sink


def subjects(person: Person) -> list[str]:
    query = sa.select(Message.subject).where(Message.person_id == person.id).order_by(Message.id)
    return list(db.reading().scalars(query))


class TestReasons:
    def test_own_come_before_the_schools_and_the_products_only_where_there_are_none(
        self, world: World
    ) -> None:
        def words() -> list[str]:
            return [one.text for one in teaching_desk.reasons(world.master, ["預設"])]

        assert words() == ["預設"]
        reasons.keep(world.master, "我的")
        assert words() == ["我的", "預設"]
        kept = reasons.keep(world.clerk, "學校的", schools=True)
        assert words() == ["我的", "學校的"]
        reasons.keep(world.clerk, "學校改過的", kept.id)
        assert words() == ["我的", "學校改過的"]
        reasons.drop(world.clerk, kept.id)
        assert words() == ["我的", "預設"]

    def test_they_are_put_in_order(self, world: World) -> None:
        ids = {word: reasons.keep(world.master, word).id for word in "甲乙丙"}

        def order() -> str:
            return "".join(one.text for one in teaching_desk.own_reasons(world.master))

        reasons.move(world.master, ids["丙"], up=True)
        assert order() == "甲丙乙"
        reasons.move(world.master, ids["甲"], up=True)  # at the end it stays
        assert order() == "甲丙乙"
        reasons.move(world.master, ids["甲"], up=False)
        assert order() == "丙甲乙"

    def test_what_is_refused(self, world: World) -> None:
        mine = reasons.keep(world.master, "我的")
        schools = reasons.keep(world.clerk, "學校的", schools=True)
        for words in ("", " ", "長" * 501):
            with pytest.raises(InvalidInput) as refusal:
                reasons.keep(world.master, words)
            assert list(refusal.value.fields) == ["text"]
        with pytest.raises(Conflict):
            reasons.keep(world.master, "我的")
        with pytest.raises(NotAllowed):
            reasons.keep(world.master, "改學校的", schools.id)
        with pytest.raises(NotAllowed):
            reasons.keep(world.master, "全校", schools=True)
        with pytest.raises(NotAllowed):
            reasons.keep(world.clerk, "註冊組自己的")
        colleague = actor_of(make_teacher(world.school), Role.TEACHER)
        for stranger in (colleague, make_world().master, make_world().clerk, world.clerk):
            with pytest.raises(NotFound):
                reasons.drop(stranger, mine.id)
        with pytest.raises(NotFound):
            reasons.move(make_world().clerk, schools.id, up=True)
        assert len(db.reading().scalars(sa.select(ReturnReason)).all()) == 2
        for n in range(reasons.MOST - 1):
            reasons.keep(world.master, f"第 {n} 則")
        with pytest.raises(Conflict):
            reasons.keep(world.master, "太多了")

    def test_by_its_pages(self, world: World, client: FlaskClient, act_as: ActAs) -> None:
        act_as(world.master)
        where = "/certification/reasons"
        post(client, where, where, text="請轉正後重新上傳。")
        (kept,) = db.reading().scalars(sa.select(ReturnReason))
        assert (kept.owner_id, kept.school_id) == (world.teacher.id, world.school.id)
        post(client, f"{where}/{kept.id}", where, text="請把檔案轉正。")
        outcome = world.sent()
        assert "請把檔案轉正。" in client.get(f"/certification/{outcome.id}").text
        post(client, f"{where}/{kept.id}/drop", where)
        assert "請把檔案轉正。" not in client.get(f"/certification/{outcome.id}").text


class TestSubstitutes:
    def test_sees_and_decides_from_the_first_day_to_the_last(
        self, world: World, clock: FrozenClock, client: FlaskClient, act_as: ActAs
    ) -> None:
        second = make_course(world.school, teacher=world.teacher, students=[world.student])
        ids = [world.sent().id, world.sent(course_id=second.id).id]
        person, today = make_teacher(world.school), clock.moment.date()
        starts, ends = today + 2 * DAY, today + 4 * DAY
        substitutes.name(world.clerk, person.id, starts, ends, teacher_id=world.teacher.id)

        def sees() -> bool:
            actor = actor_of(person)
            seen = {one.id for one in teaching.courses(actor)} == {world.course.id, second.id}
            assert seen == actor.has(Role.SUBSTITUTE) == bool(teaching.waiting_count(actor))
            return seen

        for moment, may in (
            (at(starts.year, starts.month, starts.day) - timedelta(seconds=1), False),
            (at(starts.year, starts.month, starts.day), True),
            (at(ends.year, ends.month, ends.day, 23, 59, 59), True),
            (at(ends.year, ends.month, ends.day) + DAY, False),
        ):
            clock.set(moment)
            assert sees() == may, moment
            if not may:
                with pytest.raises(NotFound):
                    certification.certify(actor_of(person, Role.TEACHER), ids[0])
        clock.set(at(ends.year, ends.month, ends.day, 8))
        decision = certification.certify(actor_of(person), ids[0])
        assert decision.substitute
        act_as(world.master)
        assert f"{person.name} 老師自" in client.get("/certification").text
        assert "（代理）" in client.get(f"/certification/{ids[0]}").text
        act_as(actor_of(person))
        page = client.get("/certification").text
        assert "您自" in page
        assert "代理" in page

    def test_everybody_concerned_is_told(self, world: World, clock: FrozenClock) -> None:
        person, today = make_teacher(world.school), clock.moment.date()
        made = substitutes.name(
            world.clerk, person.id, today, today + 5 * DAY, course_id=world.course.id
        )
        assert subjects(person) == ["您被設定為課程學習成果認證的代理人"]
        assert subjects(world.teacher) == ["已為您的課程設定認證代理人"]
        remind = certification_substitutes_ending.remind
        assert remind() == 0  # three days before is early enough
        clock.advance(days=2)
        assert remind() == 1
        assert remind() == 0
        substitutes.change(world.clerk, made.id, today, today + 6 * DAY)
        assert remind() == 0  # another last day, three days before that
        clock.advance(days=1)
        assert remind() == 1
        clock.advance(days=4)  # over, and the house stood still meanwhile
        world.sent()
        assert remind() == 1
        assert remind() == 0
        soon = "認證代理即將期滿"
        assert subjects(person)[1:] == [soon, "認證代理的期間有變更", soon]
        assert subjects(world.teacher)[-1] == "認證代理已期滿"
        assert subjects(world.registry) == [soon, soon, "認證代理已期滿"]
        names = [person.name, world.teacher.name]
        mails = db.reading().scalars(sa.select(OutboundMail.subject)).all()
        assert mails
        assert not any(name in subject for name in names for subject in mails)

    def test_a_course_given_later_and_a_period_after_a_gap_reach_the_roster(
        self, world: World, clock: FrozenClock
    ) -> None:
        person, today = make_teacher(world.school), clock.moment.date()

        def days(course_id: int) -> tuple[date | None, date | None]:
            row = (
                db.reading()
                .scalars(
                    sa.select(CourseTeacher)
                    .where(
                        CourseTeacher.course_id == course_id, CourseTeacher.person_id == person.id
                    )
                    .execution_options(populate_existing=True)
                )
                .one()
            )
            return row.starts_on, row.ends_on

        def name(first: int, last: int) -> None:
            substitutes.name(
                world.clerk,
                person.id,
                today + first * DAY,
                today + last * DAY,
                teacher_id=world.teacher.id,
            )

        name(0, 2)
        name(10, 12)
        name(3, 4)  # without a day between: one period
        assert days(world.course.id) == (today, today + 4 * DAY)
        late = make_course(world.school, teacher=world.teacher)
        follow = certification_substitutes_ending.follow
        assert follow() == 1
        assert follow() == 0
        assert days(late.id) == (today, today + 4 * DAY)
        clock.advance(days=5)
        assert follow() == 2
        assert days(world.course.id) == (today + 10 * DAY, today + 12 * DAY)

    def test_ended_at_once(self, world: World, clock: FrozenClock) -> None:
        person, today = make_teacher(world.school), clock.moment.date()
        outcome = world.sent()
        made = substitutes.name(world.clerk, person.id, today, today, course_id=world.course.id)
        substitutes.stop(world.clerk, made.id)
        assert teaching.courses(actor_of(person)) == []
        with pytest.raises(NotFound):
            certification.certify(actor_of(person, Role.TEACHER), outcome.id)
        assert "認證代理已提前結束" in subjects(person)
        with pytest.raises(Conflict):
            substitutes.stop(world.clerk, made.id)
        with pytest.raises(Conflict):
            substitutes.change(world.clerk, made.id, today, today + DAY)
        assert certification_substitutes_ending.follow() == 0
        substitutes.name(world.clerk, person.id, today, today, course_id=world.course.id)
        certification.certify(actor_of(person), outcome.id)

    def test_another_reason_to_stand_in_outlives_the_one_that_ends(
        self, world: World, clock: FrozenClock
    ) -> None:
        person, today = make_teacher(world.school), clock.moment.date()
        whole = substitutes.name(
            world.clerk, person.id, today, today + 9 * DAY, teacher_id=world.teacher.id
        )
        substitutes.name(world.clerk, person.id, today, today + 3 * DAY, course_id=world.course.id)
        other = make_course(world.school, teacher=world.teacher)
        certification_substitutes_ending.follow()
        assert len(teaching.courses(actor_of(person))) == 2
        substitutes.stop(world.clerk, whole.id)
        assert [one.id for one in teaching.courses(actor_of(person))] == [world.course.id]
        row = (
            db.reading()
            .scalars(
                sa.select(CourseTeacher).where(
                    CourseTeacher.course_id == world.course.id,
                    CourseTeacher.kind == TeachingKind.SUBSTITUTE,
                )
            )
            .one()
        )
        assert row.ends_on == today + 3 * DAY
        assert other.id != world.course.id

    def test_what_is_refused(self, world: World, clock: FrozenClock) -> None:
        person, today = make_teacher(world.school), clock.moment.date()
        gone = make_teacher(world.school, active=False)
        foreign = make_world()

        def name(
            who: int = person.id,
            first: int = 0,
            last: int = 1,
            by: Actor = world.clerk,
            **what: int,
        ) -> None:
            what = what or {"teacher_id": world.teacher.id}
            substitutes.name(by, who, today + first * DAY, today + last * DAY, **what)

        for faults in (
            {"first": 2, "last": 1},
            {"first": -3, "last": -1},
            {"last": 366},
            {"who": gone.id},
            {"who": world.student.id},
            {"who": foreign.teacher.id},
            {"who": world.teacher.id},
            {"teacher_id": person.id},  # teaches nothing
            {"teacher_id": foreign.teacher.id},
            {"teacher_id": world.teacher.id, "course_id": world.course.id},
        ):
            with pytest.raises(InvalidInput) as refusal:
                name(**faults)  # type: ignore[arg-type]
            assert refusal.value.fields, faults
        with pytest.raises(NotFound):
            name(course_id=foreign.course.id)
        with pytest.raises(Conflict):
            name(who=world.teacher.id, course_id=world.course.id)
        for stranger in (world.master, world.pupil, actor_of(make_staff(world.school))):
            with pytest.raises(NotAllowed):
                name(by=stranger)
        assert db.reading().scalars(sa.select(Substitution)).all() == []
        name()
        with pytest.raises(Conflict):
            name(first=1, last=4)
        (made,) = db.reading().scalars(sa.select(Substitution))
        with pytest.raises(NotFound):
            substitutes.stop(foreign.clerk, made.id)

    def test_by_its_pages(self, world: World, client: FlaskClient, act_as: ActAs) -> None:
        person = make_teacher(world.school, name="代課者")
        act_as(world.clerk)
        where = "/certification/substitutes"
        assert "目前沒有代理人" in client.get(where).text
        wrong = post(
            client, f"{where}/new", f"{where}/new", substitute=person.id, course="沒有",
            starts_on="115/11/20", ends_on="115/11/30",
        )  # fmt: skip
        assert wrong.status_code == 422
        assert "沒有這個編號的課程" in wrong.text
        post(
            client, f"{where}/new", f"{where}/new", substitute=person.id,
            course=world.course.number, starts_on="115/11/20", ends_on="115/11/30",
        )  # fmt: skip
        page = client.get(where).text
        assert "代課者" in page
        assert "代理中" in page
        (made,) = db.reading().scalars(sa.select(Substitution))
        post(
            client, f"{where}/{made.id}", f"{where}/{made.id}", starts_on="115/11/20",
            ends_on="115/12/31",
        )  # fmt: skip
        (row,) = db.reading().scalars(
            sa.select(CourseTeacher.ends_on).where(CourseTeacher.person_id == person.id)
        )
        assert row == date(2026, 12, 31)
        post(client, f"{where}/{made.id}/stop", where)
        assert "代課者" in client.get(f"{where}?over=1").text


class TestRhythm:
    @settings(max_examples=60, deadline=None)
    @given(
        text=st.sampled_from(["daily", "every:2", "every:3", "every:14", "weekly:1", "weekly:7"]),
        today=st.dates(date(2024, 1, 1), date(2032, 1, 1)),
    )
    def test_beats_evenly_and_never_ahead(self, text: str, today: date) -> None:
        kind, _colon, number = text.partition(":")
        step = {"daily": 1, "weekly": 7}.get(kind) or int(number)
        slot = rhythm.latest(text, today)
        assert slot is not None
        assert timedelta(0) <= today - slot < timedelta(days=step)
        assert rhythm.latest(text, slot) == slot
        assert rhythm.latest(text, slot + step * DAY) == slot + step * DAY
        if kind == "weekly":
            assert slot.isoweekday() == int(number)

    def test_off_never_beats_and_nonsense_is_none(self) -> None:
        assert rhythm.latest("off", date(2026, 11, 20)) is None
        for text in ("", "every", "every:1", "every:61", "weekly:8", "every:³", 3, None):
            assert not rhythm.valid(text)
        assert all(rhythm.valid(value) for value, _words in rhythm.choices())


class TestDigest:
    def send(self, clock: FrozenClock, days: float = 0) -> int:
        clock.advance(days=days)
        return certification_digest.send_due()

    def test_goes_out_by_smtp_once_for_each_slot(
        self, world: World, clock: FrozenClock, sink: Sink
    ) -> None:
        make_rule(world.school, "certification.digest", "daily")
        world.sent(), world.sent()
        for _hour in range(3):
            schedule.tick("certification.digest")
            clock.advance(hours=1)
        schedule.tick("trail.mail")
        (mail,) = [one for _to, one in sink.mails]
        assert mail["To"] == world.teacher.email
        assert mail["Subject"] == "［學習歷程］有課程學習成果等待您認證"
        assert "您有 2 件課程學習成果等待認證" in mail.get_content()
        for told in (world.teacher.name, world.student.name, world.student.number):
            assert told not in mail["Subject"] + mail.get_content()
        assert db.reading().scalars(sa.select(Job.state).distinct()).all() == ["done"]

    def test_quiet_when_nothing_waits_or_it_is_off(self, world: World, clock: FrozenClock) -> None:
        make_rule(world.school, "certification.digest", "daily")
        assert self.send(clock) == 0
        world.sent()
        assert self.send(clock) == 0  # today's has gone by; tomorrow's tells of it
        assert self.send(clock, days=1) == 1
        off = make_world()
        make_rule(off.school, "certification.digest", "off")
        off.sent()
        assert self.send(clock) == 0

    def test_not_before_seven(self, world: World, clock: FrozenClock) -> None:
        make_rule(world.school, "certification.digest", "daily")
        world.sent()
        clock.set(at(2026, 11, 21, 6, 59))
        assert self.send(clock) == 0
        clock.set(at(2026, 11, 21, 7, 0))
        assert self.send(clock) == 1

    def test_after_downtime_the_last_slot_is_made_up_for_once(
        self, world: World, clock: FrozenClock
    ) -> None:
        make_rule(world.school, "certification.digest", "weekly:1")
        world.sent()
        assert self.send(clock) == 0  # Friday; a rule of today makes up for nothing before it
        assert self.send(clock, days=3) == 1  # Monday
        assert self.send(clock, days=9) == 1  # down until Wednesday of the next week
        assert self.send(clock, days=1) == 0
        assert self.send(clock, days=8) == 0  # missed by more than three days: the next Monday
        assert self.send(clock, days=3) == 1
        slots = db.reading().scalars(sa.select(DigestRun.slot_on).order_by(DigestRun.id)).all()
        assert [one.isoweekday() for one in slots] == [1, 1, 1]

    def test_killed_half_way_nobody_was_told_and_the_next_try_tells_all(
        self, world: World, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_rule(world.school, "certification.digest", "daily")
        colleague = make_teacher(world.school)
        make_course(world.school, teacher=colleague, students=[world.student])
        substitutes.name(
            world.clerk, colleague.id, clock.moment.date(), clock.moment.date() + 5 * DAY,
            course_id=world.course.id,
        )  # fmt: skip
        world.sent()
        told = certification_digest._tell
        calls: list[int] = []

        def dies(school_id: int, one: Any) -> int:
            calls.append(one.teacher_id)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return told(school_id, one)

        monkeypatch.setattr(certification_digest, "_tell", dies)
        with pytest.raises(KeyboardInterrupt):
            self.send(clock)
        digests = sa.select(sa.func.count()).select_from(OutboundMail)
        digests = digests.where(OutboundMail.subject.like("%等待您認證%"))
        assert db.reading().scalar(digests) == 0
        assert self.send(clock) == 2  # the teacher and the substitute
        assert self.send(clock) == 0
        assert db.reading().scalar(digests) == 2

    def test_a_teacher_may_choose_less(self, world: World, clock: FrozenClock) -> None:
        make_rule(world.school, "certification.digest", "daily")
        world.sent()
        certification_choices.choose(world.master, digest="weekly")
        clock.set(at(2026, 11, 23, 9))  # Monday
        assert [self.send(clock, days=bool(n)) for n in range(9)] == [1, 0, 0, 0, 0, 0, 0, 1, 0]
        certification_choices.choose(world.master, digest="off")
        assert [self.send(clock, days=1) for _n in range(8)] == [0] * 8
        certification_choices.choose(world.master, digest="school")
        assert self.send(clock, days=1) == 1
        with pytest.raises(InvalidInput):
            certification_choices.choose(world.master, digest="hourly")
        with pytest.raises(NotAllowed):
            certification_choices.choose(world.pupil, digest="off")

    def test_each_teacher_hears_of_their_own(self, world: World, clock: FrozenClock) -> None:
        make_rule(world.school, "certification.digest", "daily")
        other = make_world()
        make_rule(other.school, "certification.digest", "daily")
        world.sent()
        done = world.certified()
        colleague = make_teacher(world.school)
        make_course(world.school, teacher=colleague)
        assert self.send(clock) == 1
        assert subjects(world.teacher)[-1] == "有課程學習成果等待您認證"
        assert subjects(colleague) == subjects(other.teacher) == []
        assert db.reading().get_one(Decision, 1).outcome_id == done.id

    def test_the_rule_is_set_from_a_list(
        self, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        act_as(actor_of(make_staff(world.school, Role.ADMINISTRATOR)))
        where = "/school/rules/certification.digest"
        page = client.get(f"{where}/edit").text
        assert "每 3 天" in page
        answer = post(
            client, f"{where}/edit", f"{where}/edit", value="every:3", from_year=115, source="本校"
        )
        assert answer.status_code == 302
        assert "每 3 天" in client.get(where).text


def test_nothing_waits_where_certification_has_closed(app: Flask, clock: FrozenClock) -> None:
    """What became overdue is the registry's: no digest nags about what cannot be decided."""
    from plugin.portfolio.operations import deadlines
    from tests.plugin.portfolio.test_certification import close

    world = make_world()
    make_rule(world.school, "certification.digest", "daily")
    world.sent()
    close(world, WindowKind.CERTIFICATION)
    assert deadlines.mark_overdue() == 1
    assert certification_digest.send_due() == 0
