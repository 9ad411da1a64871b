"""Each business's part in experiments."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE experiment_participation (
    business_id text COLLATE "C" NOT NULL,
    experiment text COLLATE "C" NOT NULL,
    variant text NOT NULL,
    exposed_at timestamptz NOT NULL,
    converted_at timestamptz,
    PRIMARY KEY (business_id, experiment),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
)
"""

ISOLATION = [
    "ALTER TABLE experiment_participation ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE experiment_participation FORCE ROW LEVEL SECURITY",
    """CREATE POLICY one_business ON experiment_participation
    USING (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))
    WITH CHECK (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))""",
    "GRANT SELECT, INSERT, UPDATE ON experiment_participation TO runway_app",
]


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    op.execute(TABLE)
    for statement in ISOLATION:
        op.execute(statement)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE experiment_participation")
