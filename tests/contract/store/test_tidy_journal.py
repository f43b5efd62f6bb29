"""The worker's tidying forgets the journal after a year, and what was to be put right."""

import sqlalchemy as sa
from tests.clock import ManualClock

from dealwright.core.clock import to_ms
from dealwright.core.correction import CorrectionKind
from dealwright.core.delivery import State
from dealwright.core.record import RecordKind
from dealwright.pipeline.tidy import Keep, tidy
from dealwright.store.corrections import NewCorrection, Part, queue_correction
from dealwright.store.engine import Store
from dealwright.store.journal import Act, NewEntry, enter, entries_of_deliveries
from dealwright.store.journal_tables import correction_parts
from dealwright.store.tables import deliveries

DAY_S = 86_400.0
ENTRY = NewEntry(act=Act.UPDATE, kind=RecordKind.PERSON, record_id=7, after={"name": "Bo"})
NEW = NewCorrection(
    connection_id=1, kind=CorrectionKind.UNDO, summary="", body=b"{}", made_by="ada"
)


async def test_the_journal_is_kept_for_as_long_as_is_said(store: Store) -> None:
    clock = ManualClock()
    for delivery_id in (1, 2):
        now_ms = to_ms(clock.now())
        await store.write(
            lambda db, of=delivery_id, at=now_ms: enter(db, 1, ENTRY, delivery_id=of, now_ms=at)
        )
        clock.advance(200 * DAY_S)
    await tidy(store, clock=clock, keep=Keep(journal_s=365 * DAY_S))
    left = await store.read(lambda db: entries_of_deliveries(db, [1, 2]))
    assert [one.delivery_id for one in left] == [2]


async def test_what_was_to_be_put_right_goes_with_its_delivery(store: Store) -> None:
    clock = ManualClock()

    def undone(db: sa.Connection) -> None:
        part = Part(RecordKind.PERSON, 7, (1,))
        queue_correction(db, NEW, [part], now_ms=to_ms(clock.now()))
        db.execute(sa.update(deliveries).values(state=State.DELIVERED.value))

    await store.write(undone)
    clock.advance(91 * DAY_S)
    await tidy(store, clock=clock, keep=Keep(deliveries_s=90 * DAY_S))
    parts = sa.select(sa.func.count()).select_from(correction_parts)
    assert await store.read(lambda db: db.scalar(parts)) == 0
