"""Policies that compare with the setting itself and not with a sub-select of it: half the price,
since every statement names its business as well (ADR-019).
"""

from alembic import op
from sqlalchemy import text

from orchestrator_svc.migrations.isolation import THIS_BUSINESS

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Have every policy compare with the setting."""
    _compare_with(THIS_BUSINESS)


def downgrade() -> None:
    """Have every policy compare with a sub-select of it."""
    _compare_with(f"(SELECT {THIS_BUSINESS})")


def _compare_with(this: str) -> None:
    isolated = text(
        "SELECT tablename FROM pg_policies"
        " WHERE policyname = 'one_business' AND schemaname = current_schema()"
    )
    for (table,) in op.get_bind().execute(isolated).all():
        op.execute(
            f"ALTER POLICY one_business ON {table}"
            f" USING (business_id = {this}) WITH CHECK (business_id = {this})"
        )
