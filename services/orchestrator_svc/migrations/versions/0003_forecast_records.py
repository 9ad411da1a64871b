"""How good the forecasts of each business have been: its latest backtest."""

from alembic import op

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

ISOLATION = [
    "ALTER TABLE backtest_record ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE backtest_record FORCE ROW LEVEL SECURITY",
    """CREATE POLICY one_business ON backtest_record
    USING (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))
    WITH CHECK (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))""",
    "GRANT SELECT, INSERT, UPDATE ON backtest_record TO runway_app",
]


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    for statement in (TABLE, *ISOLATION):
        op.execute(statement)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE backtest_record")
