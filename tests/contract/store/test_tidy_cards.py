"""The worker's tidying forgets buttons that were pressed on cards, on both databases."""

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import NotFound
from dealwright.pipeline.tidy import Keep, tidy
from dealwright.store.card_acts import NewAct, act, queue_act
from dealwright.store.engine import Store
from dealwright.store.tables import deliveries

DAY_S = 86_400.0
PRESSED = NewAct(
    connection_id=1,
    user_id=1,
    user_name="Ada",
    op="note_create",
    nonce="n1",
    body=b'{"op":"note_create"}',
    lanes="",
)


@pytest.fixture
def clock() -> ManualClock:
    """Time that tests move."""
    return ManualClock()


async def _pressed(store: Store, clock: ManualClock, *, ended: State) -> int:
    """The id of an act whose Delivery has come to this."""
    now_ms = to_ms(clock.now())

    def press(db: sa.Connection) -> int:
        mine = deliveries.c.id == queue_act(db, PRESSED, now_ms=now_ms)
        db.execute(sa.update(deliveries).where(mine).values(state=ended.value))
        return int(db.execute(sa.select(deliveries.c.card_act_id).where(mine)).scalar_one())

    return await store.write(press)


async def test_a_button_goes_after_its_delivery(store: Store, clock: ManualClock) -> None:
    pressed = await _pressed(store, clock, ended=State.DELIVERED)

    clock.advance(91 * DAY_S)
    await tidy(store, clock=clock, keep=Keep(deliveries_s=90 * DAY_S))

    with pytest.raises(NotFound):
        await store.read(lambda db: act(db, pressed))


async def test_a_button_stays_while_its_delivery_waits_for_a_person(
    store: Store, clock: ManualClock
) -> None:
    pressed = await _pressed(store, clock, ended=State.HELD)

    clock.advance(91 * DAY_S)
    await tidy(store, clock=clock, keep=Keep(deliveries_s=90 * DAY_S))

    assert (await store.read(lambda db: act(db, pressed))).op == "note_create"


async def test_a_button_that_can_still_be_pressed_does_nothing_twice_however_little_is_kept(
    store: Store, clock: ManualClock
) -> None:
    await _pressed(store, clock, ended=State.DELIVERED)

    clock.advance(3_600)
    await tidy(store, clock=clock, keep=Keep(deliveries_s=0))

    with pytest.raises(NotFound, match="too long ago"):
        await store.write(lambda db: queue_act(db, PRESSED, now_ms=to_ms(clock.now())))
