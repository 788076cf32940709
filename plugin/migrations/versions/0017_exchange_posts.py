"""Officer posts of other schools; a decision of another school's teacher names nobody of this one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None

NOBODY = """
    UPDATE decision SET by_id = NULL
    WHERE EXISTS (
        SELECT 1 FROM exchange_arrival
        WHERE exchange_arrival.outcome_id = decision.outcome_id
          AND decision.at <= exchange_arrival.arrived_at
    )
"""
NOBODY_EITHER = """
    UPDATE decision SET by_id = NULL
    WHERE by_id IS NOT NULL
      AND restores_id IN (SELECT earlier.id FROM decision AS earlier WHERE earlier.by_id IS NULL)
"""
"""A restored decision carries on what it restores; a chain of them is followed to its end."""
TAKER = """
    UPDATE decision SET by_id = (
        SELECT exchange_in.made_by_id
        FROM exchange_arrival JOIN exchange_in ON exchange_in.id = exchange_arrival.exchange_in_id
        WHERE exchange_arrival.outcome_id = decision.outcome_id
    )
    WHERE by_id IS NULL
"""
TAKER_EITHER = """
    UPDATE decision SET by_id = (
        SELECT earlier.by_id FROM decision AS earlier WHERE earlier.id = decision.restores_id
    )
    WHERE by_id IS NULL AND restores_id IN (
        SELECT earlier.id FROM decision AS earlier WHERE earlier.by_id IS NOT NULL
    )
"""


def upgrade() -> None:
    op.create_table(
        "exchange_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exchange_in_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=64), nullable=False),
        sa.Column("origin_code", sa.String(length=16), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("SCHOOL", "CLASS", "CLUB", name="postlevel", native_enum=False, length=8),
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("duty", sa.String(length=100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_exchange_post_order")),
        sa.CheckConstraint("term IN (1, 2)", name=op.f("ck_exchange_post_term")),
        sa.ForeignKeyConstraint(
            ["exchange_in_id"],
            ["exchange_in.id"],
            name=op.f("fk_exchange_post_exchange_in_id_exchange_in"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_exchange_post_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_post")),
        sa.UniqueConstraint(
            "student_id", "item_key", name=op.f("uq_exchange_post_student_id_item_key")
        ),
    )
    with op.batch_alter_table("exchange_post", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_post_package", ["exchange_in_id", "id"], unique=False)

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.alter_column("by_id", existing_type=sa.Integer(), nullable=True)
    op.execute(NOBODY)
    while op.get_bind().execute(sa.text(NOBODY_EITHER)).rowcount:
        pass


def downgrade() -> None:
    op.execute(TAKER)
    while op.get_bind().execute(sa.text(TAKER_EITHER)).rowcount:
        pass
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.alter_column("by_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("exchange_post", schema=None) as batch_op:
        batch_op.drop_index("ix_exchange_post_package")
    op.drop_table("exchange_post")
