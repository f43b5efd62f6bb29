"""The support bundle of a meeting: what support asks for, and nothing that is secret."""

import msgspec
import pytest
from tests.journeys.meetings.log import BASE_URL, IN_PIPEDRIVE, JONAS, Log, deal, have, met

from dealwright.meetings.meeting import Segment
from dealwright.pipeline.meetingsupport import Support, masked, support_bundle

SAID = "Between us, we would also pay fifty thousand"


@pytest.fixture
async def bundle(log: Log) -> Support:
    """The bundle of a meeting that stands on Jonas and his deal."""
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.hear(met(JONAS, transcript=(Segment(speaker="Jonas Berg", text=SAID, start=1.0),)))
    return await log.hub.store.read(
        lambda db: support_bundle(db, "fathom-1", base_url=BASE_URL, version="1.0")
    )


async def test_the_bundle_holds_what_support_asks_for(bundle: Support) -> None:
    (guest,) = bundle.participants

    assert (bundle.page, bundle.id) == (f"{BASE_URL}/s/fathom-1", "fathom-1")
    assert bundle.presenter == "ana@northwind.example"
    assert "jonas@acme.example" in guest.contact
    assert guest.url.endswith("/person/101")
    assert bundle.deal_url.endswith("/deal/7")


async def test_the_bundle_has_the_trace(bundle: Support) -> None:
    assert bundle.deliveries[0].trace


async def test_nobody_is_named_where_that_is_masked(bundle: Support) -> None:
    told = msgspec.json.encode(masked(bundle)).decode()

    assert "/person/101" in told
    assert [text for text in ("Jonas Berg", "jonas@", "ana@northwind") if text in told] == []


async def test_nothing_that_was_said_is_in_it(bundle: Support) -> None:
    assert SAID not in msgspec.json.encode(bundle).decode()
