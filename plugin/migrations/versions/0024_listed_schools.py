"""The list of schools that an applicant may serve at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certification_listed_school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("also", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["school.id"],
            name=op.f("fk_certification_listed_school_school_id_school"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_listed_school")),
        sa.UniqueConstraint(
            "school_id", "code", name=op.f("uq_certification_listed_school_school_id_code")
        ),
    )


def downgrade() -> None:
    op.drop_table("certification_listed_school")
