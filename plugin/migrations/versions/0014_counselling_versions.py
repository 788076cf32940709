"""How counselling records read before they were changed; who writes a submission's rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counselling_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counselling_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum("INDIVIDUAL", "GROUP", name="counsellingkind", native_enum=False, length=12), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("topic_note", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("followed_up_at", sa.DateTime(), nullable=True),
        sa.Column("document_file_id", sa.Integer(), nullable=True),
        sa.Column("student_ids", sa.Text(), nullable=False),
        sa.Column("counsellor_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["counselling_id"], ["counselling.id"], name=op.f("fk_counselling_version_counselling_id_counselling")),
        sa.ForeignKeyConstraint(["document_file_id"], ["stored_file.id"], name=op.f("fk_counselling_version_document_file_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counselling_version")),
    )
    with op.batch_alter_table("counselling_version", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_counselling_version_counselling_id"), ["counselling_id"], unique=False)
        batch_op.create_index(op.f("ix_counselling_version_document_file_id"), ["document_file_id"], unique=False)

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("writer", sa.String(length=32), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("writer")
    op.drop_table("counselling_version")
