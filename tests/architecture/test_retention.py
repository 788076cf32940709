"""Nothing goes by itself without a row of the retention table."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

from flask import Flask

from plugin import jobs, retention, schedule

REMOVING = {"delete", "unlink", "rmtree"}
ENDING_A_FILE = "FileState.PURGED"


@cache
def tree_of(function: Any) -> ast.AST:
    return ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))


def removes(function: Any) -> bool:
    """Whether a function's own lines delete rows or files, or end a stored file."""
    for node in ast.walk(tree_of(function)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in REMOVING
        ):
            return True
        if isinstance(node, ast.Assign) and ENDING_A_FILE in ast.unparse(node):
            return True
    return False


def called(function: Any) -> Iterator[Any]:
    """Functions of the product that a function names: by name, or as `module.name`."""
    seen = vars(inspect.getmodule(function))
    for node in ast.walk(tree_of(function)):
        found: Any = None
        if isinstance(node, ast.Name):
            found = seen.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = seen.get(node.value.id)
            found = getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
        found = inspect.unwrap(found) if inspect.isroutine(found) else None
        if inspect.isfunction(found) and found.__module__.startswith("plugin."):
            yield found


def reached(handler: Any) -> set[Any]:
    """Everything that a handler calls, and what that calls."""
    found: set[Any] = set()
    waiting = [inspect.unwrap(handler)]
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            waiting.extend(called(function))
    return found


def purging(kind: str) -> list[str]:
    """The functions behind recurring work that remove something."""
    handler = jobs._handlers[kind]
    return sorted(f"{one.__module__}.{one.__name__}" for one in reached(handler) if removes(one))


def test_recurring_work_that_removes_names_its_rows(app: Flask) -> None:
    without = {
        kind: found
        for kind, one in schedule._recurring.items()
        if not one.ends and (found := purging(kind))
    }
    assert without == {}


def test_the_net_catches_what_removes(app: Flask) -> None:
    assert "plugin.vault.operations.purging._end" in purging("vault.purge")
    assert "plugin.services.operations.tokens.purge" in purging("services.round")
    assert "plugin.entrance.operations.refusing.tell_floods" in purging("entrance.purge")
    assert "plugin.portfolio.work.tidy" in purging("reports.tidy")


def test_every_row_that_ends_something_is_named_by_work(app: Flask) -> None:
    named = {name for one in schedule._recurring.values() for name in one.ends}
    with app.app_context():
        ending = {one.name for one in retention.rows() if one.action is not retention.Action.KEEP}
    assert named == ending
