"""Group sets have an address; refusals are tallied by deployment"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("launch_context") as batch:
        batch.add_column(
            sa.Column("group_sets_url", sa.String(512), nullable=False, server_default="")
        )
    _tally_anew(sa.Column("deployment_row", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    _tally_anew()
    with op.batch_alter_table("launch_context") as batch:
        batch.drop_column("group_sets_url")


def _tally_anew(*further: sa.Column) -> None:
    """What is counted lasts a minute: made anew, with or without `further` in its key."""
    op.drop_table("refusal_tally")
    op.create_table(
        "refusal_tally",
        sa.Column("registration_id", sa.Integer(), autoincrement=False, nullable=False),
        *further,
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "registration_id",
            *(one.name for one in further),
            "code",
            name=op.f("pk_refusal_tally"),
        ),
    )
