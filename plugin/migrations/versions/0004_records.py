"""Records of the learning portfolio"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # counselling records, and whose students are whose
    op.create_table(
        "counselling_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_counselling_topic_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counselling_topic")),
        sa.UniqueConstraint(
            "school_id", "label", name=op.f("uq_counselling_topic_school_id_label")
        ),
    )
    op.create_table(
        "advice_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_advice_template_owner_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_advice_template_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_template")),
        sa.UniqueConstraint("owner_id", "title", name=op.f("uq_advice_template_owner_id_title")),
    )
    with op.batch_alter_table("advice_template", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_advice_template_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "counselling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("counsellor_id", sa.Integer(), nullable=False),
        sa.Column("counsellor_name", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("INDIVIDUAL", "GROUP", name="counsellingkind", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("topic_note", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("followed_up_at", sa.DateTime(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.Column("document_file_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("DRAFT", "KEPT", "VOID", name="counsellingstate", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=True),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=500), nullable=False),
        sa.Column("page_key", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counsellor_id"], ["person.id"], name=op.f("fk_counselling_counsellor_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["document_file_id"],
            ["stored_file.id"],
            name=op.f("fk_counselling_document_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_counselling_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counselling")),
        sa.UniqueConstraint(
            "counsellor_id", "page_key", name=op.f("uq_counselling_counsellor_id_page_key")
        ),
    )
    with op.batch_alter_table("counselling", schema=None) as batch_op:
        batch_op.create_index(
            "ix_counselling_counsellor_state",
            ["counsellor_id", "state", "held_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_counselling_document_file_id"), ["document_file_id"], unique=False
        )
        batch_op.create_index(
            "ix_counselling_due", ["state", "followed_up_at", "follow_up_on"], unique=False
        )
        batch_op.create_index("ix_counselling_school", ["school_id", "id"], unique=False)

    op.create_table(
        "counsellor_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("counsellor_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(class_id IS NULL) <> (student_id IS NULL)", name=op.f("ck_counsellor_assignment_one")
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_counsellor_assignment_order")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["school_class.id"],
            name=op.f("fk_counsellor_assignment_class_id_school_class"),
        ),
        sa.ForeignKeyConstraint(
            ["counsellor_id"],
            ["person.id"],
            name=op.f("fk_counsellor_assignment_counsellor_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_counsellor_assignment_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_counsellor_assignment_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_counsellor_assignment_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counsellor_assignment")),
    )
    with op.batch_alter_table("counsellor_assignment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counsellor_assignment_class_id"), ["class_id"], unique=False
        )
        batch_op.create_index(
            "ix_counsellor_assignment_counsellor", ["counsellor_id", "ends_on"], unique=False
        )
        batch_op.create_index("ix_counsellor_assignment_school", ["school_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_counsellor_assignment_student_id"), ["student_id"], unique=False
        )

    op.create_table(
        "counselling_addendum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counselling_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_counselling_addendum_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["counselling_id"],
            ["counselling.id"],
            name=op.f("fk_counselling_addendum_counselling_id_counselling"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counselling_addendum")),
    )
    with op.batch_alter_table("counselling_addendum", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counselling_addendum_counselling_id"), ["counselling_id"], unique=False
        )

    op.create_table(
        "counselling_student",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counselling_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counselling_id"],
            ["counselling.id"],
            name=op.f("fk_counselling_student_counselling_id_counselling"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_counselling_student_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counselling_student")),
        sa.UniqueConstraint(
            "counselling_id",
            "student_id",
            name=op.f("uq_counselling_student_counselling_id_student_id"),
        ),
    )
    with op.batch_alter_table("counselling_student", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counselling_student_student_id"), ["student_id"], unique=False
        )

    # experiences: what students did besides courses, in the kinds of the roster
    op.create_table(
        "experience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("academic_year", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("ai_note", sa.Text(), nullable=False),
        sa.Column("document_file_id", sa.Integer(), nullable=True),
        sa.Column("media_file_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT", "SENT", "RETURNED", name="experiencestate", native_enum=False, length=12
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("correct_until", sa.DateTime(), nullable=True),
        sa.Column("page_key", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_file_id"],
            ["stored_file.id"],
            name=op.f("fk_experience_document_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["stored_file.id"],
            name=op.f("fk_experience_media_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_experience_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_experience_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experience")),
        sa.UniqueConstraint(
            "student_id", "page_key", name=op.f("uq_experience_student_id_page_key")
        ),
    )
    with op.batch_alter_table("experience", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_experience_document_file_id"), ["document_file_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_experience_media_file_id"), ["media_file_id"], unique=False
        )
        batch_op.create_index(
            "ix_experience_school_year", ["school_id", "academic_year", "state", "id"], unique=False
        )
        batch_op.create_index(
            "ix_experience_student_year",
            ["student_id", "academic_year", "state", "id"],
            unique=False,
        )

    op.create_table(
        "experience_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("correct_until", sa.DateTime(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_experience_return_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experience.id"],
            name=op.f("fk_experience_return_experience_id_experience"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experience_return")),
    )
    with op.batch_alter_table("experience_return", schema=None) as batch_op:
        batch_op.create_index(
            "ix_experience_return_experience", ["experience_id", "id"], unique=False
        )

    op.create_table(
        "selected_experience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("selection_id", sa.Integer(), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experience.id"],
            name=op.f("fk_selected_experience_experience_id_experience"),
        ),
        sa.ForeignKeyConstraint(
            ["selection_id"],
            ["selection.id"],
            name=op.f("fk_selected_experience_selection_id_selection"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selected_experience")),
        sa.UniqueConstraint(
            "selection_id",
            "experience_id",
            name=op.f("uq_selected_experience_selection_id_experience_id"),
        ),
    )
    with op.batch_alter_table("selected_experience", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_selected_experience_experience_id"), ["experience_id"], unique=False
        )


def downgrade() -> None:
    # experiences: what students did besides courses, in the kinds of the roster
    with op.batch_alter_table("selected_experience", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_selected_experience_experience_id"))

    op.drop_table("selected_experience")
    with op.batch_alter_table("experience_return", schema=None) as batch_op:
        batch_op.drop_index("ix_experience_return_experience")

    op.drop_table("experience_return")
    with op.batch_alter_table("experience", schema=None) as batch_op:
        batch_op.drop_index("ix_experience_student_year")
        batch_op.drop_index("ix_experience_school_year")
        batch_op.drop_index(batch_op.f("ix_experience_media_file_id"))
        batch_op.drop_index(batch_op.f("ix_experience_document_file_id"))

    op.drop_table("experience")

    # counselling records, and whose students are whose
    with op.batch_alter_table("counselling_student", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counselling_student_student_id"))

    op.drop_table("counselling_student")
    with op.batch_alter_table("counselling_addendum", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counselling_addendum_counselling_id"))

    op.drop_table("counselling_addendum")
    with op.batch_alter_table("counsellor_assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counsellor_assignment_student_id"))
        batch_op.drop_index("ix_counsellor_assignment_school")
        batch_op.drop_index("ix_counsellor_assignment_counsellor")
        batch_op.drop_index(batch_op.f("ix_counsellor_assignment_class_id"))

    op.drop_table("counsellor_assignment")
    with op.batch_alter_table("counselling", schema=None) as batch_op:
        batch_op.drop_index("ix_counselling_school")
        batch_op.drop_index("ix_counselling_due")
        batch_op.drop_index(batch_op.f("ix_counselling_document_file_id"))
        batch_op.drop_index("ix_counselling_counsellor_state")

    op.drop_table("counselling")
    with op.batch_alter_table("advice_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_advice_template_school_id"))

    op.drop_table("advice_template")
    op.drop_table("counselling_topic")
