"""Books, decisions, idempotency and audit, each row of one business.

Every table has `business_id` first in its primary key and in every unique constraint and foreign
key: a key without it would accept another business's row, or tell that it exists. Types are those
whose comparison is leakproof (text, bigint, date, uuid, timestamptz), because others lose their
index under row-level security.
"""

from alembic import op

from orchestrator_svc.migrations.isolation import isolate, statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE business (
    business_id text COLLATE "C" NOT NULL
        CHECK (business_id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    display_name text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    time_zone text NOT NULL,
    critical_days bigint NOT NULL,
    warning_days bigint NOT NULL,
    healthy_days bigint NOT NULL,
    cash_floor_minor bigint NOT NULL CHECK (cash_floor_minor >= 0),
    synced_at timestamptz,
    version bigint NOT NULL,
    queue_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id),
    CHECK (critical_days < warning_days AND warning_days < healthy_days)
);

CREATE TABLE account (
    business_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('bank', 'undeposited_funds', 'accounts_receivable',
        'accounts_payable', 'credit_card', 'other_asset', 'other_liability', 'equity', 'income',
        'expense')),
    subtype text NOT NULL,
    active boolean NOT NULL,
    balance_minor bigint NOT NULL,
    currency text NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    source_version bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (business_id, account_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE customer (
    business_id text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    active boolean NOT NULL,
    balance_minor bigint NOT NULL,
    currency text NOT NULL,
    terms_name text,
    net_days bigint,
    discount_days bigint,
    discount_basis_points bigint,
    source_version bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (business_id, customer_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE vendor (
    business_id text COLLATE "C" NOT NULL,
    vendor_id text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    active boolean NOT NULL,
    balance_minor bigint NOT NULL,
    currency text NOT NULL,
    terms_name text,
    net_days bigint,
    discount_days bigint,
    discount_basis_points bigint,
    tier text CHECK (tier IN ('critical', 'key', 'deferrable')),
    source_version bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (business_id, vendor_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE bill (
    business_id text COLLATE "C" NOT NULL,
    bill_id text COLLATE "C" NOT NULL,
    vendor_id text COLLATE "C" NOT NULL,
    document_number text NOT NULL,
    issue_date date NOT NULL,
    due_date date,
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    balance_minor bigint NOT NULL CHECK (balance_minor >= 0),
    currency text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'paid', 'voided', 'deleted')),
    terms_name text,
    net_days bigint,
    discount_days bigint,
    discount_basis_points bigint,
    category text NOT NULL,
    source_version bigint NOT NULL,
    digest bytea NOT NULL,
    settled_date date,
    PRIMARY KEY (business_id, bill_id),
    FOREIGN KEY (business_id, vendor_id) REFERENCES vendor (business_id, vendor_id)
);
CREATE INDEX bill_state ON bill (business_id, state);
CREATE INDEX bill_settled ON bill (business_id, settled_date);
CREATE INDEX bill_vendor ON bill (business_id, vendor_id);

CREATE TABLE invoice (
    business_id text COLLATE "C" NOT NULL,
    invoice_id text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    document_number text NOT NULL,
    issue_date date NOT NULL,
    due_date date,
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    balance_minor bigint NOT NULL CHECK (balance_minor >= 0),
    currency text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'paid', 'voided', 'deleted')),
    terms_name text,
    net_days bigint,
    discount_days bigint,
    discount_basis_points bigint,
    source_version bigint NOT NULL,
    digest bytea NOT NULL,
    settled_date date,
    PRIMARY KEY (business_id, invoice_id),
    FOREIGN KEY (business_id, customer_id) REFERENCES customer (business_id, customer_id)
);
CREATE INDEX invoice_state ON invoice (business_id, state);
CREATE INDEX invoice_settled ON invoice (business_id, settled_date);
CREATE INDEX invoice_customer ON invoice (business_id, customer_id);

CREATE TABLE ledger_transaction (
    business_id text COLLATE "C" NOT NULL,
    source_kind text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C",
    vendor_id text COLLATE "C",
    transaction_date date NOT NULL,
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    unapplied_minor bigint NOT NULL CHECK (unapplied_minor >= 0),
    currency text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'paid', 'voided', 'deleted')),
    source_version bigint NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (business_id, source_kind, source_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id),
    FOREIGN KEY (business_id, customer_id) REFERENCES customer (business_id, customer_id),
    FOREIGN KEY (business_id, vendor_id) REFERENCES vendor (business_id, vendor_id)
);
CREATE INDEX ledger_transaction_state ON ledger_transaction (business_id, state);

CREATE TABLE document_application (
    business_id text COLLATE "C" NOT NULL,
    source_kind text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    line_number bigint NOT NULL,
    bill_id text COLLATE "C",
    invoice_id text COLLATE "C",
    applied_date date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (business_id, source_kind, source_id, line_number),
    FOREIGN KEY (business_id, source_kind, source_id)
        REFERENCES ledger_transaction (business_id, source_kind, source_id),
    FOREIGN KEY (business_id, bill_id) REFERENCES bill (business_id, bill_id),
    FOREIGN KEY (business_id, invoice_id) REFERENCES invoice (business_id, invoice_id),
    CHECK ((bill_id IS NULL) <> (invoice_id IS NULL))
);
CREATE INDEX document_application_date ON document_application (business_id, applied_date);
CREATE INDEX document_application_bill ON document_application (business_id, bill_id);
CREATE INDEX document_application_invoice ON document_application (business_id, invoice_id);

CREATE TABLE cash_posting (
    business_id text COLLATE "C" NOT NULL,
    source_kind text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    line_number bigint NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    posting_date date NOT NULL,
    amount_minor bigint NOT NULL,
    category text NOT NULL,
    counterparty text NOT NULL,
    PRIMARY KEY (business_id, source_kind, source_id, line_number),
    FOREIGN KEY (business_id, source_kind, source_id)
        REFERENCES ledger_transaction (business_id, source_kind, source_id),
    FOREIGN KEY (business_id, account_id) REFERENCES account (business_id, account_id)
);
CREATE INDEX cash_posting_date ON cash_posting (business_id, posting_date);

CREATE TABLE planned_item (
    business_id text COLLATE "C" NOT NULL,
    planned_item_id uuid NOT NULL,
    display_name text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    currency text NOT NULL,
    planned_date date NOT NULL,
    recurrence text NOT NULL CHECK (recurrence IN ('once', 'weekly', 'biweekly', 'monthly',
        'quarterly')),
    end_date date,
    category text NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, planned_item_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE earmark (
    business_id text COLLATE "C" NOT NULL,
    earmark_id uuid NOT NULL,
    display_name text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    release_date date,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, earmark_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE queued_decision (
    business_id text COLLATE "C" NOT NULL,
    decision_id uuid NOT NULL,
    position bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('pay_now', 'schedule_payment', 'delay_payment',
        'part_payment', 'collect', 'earmark', 'write_off')),
    bill_id text COLLATE "C",
    invoice_id text COLLATE "C",
    amount_minor bigint CHECK (amount_minor > 0),
    currency text NOT NULL,
    action_date date,
    note text NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, decision_id),
    UNIQUE (business_id, position),
    UNIQUE (business_id, bill_id),
    UNIQUE (business_id, invoice_id),
    FOREIGN KEY (business_id, bill_id) REFERENCES bill (business_id, bill_id),
    FOREIGN KEY (business_id, invoice_id) REFERENCES invoice (business_id, invoice_id),
    CHECK ((bill_id IS NULL) <> (invoice_id IS NULL))
);

CREATE TABLE decision_batch (
    business_id text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    finalized_at timestamptz NOT NULL,
    actor text NOT NULL,
    currency text NOT NULL,
    total_payments_minor bigint NOT NULL,
    total_collections_minor bigint NOT NULL,
    total_earmarked_minor bigint NOT NULL,
    total_written_off_minor bigint NOT NULL,
    PRIMARY KEY (business_id, batch_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE finalized_decision (
    business_id text COLLATE "C" NOT NULL,
    decision_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    position bigint NOT NULL,
    action text NOT NULL,
    bill_id text COLLATE "C",
    invoice_id text COLLATE "C",
    amount_minor bigint,
    currency text NOT NULL,
    action_date date,
    note text NOT NULL,
    balance_at_finalization_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, decision_id),
    FOREIGN KEY (business_id, batch_id) REFERENCES decision_batch (business_id, batch_id),
    FOREIGN KEY (business_id, bill_id) REFERENCES bill (business_id, bill_id),
    FOREIGN KEY (business_id, invoice_id) REFERENCES invoice (business_id, invoice_id),
    CHECK ((bill_id IS NULL) <> (invoice_id IS NULL))
);
CREATE INDEX finalized_decision_bill ON finalized_decision (business_id, bill_id);
CREATE INDEX finalized_decision_invoice ON finalized_decision (business_id, invoice_id);

CREATE TABLE handled_request (
    business_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    method text NOT NULL,
    request_digest bytea NOT NULL,
    response bytea NOT NULL,
    handled_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, request_id),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);

CREATE TABLE audit_event (
    business_id text COLLATE "C" NOT NULL,
    sequence_number bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL,
    method text NOT NULL,
    correlation_id text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    before json,
    after json,
    PRIMARY KEY (business_id, sequence_number),
    FOREIGN KEY (business_id) REFERENCES business (business_id)
);
"""

# What the services may do with each table. Where UPDATE or DELETE is missing, a row never changes.
PRIVILEGES = {
    "business": "SELECT, INSERT, UPDATE",
    "account": "SELECT, INSERT, UPDATE",
    "customer": "SELECT, INSERT, UPDATE",
    "vendor": "SELECT, INSERT, UPDATE",
    "bill": "SELECT, INSERT, UPDATE",
    "invoice": "SELECT, INSERT, UPDATE",
    "ledger_transaction": "SELECT, INSERT, UPDATE",
    "document_application": "SELECT, INSERT, DELETE",
    "cash_posting": "SELECT, INSERT, DELETE",
    "planned_item": "SELECT, INSERT, UPDATE, DELETE",
    "earmark": "SELECT, INSERT, UPDATE, DELETE",
    "queued_decision": "SELECT, INSERT, UPDATE, DELETE",
    "decision_batch": "SELECT, INSERT",
    "finalized_decision": "SELECT, INSERT",
    "handled_request": "SELECT, INSERT",
    "audit_event": "SELECT, INSERT",
}


def upgrade() -> None:
    """Create every table, its policy and its privileges."""
    statements(TABLES)
    for table, privileges in PRIVILEGES.items():
        isolate(table, privileges)


def downgrade() -> None:
    """Drop every table, the dependent ones first."""
    for table in reversed(PRIVILEGES):
        op.execute(f"DROP TABLE {table} CASCADE")
