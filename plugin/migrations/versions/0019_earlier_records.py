"""What an earlier system handed in, as the official books tell it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column(
            "record_kind",
            sa.Enum("OUTCOME", "EXPERIENCE", name="selectionkind", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("sheet", sa.String(length=20), nullable=False),
        sa.Column("item_key", sa.String(length=64), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("brought_by_id", sa.Integer(), nullable=True),
        sa.Column("brought_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brought_by_id"], ["person.id"], name=op.f("fk_earlier_record_brought_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_earlier_record_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_earlier_record_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_earlier_record_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_record")),
        sa.UniqueConstraint(
            "student_id", "item_key", name=op.f("uq_earlier_record_student_id_item_key")
        ),
    )
    with op.batch_alter_table("earlier_record", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_earlier_record_course_id"), ["course_id"], unique=False)
        batch_op.create_index(
            "ix_earlier_record_school",
            ["school_id", "academic_year", "record_kind", "id"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("earlier_record")
