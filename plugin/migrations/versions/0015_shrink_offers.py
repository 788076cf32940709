"""Documents over the limit that wait to be made smaller"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shrink_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("limit_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Enum("OFFERED", "MAKING", "READY", "FAILED", name="shrinkstate", native_enum=False, length=10), nullable=False),
        sa.Column("small_size", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_shrink_offer_job_id_job")),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcome.id"], name=op.f("fk_shrink_offer_outcome_id_outcome"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_shrink_offer_owner_id_person")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_shrink_offer_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shrink_offer")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_shrink_offer_owner_id")),
    )
    with op.batch_alter_table("shrink_offer", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_shrink_offer_made_at"), ["made_at"], unique=False)
        batch_op.create_index(op.f("ix_shrink_offer_outcome_id"), ["outcome_id"], unique=False)
        batch_op.create_index(op.f("ix_shrink_offer_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    op.drop_table("shrink_offer")
