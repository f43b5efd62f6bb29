"""/dry-runs over HTTP: begun, read on, exported, cancelled; a draft with faults is refused."""

import asyncio
from typing import Any

import pytest
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role

FIELDS = {"match_field": "name", "match_value": {"@path": "$.traits.name"}, "name": "Ada"}
DRAFT = {"trigger": 'type = "identify"', "fields": FIELDS}
ADA = {"type": "identify", "userId": "u-ada", "traits": {"name": "Ada"}}


async def ask(hub: ApiHub, path: str, body: Any = None, role: Role = Role.MEMBER) -> Any:
    """What is answered: to a POST where there is a body."""
    async with hub.client(role) as client:
        if body is None:
            return await client.get(path)
        return await client.post(path, json=body)


async def tried(hub: ApiHub, body: Any, *, path: str = "/mappings/1/dry-run") -> Any:
    """A dry run that has ended."""
    begun = await ask(hub, path, body)
    await hub.api.state.dry_runs.idle()
    return (await ask(hub, f"/dry-runs/{begun.json()['id']}")).json()


async def results(hub: ApiHub, run: Any, asked: str = "") -> list[Any]:
    return (await ask(hub, f"/dry-runs/{run['id']}/results{asked}")).json()["items"]


async def test_a_mapping_is_tried_on_the_log(hub: ApiHub) -> None:
    run = await tried(hub, {})

    assert (run["state"], run["total"], run["done"]) == ("done", 1, 1)
    assert (run["mapping_version"], run["summary"]["results"]) == (1, 1)


async def test_without_a_mirror_it_says_what_it_cannot_know(hub: ApiHub) -> None:
    run = await tried(hub, {"draft": DRAFT})
    (one,) = await results(hub, run)

    assert (one["outcome"], one["code"]) == ("unknown", "not_asked")
    assert run["summary"]["cannot_know"][1].startswith("The mirror has not all persons")


async def test_nobody_was_asked(hub: ApiHub) -> None:
    before = len(hub.away.sandbox.calls)
    await tried(hub, {})

    assert len(hub.away.sandbox.calls) == before


async def test_a_draft_with_faults_is_refused_with_their_paths(hub: ApiHub) -> None:
    faulty = {"trigger": "type =", "fields": {"nmae": "Ada"}}
    answer = await ask(hub, "/mappings/1/dry-run", {"draft": faulty})

    paths = [part["path"] for part in answer.json()["faults"]]
    assert answer.status_code == 422
    assert {"/trigger", "/nmae"} <= set(paths)
    assert (await ask(hub, "/dry-runs")).json()["items"] == []


async def test_a_mapping_that_does_not_exist_yet_is_tried(hub: ApiHub) -> None:
    mapping = {"name": "New", "action": "upsert_person", **DRAFT}
    run = await tried(hub, {"mapping": mapping}, path="/connections/1/dry-run")

    assert (run["state"], run["draft"], run["mapping_id"]) == ("done", True, None)


async def test_events_may_be_given(hub: ApiHub) -> None:
    given = {"given": [ADA, ADA | {"userId": "u-bob"}], "source_id": 1}
    run = await tried(hub, {"events": given})

    assert [one["record"] for one in await results(hub, run)] == ["new person 1", "new person 2"]
    assert run["first_event"] is None


async def test_results_come_in_pages(hub: ApiHub) -> None:
    given = {"given": [ADA | {"userId": f"u-{number}"} for number in range(5)], "source_id": 1}
    run = await tried(hub, {"events": given})
    path = f"/dry-runs/{run['id']}/results"
    first = (await ask(hub, f"{path}?limit=3")).json()
    second = (await ask(hub, f"{path}?limit=3&cursor={first['next_cursor']}")).json()

    assert [one["number"] for one in first["items"]] == [1, 2, 3]
    assert [one["number"] for one in second["items"]] == [4, 5]
    assert second["next_cursor"] is None


async def test_results_of_one_kind_are_asked_for(hub: ApiHub) -> None:
    run = await tried(hub, {})

    assert await results(hub, run, "?outcome=hold") == []
    assert len(await results(hub, run, "?outcome=create")) == 1


async def test_a_table_for_spreadsheets_has_no_formula(hub: ApiHub) -> None:
    evil = ADA | {"traits": {"name": '=HYPERLINK("https://evil.example")'}}
    run = await tried(hub, {"events": {"given": [evil], "source_id": 1}})
    async with hub.client(Role.VIEWER, accept="text/csv") as client:
        answer = await client.get(f"/dry-runs/{run['id']}/results")

    heading, line, *_ = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert heading.startswith("number,events,outcome")
    assert """,Name,,"'=HYPERLINK""" in line


async def test_the_same_table_comes_by_its_format(hub: ApiHub) -> None:
    run = await tried(hub, {})
    answer = await ask(hub, f"/dry-runs/{run['id']}/results?format=csv")

    assert answer.headers["content-disposition"] == 'attachment; filename="dry-run-1.csv"'


async def test_it_is_a_job(hub: ApiHub) -> None:
    await tried(hub, {})
    (job,) = (await ask(hub, "/jobs?kind=dry_run")).json()["items"]

    assert (job["id"], job["state"], job["done"], job["made"]) == ("dry_run-1", "done", 1, 1)
    assert (await ask(hub, "/jobs/dry_run-1")).json() == job


async def test_one_that_is_cancelled_keeps_what_it_has_found(hub: ApiHub) -> None:
    begun = (await ask(hub, "/mappings/1/dry-run", {})).json()
    cancelled = (await ask(hub, f"/dry-runs/{begun['id']}/cancel", {})).json()
    await hub.api.state.dry_runs.idle()
    seen = (await ask(hub, f"/dry-runs/{begun['id']}")).json()

    assert (cancelled["state"], seen["state"]) == ("cancelled", "cancelled")


async def test_a_viewer_looks_and_begins_none(hub: ApiHub) -> None:
    await tried(hub, {})
    refused = await ask(hub, "/mappings/1/dry-run", {}, role=Role.VIEWER)

    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    assert len((await ask(hub, "/dry-runs", role=Role.VIEWER)).json()["items"]) == 1


@pytest.mark.parametrize(
    "events",
    [
        {"last": 5, "from_event": 1},
        {"from_event": 1, "since": "2026-11-01T00:00:00Z"},
        {"to_event": 5},
        {"given": [ADA]},
    ],
)
async def test_a_range_that_says_two_things_is_refused(hub: ApiHub, events: Any) -> None:
    answer = await ask(hub, "/mappings/1/dry-run", {"events": events})

    assert answer.json()["code"] == "invalid_request"


async def test_a_range_without_events_is_refused(hub: ApiHub) -> None:
    answer = await ask(hub, "/mappings/1/dry-run", {"events": {"from_event": 7}})

    assert answer.json()["code"] == "nothing_to_try"


async def test_to_verify_costs_what_was_allowed_at_most(hub: ApiHub) -> None:
    given = {"given": [ADA, ADA | {"traits": {"name": "Bob"}}], "source_id": 1}
    run = await tried(hub, {"draft": DRAFT, "events": given, "verify_tokens": 25})

    assert run["summary"]["spent"] <= 25
    assert "look_spent" in run["summary"]["codes"]


async def test_of_many_that_are_begun_at_the_same_moment_three_run(hub: ApiHub) -> None:
    answers = await asyncio.gather(*(ask(hub, "/mappings/1/dry-run", {}) for _ in range(5)))

    refused = [one.json()["code"] for one in answers if one.status_code != 202]
    assert refused == ["too_many_dry_runs"] * 2
