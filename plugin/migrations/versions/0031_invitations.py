"""Mail brings appointments into calendars, members of the committee assess; reviewers reminded"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certification_oral_assessor",
        sa.Column("oral_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["oral_id"],
            ["certification_oral.id"],
            name=op.f("fk_certification_oral_assessor_oral_id_certification_oral"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_certification_oral_assessor_person_id_person"),
        ),
        sa.PrimaryKeyConstraint(
            "oral_id", "person_id", name=op.f("pk_certification_oral_assessor")
        ),
    )
    with op.batch_alter_table("certification_oral_assessor", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certification_oral_assessor_person_id"), ["person_id"], unique=False
        )
    with op.batch_alter_table("outbound_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calendar", sa.Text(), nullable=True))
    with op.batch_alter_table("certification_assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("certification_assignment", schema=None) as batch_op:
        batch_op.drop_column("reminded_at")
    with op.batch_alter_table("outbound_mail", schema=None) as batch_op:
        batch_op.drop_column("calendar")
    op.drop_table("certification_oral_assessor")
