"""What a source says of each record besides what the books are made from.

The column is empty in rows that were imported before; their digests differ from those of the same
records with facts, so that the next import of them fills it, whatever their source version.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("account", "customer", "vendor", "bill", "invoice", "ledger_transaction")


def upgrade() -> None:
    """Add the column."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN facts json")


def downgrade() -> None:
    """Drop the column."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN facts")
