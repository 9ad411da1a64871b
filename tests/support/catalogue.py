"""What isolation asks of the database, as queries on its own catalogue: each lists what breaks it.

The rules look at what the database has, not at what the migrations say: a table that somebody adds
tomorrow is held to them by itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from orchestrator_svc.migrations import APP_ROLE

# Tables that hold nothing of any business.
SHARED_TABLES = ["schema_version"]
SCHEMA = "public"

# What PostgreSQL makes of the policies' expression when it is asked for it.
ONE_BUSINESS = "(business_id = NULLIF(current_setting('app.business_id'::text, true), ''::text))"

_TABLES = """
    tables AS (
        SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity,
            (SELECT attnum FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'business_id'
                AND a.atttypid = 'text'::regtype AND a.attnotnull) AS business
        FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = CAST(:schema AS regnamespace)
            AND c.relname <> ALL (:shared)
    )
"""


@dataclass(frozen=True)
class Rule:
    """A rule's name, and the query that lists what breaks it."""

    name: str
    query: str

    async def broken_by(
        self, connection: AsyncConnection, app: str = APP_ROLE, schema: str = SCHEMA
    ) -> list[str]:
        """Return what breaks the rule, as one reads it; nothing when it holds."""
        every = {"app": app, "schema": schema, "shared": SHARED_TABLES, "policy": ONE_BUSINESS}
        wanted = {name: value for name, value in every.items() if f":{name}" in self.query}
        result = await connection.execute(text(self.query), wanted)
        return sorted(str(row[0]) for row in result)


RULES = [
    Rule(
        "every table is of one business a row",
        f"WITH {_TABLES} SELECT relname FROM tables WHERE business IS NULL",
    ),
    Rule(
        "row-level security is on",
        f"WITH {_TABLES} SELECT relname FROM tables WHERE NOT relrowsecurity",
    ),
    Rule(
        "row-level security binds the owner too",
        f"WITH {_TABLES} SELECT relname FROM tables WHERE NOT relforcerowsecurity",
    ),
    Rule(
        "every table has a policy for all commands",
        f"""WITH {_TABLES} SELECT relname FROM tables t WHERE NOT EXISTS (
            SELECT FROM pg_policy WHERE polrelid = t.oid AND polpermissive AND polcmd = '*')""",
    ),
    Rule(
        "every policy compares business_id with the transaction's, reading and writing",
        """SELECT polrelid::regclass || '.' || polname FROM pg_policy WHERE
            pg_get_expr(polqual, polrelid) IS DISTINCT FROM :policy
            OR pg_get_expr(polwithcheck, polrelid) IS DISTINCT FROM :policy""",
    ),
    Rule(
        "every table has a primary key",
        f"""WITH {_TABLES} SELECT relname FROM tables t WHERE NOT EXISTS (
            SELECT FROM pg_index WHERE indrelid = t.oid AND indisprimary)""",
    ),
    Rule(
        "every key begins with business_id",
        f"""WITH {_TABLES} SELECT indexrelid::regclass FROM tables t
            JOIN pg_index ON indrelid = t.oid AND (indisunique OR indisexclusion)
            WHERE indkey[0] IS DISTINCT FROM business""",
    ),
    Rule(
        "every reference holds business_id on both sides",
        f"""WITH {_TABLES} SELECT t.relname || '.' || k.conname FROM tables t
            JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f'
            LEFT JOIN tables target ON target.oid = k.confrelid
            WHERE NOT EXISTS (
                SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
                WHERE pair.here = t.business AND pair.there = target.business)""",
    ),
    Rule(
        "the app's role has no power of its own",
        """SELECT rolname FROM pg_roles WHERE rolname = :app
            AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)""",
    ),
    Rule(
        "the app's role can become no other role",
        "SELECT roleid::regrole FROM pg_auth_members WHERE member = CAST(:app AS regrole)",
    ),
    Rule(
        "the app's role owns nothing",
        """SELECT classid::regclass || ' ' || objid FROM pg_shdepend
            WHERE refobjid = CAST(:app AS regrole) AND deptype = 'o'
            AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))""",
    ),
    Rule(
        "the app's role can create nothing",
        """SELECT 'database' WHERE has_database_privilege(:app, current_database(), 'CREATE')
            UNION SELECT nspname FROM pg_namespace
            WHERE nspname !~ '^pg_' AND has_schema_privilege(:app, oid, 'CREATE')""",
    ),
    Rule(
        "the app's role reads and writes rows and does nothing else to a table",
        """SELECT relname || ' ' || privilege FROM pg_class,
            unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER', 'SELECT WITH GRANT OPTION']) privilege
            WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
            AND relnamespace = CAST(:schema AS regnamespace)
            AND has_table_privilege(:app, pg_class.oid, privilege)""",
    ),
    Rule(
        "the app's role changes nothing that all businesses share",
        """SELECT relname || ' ' || privilege FROM pg_class,
            unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) privilege
            WHERE relkind = 'r' AND relnamespace = CAST(:schema AS regnamespace)
            AND relname = ANY (:shared) AND has_table_privilege(:app, pg_class.oid, privilege)""",
    ),
    Rule(
        "a new table is for nobody until it says otherwise",
        """SELECT acl::text FROM pg_default_acl, unnest(defaclacl) acl WHERE defaclobjtype = 'r'
            AND (acl::text LIKE '=%' OR acl::text LIKE CAST(:app AS text) || '=%')""",
    ),
    Rule(
        "no function runs as its owner, outlives a plan or speaks to the planner",
        """SELECT proname FROM pg_proc WHERE pronamespace = CAST(:schema AS regnamespace)
            AND prokind <> 'a' AND (prosecdef OR proleakproof
                OR (provolatile = 'i' AND pg_get_functiondef(oid) LIKE '%current_setting%'))""",
    ),
    Rule(
        "no view goes round the policies",
        """SELECT relname FROM pg_class WHERE relnamespace = CAST(:schema AS regnamespace)
            AND (relkind IN ('m', 'f') OR (relkind = 'v' AND NOT COALESCE(
                reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)))""",
    ),
]


async def tenant_tables(connection: AsyncConnection) -> list[str]:
    """Return the names of the tables that hold rows of businesses."""
    query = text(f"WITH {_TABLES} SELECT relname FROM tables ORDER BY relname")
    result = await connection.execute(query, {"schema": SCHEMA, "shared": SHARED_TABLES})
    return [row[0] for row in result]


@asynccontextmanager
async def passing_transaction(url: str) -> AsyncIterator[AsyncConnection]:
    """Yield a connection in a transaction that is rolled back, whatever is done in it."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.begin()
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()
