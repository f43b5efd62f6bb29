"""What the price plan rules out is refused before Pipedrive is asked anything."""

from pathlib import Path

from tests.clock import ManualClock
from tests.events import identify
from tests.hub import open_hub

from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping


async def test_a_level_that_the_plan_lacks_costs_no_call(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    def mappings(connection_id: int) -> list[NewMapping]:
        return [
            NewMapping(
                connection_id=connection_id,
                name="Seen by the group",
                action="upsert_person",
                trigger='type = "identify"',
                fields={"match_value": "u-1", "name": "Ada", "visible_to": "group"},
            )
        ]

    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, plan="growth", mappings=mappings)
        await hub.send(identify("u-1"))
        await hub.run_until_idle()

        asked = [call.path for call in pipedrive.calls if "search" in call.path]
        assert (hub.delivery().now.code, asked) == ("invalid_value", [])
