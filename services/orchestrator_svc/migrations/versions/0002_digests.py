"""Digests: when they are wanted, and which were made."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = [
    """
CREATE TABLE digest_settings (
    business_id text COLLATE "C" NOT NULL,
    enabled boolean NOT NULL,
    weekday bigint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    hour bigint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    time_zone text NOT NULL,
    recipients text[] NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (business_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
)
""",
    """
CREATE TABLE digest (
    business_id text COLLATE "C" NOT NULL,
    digest_id uuid NOT NULL,
    trigger_type text NOT NULL CHECK (trigger_type IN ('weekly', 'test_drive', 'onboarding')),
    time_window text NOT NULL CHECK (time_window IN ('last_4_weeks', 'full_history')),
    experiment_variant text NOT NULL,
    as_of date NOT NULL,
    subject text NOT NULL,
    content_digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, digest_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
)
""",
]

# What was made never changes.
PRIVILEGES = {"digest_settings": "SELECT, INSERT, UPDATE", "digest": "SELECT, INSERT"}


def upgrade() -> None:
    """Create the tables, their policies and their privileges."""
    for table in TABLES:
        op.execute(table)
    for name, privileges in PRIVILEGES.items():
        isolate(name, privileges)


def downgrade() -> None:
    """Drop the tables."""
    for name in PRIVILEGES:
        op.execute(f"DROP TABLE {name}")
