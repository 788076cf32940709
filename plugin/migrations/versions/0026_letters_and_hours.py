"""What stands in a letter; the table of hours joined with its proofs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certification_hours_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("MAKING", "READY", "FAILED", name="paperstate", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("limit_bytes", sa.Integer(), nullable=False),
        sa.Column("whole_file_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("table_pages", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["certification_case.id"],
            name=op.f("fk_certification_hours_paper_case_id_certification_case"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_file.id"],
            name=op.f("fk_certification_hours_paper_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name=op.f("fk_certification_hours_paper_job_id_job")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_certification_hours_paper_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_certification_hours_paper_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["whole_file_id"],
            ["stored_file.id"],
            name=op.f("fk_certification_hours_paper_whole_file_id_stored_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_hours_paper")),
        sa.UniqueConstraint("person_id", name=op.f("uq_certification_hours_paper_person_id")),
    )
    with op.batch_alter_table("certification_hours_paper", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certification_hours_paper_case_id"), ["case_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_certification_hours_paper_school_id"), ["school_id"], unique=False
        )
    with op.batch_alter_table("certification_letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("certification_letter", schema=None) as batch_op:
        batch_op.drop_column("facts")
    op.drop_table("certification_hours_paper")
