"""Spans of which changes of the source were not read."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE sync_gap (
    business_id text COLLATE "C" NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL CHECK (ended_at > began_at),
    PRIMARY KEY (business_id, began_at),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
)
"""


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    op.execute(TABLE)
    isolate("sync_gap", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE sync_gap")
