"""Links to files that are taken back; who opened what"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("link_generation", sa.Integer(), server_default="0", nullable=False)
        )
    op.create_table(
        "file_lending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_file_lending_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_lending")),
        sa.UniqueConstraint("subject", name=op.f("uq_file_lending_subject")),
    )
    with op.batch_alter_table("file_lending", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_file_lending_school_id"), ["school_id"], unique=False)
    op.create_table(
        "file_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lending_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_file_link_file_id_stored_file")),
        sa.ForeignKeyConstraint(["lending_id"], ["file_lending.id"], name=op.f("fk_file_link_lending_id_file_lending")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["person.id"], name=op.f("fk_file_link_revoked_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_link")),
        sa.UniqueConstraint("lending_id", "file_id", name=op.f("uq_file_link_lending_id_file_id")),
    )
    with op.batch_alter_table("file_link", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_file_link_file_id"), ["file_id"], unique=False)
    op.create_table(
        "file_opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_file_opening_file_id_stored_file")),
        sa.ForeignKeyConstraint(["link_id"], ["file_link.id"], name=op.f("fk_file_opening_link_id_file_link")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_file_opening_reader_id_person")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_file_opening_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_opening")),
    )
    with op.batch_alter_table("file_opening", schema=None) as batch_op:
        batch_op.create_index("ix_file_opening_file", ["file_id", "reader_id", "at"], unique=False)
        batch_op.create_index("ix_file_opening_school", ["school_id", "id"], unique=False)
        batch_op.create_index(op.f("ix_file_opening_link_id"), ["link_id"], unique=False)
        batch_op.create_index(op.f("ix_file_opening_reader_id"), ["reader_id"], unique=False)


def downgrade() -> None:
    op.drop_table("file_opening")
    op.drop_table("file_link")
    op.drop_table("file_lending")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_column("link_generation")
