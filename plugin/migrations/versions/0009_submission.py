"""Experiences in the submission, batches, the check kept, holds and slips of the selection"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _batch() -> sa.Enum:
    return sa.Enum("ORDINARY", "FIRST", "SECOND", name="batch", native_enum=False, length=12)


def _record_kind() -> sa.Enum:
    return sa.Enum("OUTCOME", "EXPERIENCE", name="selectionkind", native_enum=False, length=12)


def _file_kind(*more: str, length: int) -> sa.Enum:
    return sa.Enum(
        "MANIFEST",
        "SHEET",
        "WORKBOOK",
        *more,
        "CSV",
        "PACKAGE",
        name="submissionfilekind",
        native_enum=False,
        length=length,
    )


def upgrade() -> None:
    for table in ("selection_item", "selected_experience"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("batch", _batch(), server_default="ORDINARY", nullable=False)
            )

    op.create_table(
        "selection_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("LOCKED", "OPEN", name="holdstate", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_selection_hold_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_selection_hold_class_id_school_class")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_hold")),
    )
    op.create_index("ix_selection_hold_class", "selection_hold", ["class_id", "id"])

    op.create_table(
        "selection_slip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.Integer(), nullable=False),
        sa.Column("experiences", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_selection_slip_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_selection_slip_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_selection_slip_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_slip")),
        sa.UniqueConstraint("token", name=op.f("uq_selection_slip_token")),
    )
    op.create_index(
        "ix_selection_slip_student", "selection_slip", ["student_id", "academic_year", "id"]
    )

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("batch", _batch(), server_default="ORDINARY", nullable=False))
        batch_op.drop_constraint(
            op.f("uq_submission_school_id_academic_year_version"), type_="unique"
        )
        batch_op.create_unique_constraint(
            op.f("uq_submission_school_id_academic_year_batch_version"),
            ["school_id", "academic_year", "batch", "version"],
        )

    with op.batch_alter_table("submission_row", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("record_kind", _record_kind(), server_default="OUTCOME", nullable=False)
        )
        batch_op.add_column(
            sa.Column("kind", sa.String(length=20), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("experience_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("identity", sa.String(length=64), server_default="", nullable=False)
        )
        batch_op.alter_column("outcome_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            op.f("fk_submission_row_experience_id_experience"),
            "experience",
            ["experience_id"],
            ["id"],
        )
        batch_op.create_unique_constraint(
            op.f("uq_submission_row_submission_id_experience_id"),
            ["submission_id", "experience_id"],
        )
        batch_op.create_check_constraint(
            op.f("ck_submission_row_one_record"),
            "(outcome_id IS NULL) <> (experience_id IS NULL)",
        )
        batch_op.create_index(batch_op.f("ix_submission_row_experience_id"), ["experience_id"])
        batch_op.create_index(
            "ix_submission_row_kind", ["submission_id", "record_kind", "kind", "sequence"]
        )

    with op.batch_alter_table("submission_file", schema=None) as batch_op:
        batch_op.alter_column(
            "kind",
            existing_type=_file_kind(length=10),
            type_=_file_kind("EXPERIENCES", length=20),
            existing_nullable=False,
        )

    op.create_table(
        "submission_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("batch", _batch(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("RUNNING", "DONE", "FAILED", name="checkstate", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name=op.f("fk_submission_check_job_id_job")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_submission_check_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_submission_check_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_check")),
    )
    op.create_index(
        "ix_submission_check_year",
        "submission_check",
        ["school_id", "academic_year", "batch", "id"],
    )

    op.create_table(
        "submission_fault",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        sa.Column("record_kind", _record_kind(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=True),
        sa.Column("experience_id", sa.Integer(), nullable=True),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["check_id"],
            ["submission_check.id"],
            name=op.f("fk_submission_fault_check_id_submission_check"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["school_class.id"],
            name=op.f("fk_submission_fault_class_id_school_class"),
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experience.id"],
            name=op.f("fk_submission_fault_experience_id_experience"),
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["outcome.id"], name=op.f("fk_submission_fault_outcome_id_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_submission_fault_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_fault")),
        sa.UniqueConstraint(
            "check_id", "sequence", name=op.f("uq_submission_fault_check_id_sequence")
        ),
    )
    with op.batch_alter_table("submission_fault", schema=None) as batch_op:
        batch_op.create_index("ix_submission_fault_class", ["check_id", "class_id", "sequence"])
        batch_op.create_index("ix_submission_fault_code", ["check_id", "code", "sequence"])
        for column in ("class_id", "experience_id", "outcome_id", "student_id"):
            batch_op.create_index(batch_op.f(f"ix_submission_fault_{column}"), [column])


def downgrade() -> None:
    op.drop_table("submission_fault")
    op.drop_table("submission_check")
    with op.batch_alter_table("submission_file", schema=None) as batch_op:
        batch_op.alter_column(
            "kind",
            existing_type=_file_kind("EXPERIENCES", length=20),
            type_=_file_kind(length=10),
            existing_nullable=False,
        )
    with op.batch_alter_table("submission_row", schema=None) as batch_op:
        batch_op.drop_index("ix_submission_row_kind")
        batch_op.drop_index(batch_op.f("ix_submission_row_experience_id"))
        batch_op.drop_constraint(op.f("ck_submission_row_one_record"), type_="check")
        batch_op.drop_constraint(
            op.f("uq_submission_row_submission_id_experience_id"), type_="unique"
        )
        batch_op.drop_constraint(
            op.f("fk_submission_row_experience_id_experience"), type_="foreignkey"
        )
        batch_op.alter_column("outcome_id", existing_type=sa.Integer(), nullable=False)
        for column in ("identity", "experience_id", "kind", "record_kind"):
            batch_op.drop_column(column)
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_constraint(
            op.f("uq_submission_school_id_academic_year_batch_version"), type_="unique"
        )
        batch_op.create_unique_constraint(
            op.f("uq_submission_school_id_academic_year_version"),
            ["school_id", "academic_year", "version"],
        )
        batch_op.drop_column("batch")
    op.drop_table("selection_slip")
    op.drop_table("selection_hold")
    for table in ("selected_experience", "selection_item"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("batch")
