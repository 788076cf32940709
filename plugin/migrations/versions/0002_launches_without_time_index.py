"""Tables written at every launch carry no index on time; they are purged from the front."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXES = (
    ("login_transaction", "expires_at"),
    ("launch_session", "expires_at"),
    ("launch_session", "launch_person_id"),
    ("launch_log", "at"),
)


def upgrade() -> None:
    for table, column in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)


def downgrade() -> None:
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
