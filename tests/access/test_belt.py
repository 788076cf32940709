"""The belt holds when the braces are cut: queries that forgot the school, run by one school, see
and change nothing of the other (`plugin.guard`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import aliased

from plugin import clock, db, jobs, tenancy
from plugin.actor import Actor, Role, system
from plugin.entrance.models import CourseBinding, LaunchContext, LaunchPerson, Registration
from plugin.portfolio.models import Decision, Outcome
from plugin.school.models import ClassSeat, Course, CourseTeacher, Enrolment, Person, School
from plugin.services.models import CourseGroup, CourseGroupMember, ServiceToken
from plugin.tenancy import TABLES, Installation, Own
from plugin.trail.chain import record
from plugin.trail.models import AuditEvent
from plugin.vault.models import Receipt, ReceiptKind, StoredFile, VaultObject
from plugin.vault.operations import purging
from tests.access.other_school import SECRET, make_other_school
from tests.access.test_another_school import Walk, altered, everything
from tests.factories import actor_of, make_staff
from tests.plugin.portfolio.world import World, make_world, pdf

CLASSES = {mapper.local_table.name: mapper.class_ for mapper in db.Base.registry.mappers}
SHARED = {"registration", "service_token", "login_transaction"}
"""Two schools that meet in one registration both see it, its token and its logins."""


@pytest.fixture
def ours(app: Flask) -> World:
    world = make_world()
    world.certified()
    return world


@pytest.fixture
def theirs(ours: World) -> tuple[World, Any]:
    world, ids = make_other_school("deployments", ours.school.id)
    with db.writing() as session:
        account = session.scalars(
            sa.select(LaunchPerson.id).where(LaunchPerson.school_id == world.school.id)
        ).first()
        group = session.scalars(sa.select(CourseGroup.id)).one()
        session.add(CourseGroupMember(course_group_id=group, launch_person_id=account))
        session.add(
            ServiceToken(
                registration_id=ids["registration_id"],
                scopes_digest="0" * 64,
                token="t",
                expires_at=clock.now(),
            )
        )
    return world, ids


def rows_of(model: Any) -> set[Any]:
    db._close_reads()
    keys = [getattr(model, column.key) for column in sa.inspect(model).primary_key]
    return {tuple(row) for row in db.reading().execute(sa.select(*keys))}


def rows_named(model: Any, column: str, school_id: int) -> set[Any]:
    """Keys of the rows that name this school, whoever asks."""
    db._close_reads()
    key = sa.inspect(model).primary_key[0]
    named = sa.select(key).where(getattr(model, column) == school_id)
    return {(one,) for one in db.reading().scalars(named)}


class TestReads:
    def test_a_query_without_condition_sees_one_school(
        self, ours: World, theirs: tuple[World, Any]
    ) -> None:
        """Every table there is; one test, for making two schools takes longer than asking."""
        other = theirs[0].school.id
        wrong = []
        for name, model in sorted(CLASSES.items()):
            everybodys = rows_of(model)  # the test itself looks across
            with tenancy.within(ours.school.id):
                mine = rows_of(model)
            with tenancy.within(other):
                others = rows_of(model)
            if isinstance(TABLES[name], Installation):
                right = mine == others == everybodys
            elif name in SHARED:
                right = mine == others
            else:
                right = not mine & others
            if isinstance(TABLES[name], Own):
                right = right and others == rows_named(model, TABLES[name].column, other)
            if not right:
                wrong.append(name)
        assert wrong == []

    def test_the_walk_has_rows_to_miss(self, ours: World, theirs: tuple[World, Any]) -> None:
        """Without the guard the other school's rows would be seen: nearly every table has some."""
        with tenancy.within(theirs[0].school.id):
            empty = {
                name
                for name, model in CLASSES.items()
                if not isinstance(TABLES[name], Installation) and not rows_of(model)
            }
        assert empty <= {
            "claim_code", "form_draft", "guardian", "job", "launch_session", "login_transaction",
            "outbound_mail", "platform_notice", "rule", "selection", "selection_item",
            "submission_row", "submission_file", "term_workbook_file", "terms_answer",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "query",
        [
            sa.select(Person.name),
            sa.select(aliased(Person).name),
            sa.select(sa.select(sa.func.min(Outcome.title)).scalar_subquery()),
            sa.select(sa.select(Person.name).subquery().c.name),
            sa.select(sa.select(Person.name).cte("people").c.name),
            sa.union_all(sa.select(Person.name), sa.select(Course.name)),
            sa.select(Person.name).join(Enrolment, Enrolment.student_id == Person.id),
            sa.select(Course.name).join(CourseTeacher, CourseTeacher.course_id == Course.id),
            sa.select(Outcome.title).outerjoin(Decision, Decision.outcome_id == Outcome.id),
            sa.select(Decision.title),
            sa.select(LaunchContext.title).where(
                sa.exists().where(CourseBinding.launch_context_id == LaunchContext.id)
            ),
            sa.select(LaunchPerson.name).join(
                CourseGroup, CourseGroup.launch_context_id >= LaunchPerson.id - LaunchPerson.id
            ),
            sa.select(Outcome.title).where(Outcome.id.in_(sa.select(Decision.outcome_id))),
        ],
    )  # fmt: skip
    def test_however_it_is_asked(self, ours: World, theirs: tuple[World, Any], query: Any) -> None:
        assert SECRET in str(db.reading().execute(query).all()), "the unguarded session sees it"
        with tenancy.within(ours.school.id):
            assert SECRET not in str(db.reading().execute(query).all())

    def test_a_condition_by_another_schools_rows_is_not_met(
        self, ours: World, theirs: tuple[World, Any]
    ) -> None:
        """What is only compared with, never shown, is not seen either."""
        asked = sa.select(sa.func.count(School.id)).where(
            sa.exists().where(Person.name == SECRET)
        )  # fmt: skip
        counted = sa.select(sa.func.count()).where(Person.name == SECRET)
        assert db.reading().scalar(asked)
        assert db.reading().scalar(counted)
        with tenancy.within(ours.school.id):
            assert not db.reading().scalar(asked)
            assert not db.reading().scalar(counted)

    def test_get_finds_nothing_also_of_what_is_at_hand(
        self, ours: World, theirs: tuple[World, Any]
    ) -> None:
        with db.writing() as session:
            outcome = session.get_one(Outcome, theirs[1]["outcome_id"])
            decision = session.scalars(
                sa.select(Decision).where(Decision.outcome_id == theirs[1]["certified"])
            ).one()
            with tenancy.within(ours.school.id):
                assert session.get(Outcome, outcome.id) is None
                assert session.get(Decision, decision.id) is None
                assert session.get(Person, ours.student.id) is not None
                with pytest.raises(sa.exc.NoResultFound):
                    session.get_one(Outcome, outcome.id)
            assert session.get(Outcome, outcome.id) is outcome

    def test_an_outer_join_stays_one(self, ours: World, theirs: tuple[World, Any]) -> None:
        query = sa.select(Person.id, ClassSeat.seat).outerjoin(
            ClassSeat, ClassSeat.student_id == Person.id
        )
        with tenancy.within(ours.school.id):
            found = dict(db.reading().execute(query).all())
        assert found[ours.student.id] == 1
        assert found[ours.teacher.id] is None

    def test_a_school_that_shares_a_registration_sees_it(
        self, ours: World, theirs: tuple[World, Any]
    ) -> None:
        stranger = make_world()
        query = sa.select(Registration.id)
        for world, sees in ((ours, True), (theirs[0], True), (stranger, False)):
            with tenancy.within(world.school.id):
                assert bool(db.reading().scalars(query).all()) is sees

    def test_a_statement_that_cannot_be_read_is_refused(self, ours: World) -> None:
        with tenancy.within(ours.school.id):
            for statement in (
                sa.text("SELECT name FROM person"),
                sa.select(Person.__table__.c.name),
                sa.insert(Enrolment).from_select(
                    ["course_id", "student_id"], sa.select(Course.id, Person.id)
                ),
            ):
                with pytest.raises(tenancy.Unguarded):
                    db.reading().execute(statement)


class TestWrites:
    def test_statements_change_only_ones_own(self, ours: World, theirs: tuple[World, Any]) -> None:
        before = everything()
        with tenancy.within(ours.school.id), db.writing() as session:
            session.execute(sa.update(Person).values(name="改了"))
            session.execute(sa.update(Decision).values(reason="改了"))
            session.execute(sa.delete(CourseTeacher))
            session.execute(sa.delete(CourseBinding))
            session.execute(sa.update(Outcome).where(Outcome.title == SECRET).values(title="改了"))
            session.execute(sa.update(Registration).values(product="改了"))
        faults = altered(before, everything(), ours.school.id, theirs[0].school.id)
        # rows that name no school themselves are told apart here
        ours_too = {"course_teacher", "decision"}
        assert [one for one in faults if one.split()[0] not in ours_too] == []
        with tenancy.within(theirs[0].school.id):
            assert rows_of(CourseTeacher)
            assert rows_of(CourseBinding)
            assert "改了" not in str(db.reading().execute(sa.select(Decision.reason)).all())

    def test_a_registration_is_changed_by_its_school_alone(
        self, ours: World, theirs: tuple[World, Any]
    ) -> None:
        def rename(session: Any) -> None:
            session.execute(sa.update(Registration).values(product="改了"))

        with tenancy.within(theirs[0].school.id), db.writing() as session:
            rename(session)
        assert db.reading().scalars(sa.select(Registration.product)).all() == [""]
        with (
            pytest.raises(tenancy.ForeignSchool),
            tenancy.within(theirs[0].school.id),
            db.writing() as session,
        ):
            session.get_one(Registration, theirs[1]["registration_id"]).product = "改了"
        with tenancy.within(ours.school.id), db.writing() as session:
            rename(session)
        assert db.reading().scalars(sa.select(Registration.product)).all() == ["改了"]

    @pytest.mark.parametrize(
        "act",
        [
            lambda s, w, i: s.add(_person(w.school.id)),
            lambda s, w, i: s.add(Enrolment(course_id=w.course.id, student_id=i["mine"])),
            lambda s, w, i: s.add(
                Decision(
                    outcome_id=i["certified"], verdict="certified", by_id=i["mine"], by_name="",
                    at=clock.now(), course_id=i["course_id"], title="", summary="",
                )
            ),
            lambda s, w, i: s.delete(i["object"]),
            lambda s, w, i: setattr(i["object"], "title", "改了"),
            lambda s, w, i: setattr(i["object"], "school_id", i["school"]),
            lambda s, w, i: setattr(i["seat"], "seat", 99),
            lambda s, w, i: s.execute(sa.insert(Person), [_values(w.school.id)]),
            lambda s, w, i: s.execute(sa.insert(Person).values(**_values(w.school.id))),
            lambda s, w, i: s.execute(
                sa.insert(Enrolment),
                [{"course_id": w.course.id, "student_id": i["mine"], "active": True}],
            ),
            lambda s, w, i: s.add(
                Receipt(
                    number="x", file=i["file_object"], kind=ReceiptKind.ACCEPTED, sha256="",
                    issued_at=clock.now(), size=0, media_type="", copies=2, signature="",
                )
            ),
            lambda s, w, i: jobs_of(w),
            lambda s, w, i: record(system(w.school.id), "test.line", "person", 1),
        ],
    )  # fmt: skip
    def test_an_object_of_another_school_is_a_breach(
        self, ours: World, theirs: tuple[World, Any], act: Callable[..., Any]
    ) -> None:
        world, ids = theirs
        before = everything()
        with pytest.raises(tenancy.ForeignSchool), db.writing() as session:
            given = ids | {
                "mine": ours.student.id,
                "school": ours.school.id,
                "object": session.get_one(Outcome, ids["outcome_id"]),
                "file_object": session.get_one(StoredFile, ids["file"]),
                "seat": session.scalars(
                    sa.select(ClassSeat).where(ClassSeat.class_id == world.school_class.id)
                ).one(),
            }
            with tenancy.within(ours.school.id):
                act(session, world, given)
                session.flush()
        assert everything() == before

    def test_what_was_made_within_is_asked_also_when_across_flushes_it(
        self, ours: World, theirs: tuple[World, Any]
    ) -> None:
        before = everything()
        with (
            pytest.raises(tenancy.ForeignSchool),
            tenancy.within(ours.school.id),
            db.writing() as session,
        ):
            session.add(_person(theirs[0].school.id))
            with tenancy.across("the test flushes in here, as machinery does"):
                session.flush()
        assert everything() == before

    def test_ones_own_is_written_as_ever(self, ours: World) -> None:
        with tenancy.within(ours.school.id), db.writing() as session:
            person = _person(ours.school.id)
            session.add(person)
            session.flush()
            session.add(Enrolment(course_id=ours.course.id, student_id=person.id))
            session.execute(
                sa.insert(Enrolment),
                [{"course_id": ours.course.id, "student_id": ours.teacher.id, "active": False}],
            )
            record(actor_of(ours.registry), "test.line", "person", person.id)
        with tenancy.within(ours.school.id):
            assert len(rows_of(Enrolment)) == 3

    def test_equal_bytes_of_another_school_are_not_removed(self, app: Flask) -> None:
        """Narrow sight must not make us think that nobody needs them."""
        one, other, same = make_world(), make_world(), pdf("the same")
        mine, theirs = one.file(same), other.file(same)
        with tenancy.within(one.school.id):
            purging.discard(one.pupil, mine)
        stored = db.reading().scalars(sa.select(VaultObject)).one()
        assert (stored.purged_at, stored.removed_at) == (None, None)
        with tenancy.within(other.school.id):
            purging.discard(other.pupil, theirs)
        db._close_reads()
        assert db.reading().scalars(sa.select(VaultObject)).one().removed_at is not None


class TestRequests:
    @pytest.fixture
    def careless(self, app: Flask) -> None:
        """Pages as nobody should write them, of this test alone."""

        def names() -> str:
            query = sa.union_all(sa.select(Person.name), sa.select(Course.name))
            return str(db.reading().execute(query).all())

        def wipe() -> str:
            with db.writing() as session:
                session.execute(sa.update(Person).values(name="沒有了"))
                session.execute(sa.delete(CourseTeacher))
            return "done"

        def across() -> str:
            with tenancy.across("the same query, with the guard switched off"):
                return names()

        def foreign(school_id: int) -> str:
            with db.writing() as session:
                session.add(_person(school_id))
            return "done"

        def raw() -> str:
            return str(db.reading().execute(sa.text("SELECT name FROM person")).all())

        for view, path in (
            (names, "/t/names"), (wipe, "/t/wipe"), (across, "/t/across"),
            (foreign, "/t/foreign/<int:school_id>"), (raw, "/t/raw"),
        ):  # fmt: skip
            app.add_url_rule(path, f"t.{view.__name__}", view)
            app.extensions["licheng.policies"][f"t.{view.__name__}"] = _anybody
        app.add_url_rule("/t/public", "t.public", names)
        from plugin import web

        app.extensions["licheng.policies"]["t.public"] = web.public

    def test_a_careless_page_shows_one_school(
        self, app: Flask, careless: None, client: FlaskClient, act_as: Any, ours: World,
        theirs: tuple[World, Any],
    ) -> None:  # fmt: skip
        act_as(ours.clerk)
        mine = client.get("/t/names").text
        assert ours.student.name in mine
        assert SECRET not in mine
        assert SECRET in client.get("/t/across").text
        act_as(theirs[0].clerk)
        assert ours.student.name not in client.get("/t/names").text

    def test_a_careless_page_changes_one_school(
        self, app: Flask, careless: None, client: FlaskClient, act_as: Any, ours: World,
        theirs: tuple[World, Any],
    ) -> None:  # fmt: skip
        act_as(ours.clerk)
        assert client.get("/t/wipe").text == "done"
        with tenancy.within(theirs[0].school.id):
            assert set(db.reading().scalars(sa.select(Person.name))) == {SECRET}
            assert rows_of(CourseTeacher)
        with tenancy.within(ours.school.id):
            db._close_reads()
            assert set(db.reading().scalars(sa.select(Person.name))) == {"沒有了"}

    def test_a_breach_is_a_page_and_an_audit_line(
        self, app: Flask, careless: None, client: FlaskClient, act_as: Any, ours: World,
        theirs: tuple[World, Any],
    ) -> None:  # fmt: skip
        act_as(ours.clerk)
        answer = client.get(f"/t/foreign/{theirs[0].school.id}")
        assert answer.status_code == 404
        assert client.get("/t/raw").status_code == 500
        lines = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "tenancy.breach")
        )
        told = [(line.chain, line.detail["kind"]) for line in lines]
        assert told == [(ours.school.id, "ForeignSchool"), (ours.school.id, "Unguarded")]

    def test_a_public_page_without_reason_sees_nobody(
        self, app: Flask, careless: None, client: FlaskClient, act_as: Any, ours: World
    ) -> None:
        act_as(None)
        answer = client.get("/t/public")
        assert answer.status_code == 500
        assert ours.student.name not in answer.text

    def test_nothing_stays_from_one_request_to_the_next(
        self, app: Flask, careless: None, client: FlaskClient, act_as: Any, ours: World,
        theirs: tuple[World, Any],
    ) -> None:  # fmt: skip
        act_as(ours.clerk)
        client.get("/t/names")
        act_as(None)
        assert client.get("/t/public").status_code == 500

    def test_a_student_without_a_seat_is_in_the_teachers_queue(
        self, client: FlaskClient, act_as: Any, ours: World
    ) -> None:
        """The guard's conditions never make an outer join an inner one."""
        ours.sent(title="沒有座號的人")
        with db.writing() as session:
            session.execute(sa.delete(ClassSeat))
        act_as(replace(ours.master, roles=frozenset({Role.TEACHER})))
        assert "沒有座號的人" in client.get("/certification").text

    @pytest.mark.parametrize("who", ["staff", "student"])
    def test_every_statement_of_every_page_has_its_conditions(
        self, app: Flask, client: FlaskClient, act_as: Any, ours: World, theirs: Any, who: str
    ) -> None:
        """Read off the SQL that really runs: no table of a school without its condition."""
        app.config.update(WTF_CSRF_ENABLED=False)
        every = frozenset(Role)
        staff = replace(actor_of(make_staff(ours.school)), roles=every)
        act_as(staff if who == "staff" else replace(ours.pupil, roles=every))
        outcome = ours.sent()
        ids = theirs[1] | {
            "person_id": ours.student.id, "class_id": ours.school_class.id,
            "course_id": ours.course.id, "outcome_id": outcome.id, "draft": outcome.id,
            "certified": outcome.id, "file": outcome.document_file_id,
        }  # fmt: skip
        seen: set[str] = set()

        @sa.event.listens_for(db.engine(), "before_cursor_execute")
        def keep(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if tenancy.current() is not None:
                seen.add(statement)

        walk = Walk(app, client, ids)
        walk.go()
        assert len(seen) > 60
        bare = [f"{name}: {one}" for one in seen for name in unguarded(one)]
        assert bare == []


def test_a_statement_without_its_condition_is_told() -> None:
    """The reading of SQL that the test above trusts."""
    assert list(unguarded("SELECT person.name FROM person WHERE person.id = ?")) == ["person"]
    guarded = "SELECT p.name FROM person AS p WHERE p.school_id = ?"
    assert list(unguarded(guarded)) == []
    assert list(unguarded(guarded.replace(" WHERE", ", course WHERE"))) == ["course"]
    assert list(unguarded("DELETE FROM class_seat")) == ["class_seat"]
    assert list(unguarded("UPDATE person SET name=?")) == ["person"]


def unguarded(statement: str) -> Iterator[str]:
    """Tables (by alias) that a SELECT, UPDATE or DELETE names without their condition."""
    text = " ".join(statement.split()).replace('"', "")
    if text.startswith(("INSERT", "PRAGMA", "BEGIN")):
        return
    for found in re.finditer(r"(?:FROM|JOIN|UPDATE|,) (\w+)(?: AS (\w+))?(?= |\)|$|,)", text):
        table, alias = found[1], found[2] or found[1]
        owner = TABLES.get(table)
        if owner is None or isinstance(owner, Installation):
            continue
        marks = r"(?:\?|%\(licheng_school\)s(?:::INTEGER)?)"
        if not isinstance(owner, tenancy.Through):
            wanted = rf"\b{alias}\.{owner.column} = {marks}"
        else:
            above = rf"SELECT \* FROM {owner.parent} AS \w+ WHERE"
            wanted = rf"EXISTS \({above} \w+\.\w+ = {alias}\.{owner.column} AND"
        if text.startswith("UPDATE") and not re.search(wanted, text):
            wanted = rf"\bWHERE\b.*\b{table}\.(?:id|kid|chain) = "  # of an object that was asked
        if text.startswith("DELETE") and not re.search(wanted, text):
            wanted = rf"\bWHERE\b.*\b{table}\.\w+ = "
        if not re.search(wanted, text):
            yield alias


def jobs_of(world: World) -> None:
    jobs.enqueue(system(world.school.id), "submission.build", {"submission_id": 1})


def _person(school_id: int) -> Person:
    return Person(**_values(school_id))


def _values(school_id: int) -> dict[str, Any]:
    return {
        "school_id": school_id, "kind": "STAFF", "number": "闖入", "name": "闖入", "active": True,
        "created_at": clock.now(),
    }  # fmt: skip


def _anybody(_actor: Actor | None) -> bool:
    return True
