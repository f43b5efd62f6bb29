"""/drift and /alerts: told to everybody, mended by members, written down."""

import pytest
from tests.drifted import drifted
from tests.web.api.hub import ApiHub

from dealwright.core.alert import AlertKind
from dealwright.core.people import Role
from dealwright.store.alerts import NewAlert, begin_alert
from dealwright.store.audit import entries
from dealwright.store.mappings import mapping

ALERT = NewAlert(
    key="budget:1", kind=AlertKind.BUDGET, connection_id=1, title="Spent", message="All of it."
)


@pytest.fixture
async def mapping_id(hub: ApiHub) -> int:
    """A Mapping that names a field by the name that it had."""
    return await hub.store.write(drifted)


async def test_a_drift_is_told_with_its_mend(hub: ApiHub, mapping_id: int) -> None:
    async with hub.client(Role.VIEWER) as client:
        (found,) = (await client.get("/drift", params={"state": "open"})).json()["items"]
        one = (await client.get("/drift/1")).json()
    assert found == one
    assert (one["subject"], one["subject_id"], one["before"], one["after"], one["mend"]) == (
        "mapping",
        mapping_id,
        "Plan",
        "Tier",
        "Tier",
    )


async def test_a_member_accepts_something_else_and_it_is_written_down(
    hub: ApiHub, mapping_id: int
) -> None:
    async with hub.client(Role.MEMBER) as client:
        answer = await client.post("/drift/1/accept", json={"instead": "Level"})
    assert (answer.status_code, answer.json()["mended_version"]) == (200, 2)
    found = await hub.store.read(lambda db: mapping(db, mapping_id))
    assert list(found.fields["custom_fields"]) == ["Level"]
    (entry,) = await hub.store.read(lambda db: entries(db, limit=1))
    assert (entry.action, entry.target) == ("drift.accept", "drift:1")


@pytest.mark.usefixtures("mapping_id")
async def test_a_viewer_mends_nothing(hub: ApiHub) -> None:
    async with hub.client(Role.VIEWER) as client:
        answer = await client.post("/drift/1/accept", json={})
    assert answer.status_code == 403


@pytest.mark.usefixtures("mapping_id")
async def test_what_is_ignored_is_over(hub: ApiHub) -> None:
    async with hub.client(Role.MEMBER) as client:
        ignored = await client.post("/drift/1/ignore")
        again = await client.post("/drift/1/ignore")
    assert ignored.json()["state"] == "ignored"
    assert again.json()["code"] == "drift_ended"


async def test_alerts_are_told_with_what_was_said(hub: ApiHub) -> None:
    now_ms = hub.now_ms()
    await hub.store.write(lambda db: begin_alert(db, ALERT, channels=["slack"], now_ms=now_ms))
    async with hub.client(Role.VIEWER) as client:
        (told,) = (await client.get("/alerts")).json()["items"]
    assert (told["kind"], told["title"], told["ended_at"]) == ("budget", "Spent", None)
    assert [(one["channel"], one["state"]) for one in told["said"]] == [("slack", "queued")]
