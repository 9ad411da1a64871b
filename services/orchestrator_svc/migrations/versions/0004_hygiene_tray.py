"""The Hygiene Tray: one row an issue that it has known, and which books it was last told of."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE hygiene_tray_item (
    business_id text COLLATE "C" NOT NULL,
    issue_key text COLLATE "C" NOT NULL,
    rule text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'in_progress', 'waiting_on_client', 'fixed',
        'approved', 'excluded', 'reopened')),
    priority text CHECK (priority IN ('low', 'normal', 'high')),
    assignee text NOT NULL,
    note text NOT NULL,
    snoozed_until_date date,
    first_seen_at timestamptz NOT NULL,
    gone_at timestamptz,
    returned_at timestamptz,
    status_changed_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (business_id, issue_key),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);
CREATE INDEX hygiene_tray_item_status ON hygiene_tray_item (business_id, status, issue_key);

CREATE TABLE hygiene_tray_recording (
    business_id text COLLATE "C" NOT NULL,
    synced_at timestamptz,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (business_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);
"""

# An issue that is gone keeps its item: nothing is ever deleted.
PRIVILEGES = {
    "hygiene_tray_item": "SELECT, INSERT, UPDATE",
    "hygiene_tray_recording": "SELECT, INSERT, UPDATE",
}

# As in 0001, which says why.
ISOLATION = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY one_business ON {table}
    USING (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))
    WITH CHECK (business_id = (SELECT NULLIF(current_setting('app.business_id', true), '')));
GRANT {privileges} ON {table} TO runway_app;
"""


def upgrade() -> None:
    """Create the two tables, their policies and privileges."""
    statements(TABLES)
    for table, privileges in PRIVILEGES.items():
        statements(ISOLATION.format(table=table, privileges=privileges))


def downgrade() -> None:
    """Drop both tables."""
    for table in reversed(PRIVILEGES):
        op.execute(f"DROP TABLE {table}")


def statements(script: str) -> None:
    """Run a script one statement at a time: the driver prepares, and prepares but one."""
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement.strip())
