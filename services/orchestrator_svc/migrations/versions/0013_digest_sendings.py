"""Digests that were sent or are to be sent, and what became of them."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE digest_sending (
    business_id text COLLATE "C" NOT NULL,
    sending_id uuid NOT NULL,
    digest_id uuid NOT NULL,
    asked_digest bytea NOT NULL,
    message_id text NOT NULL,
    mail_digest bytea NOT NULL,
    mail bytea,
    recipients json NOT NULL,
    attempt_count bigint NOT NULL CHECK (attempt_count > 0),
    attempted_at timestamptz NOT NULL,
    reserved_until timestamptz NOT NULL,
    finished_at timestamptz,
    problem text NOT NULL,
    PRIMARY KEY (business_id, sending_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, digest_id) REFERENCES digest (business_id, digest_id)
        ON DELETE CASCADE,
    -- The mail is kept as long as it may have to be sent again, to the byte, and no longer.
    CHECK ((mail IS NULL) = (finished_at IS NOT NULL))
)
"""


def upgrade() -> None:
    """Create the table, its policy and its privileges."""
    op.execute(TABLE)
    isolate("digest_sending", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE digest_sending")
