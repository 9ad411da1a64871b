"""Hand-overs: what one person asks another to see to."""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE hand_over (
    business_id text COLLATE "C" NOT NULL,
    hand_over_id uuid NOT NULL,
    position bigint NOT NULL,
    bill_id text COLLATE "C",
    invoice_id text COLLATE "C",
    issue_key text,
    from_person text NOT NULL,
    to_person text NOT NULL,
    note text NOT NULL,
    due_date date,
    status text NOT NULL CHECK (status IN ('open', 'accepted', 'done', 'declined')),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, hand_over_id),
    UNIQUE (business_id, position),
    FOREIGN KEY (business_id) REFERENCES business (business_id),
    FOREIGN KEY (business_id, bill_id) REFERENCES bill (business_id, bill_id),
    FOREIGN KEY (business_id, invoice_id) REFERENCES invoice (business_id, invoice_id),
    CHECK (num_nonnulls(bill_id, invoice_id, issue_key) <= 1)
)
"""

# Every Decision Console counts those that wait; what is done is never deleted and piles up.
INDEX = "CREATE INDEX hand_over_status ON hand_over (business_id, status)"


def upgrade() -> None:
    """Create the table, its index, its policy and its privileges."""
    for statement in (TABLE, INDEX):
        op.execute(statement)
    isolate("hand_over", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE hand_over")
