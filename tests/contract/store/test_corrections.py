"""Corrections on both databases: queued as one, each record a Delivery, in their order."""

from dealwright.core.correction import CorrectionKind, Selection
from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.store.corrections import (
    WAITED_FOR,
    NewCorrection,
    Part,
    correction_states,
    list_corrections,
    part_of,
    queue_correction,
)
from dealwright.store.deliveries import open_deliveries
from dealwright.store.engine import Store
from dealwright.store.journal import Act, NewEntry, chosen_entries, enter

NEW = NewCorrection(
    connection_id=1,
    kind=CorrectionKind.UNDO,
    summary="delivery 3",
    body=b"{}",
    made_by="ada@team.example",
)
PARTS = [Part(RecordKind.PERSON, number, (number, 100 + number), "lane") for number in range(1, 4)]


async def queued(store: Store, parts: list[Part]) -> int:
    made = await store.write(lambda db: queue_correction(db, NEW, parts, now_ms=50))
    return made.id


async def test_each_record_is_a_delivery_in_the_order_given(store: Store) -> None:
    number = await queued(store, PARTS)
    found = await store.read(lambda db: open_deliveries(db, 1, limit=10))
    told = [await store.read(lambda db, one=one: part_of(db, one.id)) for one in found]
    assert [part.record_id for _, part in told] == [1, 2, 3]
    assert {correction.id for correction, _ in told} == {number}
    assert [part.entries for _, part in told] == [(1, 101), (2, 102), (3, 103)]


async def test_its_deliveries_are_counted_by_state(store: Store) -> None:
    number = await queued(store, PARTS)
    states = await store.read(lambda db: correction_states(db, number))
    assert states == {State.QUEUED: 3}


async def test_a_small_one_goes_first_and_a_large_one_before_the_events(store: Store) -> None:
    await queued(store, PARTS)
    many = [Part(RecordKind.DEAL, number, (number,)) for number in range(WAITED_FOR + 1)]
    await queued(store, many)
    found = await store.read(lambda db: open_deliveries(db, 1, limit=100))
    assert [one.priority for one in found] == [Priority.CARD] * 3 + [Priority.HIGH] * len(many)


async def test_the_newest_are_listed_first(store: Store) -> None:
    first, second = await queued(store, PARTS), await queued(store, PARTS)
    listed = await store.read(lambda db: list_corrections(db, kind=CorrectionKind.UNDO))
    assert [one.id for one in listed] == [second, first]


async def test_of_a_time_what_undos_did_is_not_chosen(store: Store) -> None:
    entry = NewEntry(act=Act.UPDATE, kind=RecordKind.PERSON, record_id=7, after={"name": "Bo"})
    for correction_id, now_ms in ((None, 10), (4, 20), (None, 30)):
        await store.write(
            lambda db, at=now_ms, of=correction_id: enter(
                db, 1, entry, delivery_id=3, correction_id=of, now_ms=at
            )
        )
    wanted = Selection(since_ms=10, until_ms=30)
    found = await store.read(lambda db: chosen_entries(db, 1, wanted, limit=10))
    assert [one.at_ms for one in found] == [10]
