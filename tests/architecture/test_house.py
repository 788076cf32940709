"""The house keeps its own rules: no unlocked door, one kind of writer, every form with CSRF."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from flask import Flask

from plugin import create_app, db, web
from plugin.cli import alembic_config
from plugin.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"

WRITERS = {
    "plugin/db.py",
    "plugin/jobs.py",
    "plugin/schedule.py",
    "plugin/trail/chain.py",
}
"""Besides `operations` modules: the machinery that operations stand on."""

WRITING_CALLS = {"add", "add_all", "delete", "merge", "commit", "bulk_save_objects"}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_every_route_has_a_policy(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints, "no routes at all"
    assert endpoints - set(app.extensions["licheng.policies"]) == set()


def test_only_named_routes_are_public(app: Flask) -> None:
    """A new public page is a decision: it is written down here and says why in its docstring."""
    found = {
        endpoint
        for endpoint, policy in app.extensions["licheng.policies"].items()
        if policy is web.public
    }
    for endpoint in found:
        assert app.view_functions[endpoint].__doc__, f"{endpoint}: why is it public?"


def test_csrf_is_waived_only_for_messages_from_the_lms(app: Flask) -> None:
    exempt = app.extensions["licheng.csrf_exempt"]
    assert exempt == {"entrance.login", "entrance.launch", "services.notices"}


def test_operations_are_the_only_writers() -> None:
    faults = []
    for path in modules("plugin"):
        relative = path.relative_to(ROOT).as_posix()
        if relative in WRITERS or "/migrations/" in relative:
            continue
        if path.stem.startswith("operations") or "operations" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in WRITING_CALLS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"session", "db_session", "connection"}
            ):
                faults.append(f"{relative}:{node.lineno} {node.func.attr}")
            if isinstance(node, ast.Call) and _is_dml(node):
                faults.append(f"{relative}:{node.lineno} writes by statement")
    assert faults == []


def _is_dml(node: ast.Call) -> bool:
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in {"insert", "update", "delete"}
        and isinstance(function.value, ast.Name)
        and function.value.id in {"sa", "sqlalchemy"}
    )


def test_views_open_no_transaction() -> None:
    for path in modules("plugin"):
        if path.stem.startswith(("views", "queries", "policy")):
            text = path.read_text()
            assert "writing()" not in text, f"{path} writes"


PAGES = {
    name
    for path in modules("plugin", "forms")
    for name in re.findall(r"""["']([\w/]+\.html)["']""", path.read_text())
}
"""Templates that code renders; the others are parts of them."""

FIELDS = {
    "forms/choice.html",
    "forms/counted.html",
    "forms/essay.html",
    "forms/file.html",
    "forms/lookup.html",
    "forms/many.html",
}
"""The markup of one field each, rendered by its widget."""


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.stem)
def test_template(path: Path) -> None:
    text = path.read_text()
    relative = path.relative_to(TEMPLATES).as_posix()
    if relative in PAGES - FIELDS and not relative.startswith(("layout/", "pdf/")):
        assert "{% extends" in text or "{%- extends" in text, f"{relative} extends no base"
    if relative.startswith("pdf/"):
        return  # set on paper, never sent to a browser
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), f"{relative}: inline script"
    assert not re.search(r"\son[a-z]+=", text), f"{relative}: inline handler"
    assert not re.search(r"<style|\sstyle=", text), f"{relative}: inline style"
    assert "|safe" not in text.replace(" ", ""), f"{relative}: unescaped output"
    for form in re.findall(r"<form\b[^>]*method=.?post.*?</form>", text, re.S | re.I):
        assert "csrf" in form or "hidden_tag" in form, f"{relative}: a form without CSRF"


def test_models_are_migrated(settings: Settings, tmp_path: Path) -> None:
    """The migrations lead from nothing to exactly the tables of the models."""
    url = f"sqlite:///{tmp_path}/migrated.sqlite3"
    if not settings.database_url.startswith("sqlite"):
        url = settings.database_url  # a database of its own; its tables go first
    app = create_app(replace(settings, database_url=url))
    with app.app_context():
        db.Base.metadata.drop_all(db.engine())
        command.upgrade(alembic_config(), "head")
        command.check(alembic_config())
        db.engine().dispose()


def test_no_host_of_a_package_registry_is_named() -> None:
    for path in [*modules("plugin", "lti", "forms", "reports", "scripts"), ROOT / "setup.cfg"]:
        if path.exists():
            assert not re.search(r"pypi\.org|registry\.npmjs|deb\.debian", path.read_text()), path
