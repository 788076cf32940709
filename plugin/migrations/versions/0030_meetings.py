"""Meetings of the committee: who was there, the agenda's order, what was carried out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certification_meeting_member",
        sa.Column("meeting_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["certification_meeting.id"],
            name=op.f("fk_certification_meeting_member_meeting_id_certification_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_certification_meeting_member_person_id_person"),
        ),
        sa.PrimaryKeyConstraint(
            "meeting_id", "person_id", name=op.f("pk_certification_meeting_member")
        ),
    )
    with op.batch_alter_table("certification_meeting", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("time", sa.String(length=40), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("recorder", sa.String(length=60), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("closing_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("closing_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("job_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_certification_meeting_closing_by_id_person"),
            "person",
            ["closing_by_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_certification_meeting_job_id_job"), "job", ["job_id"], ["id"]
        )
    with op.batch_alter_table("certification_meeting_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("items", sa.Text(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("withdrawn", sa.Text(), server_default="[]", nullable=False))
        batch_op.add_column(
            sa.Column("left_words", sa.String(length=500), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("certification_meeting_item", schema=None) as batch_op:
        batch_op.drop_column("left_words")
        batch_op.drop_column("withdrawn")
        batch_op.drop_column("items")
        batch_op.drop_column("position")
    with op.batch_alter_table("certification_meeting", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_certification_meeting_job_id_job"), type_="foreignkey"
        )
        batch_op.drop_constraint(
            batch_op.f("fk_certification_meeting_closing_by_id_person"), type_="foreignkey"
        )
        batch_op.drop_column("job_id")
        batch_op.drop_column("closing_by_id")
        batch_op.drop_column("closing_at")
        batch_op.drop_column("recorder")
        batch_op.drop_column("time")
    op.drop_table("certification_meeting_member")
