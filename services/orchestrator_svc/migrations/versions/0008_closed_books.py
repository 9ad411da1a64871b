"""Until when the books are closed, as their source says."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE business ADD COLUMN books_closed_through date")


def downgrade() -> None:
    """Drop the column."""
    op.execute("ALTER TABLE business DROP COLUMN books_closed_through")
