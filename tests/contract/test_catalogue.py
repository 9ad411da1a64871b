"""The database itself keeps businesses apart, and each rule is seen to fail on a planted fault.

Faults are planted as the tables' owner, in a transaction that is rolled back.
"""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from support import catalogue
from support.catalogue import ONE_BUSINESS, RULES, Rule
from support.databases import DatabaseUrls

BY_NAME = {rule.name: rule for rule in RULES}
GOOD = f"USING {ONE_BUSINESS} WITH CHECK {ONE_BUSINESS}"
# A table as it should be, and empty: other tests' rows must not decide whether a fault goes in.
MEMO = (
    "CREATE TABLE memo (business_id text NOT NULL, id bigint, number text,"
    " PRIMARY KEY (business_id, id))"
)
BAD_GUARD = "every policy compares business_id with the transaction's, reading and writing"

# Rule, fault, and what the rule is to name.
FAULTS = [
    ("every table is of one business a row", "CREATE TABLE memo (id bigint)", "memo"),
    (
        "every table is of one business a row",
        "CREATE TABLE memo (business_id text, id bigint)",
        "memo",
    ),
    ("row-level security is on", "CREATE TABLE memo (id bigint)", "memo"),
    ("row-level security is on", "ALTER TABLE bill DISABLE ROW LEVEL SECURITY", "bill"),
    ("row-level security binds the owner too", "CREATE TABLE memo (id bigint)", "memo"),
    (
        "row-level security binds the owner too",
        "ALTER TABLE bill NO FORCE ROW LEVEL SECURITY",
        "bill",
    ),
    ("every table has a policy for all commands", "CREATE TABLE memo (id bigint)", "memo"),
    ("every table has a policy for all commands", "DROP POLICY one_business ON bill", "bill"),
    (
        "every table has a policy for all commands",
        "DROP POLICY one_business ON bill;"
        f"CREATE POLICY reading ON bill FOR SELECT USING {ONE_BUSINESS}",
        "bill",
    ),
    (
        "every table has a policy for all commands",
        f"DROP POLICY one_business ON bill;CREATE POLICY narrower ON bill AS RESTRICTIVE {GOOD}",
        "bill",
    ),
    (BAD_GUARD, "ALTER POLICY one_business ON bill USING (true)", "bill.one_business"),
    (BAD_GUARD, "ALTER POLICY one_business ON bill WITH CHECK (true)", "bill.one_business"),
    (
        BAD_GUARD,
        f"DROP POLICY one_business ON bill;CREATE POLICY half ON bill USING {ONE_BUSINESS}",
        "bill.half",
    ),
    (BAD_GUARD, "CREATE POLICY door ON bill USING (true) WITH CHECK (true)", "bill.door"),
    (BAD_GUARD, "CREATE POLICY door ON bill FOR SELECT USING (true)", "bill.door"),
    (
        BAD_GUARD,
        "ALTER POLICY one_business ON bill"
        " USING (business_id = current_setting('app.business_id', true))",
        "bill.one_business",
    ),
    (
        BAD_GUARD,
        "ALTER POLICY one_business ON bill USING"
        " (vendor_id = (SELECT NULLIF(current_setting('app.business_id', true), '')))",
        "bill.one_business",
    ),
    ("every table has a primary key", "CREATE TABLE memo (business_id text NOT NULL)", "memo"),
    (
        "every key begins with business_id",
        "CREATE TABLE memo (business_id text NOT NULL, id bigint PRIMARY KEY)",
        "memo_pkey",
    ),
    (
        "every key begins with business_id",
        f"{MEMO};ALTER TABLE memo ADD CONSTRAINT one_number UNIQUE (number)",
        "one_number",
    ),
    (
        "every key begins with business_id",
        f"{MEMO};CREATE UNIQUE INDEX one_number ON memo (number, business_id)",
        "one_number",
    ),
    (
        "every key begins with business_id",
        f"{MEMO};CREATE UNIQUE INDEX one_number ON memo (lower(number))",
        "one_number",
    ),
    (
        "every reference holds business_id on both sides",
        "CREATE TABLE note (id bigint PRIMARY KEY);"
        "ALTER TABLE bill ADD note_id bigint CONSTRAINT noted REFERENCES note",
        "bill.noted",
    ),
    (
        "every reference holds business_id on both sides",
        f"{MEMO};CREATE UNIQUE INDEX one_number ON memo (number, id);"
        "ALTER TABLE earmark ADD number text, ADD memo_id bigint;"
        "ALTER TABLE earmark ADD CONSTRAINT numbered"
        " FOREIGN KEY (number, memo_id) REFERENCES memo (number, id)",
        "earmark.numbered",
    ),
    (
        "every reference holds business_id on both sides",
        'ALTER TABLE earmark ADD other_id text COLLATE "C";'
        "ALTER TABLE earmark ADD CONSTRAINT others"
        " FOREIGN KEY (other_id) REFERENCES business (business_id)",
        "earmark.others",
    ),
    ("the app's role can create nothing", "GRANT CREATE ON SCHEMA public TO runway_app", "public"),
    (
        "the app's role can create nothing",
        "CREATE SCHEMA notes; GRANT CREATE ON SCHEMA notes TO PUBLIC",
        "notes",
    ),
    *(
        (
            "the app's role reads and writes rows and does nothing else to a table",
            f"GRANT {privilege} ON bill TO {role}",
            f"bill {privilege}",
        )
        for privilege, role in [
            ("TRUNCATE", "runway_app"),
            ("REFERENCES", "PUBLIC"),
            ("TRIGGER", "runway_app"),
        ]
    ),
    (
        "the app's role reads and writes rows and does nothing else to a table",
        "GRANT SELECT ON bill TO runway_app WITH GRANT OPTION",
        "bill SELECT WITH GRANT OPTION",
    ),
    (
        "the app's role changes nothing that all businesses share",
        "GRANT UPDATE ON schema_version TO runway_app",
        "schema_version UPDATE",
    ),
    (
        "a new table is for nobody until it says otherwise",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO runway_app",
        "runway_app=r/",
    ),
    (
        "a new table is for nobody until it says otherwise",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
        "=r/",
    ),
    (
        "no function runs as its owner, outlives a plan or speaks to the planner",
        "CREATE FUNCTION count_bills() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT count(*) FROM bill'",
        "count_bills",
    ),
    (
        "no function runs as its owner, outlives a plan or speaks to the planner",
        "CREATE FUNCTION whose() RETURNS text LANGUAGE sql IMMUTABLE"
        " RETURN current_setting('app.business_id', true)",
        "whose",
    ),
    ("no view goes round the policies", "CREATE VIEW owed AS SELECT * FROM bill", "owed"),
    (
        "no view goes round the policies",
        "CREATE MATERIALIZED VIEW owed AS SELECT * FROM bill",
        "owed",
    ),
]

# Faults that only a superuser could plant: a role or a schema that has them stands in.
STAND_INS = [
    (
        "the app's role has no power of its own",
        {"app": "(SELECT rolname FROM pg_roles WHERE rolsuper LIMIT 1)"},
    ),
    ("the app's role can become no other role", {"app": "'pg_monitor'"}),
    ("the app's role owns nothing", {"app": "current_user"}),
    (
        "no function runs as its owner, outlives a plan or speaks to the planner",
        {"schema": "'pg_catalog'"},
    ),
]


@pytest.fixture
async def connection(database: DatabaseUrls) -> AsyncIterator[AsyncConnection]:
    """The owner's, in a transaction that is rolled back."""
    async with catalogue.passing_transaction(database.owner) as connection:
        yield connection


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
async def test_the_database_keeps_every_rule(rule: Rule, connection: AsyncConnection) -> None:
    assert await rule.broken_by(connection) == []


@pytest.mark.parametrize(("rule", "fault", "named"), FAULTS)
async def test_a_planted_fault_is_named(
    rule: str, fault: str, named: str, connection: AsyncConnection
) -> None:
    for statement in fault.split(";"):
        await connection.execute(text(statement))
    broken = await BY_NAME[rule].broken_by(connection)
    assert [fault.startswith(named) for fault in broken] == [True]


@pytest.mark.parametrize(("rule", "stand_in"), STAND_INS)
async def test_a_role_or_schema_that_breaks_a_rule_is_seen(
    rule: str, stand_in: dict[str, str], connection: AsyncConnection
) -> None:
    values = {
        name: await connection.scalar(text(f"SELECT {value}")) for name, value in stand_in.items()
    }
    assert await BY_NAME[rule].broken_by(connection, **values)


def test_every_rule_is_seen_to_fail() -> None:
    assert {rule for rule, *_ in [*FAULTS, *STAND_INS]} == BY_NAME.keys()


async def test_what_is_no_fault_is_not_named(connection: AsyncConnection) -> None:
    for statement in (
        "CREATE VIEW owed WITH (security_invoker = true) AS SELECT * FROM bill",
        "CREATE INDEX numbers ON bill (document_number)",
        f"CREATE POLICY again ON bill {GOOD}",
        "CREATE FUNCTION plus_one(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN n + 1",
    ):
        await connection.execute(text(statement))
    assert [rule.name for rule in RULES if await rule.broken_by(connection)] == []


async def test_the_shared_tables_hold_nothing_of_a_business(connection: AsyncConnection) -> None:
    result = await connection.execute(
        text(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute"
            " WHERE attrelid = ANY (CAST(:tables AS regclass[])) AND attnum > 0"
        ),
        {"tables": catalogue.SHARED_TABLES},
    )
    assert [tuple(row) for row in result] == [("schema_version", "version_num")]
