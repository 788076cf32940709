"""Schools are kept apart below the services: every table has its owner, every way past the guard
is written down with its reason (decision record 0007)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import create_app, db, tenancy
from plugin.school.models import Person, School
from plugin.settings import Settings
from plugin.tenancy import TABLES, Installation, Lent, Own, Through

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "plugin"

BYPASSES = {
    "plugin/cli.py": "alembic changes tables, not rows of anybody",
    "plugin/db.py": "the engine itself; BEGIN and PRAGMAs",
    "plugin/guard.py": "the guard's own questions, each with the condition in it",
    "plugin/health.py": "asks whether there is a database at all",
    "plugin/jobs.py": "a worker's lease and progress, by the id of the job it holds",
    "plugin/entrance/operations/launching.py": "a launch: its statements find the school",
    "plugin/entrance/operations/prepared.py": "statements of a launch, straight on the driver",
    "plugin/entrance/operations/stores.py": "a login under way belongs to a platform, to no school",
}
"""Modules with statements that the guard cannot read or does not see, and why that is right."""

THREADS = {
    "plugin/direct.py": "writes bytes of an upload; asks the database for nothing",
    "plugin/entrance/checking.py": "asks addresses of our own whether they answer; no database",
    "plugin/jobs.py": "keeps leases and wakes lost jobs",
    "plugin/assistant/language_model/endpoint.py": "asks one server over HTTP; no database",
    "plugin/assistant/understanding/__init__.py": "locks, no thread",
    "plugin/vault/check.py": "a lock, no thread",
}
"""Modules that may begin threads: those know of no school until somebody says one."""

_RAW = {
    "raw_connection", "exec_driver_sql", "__table__", "local_table", "from_select",
    "from_statement", "literal_column", "get_bind",
}  # fmt: skip
"""Attributes by which a statement leaves the session or hides its tables from the guard."""
_RAW_CALLS = {"engine", "connection", "text", "join", "outerjoin", "table"}
"""Functions of that kind, of `db`, `session`, `db.reading()` or `sa`."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PLUGIN.rglob("*.py")):
        relative = path.relative_to(ROOT).as_posix()
        if "/migrations/" not in relative:
            yield relative, ast.parse(path.read_text())


class TestTables:
    def test_every_table_has_its_owner(self, app: Flask) -> None:
        """A new table is a decision: whose are its rows? Say it in `plugin.tenancy.TABLES`."""
        assert set(TABLES) == set(db.Base.metadata.tables)

    @pytest.mark.parametrize("name", sorted(TABLES))
    def test_the_owner_is_what_the_columns_say(self, app: Flask, name: str) -> None:
        table, owner = db.Base.metadata.tables[name], TABLES[name]
        if isinstance(owner, Own | Lent):
            column = table.c[owner.column]
            schools = {key.column.table.name for key in column.foreign_keys}
            assert schools == {"school"} or (name, owner.column) in {
                ("school", "id"), ("audit_event", "chain"), ("audit_head", "chain"),
            }  # fmt: skip
        else:
            assert "school_id" not in table.c, "the row names its school: Own"
        if isinstance(owner, Through):
            (key,) = table.c[owner.column].foreign_keys
            assert key.column.table.name == owner.parent
            assert not table.c[owner.column].nullable, "a row without parent would be nobody's"
            assert not isinstance(TABLES[owner.parent], Installation)
            assert len(key.column.table.primary_key) == 1
        if isinstance(owner, Lent):
            lent = db.Base.metadata.tables[owner.table]
            (key,) = lent.c[owner.reference].foreign_keys
            assert key.column.table.name == name
            assert TABLES[owner.table] == Own()
        if isinstance(owner, Installation):
            assert owner.reason
            parents = {key.column.table.name for key in table.foreign_keys}
            assert all(isinstance(TABLES[one], Installation) for one in parents)

    def test_a_table_in_no_list_cannot_be_used(self) -> None:
        with pytest.raises(tenancy.Unguarded, match="new_table"):
            tenancy.owner_of("new_table")


class TestWaysPast:
    def test_each_is_known(self) -> None:
        found: dict[str, list[str]] = {}
        for path, tree in modules():
            asked = {
                id(node.value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and node.attr == "name"
            }  # `db.engine().name` only asks which database it is
            for node in ast.walk(tree):
                if id(node) not in asked and (name := _raw(node)):
                    found.setdefault(path, []).append(f"{path}:{node.lineno} {name}")  # type: ignore[attr-defined]
        unknown = [one for path in found if path not in BYPASSES for one in found[path]]
        assert unknown == [], "the guard does not see these statements"
        assert set(BYPASSES) - set(found) == set(), "no longer there: strike them out"

    def test_every_session_is_a_guarded_one(self) -> None:
        faults = [
            f"{path}:{node.lineno}"
            for path, tree in modules()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and _name(node.func) in {"Session", "sessionmaker", "scoped_session"}
        ]
        assert faults == []

    def test_threads_are_known(self) -> None:
        found = {
            path
            for path, tree in modules()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and _name(node.func) in {"Thread", "Timer", "Lock", "ThreadPoolExecutor"}
        }
        assert found - set(THREADS) == set()

    def test_who_sees_across_says_why(self, app: Flask) -> None:
        reasons = list(app.extensions["licheng.across"].values())
        for path, tree in modules():
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and _name(node.func) in {"across", "Across"}:
                    if path == "plugin/tenancy.py" or path == "plugin/web.py":
                        continue
                    (reason,) = node.args
                    assert isinstance(reason, ast.Constant), f"{path}:{node.lineno}"
                    reasons.append(str(reason.value))
        assert len(reasons) > 10
        for reason in reasons:
            assert len(reason.split()) >= 4, f"{reason!r} is no reason"

    def test_queries_and_views_never_see_across(self) -> None:
        """Pages and reports are of one school; reasons to see more lie in work and operations."""
        for path, tree in modules():
            if re.search(r"/(views|queries|policy|forms)(/|\.py|_)", path):
                for node in ast.walk(tree):
                    assert not (
                        isinstance(node, ast.Call) and _name(node.func) in {"across", "Across"}
                    ), f"{path}:{node.lineno}"  # type: ignore[attr-defined]

    def test_only_public_routes_see_across(self, app: Flask) -> None:
        from plugin import web

        policies = app.extensions["licheng.policies"]
        assert all(policies[one] is web.public for one in app.extensions["licheng.across"])
        with pytest.raises(ValueError, match="who asks"):
            web.room("x", [web.Route("/x", lambda: "", web.launched, endpoint="x", across="why?")])


class TestUnsaid:
    """Outside of tests, nothing is seen before somebody said which school, or why all."""

    @pytest.fixture
    def served(self, settings: Settings) -> Iterator[Flask]:
        made = create_app(replace(settings, env="development"))
        with made.app_context():
            yield made
            db.engine().dispose()

    def test_a_read_is_refused(self, served: Flask) -> None:
        with pytest.raises(sa.exc.StatementError, match="nobody said which school") as caught:
            db.reading().scalars(sa.select(Person.name)).all()
        assert isinstance(caught.value.orig, tenancy.SchoolUnknown)

    def test_a_write_is_refused(self, served: Flask) -> None:
        with pytest.raises(tenancy.SchoolUnknown), db.writing() as session:
            session.add(School(code="999999", name="無主", kind="general"))
            session.flush()

    def test_a_command_is_the_keepers(self, served: Flask) -> None:
        cli = served.test_cli_runner()
        made = cli.invoke(args=["school", "create", "193301", "青田高中", "general"])
        assert made.exit_code == 0, made.output
        assert "青田高中" in cli.invoke(args=["school", "list"]).output
        assert cli.invoke(args=["trail", "verify"]).exit_code == 0

    def test_public_pages_and_the_clock_work(self, served: Flask) -> None:
        from plugin import jobs, schedule

        client = served.test_client()
        for path in ("/lti/jwks", "/receipts", "/receipts/x?code=y", "/verify/x", "/metrics"):
            assert client.get(path).status_code in {200, 404}, path
        assert client.post("/lti/launch", data={"state": "x"}).status_code < 500
        assert client.get("/outcomes").status_code == 401
        served.extensions["licheng.queue"].immediate = True
        for kind in sorted(schedule._recurring):
            if kind.startswith("test."):
                continue
            job_id = schedule.tick(kind)
            with tenancy.across("the test looks what became of it"):
                jobs.run(job_id)
                db._close_reads()
                job = db.reading().get_one(jobs.Job, job_id)
                assert (kind, job.error) == (kind, "")


def _raw(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr in _RAW:
        return node.attr
    if not isinstance(node, ast.Call):
        return None
    name = _name(node.func)
    if name == "Line":
        # a view's or query's own dataclass of that name takes no engine
        return "Line" if node.args and "engine" in ast.dump(node.args[0]) else None
    if name not in _RAW_CALLS or not isinstance(node.func, ast.Attribute):
        return None
    of = ast.unparse(node.func.value)
    wanted = {
        "engine": {"db"},
        "connection": {"session", "db.reading()"},
        "text": {"sa"},
        "table": {"sa"},
        "join": {"sa"},
        "outerjoin": {"sa"},
    }[name]
    return f"{of}.{name}" if of in wanted else None


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
