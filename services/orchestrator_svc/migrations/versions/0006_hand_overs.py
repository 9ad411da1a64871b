"""Hand-overs: what one person asks another to see to."""

from alembic import op

revision = "0006"
down_revision = "0005"
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

ISOLATION = [
    "ALTER TABLE hand_over ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE hand_over FORCE ROW LEVEL SECURITY",
    """CREATE POLICY one_business ON hand_over
    USING (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))
    WITH CHECK (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))""",
    "GRANT SELECT, INSERT, UPDATE ON hand_over TO runway_app",
]


def upgrade() -> None:
    """Create the table, its index, its policy and its privileges."""
    for statement in (TABLE, INDEX, *ISOLATION):
        op.execute(statement)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE hand_over")
