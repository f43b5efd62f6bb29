"""What monitoring sees of a hub: figures of the store, on both databases."""

from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub

from dealwright.core.clock import to_ms
from dealwright.core.record import RecordKind
from dealwright.pipeline.figures import Figures, figures
from dealwright.sandbox.app import Sandbox
from dealwright.store.budget import spend
from dealwright.web.metrics import Metrics


async def _text(hub: Hub) -> str:
    async def look() -> Figures:
        return await hub.store.read(lambda db: figures(db, now_ms=to_ms(hub.clock.now())))

    return (await Metrics(clock=hub.clock, look=look).text()).decode()


async def test_states_lag_tokens_and_the_mirror_are_told(
    database: str, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=[RecordKind.PERSON])
        await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
        await hub.run_until_idle()
        text = await _text(hub)

    assert 'dealwright_deliveries{connection="1",state="delivered"} 1.0' in text
    assert 'dealwright_log_lag_events{connection="1"} 0.0' in text
    assert 'dealwright_pipedrive_day_tokens{connection="1",purpose="events"}' in text
    assert 'dealwright_mirror_complete{connection="1",kind="person"} 1.0' in text
    assert 'dealwright_connection_info{connection="1",name="main",state="ok"} 1.0' in text


async def test_what_has_not_been_read_is_lag(hub: Hub) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    hub.advance(30)

    text = await _text(hub)
    assert 'dealwright_log_lag_events{connection="1"} 1.0' in text
    assert 'dealwright_log_lag_seconds{connection="1"} 30.0' in text


async def test_what_waits_for_a_person_is_told_with_its_code(hub: Hub) -> None:
    await hub.send({"type": "group", "userId": "u-1", "groupId": "g-1", "messageId": "m-g"})
    await hub.run_until_idle()

    assert f'code="{hub.delivery().now.code}",connection="1",state="failed"' in await _text(hub)


async def test_when_the_day_will_end_is_told(hub: Hub) -> None:
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(
        lambda db: spend(db, 1, at_ms=now_ms, purpose="events", tokens=100_000, calls=1)
    )
    hub.advance(60)
    text = await _text(hub)

    # 300,000 a day with 100,000 in the last hour, at nine in the morning.
    assert (
        'dealwright_pipedrive_budget_ends_seconds{connection="1",priority="normal"} 4500.0' in text
    )
    assert 'dealwright_pipedrive_budget_tokens{connection="1",kind="forecast"}' in text
    assert 'dealwright_deliveries_forecast_moved{connection="1",priority="low"} 0.0' in text
    assert 'dealwright_pipedrive_budget_reset_seconds{connection="1"} 53940.0' in text
