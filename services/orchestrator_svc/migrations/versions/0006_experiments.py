"""Each business's part in experiments."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

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


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    op.execute(TABLE)
    isolate("experiment_participation", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE experiment_participation")
