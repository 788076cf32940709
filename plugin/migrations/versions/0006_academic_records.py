"""Basic data, posts, course records"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "basic_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("class_code", sa.String(length=16), nullable=False),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("cluster", sa.String(length=10), nullable=False),
        sa.Column("department", sa.String(length=20), nullable=False),
        sa.Column("division", sa.String(length=10), nullable=False),
        sa.Column("class_kind", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column(
            "change",
            sa.Enum(
                "NONE",
                "TRANSFER_IN",
                "TRANSFER_OUT",
                "DEPARTMENT",
                "SUSPEND",
                "RESUME",
                "EXTEND",
                "DIVISION",
                name="changekind",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("term IN (1, 2)", name=op.f("ck_basic_record_term")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_basic_record_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_basic_record_set_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_basic_record_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basic_record")),
        sa.UniqueConstraint(
            "student_id",
            "academic_year",
            "term",
            name=op.f("uq_basic_record_student_id_academic_year_term"),
        ),
    )
    with op.batch_alter_table("basic_record", schema=None) as batch_op:
        batch_op.create_index(
            "ix_basic_record_term", ["school_id", "academic_year", "term", "id"], unique=False
        )

    op.create_table(
        "course_freeze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(), nullable=False),
        sa.Column("frozen_by_id", sa.Integer(), nullable=True),
        sa.Column("frozen_by_name", sa.String(length=60), nullable=False),
        sa.Column("thawed_at", sa.DateTime(), nullable=True),
        sa.Column("thawed_by_id", sa.Integer(), nullable=True),
        sa.Column("thaw_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_freeze_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["frozen_by_id"], ["person.id"], name=op.f("fk_course_freeze_frozen_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_course_freeze_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["thawed_by_id"], ["person.id"], name=op.f("fk_course_freeze_thawed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_freeze")),
    )
    with op.batch_alter_table("course_freeze", schema=None) as batch_op:
        batch_op.create_index("ix_course_freeze_course", ["course_id"], unique=False)
        batch_op.create_index(
            "ix_course_freeze_term", ["school_id", "academic_year", "term"], unique=False
        )

    op.create_table(
        "course_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_key", sa.String(length=160), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=23), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("makeup_score", sa.Integer(), nullable=True),
        sa.Column("makeup_passed", sa.Boolean(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("removed_reason", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("term IN (1, 2)", name=op.f("ck_course_record_term")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_record_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_course_record_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_course_record_set_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_course_record_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_record")),
        sa.UniqueConstraint(
            "student_id",
            "academic_year",
            "term",
            "kind",
            "subject_key",
            name=op.f("uq_course_record_student_id_academic_year_term_kind_subject_key"),
        ),
    )
    with op.batch_alter_table("course_record", schema=None) as batch_op:
        batch_op.create_index("ix_course_record_course", ["course_id", "kind"], unique=False)
        batch_op.create_index(
            "ix_course_record_term", ["school_id", "academic_year", "term", "id"], unique=False
        )

    op.create_table(
        "officer_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("SCHOOL", "CLASS", "CLUB", name="postlevel", native_enum=False, length=8),
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("duty", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("removed_reason", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_officer_post_order")),
        sa.CheckConstraint("term IN (1, 2)", name=op.f("ck_officer_post_term")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_officer_post_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_officer_post_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_officer_post_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_post")),
    )
    with op.batch_alter_table("officer_post", schema=None) as batch_op:
        batch_op.create_index(
            "ix_officer_post_student", ["student_id", "academic_year", "term"], unique=False
        )
        batch_op.create_index(
            "ix_officer_post_term", ["school_id", "academic_year", "term", "id"], unique=False
        )

    op.create_table(
        "record_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column(
            "area",
            sa.Enum("BASIC", "POSTS", "COURSES", name="casearea", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN", "ANSWERED", "CORRECTED", name="casestate", native_enum=False, length=10
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=60), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("page_key", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_record_case_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_record_case_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_record_case_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_case")),
        sa.UniqueConstraint(
            "student_id", "page_key", name=op.f("uq_record_case_student_id_page_key")
        ),
    )
    with op.batch_alter_table("record_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_record_case_queue", ["school_id", "state", "area", "id"], unique=False
        )

    op.create_table(
        "term_workbook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("batch", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_term_workbook_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_term_workbook_job_id_job")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_term_workbook_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_term_workbook_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_workbook")),
        sa.UniqueConstraint(
            "school_id",
            "academic_year",
            "term",
            "book",
            "batch",
            "version",
            name=op.f("uq_term_workbook_school_id_academic_year_term_book_batch_version"),
        ),
    )


def downgrade() -> None:
    op.drop_table("term_workbook")
    with op.batch_alter_table("record_case", schema=None) as batch_op:
        batch_op.drop_index("ix_record_case_queue")

    op.drop_table("record_case")
    with op.batch_alter_table("officer_post", schema=None) as batch_op:
        batch_op.drop_index("ix_officer_post_term")
        batch_op.drop_index("ix_officer_post_student")

    op.drop_table("officer_post")
    with op.batch_alter_table("course_record", schema=None) as batch_op:
        batch_op.drop_index("ix_course_record_term")
        batch_op.drop_index("ix_course_record_course")

    op.drop_table("course_record")
    with op.batch_alter_table("course_freeze", schema=None) as batch_op:
        batch_op.drop_index("ix_course_freeze_term")
        batch_op.drop_index("ix_course_freeze_course")

    op.drop_table("course_freeze")
    with op.batch_alter_table("basic_record", schema=None) as batch_op:
        batch_op.drop_index("ix_basic_record_term")

    op.drop_table("basic_record")
