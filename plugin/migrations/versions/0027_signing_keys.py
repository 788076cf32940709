"""Keys that sign certificates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('certification_signing_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('pkcs12', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_signing_key_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_signing_key')),
    sa.UniqueConstraint('school_id', 'fingerprint', name=op.f('uq_certification_signing_key_school_id_fingerprint'))
    )
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signer', sa.String(length=64), server_default='', nullable=False))
        batch_op.drop_index('ix_certificate_public_name')
        batch_op.create_index('ix_certificate_name', ['school_id', 'public_name'], unique=False)
        batch_op.create_index('ix_certificate_state', ['school_id', 'state', 'issued_on', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.drop_index('ix_certificate_state')
        batch_op.drop_index('ix_certificate_name')
        batch_op.create_index('ix_certificate_public_name', ['public_name'], unique=False)
        batch_op.drop_column('signer')

    op.drop_table('certification_signing_key')
