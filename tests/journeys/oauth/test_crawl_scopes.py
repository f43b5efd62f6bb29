"""The crawl leaves out what the app may not read, names the scope, and does the rest."""

import pytest
from structlog.testing import capture_logs
from tests.hub import Hub
from tests.journeys.oauth.story import delivering
from tests.oauth import SCOPES, Office, register

from dealwright.core.clock import to_ms
from dealwright.core.record import RecordKind
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.store.crawls import want_crawl
from dealwright.store.due import due
from dealwright.store.mirror import state


async def crawling(hub: Hub, office: Office, *, without: str) -> None:
    register(office.sandbox, tuple(scope for scope in SCOPES if scope != without))
    await delivering(hub, office)
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: want_crawl(db, 1, kinds=USUAL_KINDS, now_ms=now_ms))
    await hub.run_until_idle()


async def complete(hub: Hub) -> set[RecordKind]:
    known = await hub.store.read(lambda db: state(db, 1))
    return {kind for kind, one in known.items() if one.complete}


def asked(office: Office, path: str) -> int:
    return sum(call.path == path for call in office.sandbox.calls)


async def test_kinds_that_may_be_read_are_crawled_though_one_may_not(
    hub: Hub, office: Office
) -> None:
    await crawling(hub, office, without="contacts:full")

    assert await complete(hub) == {RecordKind.DEAL, RecordKind.ACTIVITY}


async def test_what_may_not_be_read_is_not_asked_for(hub: Hub, office: Office) -> None:
    await crawling(hub, office, without="deals:full")

    assert asked(office, "/api/v2/deals") == 0


async def test_it_is_named_once(hub: Hub, office: Office) -> None:
    with capture_logs() as said:
        await crawling(hub, office, without="deals:full")

    told = [(one["kind"], one["scope"]) for one in said if one["event"] == "mirror.rests"]
    assert told == [("deal", "deals:full")]


async def test_it_makes_nobody_busy(hub: Hub, office: Office) -> None:
    await crawling(hub, office, without="deals:full")
    now_ms = to_ms(hub.clock.now())

    assert await hub.store.read(lambda db: due(db, now_ms)) == []


async def test_it_is_crawled_after_the_scope_was_granted(hub: Hub, office: Office) -> None:
    await crawling(hub, office, without="deals:full")
    register(office.sandbox, SCOPES)
    await office.reconnected()
    await hub.run_until_idle()

    assert await complete(hub) == set(USUAL_KINDS)


async def test_to_read_is_enough(hub: Hub, office: Office) -> None:
    only_read = tuple(scope.replace("deals:full", "deals:read") for scope in SCOPES)
    register(office.sandbox, only_read)
    await delivering(hub, office)
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: want_crawl(db, 1, kinds=USUAL_KINDS, now_ms=now_ms))
    await hub.run_until_idle()

    assert RecordKind.DEAL in await complete(hub)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_kind_that_pipedrive_refuses_keeps_no_other_from_being_crawled(
    hub: Hub, office: Office, status: int
) -> None:
    refusal = {"success": False, "error": "You do not have access"}
    office.sandbox.add_fault(path="/api/v2/persons", status=status, body=refusal)
    await crawling(hub, office, without="")

    assert await complete(hub) == set(USUAL_KINDS) - {RecordKind.PERSON}
