from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.school.models import WindowKind
from tests.factories import make_window
from tests.plugin.portfolio.world import World, make_world


@pytest.fixture
def world(app: Flask) -> World:
    """The small school, experiences open as well."""
    made = make_world()
    make_window(made.school, WindowKind.EXPERIENCE_UPLOAD)
    return made


@pytest.fixture
def counted():
    """`with counted() as statements:` gathers the SQL of what happens inside."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []

        def note(_conn, _cursor, statement, *_more) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                said.append(statement)

        sa.event.listen(db.engine(), "before_cursor_execute", note)
        try:
            yield said
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", note)

    return counting
