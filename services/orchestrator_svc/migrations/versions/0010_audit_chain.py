"""The audit becomes a chain of hashes, and a business can be erased with all that refers to it."""

import sqlalchemy as sa
from alembic import op

from orchestrator_svc.domain.audit import NOTHING_BEFORE, Event, chained

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_EVENTS = sa.text(
    "SELECT business_id, sequence_number, occurred_at, actor, method, correlation_id, subject_kind,"
    " subject_id, before, after FROM audit_event ORDER BY business_id, sequence_number"
).columns(before=sa.JSON, after=sa.JSON)
_WRITE = sa.text(
    "UPDATE audit_event SET hash = :hash"
    " WHERE business_id = :business_id AND sequence_number = :sequence_number"
)

# Every reference, its columns in their order.
_REFERENCES = sa.text(
    "SELECT conrelid::regclass::text AS child, conname, pg_get_constraintdef(oid) AS definition"
    " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    " ORDER BY 1, 2"
)


def upgrade() -> None:
    """Chain the events that there are; let an erased business take along what is of it.

    Erasing is a privilege on the business alone: PostgreSQL carries it on to every table, whole or
    not at all, so that no service needs to be able to take single events out of an audit.
    """
    op.execute("ALTER TABLE audit_event ADD hash bytea")
    _chain()
    op.execute("ALTER TABLE audit_event ALTER hash SET NOT NULL")
    _references(" ON DELETE CASCADE")
    op.execute("GRANT DELETE ON business TO runway_app")


def downgrade() -> None:
    """Take back the chain and the privilege."""
    op.execute("REVOKE DELETE ON business FROM runway_app")
    _references("")
    op.execute("ALTER TABLE audit_event DROP hash")


def _chain() -> None:
    # The owner must see every business for once; nobody else sees this before it is over.
    op.execute("ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY")
    connection = op.get_bind()
    of, before, written = "", NOTHING_BEFORE, []
    for business_id, *values in connection.execute(_EVENTS):
        event = Event(*values)
        before = chained(before if business_id == of else NOTHING_BEFORE, business_id, event)
        of = business_id
        written.append(
            {
                "business_id": business_id,
                "sequence_number": event.sequence_number,
                "hash": before,
            }
        )
    if written:
        connection.execute(_WRITE, written)
    op.execute("ALTER TABLE audit_event FORCE ROW LEVEL SECURITY")


def _references(action: str) -> None:
    for child, name, definition in op.get_bind().execute(_REFERENCES).all():
        bare = definition.removesuffix(" ON DELETE CASCADE")
        op.execute(f'ALTER TABLE {child} DROP CONSTRAINT "{name}"')
        op.execute(f'ALTER TABLE {child} ADD CONSTRAINT "{name}" {bare}{action}')
