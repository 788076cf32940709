"""Payments: how far a bank's file is, what became of a row"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('certification_bank_import', schema=None) as batch_op:
        batch_op.add_column(sa.Column('columns', sa.Text(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('done', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('counts', sa.Text(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('faults', sa.Text(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('error', sa.String(length=300), server_default='', nullable=False))
    with op.batch_alter_table('certification_payment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('refund_amount', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('settled_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('settle_note', sa.Text(), server_default='', nullable=False))
        batch_op.create_index('ix_certification_payment_day', ['school_id', 'paid_on', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('certification_payment', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_payment_day')
        batch_op.drop_column('settle_note')
        batch_op.drop_column('settled_at')
        batch_op.drop_column('refund_amount')
    with op.batch_alter_table('certification_bank_import', schema=None) as batch_op:
        batch_op.drop_column('error')
        batch_op.drop_column('faults')
        batch_op.drop_column('counts')
        batch_op.drop_column('done')
        batch_op.drop_column('columns')
