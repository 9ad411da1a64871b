"""What is documented of being late with a vendor, and which invoices are disputed."""

from alembic import op

from orchestrator_svc.migrations.isolation import statements

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Beside the tier: what the business sets down of a record, and no import touches.
COLUMNS = """
ALTER TABLE vendor
    ADD grace_days bigint CHECK (grace_days >= 0),
    ADD late_breaks_law boolean,
    ADD late_fee_once_minor bigint CHECK (late_fee_once_minor >= 0),
    ADD late_fee_monthly_basis_points bigint CHECK (late_fee_monthly_basis_points >= 0),
    ADD CHECK (num_nulls(grace_days, late_breaks_law) IN (0, 2)),
    ADD CHECK (num_nulls(late_fee_once_minor, late_fee_monthly_basis_points) IN (0, 2)),
    ADD CHECK (late_fee_once_minor IS NULL OR grace_days IS NOT NULL);
ALTER TABLE invoice
    ADD dispute_reason text CHECK (dispute_reason <> ''),
    ADD disputed_at timestamptz,
    ADD CHECK (num_nulls(dispute_reason, disputed_at) IN (0, 2))
"""


def upgrade() -> None:
    """Add the columns."""
    statements(COLUMNS)


def downgrade() -> None:
    """Drop the columns, and with them what refers to them."""
    op.execute("ALTER TABLE invoice DROP COLUMN disputed_at, DROP COLUMN dispute_reason")
    op.execute(
        "ALTER TABLE vendor DROP COLUMN late_fee_monthly_basis_points,"
        " DROP COLUMN late_fee_once_minor, DROP COLUMN late_breaks_law, DROP COLUMN grace_days"
    )
