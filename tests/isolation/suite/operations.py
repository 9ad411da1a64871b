"""What is done at random through the public APIs: reads, changes, and attempts at another's."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf import field_mask_pb2
from runway.ledger.v1 import decision_pb2, hand_over_pb2
from runway.orchestrator.v1 import business_service_pb2 as business_pb

from isolation.suite.canaries import Tenant, prime
from isolation.suite.world import World
from support import builders, identity, two_businesses
from support.builders import day
from support.calls import Answer, request_class
from support.every_request import REQUESTS, request_of

BUSINESSES = "runway.orchestrator.v1.BusinessService"
LEDGERS = "runway.orchestrator.v1.LedgerService"
CONSOLES = "runway.orchestrator.v1.DecisionConsoleService"
AUDITS = "runway.orchestrator.v1.AuditService"
CONSOLE = "runway.experience.v1.DecisionConsoleService"
HAND_OVERS = "runway.experience.v1.HandOverService"
TRAY = "runway.experience.v1.HygieneTrayService"
DIGESTS = "runway.experience.v1.DigestService"
FORECASTS = "runway.experience.v1.ForecastService"
PORTFOLIOS = "runway.experience.v1.PortfolioService"
SHOWN_AUDITS = "runway.experience.v1.AuditService"
LEAVING = "runway.experience.v1.LeavingService"

DOCUMENTS = 4
"""How many bills, and how many invoices, each business has; their ids are the same everywhere."""

Operation = Callable[[World, Tenant, random.Random], Awaitable[None]]

# These make and unmake businesses, which has an operation of its own.
_ELSEWHERE = {
    *(f"{BUSINESSES}/{name}" for name in ("CreateBusiness", "RestoreBusiness", "EraseBusiness")),
    f"{LEAVING}/EraseBusiness",
}
EVERY_RPC = sorted(REQUESTS.keys() - _ELSEWHERE)


def request_id(chance: random.Random) -> str:
    """Return a request id that the operation's seed gives."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


async def create(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Make a business and give it books."""
    settings = builders.create_business(tenant.business_id, display_name=tenant.text("Acme"))
    await world.call(
        f"{BUSINESSES}/CreateBusiness",
        tenant,
        chance,
        request_id=request_id(chance),
        business=settings.business,
    )
    await import_books(world, tenant, chance)


async def import_books(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Import books whose texts and amounts give the business away."""
    ids = [str(number) for number in range(DOCUMENTS)]
    money = {i: tenant.usd(chance.randrange(1000, 100_000)) for i in ids}
    records = [
        builders.account(display_name=tenant.text("Checking"), balance=tenant.usd(500_000)),
        builders.customer(display_name=tenant.text("Customer")),
        builders.vendor(display_name=tenant.text("Vendor")),
        *(
            builders.bill(i, document_number=tenant.text(i), total=money[i], balance=money[i])
            for i in ids
        ),
        *(
            builders.invoice(i, document_number=tenant.text(i), total=money[i], balance=money[i])
            for i in ids
        ),
    ]
    method = f"{LEDGERS}/ImportLedger"
    message = builders.import_ledger(tenant.business_id, *records, request_id=request_id(chance))
    await world.send(method, [message], tenant, chance, world.token(method, tenant))


async def list_documents(world: World, tenant: Tenant, chance: random.Random) -> None:
    """List bills or invoices: amounts and texts are the business's own."""
    name = chance.choice(("ListBills", "ListInvoices"))
    await world.call(f"{LEDGERS}/{name}", tenant, chance)


async def read_state(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Read something that the orchestrator keeps."""
    method = chance.choice(
        (
            f"{BUSINESSES}/GetBusiness",
            f"{LEDGERS}/ListAccounts",
            f"{LEDGERS}/ListPlannedItems",
            f"{LEDGERS}/ListEarmarks",
            f"{LEDGERS}/GetLedger",
            f"{CONSOLES}/GetConsoleData",
            f"{AUDITS}/VerifyAudit",
        )
    )
    await world.call(method, tenant, chance)


async def read_through_the_gateway(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Read what the gateway passes on."""
    method = chance.choice(
        (
            f"{HAND_OVERS}/ListHandOvers",
            f"{DIGESTS}/ListDigests",
            f"{DIGESTS}/GetDigestSettings",
            f"{SHOWN_AUDITS}/ListAuditEvents",
            f"{FORECASTS}/GetBacktest",
        )
    )
    await world.call(method, tenant, chance)


async def compose(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Have the gateway compose an experience."""
    method = chance.choice(
        (
            f"{CONSOLE}/GetDecisionConsole",
            f"{TRAY}/GetHygieneTray",
            f"{FORECASTS}/GetRunwayHistory",
        )
    )
    await world.call(method, tenant, chance)


async def compose_at_length(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Have the gateway compose what takes longer, or export everything."""
    method = chance.choice(
        (
            f"{FORECASTS}/GetForecast",
            f"{DIGESTS}/GetDigest",
            f"{BUSINESSES}/ExportBusiness",
            f"{BUSINESSES}/ExportBusiness",
        )
    )
    await world.call(method, tenant, chance)


async def portfolio(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Ask for a portfolio with another in it, with a token that names one's own business alone."""
    other = world.another(tenant, chance)
    method = f"{PORTFOLIOS}/GetPortfolio"
    request = request_class(method)(
        business_id=tenant.business_id, business_ids=[tenant.business_id, other.business_id]
    )
    token = world.token(method, tenant)
    answer = await world.send(method, request, tenant, chance, token, other.business_id)
    if not isinstance(answer, str):
        for item in answer.businesses:
            if item.business_id == other.business_id and item.HasField("figures"):
                world.search.foreign[f"{method}: figures of another"] += 1


async def decide(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Queue a decision, or clear or finalise the queue."""
    what = chance.random()
    if what < 0.7:
        bill = chance.choice(("0", "1", "2", "3", "none"))
        decision = decision_pb2.Decision(
            pay_now=decision_pb2.PayNow(bill_id=bill), note=tenant.text("Because")
        )
        await world.call(
            f"{CONSOLE}/AddDecision",
            tenant,
            chance,
            request_id=request_id(chance),
            decision=decision,
        )
        return
    data = await world.call(f"{CONSOLES}/GetConsoleData", tenant, chance)
    if isinstance(data, str):
        return
    name = "ClearDecisionQueue" if what < 0.9 else "FinalizeDecisions"
    fields = {"allow_breaches": True} if name == "FinalizeDecisions" else {}
    await world.call(
        f"{CONSOLE}/{name}",
        tenant,
        chance,
        request_id=request_id(chance),
        etag=data.queue_etag,
        **fields,
    )


async def plan(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Plan an item or set money aside, and now and then take it back."""
    if chance.random() < 0.5:
        name, made = (
            "PlannedItem",
            builders.planned_item(display_name=tenant.text("Tax"), amount=tenant.usd(50)),
        )
    else:
        name, made = (
            "Earmark",
            builders.earmark(display_name=tenant.text("Deposit"), amount=tenant.usd(10)),
        )
    field = "planned_item" if name == "PlannedItem" else "earmark"
    method = f"{LEDGERS}/Create{name}"
    answer = await world.call(
        method, tenant, chance, request_id=request_id(chance), **{field: made}
    )
    if isinstance(answer, str) or chance.random() < 0.2:
        return
    kept = getattr(answer, field)
    await world.call(
        f"{LEDGERS}/Delete{name}",
        tenant,
        chance,
        request_id=request_id(chance),
        etag=kept.etag,
        **{f"{field}_id": getattr(kept, f"{field}_id")},
    )


async def hand_over(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Hand something over."""
    new = hand_over_pb2.HandOver(
        bill_id=str(chance.randrange(DOCUMENTS)),
        from_person=tenant.text("Ann"),
        to_person=tenant.text("Bob"),
        note=tenant.text("Look"),
        due_date=day("2026-06-01"),
    )
    await world.call(
        f"{HAND_OVERS}/CreateHandOver", tenant, chance, request_id=request_id(chance), hand_over=new
    )


@dataclass
class _Asked(two_businesses.Business):
    """A business as `every_request` asks for it; what it sends goes the way of all operations."""

    chance: random.Random = random.Random()  # noqa: RUF009

    def request_id(self) -> str:
        return request_id(self.chance)

    def next_document(self) -> str:
        return str(self.chance.randrange(DOCUMENTS))


class _NotNow(Exception):
    """What an RPC needs first was refused: cancelled, out of time, not there."""


@dataclass
class _Calls:
    """Calls from a thread, through the world and its faults."""

    world: World
    tenant: Tenant
    chance: random.Random
    loop: asyncio.AbstractEventLoop

    def __call__(self, full_name: str, request: Any) -> Answer:
        sent = self.world.send(
            full_name, request, self.tenant, self.chance, self.world.token(full_name, self.tenant)
        )
        answer = asyncio.run_coroutine_threadsafe(sent, self.loop).result()
        if isinstance(answer, str):
            raise _NotNow
        return Answer("OK", "", answer)

    def of(self, full_name: str, **fields: Any) -> Any:
        return self(full_name, request_class(full_name)(**fields)).response


async def any_rpc(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Call any RPC of any service, and first what it needs, as the table of all requests has it."""
    method = chance.choice(EVERY_RPC)
    calls: Any = _Calls(world, tenant, chance, asyncio.get_running_loop())
    mine = _Asked(calls, tenant.business_id, tenant.canary, prime(tenant.number), chance=chance)
    try:
        request = await asyncio.to_thread(request_of, method, mine)
    except (_NotNow, IndexError):
        # Nothing is listed yet that could be changed.
        return
    await world.send(method, request, tenant, chance, world.token(method, tenant))


async def rename(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Change the business's settings."""
    found = await world.call(f"{BUSINESSES}/GetBusiness", tenant, chance)
    if isinstance(found, str):
        return
    found.business.display_name = tenant.text(f"Acme {chance.randrange(100)}")
    await world.call(
        f"{BUSINESSES}/UpdateBusiness",
        tenant,
        chance,
        request_id=request_id(chance),
        business=found.business,
        update_mask=field_mask_pb2.FieldMask(paths=["display_name"]),
    )


async def erase_and_begin_anew(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Erase the business, restore it from its archive or make it anew."""
    erases = chance.choice((BUSINESSES, LEAVING))
    found = await world.call(f"{BUSINESSES}/GetBusiness", tenant, chance)
    exported = await world.call(f"{BUSINESSES}/ExportBusiness", tenant, chance)
    if isinstance(found, str) or isinstance(exported, str):
        await create(world, tenant, chance)
        return
    await world.call(
        f"{erases}/EraseBusiness",
        tenant,
        chance,
        request_id=request_id(chance),
        etag=found.business.etag,
    )
    if chance.random() < 0.5:
        method = f"{BUSINESSES}/RestoreBusiness"
        message = business_pb.RestoreBusinessRequest(
            business_id=tenant.business_id,
            request_id=request_id(chance),
            archive_part=exported.archive,
        )
        await world.send(method, [message], tenant, chance, world.token(method, tenant))
    await create(world, tenant, chance)


async def ask_for_another(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Ask for another business with a token of this one: refused, and nothing told of either."""
    other = world.another(tenant, chance)
    method = chance.choice(
        (
            f"{LEDGERS}/ListBills",
            f"{BUSINESSES}/GetBusiness",
            f"{BUSINESSES}/ExportBusiness",
            f"{CONSOLE}/GetDecisionConsole",
            f"{HAND_OVERS}/ListHandOvers",
        )
    )
    request = request_class(method)(business_id=other.business_id)
    await _refused(world, method, request, chance, world.token(method, tenant))


async def ask_as_nobody(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Ask without a token, with one that somebody else signed, or with one for another service."""
    method = f"{LEDGERS}/ListBills"
    names = [tenant.business_id]
    token = chance.choice(
        (
            "",
            "nonsense",
            identity.USERS.token("eve", "runway", dict.fromkeys(names, identity.Role.OWNER), 60),
            identity.token("runway.calculator", names),
        )
    )
    request = request_class(method)(business_id=tenant.business_id)
    await _refused(world, method, request, chance, token)


async def point_at_another(world: World, tenant: Tenant, chance: random.Random) -> None:
    """Give ids and page tokens of another business; they are as good as none."""
    other = world.another(tenant, chance)
    page = await world.call(f"{LEDGERS}/ListBills", other, chance, page_size=1)
    if not isinstance(page, str):
        await world.call(
            f"{LEDGERS}/ListBills", tenant, chance, page_size=1, page_token=page.next_page_token
        )


async def _refused(
    world: World, method: str, request: Any, chance: random.Random, token: str
) -> None:
    """Send what must be refused, and search the refusal for anybody's canary."""
    answer = await world.send(method, request, None, chance, token)
    if not isinstance(answer, str):
        world.search.foreign[f"{method}: answered, with a token that is not for it"] += 1


OPERATIONS: list[tuple[int, Operation]] = [
    (220, list_documents),
    (220, read_state),
    (120, read_through_the_gateway),
    (60, compose),
    (3, compose_at_length),
    (20, portfolio),
    (60, decide),
    (60, plan),
    (12, hand_over),
    (80, any_rpc),
    (20, rename),
    (10, import_books),
    (3, erase_and_begin_anew),
    (80, ask_for_another),
    (60, ask_as_nobody),
    (40, point_at_another),
]
"""How often each is done, and what."""
