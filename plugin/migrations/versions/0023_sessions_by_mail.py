"""Sessions by a mailed code, and what the door of the public area remembers for a day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("launch_session", schema=None) as batch_op:
        batch_op.alter_column("registration_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_launch_session_person_id_person"), "person", ["person_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_launch_session_person_id"), ["person_id"])
    op.create_table(
        "certification_door_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_certification_door_mark_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_door_mark")),
        sa.UniqueConstraint("once", name=op.f("uq_certification_door_mark_once")),
    )
    with op.batch_alter_table("certification_door_mark", schema=None) as batch_op:
        batch_op.create_index(
            "ix_certification_door_mark_count", ["school_id", "kind", "digest", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_certification_door_mark_at"), ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("certification_door_mark")
    # who came without a launch has no session below this revision
    op.execute("DELETE FROM launch_session WHERE registration_id IS NULL")
    with op.batch_alter_table("launch_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_launch_session_person_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_launch_session_person_id_person"), type_="foreignkey"
        )
        batch_op.drop_column("person_id")
        batch_op.alter_column("registration_id", existing_type=sa.Integer(), nullable=False)
