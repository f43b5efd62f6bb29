"""The journal, on both databases: what was done to each record, with what stood there before."""

from dealwright.core.record import RecordKind
from dealwright.store.engine import Store
from dealwright.store.journal import (
    Act,
    NewEntry,
    enter,
    entries_of_deliveries,
    entries_of_record,
    make_sure,
    prune_journal,
    strike,
)

UPDATE = NewEntry(
    act=Act.UPDATE,
    kind=RecordKind.PERSON,
    record_id=7,
    after={"name": "Bo"},
    before={"name": "Ada"},
    is_sure=False,
)


async def put(store: Store, entry: NewEntry, *, delivery_id: int = 3, now_ms: int = 50) -> int:
    return await store.write(lambda db: enter(db, 1, entry, delivery_id=delivery_id, now_ms=now_ms))


async def test_what_an_update_wrote_over_is_known(store: Store) -> None:
    await put(store, UPDATE)
    found = await store.read(
        lambda db: entries_of_record(db, 1, kind=RecordKind.PERSON, record_id=7)
    )
    assert [(one.before, one.after, one.is_sure) for one in found] == [
        ({"name": "Ada"}, {"name": "Bo"}, False)
    ]


async def test_an_update_that_was_answered_is_sure(store: Store) -> None:
    entry_id = await put(store, UPDATE)
    await store.write(lambda db: make_sure(db, entry_id))
    found = await store.read(lambda db: entries_of_deliveries(db, [3]))
    assert [one.is_sure for one in found] == [True]


async def test_an_update_that_was_refused_is_not_in_it(store: Store) -> None:
    entry_id = await put(store, UPDATE)
    await store.write(lambda db: strike(db, entry_id))
    assert await store.read(lambda db: entries_of_deliveries(db, [3])) == []


async def test_the_entries_of_other_records_and_connections_are_not_told(store: Store) -> None:
    await put(store, UPDATE)
    other = await store.read(
        lambda db: entries_of_record(db, 2, kind=RecordKind.PERSON, record_id=7)
    )
    assert other == []


async def test_a_lead_is_found_by_its_uuid(store: Store) -> None:
    uuid = "4a1b2c3d-0000-4000-8000-000000000001"
    made = NewEntry(act=Act.CREATE, kind=RecordKind.LEAD, record_id=uuid, after={"title": "X"})
    await put(store, made)
    found = await store.read(
        lambda db: entries_of_record(db, 1, kind=RecordKind.LEAD, record_id=uuid)
    )
    assert [one.record_id for one in found] == [uuid]


async def test_old_entries_leave(store: Store) -> None:
    await put(store, UPDATE, now_ms=50)
    await put(store, UPDATE, now_ms=150)
    assert await store.write(lambda db: prune_journal(db, 100)) == 1
