"""Drift of everything else that is named: types, users, stages, pipelines, labels, and by whom."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import track
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.drifting import accept, drifts, edits, noticed

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.driftuses import SubjectKind
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind
from dealwright.meetings.settings import ActivityRules, MeetingSettings
from dealwright.pipeline.alerts import Alerting
from dealwright.pipeline.sentinel import Sentinel
from dealwright.pipeline.visit import visits
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import connection
from dealwright.store.mappings import NewMapping, new_version, set_enabled
from dealwright.store.meeting_sources import (
    add_meeting_source,
    meeting_source,
    set_meeting_settings,
)

DAY_S = 86_400.0
JONAS = "jonas@tallinncoffee.example"
CODE = "c" * 40


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """A new account: a pipeline, its stages, the usual activity types, and a second user."""
    made = new_sandbox(clock)
    made.put_state({"users": [{"id": 2, "name": "Jonas", "email": JONAS}]})
    return made


@asynccontextmanager
async def hub_of(
    folder: Path, clock: ManualClock, pipedrive: Sandbox, action: str, **fields: Any
) -> AsyncGenerator[Hub]:
    """A hub with one Mapping, that has looked once; a day goes by."""

    def mappings(connection_id: int) -> list[NewMapping]:
        return [
            NewMapping(
                connection_id=connection_id,
                name="One",
                action=action,
                trigger='type = "track"',
                fields=fields,
            )
        ]

    defaults = MatchDefaults(external_id_fields={RecordKind.DEAL: CODE})
    async with open_hub(folder, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings, defaults=defaults)
        await looked(hub)
        yield hub


async def looked(hub: Hub) -> None:
    """A day goes by, and the watch looks."""
    hub.advance(DAY_S + 60)
    await Sentinel(
        store=hub.store,
        clock=hub.clock,
        visit=visits(hub.store, hub.clock, dial=hub.dial),
        actions=hub.actions,
        alerting=Alerting(store=hub.store, clock=hub.clock),
    ).look()


async def sent(hub: Hub) -> None:
    await hub.send(track("u-ada", "Called", subject="Hello"))
    await hub.run_until_idle()


SUBJECT = {"@path": "$.properties.subject"}


async def test_a_type_that_is_named_by_its_key_works_on_when_it_is_renamed(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT, "type": "lunch"}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        edits(pipedrive, "PUT", "/api/v1/activityTypes/6", {"name": "Business meal"})
        hub.advance(4_000)
        await sent(hub)
        await noticed(hub)
        (found,) = await drifts(hub)
        assert (found.breaks, found.after) == (False, "Business meal")
        assert hub.delivery().now.state is State.DELIVERED


async def test_a_type_that_is_named_by_its_name_holds_when_it_is_renamed(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT, "type": "Lunch"}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        edits(pipedrive, "PUT", "/api/v1/activityTypes/6", {"name": "Business meal"})
        hub.advance(4_000)
        await sent(hub)
        assert hub.delivery().now.code == "drift"

        await accept(hub, 1)
        await hub.run_until_idle()
        assert hub.delivery().now.state is State.DELIVERED
        assert pipedrive.records("activities")[0]["type"] == "lunch"


async def test_a_deleted_type_is_told_though_pipedrive_still_takes_its_key(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT, "type": "lunch"}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        edits(pipedrive, "DELETE", "/api/v1/activityTypes/6")
        hub.advance(4_000)
        await sent(hub)
        await noticed(hub)
        (found,) = await drifts(hub)
        assert (found.breaks, found.sentence) == (True, "The activity type “Lunch” is gone.")
        assert hub.delivery().now.state is State.DELIVERED


async def test_an_owner_who_was_deactivated_holds_and_nobody_is_proposed(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT, "owner": JONAS}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        pipedrive.put_state(
            {"users": [{"id": 2, "name": "Jonas", "email": JONAS, "active_flag": False}]}
        )
        hub.advance(4_000)
        await sent(hub)
        assert hub.delivery().now.message == (
            f"The user “Jonas” is gone or deactivated. Nothing like “{JONAS}” is there; choose "
            "another with `dealwright drift accept 1 --with NAME`."
        )


async def test_a_deleted_stage_is_found_when_pipedrive_refuses_the_deal(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    edits(pipedrive, "POST", "/api/v2/stages", {"name": "Demo", "pipeline_id": 1})
    one = {
        "title": SUBJECT,
        "stage_id": 3,
        "person_match_field": "id",
        "person_match_value": 1,
    }
    pipedrive.put_state({"persons": [{"id": 1, "name": "Ada"}]})
    async with hub_of(tmp_path, clock, pipedrive, "upsert_deal", **one) as hub:
        edits(pipedrive, "DELETE", "/api/v2/stages/3")
        hub.advance(120)
        await sent(hub)
        assert hub.delivery().now.message == (
            "The stage “Demo scheduled” is gone. Proposed: “5” in the place of “3”. Accept it "
            "with `dealwright drift accept 1`."
        )

        await accept(hub, 1)
        await hub.run_until_idle()
        assert [one["stage_id"] for one in pipedrive.records("deals")] == [5]


async def test_a_source_of_meetings_is_mended_by_an_alias(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        source_id = await hub.add_source("recorder")
        await hub.store.write(
            lambda db: add_meeting_source(
                db, source_id, kind="fathom", path_hash="x", sealed=None, connection_id=1
            )
        )
        rules = ActivityRules(fallback="Call")
        settings = MeetingSettings(activities=rules, deal_stages=(1, 2))
        await hub.store.write(lambda db: set_meeting_settings(db, source_id, settings=settings))
        await looked(hub)
        edits(pipedrive, "PUT", "/api/v1/activityTypes/2", {"name": "Conversation"})
        edits(pipedrive, "PUT", "/api/v1/activityTypes/1", {"name": "Phone call"})
        edits(pipedrive, "DELETE", "/api/v2/stages/1")
        await looked(hub)

        for found in await drifts(hub):
            assert found.subject is SubjectKind.SOURCE
            await accept(hub, found.id, with_=found.mend or "4")
        made = (await hub.store.read(lambda db: meeting_source(db, source_id))).settings
        assert made.activities.aliases == {"Meeting": "Conversation"}
        assert made.activities.fallback == "Phone call"
        assert made.deal_stages == (4, 2)


async def test_a_field_that_a_connection_matches_by_is_watched(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    fields = {"deal": [{"name": "Number", "type": "varchar", "code": CODE}]}
    pipedrive.put_state({"fields": fields})
    one = {"subject": SUBJECT}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        edits(pipedrive, "DELETE", f"/api/v2/dealFields/{CODE}")
        other = edits(
            pipedrive,
            "POST",
            "/api/v2/dealFields",
            {"field_name": "Number", "field_type": "varchar"},
        )["data"]["field_code"]
        await looked(hub)

        (found,) = await drifts(hub)
        assert (found.subject, found.mend) == (SubjectKind.CONNECTION, other)
        await accept(hub, found.id)
        made = await hub.store.read(lambda db: connection(db, 1))
        assert made.defaults.external_id_fields == {RecordKind.DEAL: other}


async def test_a_mapping_that_is_switched_off_depends_on_nothing(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT, "type": "lunch"}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        await hub.store.write(lambda db: set_enabled(db, 1, enabled=False))
        edits(pipedrive, "DELETE", "/api/v1/activityTypes/6")
        await looked(hub)
        assert await drifts(hub) == []


async def test_what_a_person_changed_in_the_mapping_is_mended_by_that(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    one = {"subject": SUBJECT, "type": "Lunch"}
    async with hub_of(tmp_path, clock, pipedrive, "upsert_activity", **one) as hub:
        edits(pipedrive, "PUT", "/api/v1/activityTypes/6", {"name": "Business meal"})
        hub.advance(4_000)
        await sent(hub)
        fields = {"subject": SUBJECT, "type": "call"}
        now_ms = to_ms(hub.clock.now())
        await hub.store.write(
            lambda db: new_version(db, 1, trigger='type = "track"', fields=fields, now_ms=now_ms)
        )
        await noticed(hub)
        await hub.run_until_idle()
        done = hub.delivery().now
        assert (done.state, done.mapping_version) == (State.DELIVERED, 2)
