"""Which of several businesses that had one id after another a business is; and checks of what was
checked nowhere but on its way in, since an archive comes in by another way.
"""

from alembic import op

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None

_CATEGORY = (
    "category IN ('unspecified', 'customer', 'vendor', 'payroll', 'tax', 'rent', 'financing',"
    " 'transfer', 'other')"
)
_TERMS = (
    "net_days BETWEEN 0 AND 3650 AND discount_days BETWEEN 0 AND 3650"
    " AND discount_basis_points BETWEEN 0 AND 10000"
)
_CHECKS = {
    ("business", "thresholds_within"): "critical_days >= 1 AND healthy_days <= 3650",
    ("bill", "category_known"): _CATEGORY,
    ("cash_posting", "category_known"): _CATEGORY,
    ("planned_item", "category_known"): _CATEGORY,
    ("finalized_decision", "action_known"): (
        "action IN ('pay_now', 'schedule_payment', 'delay_payment', 'part_payment', 'collect',"
        " 'earmark', 'write_off')"
    ),
    **{(table, "terms_within"): _TERMS for table in ("vendor", "customer", "bill", "invoice")},
}


def upgrade() -> None:
    """Add the column; each business that there is gets a value of its own. Add the checks."""
    for (table, name), check in _CHECKS.items():
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_{name} CHECK ({check})")
    op.execute(
        "ALTER TABLE business ADD COLUMN incarnation uuid NOT NULL DEFAULT gen_random_uuid()"
    )


def downgrade() -> None:
    """Drop the column and the checks."""
    for table, name in _CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{name}")
    op.execute("ALTER TABLE business DROP COLUMN incarnation")
