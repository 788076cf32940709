"""The audit chain: every link holds, and whoever touches one is found out."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.actor import Actor
from plugin.trail import chain
from plugin.trail.chain import GENESIS, INSTALLATION, Break, link_hash, record
from plugin.trail.models import AuditEvent
from tests.factories import make_school


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school()


def append(school: Any, n: int = 1, verb: str = "test.done") -> None:
    for number in range(n):
        record(Actor(school_id=school.id, name="系統"), verb, "thing", number, n=number)


def execute(sql: str, *values: Any) -> None:
    """Touch the database as somebody with a shell would."""
    with db.engine().begin() as connection:
        connection.execution_options(licheng_write=True).execute(
            sa.text(sql), dict(zip("abcdef", values, strict=False))
        )
    db._close_reads()


def breaks() -> list[Break]:
    return list(chain.verify())


def test_links_join_from_the_first_on(school: Any) -> None:
    append(school, 3)
    rows = db.reading().scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence)).all()
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert rows[0].previous == GENESIS
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert all(link_hash(row) == row.hash for row in rows)
    assert breaks() == []


def test_each_school_has_its_own_chain_and_the_installation_too(school: Any) -> None:
    other = make_school()
    append(school, 2)
    append(other, 1)
    record(None, "launch.refused", "launch")
    heads = dict(
        db.reading().execute(sa.select(AuditEvent.chain, sa.func.count()).group_by("chain")).all()
    )
    assert heads == {school.id: 2, other.id: 1, INSTALLATION: 1}
    assert breaks() == []


def test_a_link_and_its_change_are_committed_together_or_not_at_all(school: Any) -> None:
    append(school)
    with pytest.raises(RuntimeError), db.writing():
        append(school)
        raise RuntimeError
    append(school)
    assert db.reading().scalar(sa.select(sa.func.count(AuditEvent.id))) == 2
    assert breaks() == []


@pytest.mark.parametrize("column", ["verb", "actor_name", "subject_kind", "detail"])
def test_an_altered_link_is_found(school: Any, column: str) -> None:
    append(school, 3)
    value = '{"n":99}' if column == "detail" else "forged"
    execute(f"UPDATE audit_event SET {column} = :a WHERE sequence = 2", value)
    assert breaks() == [Break(school.id, 2, "altered")]


def test_a_link_altered_with_its_hash_breaks_the_next(school: Any) -> None:
    append(school, 3)
    with db.writing() as session:
        row = session.scalars(sa.select(AuditEvent).filter_by(sequence=2)).one()
        row.verb = "forged"
        row.hash = link_hash(row)
    assert breaks() == [Break(school.id, 3, "unlinked")]


def test_a_missing_link_is_found(school: Any) -> None:
    append(school, 4)
    execute("DELETE FROM audit_event WHERE sequence = 2")
    assert breaks() == [Break(school.id, 2, "missing")]


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_cut_end_is_found(school: Any, kept: int) -> None:
    append(school, 3)
    execute("DELETE FROM audit_event WHERE sequence > :a", kept)
    assert breaks() == [Break(school.id, kept + 1, "cut")]


def test_a_head_that_is_gone_is_found(school: Any) -> None:
    append(school, 2)
    execute("DELETE FROM audit_head")
    assert breaks() == [Break(school.id, 3, "cut")]


def test_links_of_two_schools_swapped_are_found(school: Any) -> None:
    other = make_school()
    append(school, 1)
    append(other, 1)
    execute("UPDATE audit_event SET chain = 999 WHERE chain = :a", school.id)
    assert {one.reason for one in breaks()} == {"altered", "cut"}


def test_eight_writers_at_once_keep_one_chain(app: Flask, school: Any) -> None:
    faults: list[BaseException] = []
    gate = threading.Barrier(8)
    school_id = school.id

    def write() -> None:
        try:
            gate.wait(30)
            for number in range(5):
                with app.app_context():
                    record(Actor(school_id=school_id, name="甲"), "test.race", "thing", number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    db._close_reads()
    rows = db.reading().scalars(sa.select(AuditEvent.sequence).filter_by(chain=school_id)).all()
    assert sorted(rows) == list(range(1, 41))
    assert breaks() == []


class TestCommand:
    def test_a_whole_chain(self, school: Any, cli: Any) -> None:
        append(school, 2)
        result = cli.invoke(args=["trail", "verify"])
        assert result.exit_code == 0
        assert "holds" in result.output

    def test_a_broken_chain_fails_and_names_the_place(self, school: Any, cli: Any) -> None:
        append(school, 2)
        execute("UPDATE audit_event SET verb = 'forged' WHERE sequence = 1")
        result = cli.invoke(args=["trail", "verify"])
        assert result.exit_code == 1
        assert f"school {school.id}: link 1 is altered" in result.output


def test_the_log_is_read_newest_first_by_verb_and_person(app: Flask, school: Any) -> None:
    from plugin.trail import queries
    from tests.factories import make_teacher

    person = make_teacher(school)
    append(school, 4)
    append(school, 2, "outcome.send")
    record(
        Actor(school_id=school.id, person_id=person.id, name=person.name),
        "outcome.certify",
        "outcome",
        7,
    )
    first = queries.events(school.id, limit=3)
    assert [one.sequence for one in first.items] == [7, 6, 5]
    second = queries.events(school.id, limit=3, before=int(first.next or 0))
    assert [one.sequence for one in second.items] == [4, 3, 2]
    assert len(queries.events(school.id, verb="outcome.send").items) == 2
    assert len(queries.events(school.id, verb="outcome.").items) == 3
    assert [one.verb for one in queries.events(school.id, person_id=person.id).items] == [
        "outcome.certify"
    ]
    assert [
        one.subject_id
        for one in queries.events(school.id, subject_kind="outcome", subject_id=7).items
    ] == [7]
    assert queries.events(make_school().id).items == ()
    assert queries.verbs(school.id) == ["outcome.certify", "outcome.send", "test.done"]
