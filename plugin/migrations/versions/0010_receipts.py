"""Receipts, exchange between schools"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_by_name", sa.String(length=60), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_exchange_setting_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_exchange_setting_set_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_setting")),
    )
    with op.batch_alter_table("exchange_setting", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_setting_school", ["school_id", "id"], unique=False)

    op.create_table(
        "receipt_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_by_name", sa.String(length=60), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_receipt_mapping_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_receipt_mapping_set_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_mapping")),
    )
    with op.batch_alter_table("receipt_mapping", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_mapping_school", ["school_id", "id"], unique=False)

    op.create_table(
        "exchange_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("origin_code", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "CHECKING",
                "READY",
                "TAKING",
                "TAKEN",
                "UNDONE",
                "DROPPED",
                "REFUSED",
                name="instate",
                native_enum=False,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("preview", sa.Text(), nullable=True),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_exchange_in_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_exchange_in_job_id_job")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_exchange_in_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_exchange_in_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_in")),
    )
    with op.batch_alter_table("exchange_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_in_file_id"), ["file_id"], unique=False)
        batch_op.create_index("ix_exchange_in_school", ["school_id", "id"], unique=False)

    op.create_table(
        "exchange_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("base_name", sa.String(length=60), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum("BUILDING", "DONE", "FAILED", name="outstate", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_exchange_out_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_exchange_out_job_id_job")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_exchange_out_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_exchange_out_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_out")),
    )
    with op.batch_alter_table("exchange_out", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_out_file_id"), ["file_id"], unique=False)
        batch_op.create_index("ix_exchange_out_school", ["school_id", "id"], unique=False)

    op.create_table(
        "central_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("QUEUED", "DONE", "REFUSED", name="centralstate", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_central_import_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_central_import_job_id_job")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_central_import_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_central_import_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_central_import_submission_id_submission"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_import")),
    )
    with op.batch_alter_table("central_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_central_import_file_id"), ["file_id"], unique=False)
        batch_op.create_index(
            "ix_central_import_submission", ["submission_id", "state", "id"], unique=False
        )
        batch_op.create_index(
            "ix_central_import_year", ["school_id", "academic_year", "id"], unique=False
        )

    op.create_table(
        "exchange_arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exchange_in_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=True),
        sa.Column("experience_id", sa.Integer(), nullable=True),
        sa.Column("item_key", sa.String(length=64), nullable=False),
        sa.Column("origin_code", sa.String(length=16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(outcome_id IS NULL) <> (experience_id IS NULL)",
            name=op.f("ck_exchange_arrival_one_record"),
        ),
        sa.ForeignKeyConstraint(
            ["exchange_in_id"],
            ["exchange_in.id"],
            name=op.f("fk_exchange_arrival_exchange_in_id_exchange_in"),
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experience.id"],
            name=op.f("fk_exchange_arrival_experience_id_experience"),
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["outcome.id"], name=op.f("fk_exchange_arrival_outcome_id_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_exchange_arrival_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_arrival")),
        sa.UniqueConstraint("experience_id", name=op.f("uq_exchange_arrival_experience_id")),
        sa.UniqueConstraint("outcome_id", name=op.f("uq_exchange_arrival_outcome_id")),
        sa.UniqueConstraint(
            "student_id", "item_key", name=op.f("uq_exchange_arrival_student_id_item_key")
        ),
    )
    with op.batch_alter_table("exchange_arrival", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_arrival_package", ["exchange_in_id", "id"], unique=False)

    op.create_table(
        "exchange_course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("origin_code", sa.String(length=16), nullable=False),
        sa.Column("exchange_in_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_exchange_course_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["exchange_in_id"],
            ["exchange_in.id"],
            name=op.f("fk_exchange_course_exchange_in_id_exchange_in"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_course")),
        sa.UniqueConstraint("course_id", name=op.f("uq_exchange_course_course_id")),
    )
    with op.batch_alter_table("exchange_course", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exchange_course_exchange_in_id"), ["exchange_in_id"], unique=False
        )

    op.create_table(
        "exchange_out_student",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exchange_out_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange_out_id"],
            ["exchange_out.id"],
            name=op.f("fk_exchange_out_student_exchange_out_id_exchange_out"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_exchange_out_student_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_out_student")),
        sa.UniqueConstraint(
            "exchange_out_id",
            "student_id",
            name=op.f("uq_exchange_out_student_exchange_out_id_student_id"),
        ),
    )
    with op.batch_alter_table("exchange_out_student", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exchange_out_student_student_id"), ["student_id"], unique=False
        )

    op.create_table(
        "receipt_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "WAITING",
                "CONFIRMED",
                "DISPUTED",
                "ANSWERED",
                name="sheetstate",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("carried_from_id", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["carried_from_id"],
            ["receipt_sheet.id"],
            name=op.f("fk_receipt_sheet_carried_from_id_receipt_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_receipt_sheet_class_id_school_class")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_receipt_sheet_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_receipt_sheet_student_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_receipt_sheet_submission_id_submission"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_sheet")),
        sa.UniqueConstraint(
            "submission_id", "student_id", name=op.f("uq_receipt_sheet_submission_id_student_id")
        ),
    )
    with op.batch_alter_table("receipt_sheet", schema=None) as batch_op:
        batch_op.create_index(
            "ix_receipt_sheet_class",
            ["school_id", "academic_year", "current", "class_id", "state"],
            unique=False,
        )
        batch_op.create_index("ix_receipt_sheet_student", ["student_id", "id"], unique=False)

    op.create_table(
        "central_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "match",
            sa.Enum(
                "MATCHED",
                "UNKNOWN_ITEM",
                "UNKNOWN_STUDENT",
                name="centralmatch",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("row_id", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("slots", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("stranger", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["central_import.id"],
            name=op.f("fk_central_item_import_id_central_import"),
        ),
        sa.ForeignKeyConstraint(
            ["row_id"], ["submission_row.id"], name=op.f("fk_central_item_row_id_submission_row")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_central_item_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_item")),
        sa.UniqueConstraint(
            "import_id", "sequence", name=op.f("uq_central_item_import_id_sequence")
        ),
    )
    with op.batch_alter_table("central_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_central_item_match", ["import_id", "match", "sequence"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_central_item_row_id"), ["row_id"], unique=False)
        batch_op.create_index("ix_central_item_student", ["import_id", "student_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_central_item_student_id"), ["student_id"], unique=False
        )

    op.create_table(
        "receipt_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("CONFIRM", "DISPUTE", name="statementkind", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_receipt_statement_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["row_id"],
            ["submission_row.id"],
            name=op.f("fk_receipt_statement_row_id_submission_row"),
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"],
            ["receipt_sheet.id"],
            name=op.f("fk_receipt_statement_sheet_id_receipt_sheet"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_statement")),
    )
    with op.batch_alter_table("receipt_statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_statement_row_id"), ["row_id"], unique=False)
        batch_op.create_index("ix_receipt_statement_sheet", ["sheet_id", "id"], unique=False)

    op.create_table(
        "receipt_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("UPHELD", "DISMISSED", name="answerverdict", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_receipt_answer_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["receipt_statement.id"],
            name=op.f("fk_receipt_answer_statement_id_receipt_statement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_answer")),
        sa.UniqueConstraint("statement_id", name=op.f("uq_receipt_answer_statement_id")),
    )


def downgrade() -> None:
    op.drop_table("receipt_answer")
    with op.batch_alter_table("receipt_statement", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_statement_sheet")
        batch_op.drop_index(batch_op.f("ix_receipt_statement_row_id"))

    op.drop_table("receipt_statement")
    with op.batch_alter_table("central_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_central_item_student_id"))
        batch_op.drop_index("ix_central_item_student")
        batch_op.drop_index(batch_op.f("ix_central_item_row_id"))
        batch_op.drop_index("ix_central_item_match")

    op.drop_table("central_item")
    with op.batch_alter_table("receipt_sheet", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_sheet_student")
        batch_op.drop_index("ix_receipt_sheet_class")

    op.drop_table("receipt_sheet")
    with op.batch_alter_table("exchange_out_student", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_out_student_student_id"))

    op.drop_table("exchange_out_student")
    with op.batch_alter_table("exchange_course", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_course_exchange_in_id"))

    op.drop_table("exchange_course")
    with op.batch_alter_table("exchange_arrival", schema=None) as batch_op:
        batch_op.drop_index("ix_exchange_arrival_package")

    op.drop_table("exchange_arrival")
    with op.batch_alter_table("central_import", schema=None) as batch_op:
        batch_op.drop_index("ix_central_import_year")
        batch_op.drop_index("ix_central_import_submission")
        batch_op.drop_index(batch_op.f("ix_central_import_file_id"))

    op.drop_table("central_import")
    with op.batch_alter_table("exchange_out", schema=None) as batch_op:
        batch_op.drop_index("ix_exchange_out_school")
        batch_op.drop_index(batch_op.f("ix_exchange_out_file_id"))

    op.drop_table("exchange_out")
    with op.batch_alter_table("exchange_in", schema=None) as batch_op:
        batch_op.drop_index("ix_exchange_in_school")
        batch_op.drop_index(batch_op.f("ix_exchange_in_file_id"))

    op.drop_table("exchange_in")
    with op.batch_alter_table("receipt_mapping", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_mapping_school")

    op.drop_table("receipt_mapping")
    with op.batch_alter_table("exchange_setting", schema=None) as batch_op:
        batch_op.drop_index("ix_exchange_setting_school")

    op.drop_table("exchange_setting")
