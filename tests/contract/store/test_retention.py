"""Retention: what is old and needed by nobody leaves, and nothing else does."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.store import retention
from dealwright.store.attempts import add_attempt
from dealwright.store.connections import NewConnection, create_connection, set_delivering
from dealwright.store.deliveries import NewDelivery, add_deliveries, count_by_state
from dealwright.store.engine import Store
from dealwright.store.events import count_events, prune_events, too_old_by_size
from dealwright.store.intents import put_intent
from dealwright.store.ledger import Entry, enter, entries_since, prune_ledger
from dealwright.store.migrate import migrate
from dealwright.store.replays import NewReplay, ReplayState, create_replay, set_replay_state
from dealwright.store.retention import give_back, prune_deliveries, write_off
from dealwright.store.tables import attempts, deliveries, events

OLD_MS, NOW_MS = 1_000, 1_000_000


@pytest.fixture
def log(db: sa.Connection) -> sa.Connection:
    """Ten old Events that one Connection has read."""
    put_events(db, 10)
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="growth", seats=1)
    create_connection(db, new, now_ms=0)
    set_delivering(db, 1, on=True, position=10)
    return db


def put_events(db: sa.Connection, count: int, *, payload: bytes = b"{}") -> None:
    row = {"source_id": 1, "received_at_ms": OLD_MS, "message_id": "m", "payload": payload}
    db.execute(events.insert(), [row] * count)


def put_delivery(db: sa.Connection, state: str, *, event: int = 99) -> None:
    add_deliveries(db, [NewDelivery(1, 1, 1, 1, event, "", state, "", "", OLD_MS)])
    add_attempt(db, last(db), at_ms=0, duration_ms=0, code="", tokens=0, calls=b"[]")


def last(db: sa.Connection) -> int:
    return db.scalars(sa.select(sa.func.max(deliveries.c.id))).one()


def left(db: sa.Connection) -> list[str]:
    return list(db.scalars(sa.select(deliveries.c.state).order_by(deliveries.c.id)))


def test_deliveries_that_ended_long_ago_leave_with_their_attempts(db: sa.Connection) -> None:
    for state in ("delivered", "unchanged", "dropped"):
        put_delivery(db, state)
    prune_deliveries(db, NOW_MS)

    assert left(db) == []
    assert db.scalar(sa.select(sa.func.count()).select_from(attempts)) == 0


@pytest.mark.parametrize("state", ["queued", "sending", "waiting", "held", "failed"])
def test_a_delivery_that_has_not_ended_well_stays(db: sa.Connection, state: str) -> None:
    put_delivery(db, state)
    prune_deliveries(db, NOW_MS)

    assert left(db) == [state]


def test_a_young_delivery_stays(db: sa.Connection) -> None:
    put_delivery(db, "delivered")
    prune_deliveries(db, OLD_MS)

    assert left(db) == ["delivered"]


def test_a_delivery_stays_as_long_as_its_event(log: sa.Connection) -> None:
    put_delivery(log, "delivered", event=3)
    put_delivery(log, "delivered", event=99)
    prune_deliveries(log, NOW_MS)

    assert list(log.scalars(sa.select(deliveries.c.event_seq))) == [3]


def test_all_windows_are_looked_through(db: sa.Connection) -> None:
    for state in ("delivered", "failed", "delivered", "delivered"):
        put_delivery(db, state)
    after: int | None = 0
    steps = 0
    while after is not None:
        after = prune_deliveries(db, NOW_MS, after=after, limit=2).looked_to
        steps += 1

    assert (left(db), steps) == (["failed"], 3)


def test_what_nobody_took_up_is_written_off(db: sa.Connection) -> None:
    put_delivery(db, "failed")
    put_delivery(db, "held")
    put_delivery(db, "queued")
    write_off(db, NOW_MS, now_ms=NOW_MS)

    assert left(db) == ["dropped", "dropped", "queued"]


def test_a_create_with_an_unknown_outcome_is_not_written_off(db: sa.Connection) -> None:
    put_delivery(db, "held")
    put_intent(
        db, last(db), connection_id=1, kind="person", external_id="", body=b"{}", created_at_ms=0
    )
    write_off(db, NOW_MS, now_ms=NOW_MS)

    assert left(db) == ["held"]


def test_lines_of_the_ledger_leave_by_their_day(db: sa.Connection) -> None:
    old = Entry("2025-10-17", 23, "events", 0, 26, 2)
    enter(db, 1, entries=[old, old._replace(day="2025-10-18")])
    prune_ledger(db, before_day="2025-10-18")

    assert [one.day for one in entries_since(db, 1, day="2025-01-01")] == ["2025-10-18"]


@pytest.mark.parametrize(
    ("state", "kept"),
    [(ReplayState.RUNNING, 7), (ReplayState.PAUSED, 7), (ReplayState.CANCELLED, 0)],
)
def test_events_that_a_replay_has_to_read_stay(
    log: sa.Connection, state: ReplayState, kept: int
) -> None:
    new = NewReplay(connection_id=1, mapping_id=1, mapping_version=1, from_seq=4, to_seq=10)
    begun = create_replay(log, new, now_ms=0)
    if state is not ReplayState.RUNNING:
        set_replay_state(log, begun.id, state=state, now_ms=0)
    prune_events(log, NOW_MS)

    assert count_events(log) == kept


def test_a_log_that_is_too_large_loses_its_oldest_events(log: sa.Connection) -> None:
    until = too_old_by_size(log, 4 * (2 + 150))
    prune_events(log, 0, until=until)

    assert list(log.scalars(sa.select(events.c.seq).order_by(events.c.seq))) == [7, 8, 9, 10]


def test_a_log_that_has_room_loses_none(log: sa.Connection) -> None:
    assert too_old_by_size(log, 10**9) == 0


def test_what_has_not_been_read_stays_however_large_the_log_is(log: sa.Connection) -> None:
    set_delivering(log, 1, on=True, position=2)
    prune_events(log, 0, until=too_old_by_size(log, 1))

    assert count_events(log) == 8


def test_the_file_becomes_smaller_when_much_of_it_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "EMPTY_BYTES", 0)
    path = tmp_path / "dealwright.db"
    store = Store.open(f"sqlite:///{path}")
    migrate(store)
    with store.transaction() as db:
        put_events(db, 400, payload=b"x" * 20_000)
    with store.transaction() as db:
        prune_events(db, NOW_MS)
    before = pages(path)
    with store.transaction() as db:
        freed = give_back(db)
    store.close()

    assert freed > before // 2
    assert pages(path) == before - freed


def test_a_file_that_is_nearly_full_is_left_as_it_is(db: sa.Connection) -> None:
    assert give_back(db) == 0


def test_counting_reads_no_delivery(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as db:
        for state in ("delivered", "queued", "failed"):
            put_delivery(db, state)
        counted = {state.value: count for state, count in count_by_state(db).items() if count}

    assert counted == {"delivered": 1, "queued": 1, "failed": 1}


def pages(path: Path) -> int:
    with sqlite3.connect(path) as file:
        (count,) = file.execute("PRAGMA page_count").fetchone()
    return int(count)
