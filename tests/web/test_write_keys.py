"""Write keys: known without a look into the database, new ones at once, and outages are no 401."""

import asyncio
import base64
from collections.abc import Collection

import pytest
from tests.clock import ManualClock
from tests.web.door import AUTHORIZATION, KEY, TRACK, Door

from dealwright.core.errors import StoreUnavailable
from dealwright.web.write_keys import WriteKeys, hash_write_key

GONE = StoreUnavailable("The database does not answer.")
NEW = "Basic " + base64.b64encode(b"new-key:").decode()


async def test_a_known_key_costs_no_look_into_the_store(door: Door) -> None:
    for _ in range(5):
        await door.send("/v1/track", TRACK)

    assert door.log.key_reads == 1


async def test_a_new_key_works_at_once(door: Door) -> None:
    await door.send("/v1/track", TRACK)
    door.log.keys[hash_write_key("new-key")] = 8
    door.clock.advance(0.3)

    answer = await door.send("/v1/track", TRACK, authorization=NEW)

    assert (answer.status_code, door.log.events[-1].source_id) == (200, 8)


async def test_a_key_made_after_a_read_began_waits_for_the_next_read(door: Door) -> None:
    await door.send("/v1/track", TRACK)
    waiting = asyncio.create_task(door.send("/v1/track", TRACK, authorization=NEW))
    await door.clock.settle()
    door.log.keys[hash_write_key("new-key")] = 8

    await door.clock.run_for(0.25)

    assert (await waiting).status_code == 200


async def test_many_unknown_keys_at_once_cost_one_read(door: Door) -> None:
    answers = await asyncio.gather(
        *(door.send("/v1/track", TRACK, authorization=NEW) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {401}
    assert door.log.key_reads == 1


async def test_a_deleted_key_stops_working_within_a_second(door: Door) -> None:
    await door.send("/v1/track", TRACK)
    door.log.keys.clear()
    door.clock.advance(1.1)

    await door.send("/v1/track", TRACK)
    await door.clock.settle()
    door.clock.advance(1.1)
    answer = await door.send("/v1/track", TRACK)

    assert answer.status_code == 401


async def test_when_the_store_is_gone_known_keys_stay_known(door: Door) -> None:
    await door.send("/v1/track", TRACK)
    door.log.keys_fault = GONE
    door.clock.advance(5)

    statuses = [(await door.send("/v1/track", TRACK)).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]


async def test_when_the_store_is_gone_an_unknown_key_is_503_and_not_401(door: Door) -> None:
    door.log.keys_fault = GONE

    answer = await door.send("/v1/track", TRACK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_key_in_the_body_counts_when_the_one_in_the_header_is_another_service_s(
    door: Door,
) -> None:
    answer = await door.send("/v1/track", TRACK | {"writeKey": KEY}, authorization=NEW)

    assert answer.status_code == 200


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic"])
async def test_the_name_of_the_scheme_may_be_written_in_any_case(door: Door, scheme: str) -> None:
    header = AUTHORIZATION.replace("Basic", scheme)

    assert (await door.send("/v1/track", TRACK, authorization=header)).status_code == 200


async def test_the_use_of_a_key_is_noted_once_for_all_requests() -> None:
    clock, noted = ManualClock(), list[set[str]]()

    async def load() -> dict[str, int]:
        return {hash_write_key("k-1"): 1}

    async def note(hashes: Collection[str]) -> None:
        noted.append(set(hashes))

    keys = WriteKeys(load, clock, note=note)
    header = b"Basic " + base64.b64encode(b"k-1:")
    await keys.source_of(authorization=header)
    keys.known(header)
    await clock.run_for(30)

    assert noted == [{hash_write_key("k-1")}]
