"""What is handed in each term: rows copied, files, how it ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("term_workbook", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "state",
                sa.Enum(
                    "BUILDING",
                    "FROZEN",
                    "FAILED",
                    name="submissionstate",
                    native_enum=False,
                    length=10,
                ),
                server_default="FROZEN",
                nullable=False,
            )
        )
        for name, length in (("failure", 500), ("override", 500), ("rows_sha256", 64)):
            batch_op.add_column(
                sa.Column(name, sa.String(length=length), server_default="", nullable=False)
            )
    # what has no file yet is still made, or its job died and the next version closes it
    op.execute("UPDATE term_workbook SET state = 'BUILDING' WHERE file_id IS NULL")

    op.create_table(
        "term_workbook_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("student_number", sa.String(length=32), nullable=False),
        sa.Column("student_name", sa.String(length=60), nullable=False),
        sa.Column("class_code", sa.String(length=16), nullable=False),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("national_id", sa.Text(), nullable=True),
        sa.Column("birthday", sa.Text(), nullable=True),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_term_workbook_row_student_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["workbook_id"],
            ["term_workbook.id"],
            name=op.f("fk_term_workbook_row_workbook_id_term_workbook"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_workbook_row")),
        sa.UniqueConstraint(
            "workbook_id", "sequence", name=op.f("uq_term_workbook_row_workbook_id_sequence")
        ),
        sa.UniqueConstraint(
            "workbook_id",
            "sheet",
            "record_id",
            name=op.f("uq_term_workbook_row_workbook_id_sheet_record_id"),
        ),
    )
    with op.batch_alter_table("term_workbook_row", schema=None) as batch_op:
        batch_op.create_index("ix_term_workbook_row_sheet", ["workbook_id", "sheet", "sequence"])
        batch_op.create_index(batch_op.f("ix_term_workbook_row_student_id"), ["student_id"])

    op.create_table(
        "term_workbook_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "MANIFEST",
                "SHEET",
                "WORKBOOK",
                "EXPERIENCES",
                "CSV",
                "PACKAGE",
                name="submissionfilekind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_term_workbook_file_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["workbook_id"],
            ["term_workbook.id"],
            name=op.f("fk_term_workbook_file_workbook_id_term_workbook"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_workbook_file")),
        sa.UniqueConstraint(
            "workbook_id", "kind", name=op.f("uq_term_workbook_file_workbook_id_kind")
        ),
    )
    with op.batch_alter_table("term_workbook_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_term_workbook_file_file_id"), ["file_id"])


def downgrade() -> None:
    op.drop_table("term_workbook_file")
    op.drop_table("term_workbook_row")
    with op.batch_alter_table("term_workbook", schema=None) as batch_op:
        for name in ("rows_sha256", "override", "failure", "state"):
            batch_op.drop_column(name)
