"""/duplicates: found, listed with reasons, merged once, told apart; members may."""

from typing import Any

import pytest
import sqlalchemy as sa
from tests.duplicates import ada_twice, put_people, twins_of
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.store.people_tables import audit


@pytest.fixture(autouse=True)
async def _mirror(hub: ApiHub) -> None:
    """An account in which Ada is there twice."""
    await hub.store.write(lambda db: put_people(db, 1, ada_twice()))


async def post(hub: ApiHub, path: str, role: Role = Role.MEMBER, **body: Any) -> Any:
    async with hub.client(role) as client:
        return await client.post(path, json=body)


async def get(hub: ApiHub, path: str) -> Any:
    async with hub.client(Role.VIEWER) as client:
        return (await client.get(path)).json()


async def find(hub: ApiHub) -> Any:
    return (await post(hub, "/duplicates/find", connection_id=1)).json()


async def test_what_is_found_is_listed_with_its_reasons_and_its_price(hub: ApiHub) -> None:
    looked = await find(hub)
    (group,) = (await get(hub, "/duplicates"))["items"]

    assert [(one["kind"], one["records"]) for one in looked["items"]] == [("person", 3)]
    assert (group["records"], group["tokens"]) == ([1, 2], 42)
    assert [one["sign"] for one in group["pairs"][0]["reasons"]] == ["same_email"]
    assert await get(hub, f"/duplicates/{group['id']}") == group


async def test_the_next_page_goes_on_where_the_first_ended(hub: ApiHub) -> None:
    people = [*ada_twice(), *twins_of(11, "Bob Stone", "bob@y.example")]
    await hub.store.write(lambda db: put_people(db, 1, people))
    await find(hub)

    first = await get(hub, "/duplicates?limit=1")
    second = await get(hub, f"/duplicates?limit=1&cursor={first['next_cursor']}")

    seen = [page["items"][0]["records"] for page in (first, second)]
    assert sorted(seen) == [[1, 2], [11, 12]]


async def test_a_dry_run_tells_what_is_lost_and_begins_nothing(hub: ApiHub) -> None:
    await find(hub)

    told = await post(hub, "/duplicates/1/merge", into=1, dry_run=True)

    (going,) = told.json()["going"]
    assert told.status_code == 200
    assert (going["record_id"], told.json()["lost"], told.json()["merge"]) == (2, 1, None)
    assert [(one["field"], one["gone"], one["after"]) for one in going["fields"]] == [
        ("name", "Ada L", "Ada Love")
    ]
    assert (await get(hub, "/merges"))["items"] == []


async def test_a_merge_is_begun_and_listed(hub: ApiHub) -> None:
    await find(hub)

    made = await post(hub, "/duplicates/1/merge", into=1)
    (listed,) = (await get(hub, "/merges"))["items"]

    assert made.status_code == 201
    assert made.json()["merge"] == listed == await get(hub, f"/merges/{listed['id']}")
    assert (listed["summary"], listed["states"]) == ("person 2 into 1", {"queued": 1})
    assert (await get(hub, "/merges/9"))["code"] == "no_correction"


async def test_what_is_not_the_same_is_found_no_more(hub: ApiHub) -> None:
    await find(hub)

    told = await post(hub, "/duplicates/1/not-same")
    await find(hub)

    assert (told.json(), (await get(hub, "/duplicates"))["items"]) == ({"pairs": 1}, [])


async def test_who_merged_and_told_apart_is_in_the_audit_log(hub: ApiHub) -> None:
    await find(hub)
    await post(hub, "/duplicates/1/merge")
    await post(hub, "/duplicates/1/not-same")

    found = await hub.store.read(lambda db: list(db.scalars(sa.select(audit.c.action))))
    assert {"duplicates.find", "merge.create", "duplicates.not_same"} <= set(found)


@pytest.mark.parametrize("path", ["/duplicates/1/merge", "/duplicates/1/not-same"])
async def test_a_viewer_changes_nothing(hub: ApiHub, path: str) -> None:
    await find(hub)

    assert (await post(hub, path, Role.VIEWER)).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/duplicates/9/merge", {}, 404, "no_duplicates"),
        ("/duplicates/1/merge", {"into": 2**70}, 422, "invalid_request"),
        ("/duplicates/1/merge", {"into": 3}, 422, "not_in_group"),
        ("/duplicates/1/merge", {"into": 1, "only": [1]}, 422, "nothing_to_merge"),
        ("/duplicates/1/not-same", {"records": [3]}, 422, "not_in_group"),
        ("/duplicates/find", {"connection_id": 99}, 404, "not_found"),
        ("/duplicates/find", {"connection_id": 1, "kinds": ["deal"]}, 409, "no_mirror"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_code(
    hub: ApiHub, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    await find(hub)

    answer = await post(hub, path, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
