"""Alembic's environment: the application's own engine and every room's tables."""

import sqlalchemy as sa
from alembic import context

from plugin.db import Base


def plain(kind, column_type, _context):
    """Write a column's database type, not our wrapper: a migration outlives the code."""
    if kind == "type" and isinstance(column_type, sa.TypeDecorator):
        return f"sa.{column_type.impl!r}"
    return False


engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
