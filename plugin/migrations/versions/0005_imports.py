"""What a school brings in from files"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "school_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "CHECKING",
                "REFUSED",
                "FAULTY",
                "UNCHANGED",
                "READY",
                "APPLYING",
                "APPLIED",
                "UNDOING",
                "UNDONE",
                "CANCELLED",
                name="importstate",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("faults_file_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.Column("applied_by_name", sa.String(length=60), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["faults_file_id"],
            ["stored_file.id"],
            name=op.f("fk_school_import_faults_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_school_import_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_school_import_job_id_job")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_school_import_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_import_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_import")),
    )
    with op.batch_alter_table("school_import", schema=None) as batch_op:
        batch_op.create_index("ix_school_import_school", ["school_id", "id"], unique=False)

    op.create_table(
        "import_fault",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(length=60), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("cell", sa.String(length=60), nullable=False),
        sa.Column("column", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("remedy", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["school_import.id"],
            name=op.f("fk_import_fault_import_id_school_import"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_fault")),
    )
    with op.batch_alter_table("import_fault", schema=None) as batch_op:
        batch_op.create_index("ix_import_fault_import", ["import_id", "id"], unique=False)

    op.create_table(
        "import_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column(
            "action",
            sa.Enum("NEW", "CHANGED", "GONE", name="action", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["school_import.id"],
            name=op.f("fk_import_change_import_id_school_import"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
    )
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.create_index("ix_import_change_kind", ["import_id", "kind", "id"], unique=False)
        batch_op.create_index(
            "ix_import_change_action", ["import_id", "action", "id"], unique=False
        )

    op.create_table(
        "plan_course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=23), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("credits", sa.String(length=6), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_plan_course_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_course")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_plan_course_school_id_code")),
    )


def downgrade() -> None:
    op.drop_table("plan_course")
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.drop_index("ix_import_change_action")
        batch_op.drop_index("ix_import_change_kind")

    op.drop_table("import_change")
    with op.batch_alter_table("import_fault", schema=None) as batch_op:
        batch_op.drop_index("ix_import_fault_import")

    op.drop_table("import_fault")
    with op.batch_alter_table("school_import", schema=None) as batch_op:
        batch_op.drop_index("ix_school_import_school")

    op.drop_table("school_import")
