"""What the Client adds to a Sender: gate, account, second tries."""

import asyncio

import pytest
from tests.clock import ManualClock
from tests.contract.client.test_sender import shown

from dealwright.core.errors import RateLimited, Rejected, Unauthorized, Unavailable
from dealwright.core.record import Person, RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive import operations
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AsgiSender
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import Options, PlanName

ADA = 1
READ = operations.read_record(RecordKind.PERSON, ADA)
BURST = {"success": False, "error": "rate limit exceeded", "errorCode": 429}


async def test_a_call_is_accounted_for(
    client: Client, clock: ManualClock, calls: list[CallRecord]
) -> None:
    await client.perform(READ, Person)

    call = calls[0].call
    assert (call.method, call.path, call.status, call.tokens) == (
        "GET",
        "/api/v2/persons/1",
        200,
        1,
    )
    assert (calls[0].purpose, calls[0].at) == ("events", clock.now())


async def test_the_account_holds_what_the_headers_told(
    client: Client, calls: list[CallRecord]
) -> None:
    await client.perform(READ, Person)

    limits = calls[0].limits
    assert limits is not None
    assert (limits.limit, limits.day_limit) == (120, 1_050_000)


async def test_the_account_holds_no_search_terms(records: Records, calls: list[CallRecord]) -> None:
    await records.search_persons("ada.kask@northwind.example")

    assert "kask" not in repr(calls)


async def test_a_lost_answer_is_accounted_for_at_its_price(
    client: Client, sandbox: Sandbox, calls: list[CallRecord]
) -> None:
    sandbox.lose_next_answer("GET", "/api/v2/persons")
    with pytest.raises(Unavailable):
        await client.perform(READ, Person)

    assert (calls[0].call.status, calls[0].call.tokens) == (None, 1)


async def test_a_refused_call_is_accounted_for(records: Records, calls: list[CallRecord]) -> None:
    with pytest.raises(Rejected):
        await records.update(RecordKind.PERSON, 999_999, {"name": "Nobody"})

    assert (calls[0].call.status, calls[0].call.tokens) == (404, 5)


async def test_a_call_for_another_purpose_is_told_apart(
    client: Client, calls: list[CallRecord]
) -> None:
    await client.for_purpose("connect", calls.append).perform(READ, Person)

    assert [record.purpose for record in calls] == ["connect"]


async def test_a_burst_limit_is_waited_out(
    client: Client, sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(status=429, body=BURST, times=2, headers={"x-ratelimit-reset": "1"})
    asking = asyncio.create_task(client.perform(READ, Person))
    await clock.run_for(10)

    assert (await asking).data.id == ADA
    assert [record.call.status for record in calls] == [429, 429, 200]


async def test_a_burst_limit_costs_nothing(
    client: Client, sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(status=429, body=BURST, times=1)
    asking = asyncio.create_task(client.perform(READ, Person))
    await clock.run_for(10)
    await asking

    assert [record.call.tokens for record in calls] == [0, 1]


async def test_a_burst_limit_stops_everybody_with_the_token(
    client: Client, sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(status=429, body=BURST, times=1, headers={"x-ratelimit-reset": "1"})
    first = asyncio.create_task(client.perform(READ, Person))
    await clock.settle()
    second = asyncio.create_task(client.for_purpose("card", calls.append).perform(READ, Person))
    await clock.run_for(10)
    await asyncio.gather(first, second)

    started_s = [(record.at - calls[0].at).total_seconds() for record in calls]
    assert started_s == [0.0, 1.0, 1.0]


async def test_after_three_tries_a_burst_limit_is_told(
    client: Client, sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(status=429, body=BURST)
    asking = asyncio.create_task(client.perform(READ, Person))
    await clock.run_for(60)

    with pytest.raises(RateLimited, match="busy"):
        await asking
    assert len(calls) == 3


async def test_a_burst_limit_longer_than_its_window_is_told_at_once(
    client: Client, sandbox: Sandbox, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(status=429, body=BURST, headers={"retry-after": "30"})

    with pytest.raises(RateLimited) as caught:
        await client.perform(READ, Person)
    assert (caught.value.code, caught.value.retry_after_s) == ("burst_limited", 30.0)
    assert len(calls) == 1


async def test_a_spent_day_is_told_at_once(
    client: Client, sandbox: Sandbox, calls: list[CallRecord]
) -> None:
    body = {"success": False, "error": "daily request budget exceeded", "errorCode": 429}
    sandbox.add_fault(status=429, body=body, headers={"retry-after": "3939"})

    with pytest.raises(RateLimited) as caught:
        await client.perform(READ, Person)
    assert (caught.value.code, caught.value.retry_after_s) == ("budget_exhausted", 3939.0)
    assert len(calls) == 1


async def test_the_front_doors_block_is_told_at_once(
    client: Client, sandbox: Sandbox, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(status=403, raw="<html>Error 1015</html>")

    with pytest.raises(RateLimited) as caught:
        await client.perform(READ, Person)
    assert caught.value.code == "abuse_blocked"
    assert len(calls) == 1


async def test_a_search_that_always_fails_is_never_an_empty_one(
    records: Records, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.add_fault(path="/search", status=429, body=BURST)
    asking = asyncio.create_task(records.search_persons("ada.kask@northwind.example"))
    await clock.run_for(60)

    with pytest.raises(RateLimited):
        await asking


@pytest.mark.parametrize("name", ["lite", "growth", "premium", "ultimate"])
async def test_the_gate_keeps_the_limits_of_every_plan(
    name: PlanName, clock: ManualClock, calls: list[CallRecord], canary: str
) -> None:
    sandbox = create_app(Options(token=canary, plan=name), follow=clock.now)
    sender = AsgiSender(sandbox, "http://sandbox.example", Secret(canary))
    gate = Gate.for_plan(clock, plan(name))
    client = Client(sender=sender, clock=clock, gate=gate, purpose="x", on_call=calls.append)
    searches = [Records(client).search_persons("nobody@example.com") for _ in range(30)]
    reads = [client.perform(READ, Person) for _ in range(200)]
    asking = [asyncio.create_task(call) for call in (*searches, *reads)]
    await clock.run_for(60)
    await asyncio.gather(*asking)

    assert {record.call.status for record in calls} == {200}


async def test_a_gate_that_starts_too_narrow_opens_with_the_first_answer(
    sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> None:
    gate = Gate(clock, burst=1)
    sender = AsgiSender(sandbox, "http://sandbox.example", Secret(sandbox.token))
    narrow = Client(sender=sender, clock=clock, gate=gate, purpose="x", on_call=calls.append)
    await narrow.perform(READ, Person)

    assert gate.burst == 108


async def test_a_cancelled_call_is_accounted_for(
    client: Client, sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> None:
    sandbox.add_fault(hang_ms=3_600_000)
    asking = asyncio.create_task(client.perform(READ, Person))
    await clock.settle()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert calls[0].call.status is None


async def refused(records: Records) -> Unauthorized:
    with pytest.raises(Unauthorized) as caught:
        await records.me()
    return caught.value


@pytest.fixture
def stranger(sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]) -> Records:
    """Asks with a token that was regenerated."""
    client = Client(
        sender=AsgiSender(sandbox, "http://sandbox.example", Secret("wr0ngwr0ngwr0ng")),
        clock=clock,
        gate=Gate(clock, burst=10),
        purpose="connect",
        on_call=calls.append,
    )
    return Records(client)


async def test_a_wrong_token_asks_for_a_current_one(stranger: Records) -> None:
    assert (await refused(stranger)).code == "reauth"


async def test_a_wrong_token_is_not_shown(stranger: Records, calls: list[CallRecord]) -> None:
    error = await refused(stranger)

    assert "wr0ng" not in shown(error) + repr(calls)
