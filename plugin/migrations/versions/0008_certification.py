"""Certification: substitutes, reasons, opened files, digests"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("teacher_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.Column("ended_for", sa.Date(), nullable=True),
        sa.CheckConstraint("(teacher_id IS NULL) <> (course_id IS NULL)", name=op.f("ck_substitution_one")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_substitution_order")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_substitution_course_id_course")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_substitution_made_by_id_person")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_substitution_school_id_school")),
        sa.ForeignKeyConstraint(["substitute_id"], ["person.id"], name=op.f("fk_substitution_substitute_id_person")),
        sa.ForeignKeyConstraint(["teacher_id"], ["person.id"], name=op.f("fk_substitution_teacher_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    with op.batch_alter_table("substitution", schema=None) as batch_op:
        batch_op.create_index("ix_substitution_school", ["school_id", "ends_on", "id"], unique=False)
        batch_op.create_index(op.f("ix_substitution_course_id"), ["course_id"], unique=False)
        batch_op.create_index(op.f("ix_substitution_substitute_id"), ["substitute_id"], unique=False)
        batch_op.create_index(op.f("ix_substitution_teacher_id"), ["teacher_id"], unique=False)

    op.create_table(
        "return_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_return_reason_owner_id_person")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_return_reason_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_reason")),
    )
    with op.batch_alter_table("return_reason", schema=None) as batch_op:
        batch_op.create_index("ix_return_reason_owner", ["school_id", "owner_id", "place"], unique=False)

    op.create_table(
        "file_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_file_look_file_id_stored_file")),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcome.id"], name=op.f("fk_file_look_outcome_id_outcome")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_file_look_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_look")),
        sa.UniqueConstraint("person_id", "file_id", "outcome_id", name=op.f("uq_file_look_person_id_file_id_outcome_id")),
    )
    with op.batch_alter_table("file_look", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_file_look_outcome_id"), ["outcome_id"], unique=False)

    op.create_table(
        "certifying_choice",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keys", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=10), nullable=False),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certifying_choice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_certifying_choice")),
    )
    op.create_table(
        "digest_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("slot_on", sa.Date(), nullable=False),
        sa.Column("teachers", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_digest_run_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_run")),
        sa.UniqueConstraint("school_id", "slot_on", name=op.f("uq_digest_run_school_id_slot_on")),
    )


def downgrade() -> None:
    for name in ("digest_run", "certifying_choice", "file_look", "return_reason", "substitution"):
        op.drop_table(name)
