"""/proposals: told before, approved of by people alone, done once and as it was shown."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from tests.web.api.hub import ApiHub, add_event, delivery
from tests.web.people import PUBLIC

from dealwright.core.delivery import State
from dealwright.core.people import Role
from dealwright.core.proposal import LASTS_MS
from dealwright.core.record import RecordKind
from dealwright.store.deliveries import add_deliveries
from dealwright.store.delivery_list import delivery as delivery_of
from dealwright.store.journal import Act, NewEntry, enter
from dealwright.store.mappings import list_mappings, new_version

RETRY = {"kind": "retry", "deliveries": [1]}
REPLAY = {"kind": "replay", "mapping_id": 1, "from_event": 1}
MAPPING = {
    "kind": "mapping",
    "connection_id": 1,
    "name": "Signed up",
    "action": "upsert_person",
    "trigger": 'type = "identify"',
    "fields": {"match_value": {"@path": "$.userId"}},
}
SELECTION = {"record_kind": "person", "record_id": 7}
UNDO = {"kind": "undo", "selection": SELECTION}
NEXT = {
    "kind": "mapping",
    "connection_id": 1,
    "mapping_id": 1,
    "trigger": 'type = "identify"',
    "fields": {"match_value": {"@path": "$.traits.email"}},
}


async def wrote(hub: ApiHub, before: str, after: str, act: Act = Act.UPDATE) -> None:
    """Delivery 1 has written the name of person 7."""
    entry = NewEntry(
        act=act,
        kind=RecordKind.PERSON,
        record_id=7,
        after={"name": after},
        before={"name": before} if act is Act.UPDATE else {},
        update_time="2026-11-02T08:00:00Z",
    )
    await hub.store.write(lambda db: enter(db, 1, entry, delivery_id=1, now_ms=1_000))


async def propose(hub: ApiHub, wish: dict[str, Any], role: Role = Role.VIEWER) -> Any:
    async with hub.client(role) as client:
        return await client.post("/proposals", json={"wish": wish, "reason": "It was mended."})


async def post(hub: ApiHub, path: str, role: Role = Role.MEMBER) -> Any:
    async with hub.client(role) as client:
        return await client.post(path)


async def approve(hub: ApiHub, number: int = 1) -> Any:
    """As a person who is signed in."""
    headers = await hub.person(Role.MEMBER)
    transport = httpx2.ASGITransport(app=hub.api)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC, headers=headers) as client:
        return await client.post(f"/proposals/{number}/approve")


async def state(hub: ApiHub) -> State:
    return (await hub.store.read(lambda db: delivery_of(db, 1))).state


async def test_a_proposal_tells_what_it_would_do_and_does_nothing(hub: ApiHub) -> None:
    told = (await propose(hub, RETRY)).json()
    assert (told["state"], told["summary"]) == ("proposed", "Send 1 Deliveries once more.")
    assert told["detail"][0]["message"] == "Pipedrive has no such stage."
    assert told["tokens"] > 0
    assert await state(hub) is State.FAILED


async def test_what_nobody_approved_of_is_not_done(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    refused = await post(hub, "/proposals/1/run")
    assert (refused.status_code, refused.json()["code"]) == (409, "proposal_over")
    assert await state(hub) is State.FAILED


async def test_a_program_cannot_approve(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    refused = await post(hub, "/proposals/1/approve", Role.OWNER)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_person")


async def test_what_a_person_approved_of_is_done_once(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    approved = await approve(hub)
    done = await post(hub, "/proposals/1/run")
    again = await post(hub, "/proposals/1/run")
    assert approved.json()["state"] == "approved"
    assert (done.json()["state"], done.json()["result"]) == ("done", {"count": 1})
    assert again.status_code == 409
    assert await state(hub) is State.QUEUED


async def test_a_viewer_proposes_but_has_nothing_done(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    await approve(hub)
    assert (await post(hub, "/proposals/1/run", Role.VIEWER)).status_code == 403


async def test_what_would_write_more_by_now_is_refused(hub: ApiHub) -> None:
    await propose(hub, REPLAY)
    await approve(hub)
    now_ms = hub.now_ms()
    other = b'{"type":"identify","userId":"u-2","traits":{"name":"Bo"}}'
    await hub.store.write(lambda db: add_event(db, other, now_ms=now_ms))
    refused = await post(hub, "/proposals/1/run")
    assert refused.json()["code"] == "proposal_outdated"
    async with hub.client() as client:
        assert (await client.get("/proposals/1")).json()["state"] == "approved"
        assert (await client.get("/replays")).json()["items"] == []


async def test_a_proposal_of_yesterday_is_over(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    hub.clock.advance(LASTS_MS / 1000)
    async with hub.client() as client:
        assert (await client.get("/proposals/1")).json()["state"] == "expired"


async def test_a_rejected_proposal_stays_so(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    headers = await hub.person(Role.MEMBER)
    transport = httpx2.ASGITransport(app=hub.api)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC, headers=headers) as client:
        rejected = await client.post("/proposals/1/reject")
    refused = await approve(hub)
    assert rejected.json()["state"] == "rejected"
    assert refused.json()["code"] == "proposal_over"


async def test_a_mapping_that_is_proposed_is_made_but_not_enabled(hub: ApiHub) -> None:
    await propose(hub, MAPPING)
    await approve(hub)
    done = await post(hub, "/proposals/1/run")
    made = (await hub.store.read(lambda db: list_mappings(db, 1)))[-1]
    assert done.json()["result"] == {"mapping": made.id, "version": 1}
    assert (made.name, made.enabled) == ("Signed up", False)


async def test_the_faults_of_a_mapping_are_told_when_it_is_proposed(hub: ApiHub) -> None:
    refused = await propose(hub, MAPPING | {"fields": {"nam": "x"}})
    assert refused.status_code == 422
    assert "/nam" in [fault["path"] for fault in refused.json()["faults"]]


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "retry", "deliveries": [99]},
        {"kind": "replay", "mapping_id": 9, "from_event": 1},
        {"kind": "review", "item": "delivery-9", "do": "skip"},
        {"kind": "undo", "selection": {"delivery": 99}},
    ],
)
async def test_a_proposal_of_what_there_is_not_is_refused(
    hub: ApiHub, wish: dict[str, Any]
) -> None:
    refused = await propose(hub, wish)
    assert refused.status_code in {404, 409, 422}
    async with hub.client() as client:
        assert (await client.get("/proposals")).json()["items"] == []


@pytest.mark.parametrize("wish", [{}, {"kind": "nuke"}, {"kind": "retry", "deliveries": "all"}])
async def test_a_wish_that_is_none_is_refused_with_a_sentence(
    hub: ApiHub, wish: dict[str, Any]
) -> None:
    refused = await propose(hub, wish)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_the_operators_policy_approves_of_what_is_cheap(hub: ApiHub) -> None:
    hub.api.state.office = replace(hub.office, free_tokens=100)
    told = (await propose(hub, RETRY)).json()
    assert (told["state"], told["decided_by"]) == ("approved", "policy")


async def test_the_policy_leaves_what_is_dear_to_people(hub: ApiHub) -> None:
    now_ms = hub.now_ms()
    rows = [delivery(state="failed", at_ms=now_ms) for _ in range(9)]
    await hub.store.write(lambda db: add_deliveries(db, rows))
    hub.api.state.office = replace(hub.office, free_tokens=100)
    told = (await propose(hub, {"kind": "retry", "deliveries": list(range(1, 11))})).json()
    assert told["state"] == "proposed"


async def test_what_would_do_something_else_by_now_is_refused(hub: ApiHub) -> None:
    await wrote(hub, "Ada", "Ada L")
    await propose(hub, UNDO)
    await approve(hub)
    await wrote(hub, "Ada L", "Ada Love")
    refused = await post(hub, "/proposals/1/run")
    assert refused.json()["code"] == "proposal_outdated"


async def test_an_undo_is_done_as_it_was_shown(hub: ApiHub) -> None:
    await wrote(hub, "Ada", "Ada L")
    await propose(hub, UNDO)
    await approve(hub)
    assert (await post(hub, "/proposals/1/run")).json()["result"] == {"undo": 1}


async def test_a_replay_is_not_done_with_a_version_that_nobody_was_shown(hub: ApiHub) -> None:
    await propose(hub, REPLAY)
    await approve(hub)
    fields = {"match_value": {"@path": "$.userId"}, "name": "Nobody"}
    await hub.store.write(
        lambda db: new_version(
            db, 1, trigger='type = "identify"', fields=fields, now_ms=hub.now_ms()
        )
    )
    refused = await post(hub, "/proposals/1/run")
    assert refused.json()["code"] == "proposal_outdated"


async def test_a_new_version_does_not_take_the_place_of_one_that_was_made_since(
    hub: ApiHub,
) -> None:
    await propose(hub, NEXT)
    await propose(hub, NEXT)
    await approve(hub, 1)
    await approve(hub, 2)
    first, second = await post(hub, "/proposals/1/run"), await post(hub, "/proposals/2/run")
    assert first.json()["result"] == {"mapping": 1, "version": 2}
    assert second.json()["code"] == "proposal_outdated"


async def test_no_policy_approves_of_a_version_that_holds_at_once(hub: ApiHub) -> None:
    hub.api.state.office = replace(hub.office, free_tokens=100)
    told = (await propose(hub, NEXT)).json()
    assert (told["tokens"], told["writes"], told["state"]) == (0, 0, "proposed")


async def test_no_policy_approves_of_a_deletion(hub: ApiHub) -> None:
    hub.api.state.office = replace(hub.office, free_tokens=100)
    await wrote(hub, "", "Ada", Act.CREATE)
    selection = SELECTION | {"remove_created": True}
    told = (await propose(hub, {"kind": "undo", "selection": selection})).json()
    assert (told["writes"], told["state"]) == (1, "proposed")


async def test_proposals_are_listed_the_newest_first(hub: ApiHub) -> None:
    await propose(hub, RETRY)
    await propose(hub, REPLAY)
    async with hub.client(Role.VIEWER) as client:
        first = (await client.get("/proposals", params={"limit": 1})).json()
        following = {"limit": 1, "cursor": first["next_cursor"]}
        second = (await client.get("/proposals", params=following)).json()
    assert [first["items"][0]["kind"], second["items"][0]["kind"]] == ["replay", "retry"]
