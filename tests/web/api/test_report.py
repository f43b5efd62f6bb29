"""The API reports what the hub has brought."""

from tests.web.api.hub import ApiHub

from dealwright.core.people import Role


async def test_the_report_has_a_row_for_each_mapping_and_week(hub: ApiHub) -> None:
    async with hub.client(Role.VIEWER) as client:
        told = (await client.get("/report?weeks=2")).json()

    (row,) = told["rows"]
    assert (row["connection"], row["name"], row["deliveries"]) == ("main", "People", 1)
    assert told["reckoning"]


async def test_the_report_of_another_mapping_is_empty(hub: ApiHub) -> None:
    async with hub.client(Role.VIEWER) as client:
        told = (await client.get("/report?mapping_id=99")).json()

    assert told["rows"] == []


async def test_a_connection_that_there_is_not_is_not_found(hub: ApiHub) -> None:
    async with hub.client(Role.VIEWER) as client:
        answer = await client.get("/report?connection=nobody")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_nobody_asks_for_more_weeks_than_the_ledger_has(hub: ApiHub) -> None:
    async with hub.client(Role.VIEWER) as client:
        answer = await client.get("/report?weeks=61")

    assert answer.status_code == 422
