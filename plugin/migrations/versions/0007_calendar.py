"""The calendar: extensions, changes, reminders, year plan, regulations, working group, briefings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "briefing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "ADMINISTRATIVE",
                "TEACHERS",
                "STUDENTS",
                "PARENTS",
                name="audience",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_briefing_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing")),
    )
    with op.batch_alter_table("briefing", schema=None) as batch_op:
        batch_op.create_index("ix_briefing_day", ["school_id", "held_on", "id"], unique=False)

    op.create_table(
        "group_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_group_seat_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_seat")),
    )
    with op.batch_alter_table("group_seat", schema=None) as batch_op:
        batch_op.create_index("ix_group_seat_year", ["school_id", "academic_year"], unique=False)

    op.create_table(
        "plan_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "ADMINISTRATION",
                "CURRICULUM",
                "TRAINING",
                "OTHER",
                name="planpart",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_plan_item_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
    )
    with op.batch_alter_table("plan_item", schema=None) as batch_op:
        batch_op.create_index("ix_plan_item_year", ["school_id", "academic_year"], unique=False)

    op.create_table(
        "reminder_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "BASIC_DATA",
                "POSTS",
                "COURSE_RECORDS",
                "COUNSELLING",
                "OUTCOME_UPLOAD",
                "CERTIFICATION",
                "EXPERIENCE_UPLOAD",
                "SELECTION",
                "SUBMISSION",
                "RECEIPT",
                name="windowkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("extension_id", sa.Integer(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("after_person_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_reminder_run_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_run")),
        sa.UniqueConstraint(
            "school_id",
            "academic_year",
            "term",
            "kind",
            "grade",
            "extension_id",
            "closes_on",
            "days",
            name="uq_reminder_run_day",
        ),
    )
    op.create_table(
        "briefing_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("briefing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["briefing_id"], ["briefing.id"], name=op.f("fk_briefing_guest_briefing_id_briefing")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_briefing_guest_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_guest")),
        sa.UniqueConstraint(
            "briefing_id", "person_id", name=op.f("uq_briefing_guest_briefing_id_person_id")
        ),
    )
    with op.batch_alter_table("briefing_guest", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_briefing_guest_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=60), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_calendar_change_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_calendar_change_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["person.id"], name=op.f("fk_calendar_change_undone_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_change")),
    )
    with op.batch_alter_table("calendar_change", schema=None) as batch_op:
        batch_op.create_index(
            "ix_calendar_change_year", ["school_id", "academic_year", "id"], unique=False
        )

    op.create_table(
        "group_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("chair", sa.String(length=60), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_group_meeting_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_group_meeting_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_meeting")),
    )
    with op.batch_alter_table("group_meeting", schema=None) as batch_op:
        batch_op.create_index("ix_group_meeting_day", ["school_id", "held_on"], unique=False)

    op.create_table(
        "regulation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("passed_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_regulation_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_regulation_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_regulation_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regulation")),
        sa.UniqueConstraint("school_id", "version", name=op.f("uq_regulation_school_id_version")),
    )
    with op.batch_alter_table("regulation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_regulation_file_id"), ["file_id"], unique=False)

    op.create_table(
        "window_extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "BASIC_DATA",
                "POSTS",
                "COURSE_RECORDS",
                "COUNSELLING",
                "OUTCOME_UPLOAD",
                "CERTIFICATION",
                "EXPERIENCE_UPLOAD",
                "SELECTION",
                "SUBMISSION",
                "RECEIPT",
                name="windowkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_by_name", sa.String(length=60), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN class_id IS NULL THEN 0 ELSE 1 END + CASE WHEN student_id IS NULL THEN 0 ELSE 1 END + CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_window_extension_one_holder"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["school_class.id"],
            name=op.f("fk_window_extension_class_id_school_class"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_window_extension_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["person.id"], name=op.f("fk_window_extension_given_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["person.id"], name=op.f("fk_window_extension_revoked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_window_extension_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_window_extension_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_extension")),
    )
    with op.batch_alter_table("window_extension", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_window_extension_class_id"), ["class_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_window_extension_course_id"), ["course_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_window_extension_student_id"), ["student_id"], unique=False
        )
        batch_op.create_index(
            "ix_window_extension_year", ["school_id", "academic_year", "until"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("window_extension", schema=None) as batch_op:
        batch_op.drop_index("ix_window_extension_year")
        batch_op.drop_index(batch_op.f("ix_window_extension_student_id"))
        batch_op.drop_index(batch_op.f("ix_window_extension_course_id"))
        batch_op.drop_index(batch_op.f("ix_window_extension_class_id"))

    op.drop_table("window_extension")
    with op.batch_alter_table("regulation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_regulation_file_id"))

    op.drop_table("regulation")
    with op.batch_alter_table("group_meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_group_meeting_day")

    op.drop_table("group_meeting")
    with op.batch_alter_table("calendar_change", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_change_year")

    op.drop_table("calendar_change")
    with op.batch_alter_table("briefing_guest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_briefing_guest_person_id"))

    op.drop_table("briefing_guest")
    op.drop_table("reminder_run")
    with op.batch_alter_table("plan_item", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_item_year")

    op.drop_table("plan_item")
    with op.batch_alter_table("group_seat", schema=None) as batch_op:
        batch_op.drop_index("ix_group_seat_year")

    op.drop_table("group_seat")
    with op.batch_alter_table("briefing", schema=None) as batch_op:
        batch_op.drop_index("ix_briefing_day")

    op.drop_table("briefing")
