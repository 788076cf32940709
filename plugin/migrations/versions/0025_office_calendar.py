"""The government's table of office days, as a school brought it in; the office's notes on a case"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("rests", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_office_calendar_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_office_calendar_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_calendar")),
    )
    with op.batch_alter_table("office_calendar", schema=None) as batch_op:
        batch_op.create_index(
            "ix_office_calendar_school", ["school_id", "year", "id"], unique=False
        )
    op.create_table(
        "certification_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_certification_note_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["certification_case.id"],
            name=op.f("fk_certification_note_case_id_certification_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_note")),
    )
    with op.batch_alter_table("certification_note", schema=None) as batch_op:
        batch_op.create_index("ix_certification_note_case", ["case_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("certification_note", schema=None) as batch_op:
        batch_op.drop_index("ix_certification_note_case")

    op.drop_table("certification_note")
    with op.batch_alter_table("office_calendar", schema=None) as batch_op:
        batch_op.drop_index("ix_office_calendar_school")

    op.drop_table("office_calendar")
