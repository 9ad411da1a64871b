"""The tables, as SQLAlchemy Core sees them; the migrations create them.

A test compares the two, so that neither can drift from the other.
"""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
)
from sqlalchemy import TIMESTAMP as Timestamp
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


def _text(name: str, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _key(name: str) -> Column[str]:
    return Column(name, Text(collation="C"), primary_key=True)


def _reference(name: str) -> Column[str]:
    return Column(name, Text(collation="C"), nullable=True)


def _integer(name: str, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _instant(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, Timestamp(timezone=True), nullable=nullable)


def _date(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, Date, nullable=nullable)


def _uuid(name: str, key: bool = False) -> Column[object]:
    return Column(name, Uuid, primary_key=key, nullable=False)


def _terms() -> list[SchemaItem]:
    return [
        _text("terms_name", nullable=True),
        _integer("net_days", nullable=True),
        _integer("discount_days", nullable=True),
        _integer("discount_basis_points", nullable=True),
    ]


def _imported() -> list[SchemaItem]:
    return [
        _integer("source_version"),
        Column("digest", LargeBinary, nullable=False),
        Column("facts", JSON(none_as_null=True), nullable=True),
    ]


def _table(name: str, *items: SchemaItem) -> Table:
    return Table(name, metadata, _key("business_id"), *items)


def _of(target: str, *columns: str) -> ForeignKeyConstraint:
    """Refer to a row of the same business, and go when it goes: businesses are erased whole."""
    names = ["business_id", *columns]
    targets = [f"{target}.{name}" for name in names]
    return ForeignKeyConstraint(names, targets, ondelete="CASCADE")


business = _table(
    "business",
    _text("display_name"),
    _text("currency"),
    _text("time_zone"),
    _integer("critical_days"),
    _integer("warning_days"),
    _integer("healthy_days"),
    _integer("cash_floor_minor"),
    _instant("synced_at", nullable=True),
    _integer("version"),
    _integer("queue_version"),
    _instant("created_at"),
    _instant("updated_at"),
    _date("books_closed_through", nullable=True),
    _uuid("incarnation"),
)

account = _table(
    "account",
    _key("account_id"),
    _text("display_name"),
    _text("kind"),
    _text("subtype"),
    Column("active", Boolean, nullable=False),
    _integer("balance_minor"),
    _text("currency"),
    Column("restricted", Boolean, nullable=False, server_default="false"),
    *_imported(),
    _of("business"),
)

customer = _table(
    "customer",
    _key("customer_id"),
    _text("display_name"),
    Column("active", Boolean, nullable=False),
    _integer("balance_minor"),
    _text("currency"),
    *_terms(),
    *_imported(),
    _of("business"),
)

vendor = _table(
    "vendor",
    _key("vendor_id"),
    _text("display_name"),
    Column("active", Boolean, nullable=False),
    _integer("balance_minor"),
    _text("currency"),
    *_terms(),
    _text("tier", nullable=True),
    *_imported(),
    _of("business"),
)

bill = _table(
    "bill",
    _key("bill_id"),
    Column("vendor_id", Text(collation="C"), nullable=False),
    _text("document_number"),
    _date("issue_date"),
    _date("due_date", nullable=True),
    _integer("total_minor"),
    _integer("balance_minor"),
    _text("currency"),
    _text("state"),
    *_terms(),
    _text("category"),
    *_imported(),
    _date("settled_date", nullable=True),
    _of("vendor", "vendor_id"),
)

invoice = _table(
    "invoice",
    _key("invoice_id"),
    Column("customer_id", Text(collation="C"), nullable=False),
    _text("document_number"),
    _date("issue_date"),
    _date("due_date", nullable=True),
    _integer("total_minor"),
    _integer("balance_minor"),
    _text("currency"),
    _text("state"),
    *_terms(),
    *_imported(),
    _date("settled_date", nullable=True),
    _of("customer", "customer_id"),
)

ledger_transaction = _table(
    "ledger_transaction",
    _key("source_kind"),
    _key("source_id"),
    _reference("customer_id"),
    _reference("vendor_id"),
    _date("transaction_date"),
    _integer("total_minor"),
    _integer("unapplied_minor"),
    _text("currency"),
    _text("state"),
    *_imported(),
    _of("business"),
    _of("customer", "customer_id"),
    _of("vendor", "vendor_id"),
)

document_application = _table(
    "document_application",
    _key("source_kind"),
    _key("source_id"),
    Column("line_number", BigInteger, primary_key=True),
    _reference("bill_id"),
    _reference("invoice_id"),
    _date("applied_date"),
    _integer("amount_minor"),
    _of("ledger_transaction", "source_kind", "source_id"),
    _of("bill", "bill_id"),
    _of("invoice", "invoice_id"),
)

cash_posting = _table(
    "cash_posting",
    _key("source_kind"),
    _key("source_id"),
    Column("line_number", BigInteger, primary_key=True),
    Column("account_id", Text(collation="C"), nullable=False),
    _date("posting_date"),
    _integer("amount_minor"),
    _text("category"),
    _text("counterparty"),
    _of("ledger_transaction", "source_kind", "source_id"),
    _of("account", "account_id"),
)

planned_item = _table(
    "planned_item",
    _uuid("planned_item_id", key=True),
    _text("display_name"),
    _integer("amount_minor"),
    _text("currency"),
    _date("planned_date"),
    _text("recurrence"),
    _date("end_date", nullable=True),
    _text("category"),
    _integer("version"),
    _instant("updated_at"),
    _of("business"),
)

earmark = _table(
    "earmark",
    _uuid("earmark_id", key=True),
    _text("display_name"),
    _integer("amount_minor"),
    _text("currency"),
    _date("release_date", nullable=True),
    _integer("version"),
    _instant("updated_at"),
    _of("business"),
)

backtest_record = _table(
    "backtest_record",
    _date("as_of"),
    Column("figures", JSON, nullable=False),
    _instant("recorded_at"),
    _of("business"),
)

queued_decision = _table(
    "queued_decision",
    _uuid("decision_id", key=True),
    _integer("position"),
    _text("action"),
    _reference("bill_id"),
    _reference("invoice_id"),
    _integer("amount_minor", nullable=True),
    _text("currency"),
    _date("action_date", nullable=True),
    _text("note"),
    _integer("version"),
    _instant("created_at"),
    _instant("updated_at"),
    UniqueConstraint("business_id", "position"),
    UniqueConstraint("business_id", "bill_id"),
    UniqueConstraint("business_id", "invoice_id"),
    _of("bill", "bill_id"),
    _of("invoice", "invoice_id"),
)

decision_batch = _table(
    "decision_batch",
    _uuid("batch_id", key=True),
    _instant("finalized_at"),
    _text("actor"),
    _text("currency"),
    _integer("total_payments_minor"),
    _integer("total_collections_minor"),
    _integer("total_earmarked_minor"),
    _integer("total_written_off_minor"),
    _of("business"),
)

finalized_decision = _table(
    "finalized_decision",
    _uuid("decision_id", key=True),
    _uuid("batch_id"),
    _integer("position"),
    _text("action"),
    _reference("bill_id"),
    _reference("invoice_id"),
    _integer("amount_minor", nullable=True),
    _text("currency"),
    _date("action_date", nullable=True),
    _text("note"),
    _integer("balance_at_finalization_minor"),
    _instant("created_at"),
    _instant("updated_at"),
    _of("decision_batch", "batch_id"),
    _of("bill", "bill_id"),
    _of("invoice", "invoice_id"),
)

digest_settings = _table(
    "digest_settings",
    Column("enabled", Boolean, nullable=False),
    _integer("weekday"),
    _integer("hour"),
    _text("time_zone"),
    Column("recipients", ARRAY(Text), nullable=False),
    _integer("version"),
    _of("business"),
)

digest = _table(
    "digest",
    _uuid("digest_id", key=True),
    _text("trigger_type"),
    _text("time_window"),
    _text("experiment_variant"),
    _date("as_of"),
    _text("subject"),
    Column("content_digest", LargeBinary, nullable=False),
    _instant("created_at"),
    _of("business"),
)

experiment_participation = _table(
    "experiment_participation",
    _key("experiment"),
    _text("variant"),
    _instant("exposed_at"),
    _instant("converted_at", nullable=True),
    _of("business"),
)

hand_over = _table(
    "hand_over",
    _uuid("hand_over_id", key=True),
    _integer("position"),
    _reference("bill_id"),
    _reference("invoice_id"),
    _text("issue_key", nullable=True),
    _text("from_person"),
    _text("to_person"),
    _text("note"),
    _date("due_date", nullable=True),
    _text("status"),
    _integer("version"),
    _instant("created_at"),
    _instant("updated_at"),
    UniqueConstraint("business_id", "position"),
    _of("business"),
    _of("bill", "bill_id"),
    _of("invoice", "invoice_id"),
)

sync_gap = _table(
    "sync_gap",
    Column("began_at", Timestamp(timezone=True), primary_key=True),
    _instant("ended_at"),
    _of("business"),
)

handled_request = _table(
    "handled_request",
    _uuid("request_id", key=True),
    _text("method"),
    Column("request_digest", LargeBinary, nullable=False),
    Column("response", LargeBinary, nullable=False),
    _instant("handled_at"),
    _of("business"),
)

audit_event = _table(
    "audit_event",
    Column("sequence_number", BigInteger, primary_key=True),
    _instant("occurred_at"),
    _text("actor"),
    _text("method"),
    _text("correlation_id"),
    _text("subject_kind"),
    _text("subject_id"),
    Column("before", JSON(none_as_null=True), nullable=True),
    Column("after", JSON(none_as_null=True), nullable=True),
    Column("hash", LargeBinary, nullable=False),
    _of("business"),
)

hygiene_tray_item = _table(
    "hygiene_tray_item",
    _key("issue_key"),
    _text("rule"),
    _text("status"),
    _text("priority", nullable=True),
    _text("assignee"),
    _text("note"),
    _date("snoozed_until_date", nullable=True),
    _instant("first_seen_at"),
    _instant("gone_at", nullable=True),
    _instant("returned_at", nullable=True),
    _instant("status_changed_at"),
    _integer("version"),
    _of("business"),
)

hygiene_tray_recording = _table(
    "hygiene_tray_recording",
    _instant("synced_at", nullable=True),
    _instant("recorded_at"),
    _of("business"),
)


def here(table: Table) -> ColumnElement[bool]:
    """Limit a statement to the transaction's business.

    Row-level security would do so by itself; that each statement says it as well is the second
    wall, and gives the planner the leading column of every index.
    """
    return table.c.business_id == bindparam("this_business")
