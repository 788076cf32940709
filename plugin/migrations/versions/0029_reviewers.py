"""Reviewers: who they are, why a case was taken from them, why a sheet was given back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certification_reviewer_profile",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("organisation_code", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("co_authors", sa.Text(), nullable=False),
        sa.Column("expertise", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_certification_reviewer_profile_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["school.id"],
            name=op.f("fk_certification_reviewer_profile_school_id_school"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_certification_reviewer_profile")),
    )
    with op.batch_alter_table("certification_reviewer_profile", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certification_reviewer_profile_school_id"), ["school_id"], unique=False
        )
    with op.batch_alter_table("certification_assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_words", sa.Text(), nullable=True))
    with op.batch_alter_table("certification_score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reopened_words", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("certification_score", schema=None) as batch_op:
        batch_op.drop_column("reopened_words")
    with op.batch_alter_table("certification_assignment", schema=None) as batch_op:
        batch_op.drop_column("ended_words")
    op.drop_table("certification_reviewer_profile")
