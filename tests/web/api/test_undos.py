"""/undos: told before it is done, done once, listed with what became of it; members may."""

from typing import Any

import pytest
import sqlalchemy as sa
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.core.record import RecordKind
from dealwright.store.journal import Act, NewEntry, enter
from dealwright.store.people_tables import audit

WRITTEN = NewEntry(
    act=Act.UPDATE,
    kind=RecordKind.PERSON,
    record_id=7,
    after={"name": "Ada Keller"},
    before={"name": "Ada"},
    update_time="2026-11-02T08:00:00Z",
)


@pytest.fixture(autouse=True)
async def _journal(hub: ApiHub) -> None:
    """One write of Delivery 1."""
    await hub.store.write(lambda db: enter(db, 1, WRITTEN, delivery_id=1, now_ms=1_000))


async def post(hub: ApiHub, role: Role = Role.MEMBER, **body: Any) -> Any:
    async with hub.client(role) as client:
        return await client.post("/undos", json=body)


async def get(hub: ApiHub, path: str) -> Any:
    async with hub.client(Role.VIEWER) as client:
        return (await client.get(path)).json()


async def test_a_dry_run_tells_what_would_be_put_back_and_does_nothing(hub: ApiHub) -> None:
    told = await post(hub, delivery_id=1, dry_run=True)
    (item,) = told.json()["items"]
    assert told.status_code == 200
    assert item["turned"] == [{"field": "name", "now": "Ada Keller", "then": "Ada"}]
    assert (told.json()["tokens"], told.json()["undo"]) == (6, None)
    assert (await get(hub, "/undos"))["items"] == []


async def test_an_undo_is_begun_and_listed_with_its_deliveries(hub: ApiHub) -> None:
    made = await post(hub, delivery_id=1)
    (listed,) = (await get(hub, "/undos"))["items"]
    (delivery,) = (await get(hub, "/undos/1/deliveries"))["items"]
    assert made.status_code == 201
    assert made.json()["undo"] == listed == await get(hub, "/undos/1")
    assert (listed["states"], listed["summary"]) == ({"queued": 1}, "delivery 1")
    assert (delivery["record_kind"], delivery["record_id"]) == ("person", 7)


async def test_who_undid_what_is_in_the_audit_log(hub: ApiHub) -> None:
    await post(hub, record={"kind": "person", "id": 7})
    found = await hub.store.read(lambda db: list(db.scalars(sa.select(audit.c.action))))
    assert "undo.create" in found


async def test_a_viewer_undoes_nothing(hub: ApiHub) -> None:
    assert (await post(hub, Role.VIEWER, delivery_id=1)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "nothing_chosen"),
        ({"delivery_id": 99}, 409, "nothing_to_undo"),
        ({"mapping_version": 2}, 422, "invalid_request"),
        ({"replay_id": 9}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_undone_is_refused_with_a_code(
    hub: ApiHub, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await post(hub, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_undo_that_there_is_not_is_not_found(hub: ApiHub) -> None:
    assert (await get(hub, "/undos/7"))["code"] == "no_correction"


async def test_a_request_that_is_sent_again_undoes_once(hub: ApiHub) -> None:
    async with hub.client(Role.MEMBER) as client:
        sent = {"json": {"delivery_id": 1}, "headers": {"Idempotency-Key": "undo-1"}}
        first, again = await client.post("/undos", **sent), await client.post("/undos", **sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len((await get(hub, "/undos"))["items"]) == 1
