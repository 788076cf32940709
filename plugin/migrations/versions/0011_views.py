"""Timeline, dashboards, exports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portfolio_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("counselling", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Enum("BUILDING", "READY", "FAILED", name="exportstate", native_enum=False, length=10), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("package_file_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ready_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_portfolio_export_asked_by_id_person")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_portfolio_export_job_id_job")),
        sa.ForeignKeyConstraint(["package_file_id"], ["stored_file.id"], name=op.f("fk_portfolio_export_package_file_id_stored_file")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_portfolio_export_school_id_school")),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], name=op.f("fk_portfolio_export_student_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio_export")),
    )
    with op.batch_alter_table("portfolio_export", schema=None) as batch_op:
        batch_op.create_index("ix_portfolio_export_asker", ["asked_by_id", "student_id", "id"], unique=False)
        batch_op.create_index("ix_portfolio_export_school", ["school_id", "id"], unique=False)
        batch_op.create_index(op.f("ix_portfolio_export_package_file_id"), ["package_file_id"], unique=False)
        batch_op.create_index(op.f("ix_portfolio_export_student_id"), ["student_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_reminder_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_person_id_person")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_reminder_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_reminder_person_id_day")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index("ix_reminder_school_day", ["school_id", "day"], unique=False)

    op.create_table(
        "admission_preview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("outcome_ids", sa.Text(), nullable=False),
        sa.Column("experience_ids", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("synthesis", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_admission_preview_school_id_school")),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], name=op.f("fk_admission_preview_student_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_preview")),
        sa.UniqueConstraint("student_id", name=op.f("uq_admission_preview_student_id")),
    )
    with op.batch_alter_table("admission_preview", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_admission_preview_school_id"), ["school_id"], unique=False)

    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.create_index("ix_outcome_school_waiting", ["school_id", "state", "sent_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.drop_index("ix_outcome_school_waiting")
    op.drop_table("admission_preview")
    op.drop_table("reminder")
    op.drop_table("portfolio_export")
