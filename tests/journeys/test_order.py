"""What belongs to one record is done in order, and as few writes as possible."""

from pathlib import Path

from tests.clock import ManualClock
from tests.events import activity, identify
from tests.hub import Hub, new_sandbox, open_hub, scaled, states

from dealwright.core.delivery import State
from dealwright.pipeline.pace import Pace
from dealwright.sandbox.app import Sandbox


def writes(pipedrive: Sandbox) -> list[str]:
    return [f"{c.method} {c.path}" for c in pipedrive.calls if c.method in {"POST", "PATCH"}]


async def test_identify_then_track_links_the_activity_to_the_person(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", delay_ms=50)
    await hub.send(identify("u-ada", name="Ada Love"), activity("u-ada", "Demo", subject="Demo"))
    await hub.run_until_idle()

    (done,) = pipedrive.records("activities")
    assert [item["person_id"] for item in done["participants"]] == [1]


async def test_the_activity_waits_while_the_person_waits(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", status=503, times=1)
    await hub.send(identify("u-ada", name="Ada Love"), activity("u-ada", "Demo", subject="Demo"))
    await hub.run_once()

    assert states(hub) == [State.WAITING, State.QUEUED]


async def test_five_queued_identifies_of_one_user_are_one_write(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*(identify("u-ada", name=f"Ada {n}") for n in range(5)))
    await hub.run_until_idle()

    assert writes(pipedrive) == ["POST /api/v2/persons"]
    assert [seen.now.written_by for seen in hub.deliveries()] == [None, 1, 1, 1, 1]
    assert states(hub) == [State.DELIVERED] * 5


async def test_of_queued_identifies_the_later_by_its_timestamp_wins(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(
        identify("u-ada", name="Newest", at="2026-11-02T08:59:00Z"),
        identify("u-ada", name="Oldest", at="2026-11-02T08:57:00Z"),
        identify("u-ada", name="Middle", at="2026-11-02T08:58:00Z"),
    )
    await hub.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["Newest"]


async def test_merged_identifies_keep_every_address(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(
        identify("u-ada", name="Ada", email="ada@love.example"),
        identify("u-ada", email="ada@work.example"),
    )
    await hub.run_until_idle()

    (person,) = pipedrive.records("persons")
    assert [item["value"] for item in person["emails"]] == ["ada@love.example", "ada@work.example"]


async def test_identifies_with_something_else_of_the_user_between_them_are_not_merged(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(
        identify("u-ada", name="Ada"),
        activity("u-ada", "Demo", subject="Demo"),
        identify("u-ada", name="Ada Love"),
    )
    await hub.run_until_idle()

    assert writes(pipedrive) == [
        "POST /api/v2/persons",
        "POST /api/v2/activities",
        "PATCH /api/v2/persons/1",
    ]


async def test_two_equal_activities_are_two(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(
        activity("u-ada", "Demo", subject="Demo"), activity("u-ada", "Demo", subject="Demo")
    )
    await hub.run_until_idle()

    assert len(pipedrive.records("activities")) == 2


async def test_different_users_are_written_side_by_side(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", delay_ms=100)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(8)))
    began = len(hub.notices)
    await hub.run_until_idle()

    first_states = [str(note.state) for note in hub.notices[began : began + 8]]
    assert first_states == ["sending"] * 8


class TickingClock(ManualClock):
    """Time that passes a little whenever somebody looks at it."""

    def monotonic_s(self) -> float:
        self.advance(0.1)
        return super().monotonic_s()


async def test_a_long_log_does_not_keep_waiting_what_was_routed(tmp_path: Path) -> None:
    clock = TickingClock()
    pipedrive = new_sandbox(clock)
    async with open_hub(tmp_path, clock=clock, pace=scaled(Pace(), batch=1, slice_s=8)) as hub:
        await hub.connect(pipedrive)
        await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(200)))
        sweep = await hub.run_once()

    assert sweep.more
    assert State.DELIVERED in states(hub)


async def test_a_list_that_several_need_at_once_is_asked_for_once(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="GET", delay_ms=50)
    await hub.send(*(activity(f"u-{n}", "Demo", type="call") for n in range(8)))
    await hub.run_until_idle()

    assert [call.path for call in pipedrive.calls].count("/api/v1/activityTypes") == 1
