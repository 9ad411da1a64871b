"""How the customers of each business pay: its latest fitted profile."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE pay_date_profile (
    business_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    fitted_on date NOT NULL,
    observation_count bigint NOT NULL,
    customer_count bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (business_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    op.execute(TABLE)
    isolate("pay_date_profile", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE pay_date_profile")
