"""Which of several businesses that had one id after another a business is."""

from alembic import op

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; each business that there is gets a value of its own."""
    op.execute(
        "ALTER TABLE business ADD COLUMN incarnation uuid NOT NULL DEFAULT gen_random_uuid()"
    )


def downgrade() -> None:
    """Drop the column."""
    op.execute("ALTER TABLE business DROP COLUMN incarnation")
