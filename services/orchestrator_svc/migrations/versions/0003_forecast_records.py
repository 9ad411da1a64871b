"""How good the forecasts of each business have been: its latest backtest."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE backtest_record (
    business_id text COLLATE "C" NOT NULL,
    as_of date NOT NULL,
    figures json NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (business_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
)
"""


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    op.execute(TABLE)
    isolate("backtest_record", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE backtest_record")
