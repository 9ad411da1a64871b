"""What migrations have in common: above all what every table of businesses needs, so that a
transaction sees one of them alone.
"""

from alembic import op

# NULLIF: the setting is NULL on a fresh connection and '' after a transaction that set it.
THIS_BUSINESS = "NULLIF(current_setting('app.business_id', true), '')"

_STATEMENTS = (
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    # Else the owner would see all.
    "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    "CREATE POLICY one_business ON {table}"
    " USING (business_id = {this}) WITH CHECK (business_id = {this})",
    "GRANT {privileges} ON {table} TO runway_app",
)


def isolate(table: str, privileges: str) -> None:
    """Bind a table by row-level security, and let the services do so much with it."""
    for statement in _STATEMENTS:
        op.execute(statement.format(table=table, privileges=privileges, this=THIS_BUSINESS))


def statements(script: str) -> None:
    """Run a script one statement at a time: the driver prepares, and prepares but one."""
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement.strip())
