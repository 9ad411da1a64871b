"""The gateway's DigestService on the real three services, through pytest-grpc's stub."""

import html.parser
import re
from typing import Any

import pytest
from google.protobuf import field_mask_pb2
from runway.experience.v1 import digest_service_pb2 as pb
from runway.experience.v1 import digest_service_pb2_grpc
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from service_kit.wire import from_money
from support import builders, identity
from support.builders import day, request_id
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
DAY = "2026-05-05"
HOSTILE = '<script>alert(1)</script> & "Sons"\n\nSUBJECT: paid'
WEEKLY = digest_pb2.DigestConfig(trigger_type=digest_pb2.DIGEST_TRIGGER_WEEKLY)


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return digest_service_pb2_grpc.DigestServiceStub


@pytest.fixture(scope="module")
def business(stack: Stack) -> str:
    """A business with an overdue invoice, bills, and names that nobody should trust."""
    business_id = builders.business_id("mail")
    books = [
        builders.account(),
        builders.customer(display_name=HOSTILE),
        builders.vendor(display_name="{{ 7*7 }} & Co <b>"),
        builders.bill(due_date=day("2026-05-07")),
        builders.bill("large", "1500.00", due_date=day("2026-05-30")),
        builders.invoice("overdue", "400.00", due_date=day("2026-03-01")),
        builders.rent_paid("2026-04-20"),
    ]
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id, display_name=f"Acme <i>{HOSTILE}")
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *books)])
        )
    return business_id


def get(stub: Any, business: str, **fields: Any) -> pb.Digest:
    request = pb.GetDigestRequest(
        **{"business_id": business, "as_of": day(DAY), "config": WEEKLY, **fields}
    )
    digest: pb.Digest = stub.GetDigest(request, timeout=30).digest
    return digest


def make(business: str, **fields: Any) -> pb.MakeDigestRequest:
    return pb.MakeDigestRequest(
        **{
            "business_id": business,
            "request_id": request_id(),
            "as_of": day(DAY),
            "config": WEEKLY,
            **fields,
        }
    )


def listed(stub: Any, business: str) -> list[digest_pb2.DigestRecord]:
    return list(stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests)


class Page(html.parser.HTMLParser):
    """What of a page is text, which elements it has, and what its pictures say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.open: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append(tag)
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def test_html_text_and_data_tell_the_same_figures(grpc_stub: Any, business: str) -> None:
    digest = get(grpc_stub, business)
    page, text = Page(digest.html).text, " ".join(digest.text.split())
    for insight in digest.insights.insights:
        sentence = " ".join(insight.sentence.split())
        assert sentence in page
        assert sentence in text
    for movement in digest.insights.movements:
        amount = f"{from_money(movement.amount) / 100:,.2f} USD"
        assert amount in page and amount in text
    headline = digest.subject.partition("paid: ")[2]
    assert re.match(r"Cash lasts until \d+ \w+ 2026 \(\d+ weeks\)$", headline)
    assert headline in page and headline in text
    assert digest.chart_description in text


def test_the_page_is_whole_and_can_be_read_without_its_picture(
    grpc_stub: Any, business: str
) -> None:
    digest = get(grpc_stub, business)
    page = Page(digest.html)
    assert page.open == []
    (picture,) = page.pictures
    assert picture["src"] == "cid:runway-chart"
    assert picture["alt"] == digest.chart_description
    assert page.elements.count("h1") == 1
    assert 'lang="en"' in digest.html
    assert digest.chart_png.startswith(b"\x89PNG\r\n")


def test_names_out_of_the_books_are_text_and_never_markup_templates_or_lines(
    grpc_stub: Any, business: str
) -> None:
    digest = get(grpc_stub, business)
    page = Page(digest.html)
    assert {"script", "i", "b"}.isdisjoint(page.elements)
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }} & Co <b>" in page.text
    assert "\n" not in digest.subject
    assert not any(line.startswith("SUBJECT") for line in digest.text.splitlines())


def test_a_preview_is_to_the_byte_what_is_made_and_writes_nothing(
    grpc_stub: Any, business: str
) -> None:
    before = listed(grpc_stub, business)
    preview = get(grpc_stub, business)
    asked = digest_pb2.DigestConfig(trigger_type=WEEKLY.trigger_type, preview_mode=True)
    unwritten = grpc_stub.MakeDigest(make(business, config=asked))
    assert not unwritten.HasField("record")
    assert listed(grpc_stub, business) == before
    made = grpc_stub.MakeDigest(make(business))
    whole = [
        one.SerializeToString(deterministic=True)
        for one in (preview, unwritten.digest, made.digest)
    ]
    assert whole[0] == whole[1] == whole[2]
    assert [one for one in listed(grpc_stub, business) if one not in before] == [made.record]
    assert made.record.subject == made.digest.subject


def test_a_repeated_request_records_nothing_again(grpc_stub: Any, business: str) -> None:
    request = make(business)
    first = grpc_stub.MakeDigest(request)
    count = len(listed(grpc_stub, business))
    assert grpc_stub.MakeDigest(request) == first
    assert len(listed(grpc_stub, business)) == count


def test_a_test_drive_looks_at_all_there_is_and_keeps_nothing(
    grpc_stub: Any, business: str
) -> None:
    config = digest_pb2.DigestConfig(
        trigger_type=digest_pb2.DIGEST_TRIGGER_TEST_DRIVE, experiment_variant="cash-first"
    )
    made = grpc_stub.MakeDigest(make(business, config=config))
    assert not made.HasField("record")
    assert "USD of cash, until " in made.digest.subject
    assert made.digest.insights.before == day("2026-04-20")


def test_settings_pass_through_with_their_etag(grpc_stub: Any, business: str) -> None:
    settings = grpc_stub.GetDigestSettings(
        pb.GetDigestSettingsRequest(business_id=business)
    ).settings
    settings.weekday = digest_pb2.WEEKDAY_FRIDAY
    request = pb.UpdateDigestSettingsRequest(
        business_id=business,
        request_id=request_id(),
        settings=settings,
        update_mask=field_mask_pb2.FieldMask(paths=["weekday"]),
    )
    changed = grpc_stub.UpdateDigestSettings(request).settings
    assert changed.weekday == digest_pb2.WEEKDAY_FRIDAY
    assert changed.etag != settings.etag


def test_a_business_without_books_gets_a_digest_that_says_so(grpc_stub: Any, stack: Stack) -> None:
    business_id = builders.business_id("empty")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
    digest = get(grpc_stub, business_id)
    assert "Cash lasts beyond the next 13 weeks" in digest.text
    assert "No books were imported yet." in digest.text
