"""The public verification page of a term's list"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # lists that are printed already name no page: theirs stays empty
    with op.batch_alter_table("term_workbook", schema=None) as batch_op:
        batch_op.add_column(sa.Column("token", sa.String(length=43), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_term_workbook_token"), ["token"])


def downgrade() -> None:
    with op.batch_alter_table("term_workbook", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_term_workbook_token"), type_="unique")
        batch_op.drop_column("token")
