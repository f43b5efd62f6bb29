"""Deliveries, their Attempts, and what may be pruned, on both databases."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.errors import NotFound
from dealwright.core.priority import Priority
from dealwright.store.append import Appender, EventRow, RejectRow
from dealwright.store.attempts import add_attempt, attempts
from dealwright.store.connections import NewConnection, create_connection, set_delivering
from dealwright.store.deliveries import (
    NewDelivery,
    Outcome,
    Parked,
    add_deliveries,
    count_by_state,
    finish,
    mark_sending,
    open_deliveries,
    park,
    release_held,
    reset_sending,
    unsure_deliveries,
)
from dealwright.store.delivery_list import (
    DeliveryFilter,
    delivery,
    drop_deliveries,
    find_deliveries,
    hold_open,
    retry_deliveries,
)
from dealwright.store.engine import Store
from dealwright.store.events import Pruned, count_rejects, prune_events, prune_rejects, read_batch
from dealwright.store.intents import put_intent, settle_intent
from dealwright.store.replays import revive

EVERYTHING = DeliveryFilter()

PARKED = Parked(priority=Priority.NORMAL, code="budget_reserved", message="", until_ms=1_000)


def new(event_seq: int, state: State = State.QUEUED, connection_id: int = 1) -> NewDelivery:
    return NewDelivery(
        connection_id=connection_id,
        mapping_id=2,
        mapping_version=3,
        source_id=4,
        event_seq=event_seq,
        lanes=f"person:u{event_seq}\norganization:g1",
        state=state.value,
        code="",
        message="",
        created_at_ms=5,
    )


def states(db: sa.Connection) -> list[State]:
    return [found.state for found in reversed(find_deliveries(db, EVERYTHING, limit=100))]


class TestDeliveries:
    def test_they_are_numbered_in_the_order_given(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq) for seq in range(500, 0, -1)])
        found = open_deliveries(db, 1, limit=1000)
        assert [one.event_seq for one in found] == list(range(500, 0, -1))
        assert [one.id for one in found] == sorted(one.id for one in found)

    def test_a_new_one_has_no_try_behind_it(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(8)])
        (found,) = open_deliveries(db, 1, limit=10)
        lanes = "person:u8\norganization:g1"
        assert found[1:-3] == (2, 3, 4, 8, lanes, "queued", 0, None, 5, False, Priority.NORMAL)

    def test_none_at_all_is_nothing(self, db: sa.Connection) -> None:
        add_deliveries(db, [])
        assert states(db) == []

    def test_a_lane_may_hold_what_no_database_takes(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)._replace(lanes="person:\0é\ud800", message="\0!")])
        found = delivery(db, 1)
        assert (found.lanes, found.message) == ("person:é?", "!")

    def test_only_open_ones_of_the_connection_are_offered(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1), new(2, State.FAILED), new(3, connection_id=9), new(4)])
        assert [one.event_seq for one in open_deliveries(db, 1, limit=10)] == [1, 4]

    def test_what_waits_for_the_next_day_is_offered_when_it_has_come(
        self, db: sa.Connection
    ) -> None:
        add_deliveries(db, [new(1), new(2)])
        park(db, 1, parked=PARKED, now_ms=5)
        before = open_deliveries(db, 1, limit=10, now_ms=PARKED.until_ms - 1)
        after = open_deliveries(db, 1, limit=10, now_ms=PARKED.until_ms)

        assert [len(before), len(after)] == [0, 2]

    def test_a_create_with_an_unknown_outcome_is_in_the_way_though_it_waits_for_the_next_day(
        self, db: sa.Connection
    ) -> None:
        add_deliveries(db, [new(1), new(2)])
        park(db, 1, parked=PARKED, now_ms=5)
        put_intent(db, 2, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=4)

        assert [one.id for one in open_deliveries(db, 1, limit=10, now_ms=6)] == [2]

    def test_a_create_is_unsure_until_its_outcome_is_known(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1), new(2), new(3), new(4, State.DELIVERED)])
        add_deliveries(db, [new(5, connection_id=9)])
        for number in (3, 2, 4):
            put_intent(
                db,
                number,
                connection_id=1,
                kind="person",
                external_id="",
                body=b"",
                created_at_ms=4,
            )
        put_intent(db, 5, connection_id=9, kind="person", external_id="", body=b"", created_at_ms=4)
        known = put_intent(
            db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=4
        )
        settle_intent(db, known, record_id=None, now_ms=6)

        assert [one.id for one in unsure_deliveries(db, 1, limit=10)] == [2, 3]
        assert [one.id for one in unsure_deliveries(db, 1, limit=1)] == [2]

    def test_a_replay_makes_nothing_less_urgent_that_is_to_be_done_anyway(
        self, db: sa.Connection
    ) -> None:
        add_deliveries(db, [new(1), new(2), new(3, State.FAILED)])
        mark_sending(db, [2], now_ms=6)
        again = [new(seq)._replace(priority=Priority.BACKFILL) for seq in (1, 2, 3)]
        revived = revive(db, again, now_ms=7)
        found = [delivery(db, number) for number in (1, 2, 3)]

        assert revived == {1, 2, 3}
        assert [one.priority for one in found] == [
            Priority.NORMAL,
            Priority.NORMAL,
            Priority.BACKFILL,
        ]
        assert [one.state for one in found] == [State.QUEUED, State.SENDING, State.QUEUED]

    def test_the_next_page_begins_after_an_id(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq) for seq in range(1, 6)])
        page = open_deliveries(db, 1, limit=2, after=2)
        assert [one.id for one in page] == [3, 4]

    @pytest.mark.parametrize(
        ("look", "index"),
        [
            pytest.param(lambda db: open_deliveries(db, 1, limit=5), "open", id="the drain"),
            pytest.param(
                lambda db: open_deliveries(db, 1, limit=5, now_ms=1),
                "at_hand",
                id="the drain, while many wait for the next day",
            ),
            pytest.param(
                lambda db: release_held(db, 1, code="reauth", now_ms=1), "stuck", id="reconnecting"
            ),
            pytest.param(
                lambda db: retry_deliveries(db, DeliveryFilter(connection_id=1), now_ms=1),
                "stuck",
                id="sending again",
            ),
            pytest.param(
                lambda db: find_deliveries(
                    db, DeliveryFilter(connection_id=1, states=(State.FAILED,)), limit=5
                ),
                "stuck",
                id="a list of what failed",
            ),
        ],
    )
    def test_a_long_history_is_not_read(
        self, sqlite_store: Store, look: Callable[[sa.Connection], object], index: str
    ) -> None:
        asked: list[str] = []
        with sqlite_store.transaction() as db:
            db.connection.dbapi_connection.set_trace_callback(asked.append)
            look(db)
            db.connection.dbapi_connection.set_trace_callback(None)
            plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1]}").all()
        assert f"USING INDEX ix_deliveries_{index}" in str(plan)

    def test_a_try_counts_and_ends(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)])
        mark_sending(db, [1], now_ms=6)
        sending = delivery(db, 1)
        delivered = Outcome(
            state=State.DELIVERED,
            record_kind="person",
            record_id=42,
            tokens=30,
            trace=b'{"steps":[]}',
        )
        finish(db, [1], delivered, now_ms=7)

        done = delivery(db, 1)
        assert (sending.state, sending.attempts, sending.updated_at_ms) == (State.SENDING, 1, 6)
        assert (done.state, done.record_kind, done.record_id) == (State.DELIVERED, "person", 42)
        assert (done.tokens, done.trace, done.updated_at_ms) == (30, b'{"steps":[]}', 7)

    def test_tokens_of_every_try_are_added_up(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)])
        waiting = Outcome(state=State.WAITING, code="timeout", tokens=20, next_at_ms=99)
        finish(db, [1], waiting, now_ms=6)
        finish(db, [1], Outcome(state=State.DELIVERED, tokens=10), now_ms=7)

        done = delivery(db, 1)
        assert (done.tokens, done.next_at_ms, done.code) == (30, None, "")

    def test_a_waiting_one_says_when_and_why(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)])
        waiting = Outcome(state=State.WAITING, code="timeout", message="No answer.", next_at_ms=99)
        finish(db, [1], waiting, now_ms=6)
        (found,) = open_deliveries(db, 1, limit=10)
        assert (found.state, found.next_at_ms) == ("waiting", 99)

    def test_one_write_ends_several(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1), new(2), new(3)])
        finish(db, [1, 2], Outcome(state=State.DELIVERED, written_by=3), now_ms=6)
        assert [delivery(db, one).written_by for one in (1, 2, 3)] == [3, 3, None]

    def test_after_a_crash_what_was_being_sent_is_queued(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1), new(2), new(3, connection_id=9)])
        mark_sending(db, [1, 3], now_ms=6)
        count = reset_sending(db, 1, now_ms=7)
        assert (count, states(db)) == (1, [State.QUEUED, State.QUEUED, State.SENDING])
        assert delivery(db, 1).attempts == 1

    def test_counts_name_every_state(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1), new(2), new(3, State.FAILED), new(4, connection_id=9)])
        counted = count_by_state(db, 1)
        assert set(counted) == set(State)
        assert (counted[State.QUEUED], counted[State.FAILED], counted[State.HELD]) == (2, 1, 0)
        assert count_by_state(db)[State.QUEUED] == 3


class TestDeliveryList:
    def test_the_newest_come_first_in_pages(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq) for seq in range(1, 6)])
        first = find_deliveries(db, EVERYTHING, limit=2)
        second = find_deliveries(db, EVERYTHING, limit=2, before=4)
        assert [one.id for one in first + second] == [5, 4, 3, 2]

    def test_a_filter_narrows_by_all_that_it_names(self, db: sa.Connection) -> None:
        wanted = new(7, State.FAILED)._replace(code="rejected")
        add_deliveries(db, [new(7), wanted, wanted._replace(event_seq=8), new(7, State.FAILED)])
        where = DeliveryFilter(
            connection_id=1, mapping_id=2, states=(State.FAILED,), code="rejected", event_seq=7
        )
        assert [one.id for one in find_deliveries(db, where, limit=10)] == [2]

    def test_an_unknown_one_is_not_found(self, db: sa.Connection) -> None:
        with pytest.raises(NotFound):
            delivery(db, 404)

    def test_failed_and_held_ones_are_sent_again(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq, state) for seq, state in enumerate(State)])
        count = retry_deliveries(db, EVERYTHING, now_ms=9)
        assert count == 2
        assert [after for before, after in zip(State, states(db), strict=True) if after != before]
        assert count_by_state(db)[State.QUEUED] == 3

    def test_one_sent_again_has_all_its_tries_before_it(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)])
        mark_sending(db, [1], now_ms=6)
        finish(db, [1], Outcome(state=State.FAILED, code="rejected", message="No."), now_ms=7)
        retry_deliveries(db, EVERYTHING, ids=[1], now_ms=8)
        found = delivery(db, 1)
        assert (found.state, found.attempts, found.code, found.message) == (State.QUEUED, 0, "", "")

    def test_only_the_named_ones_are_sent_again(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq, State.FAILED) for seq in range(3)])
        retry_deliveries(db, EVERYTHING, ids=[2], now_ms=9)
        assert states(db) == [State.FAILED, State.QUEUED, State.FAILED]

    def test_those_of_one_code_are_sent_again(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq, State.FAILED)._replace(code=f"c{seq}") for seq in range(3)])
        retry_deliveries(db, DeliveryFilter(code="c1"), now_ms=9)
        assert states(db) == [State.FAILED, State.QUEUED, State.FAILED]

    def test_what_is_being_sent_or_has_ended_cannot_be_dropped(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(seq, state) for seq, state in enumerate(State)])
        drop_deliveries(db, list(range(1, 9)), message="Not wanted.", now_ms=9)
        kept = {state for state in states(db) if state is not State.DROPPED}
        assert kept == {State.SENDING, State.DELIVERED, State.UNCHANGED}

    def test_what_may_have_made_a_record_cannot_be_dropped_for_two_minutes(
        self, db: sa.Connection
    ) -> None:
        add_deliveries(db, [new(1, State.WAITING)])
        put_intent(db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=4)
        assert drop_deliveries(db, [1], message="Not wanted.", now_ms=119_000) == 0
        assert drop_deliveries(db, [1], message="Not wanted.", now_ms=121_000) == 1

    def test_a_connection_that_may_not_has_its_work_held_and_released(
        self, db: sa.Connection
    ) -> None:
        add_deliveries(
            db, [new(1), new(2, State.WAITING), new(3, State.HELD), new(4, State.FAILED)]
        )
        add_deliveries(db, [new(5, connection_id=9)])
        held = hold_open(db, 1, code="reauth", message="Sign in again.", now_ms=6)
        meanwhile = states(db)
        released = release_held(db, 1, code="reauth", now_ms=7)

        assert (held, released) == (2, 2)
        assert meanwhile == [State.HELD] * 3 + [State.FAILED, State.QUEUED]
        assert states(db) == [State.QUEUED] * 2 + [State.HELD, State.FAILED, State.QUEUED]


def test_attempts_are_kept_in_order(db: sa.Connection) -> None:
    for at_ms in (7, 8):
        add_attempt(db, 1, at_ms=at_ms, duration_ms=3, code="timeout", tokens=20, calls=b"[]")
    add_attempt(db, 2, at_ms=9, duration_ms=3, code="", tokens=20, calls=b"[]")

    found = attempts(db, 1)
    assert [one[1:] for one in found] == [(1, at, 3, "timeout", 20, b"[]") for at in (7, 8)]


class TestPruning:
    @pytest.fixture
    async def log(self, store: Store) -> Store:
        appender = Appender(store)
        rows = [EventRow(1, at_ms, None, f"m{at_ms}", b"{}", None) for at_ms in range(1, 7)]
        await appender.append(
            rows, [RejectRow(1, 1, "c", "r", b""), RejectRow(1, 9, "c", "r", b"")]
        )
        await appender.close()
        return store

    async def kept(self, store: Store) -> list[int]:
        return [row.seq for row in await store.read(lambda db: read_batch(db, 0, limit=99))]

    async def test_old_events_go_and_young_ones_stay(self, log: Store) -> None:
        assert await log.write(lambda db: prune_events(db, 4)) == Pruned(3, 3)
        assert await self.kept(log) == [4, 5, 6]

    async def test_at_most_so_many_at_once(self, log: Store) -> None:
        assert await log.write(lambda db: prune_events(db, 4, limit=2)) == Pruned(2, 2)
        assert await log.write(lambda db: prune_events(db, 4, after=2, limit=2)) == Pruned(1, 3)
        assert await log.write(lambda db: prune_events(db, 4, after=3)) == Pruned(0, None)

    async def test_what_a_connection_has_not_read_stays(self, log: Store) -> None:
        def read_two(db: sa.Connection) -> None:
            new = NewConnection(name="a", base_url="https://a.example", plan="lite", seats=1)
            made = create_connection(db, new, now_ms=1)
            set_delivering(db, made.id, on=True, position=2)

        await log.write(read_two)
        await log.write(lambda db: prune_events(db, 99))
        assert await self.kept(log) == [3, 4, 5, 6]

    async def test_what_can_still_be_delivered_stays(self, log: Store) -> None:
        unfinished = [new(2, State.WAITING), new(3, State.FAILED), new(4, State.HELD)]
        await log.write(lambda db: add_deliveries(db, [*unfinished, new(5, State.DELIVERED)]))
        await log.write(lambda db: prune_events(db, 99))
        assert await self.kept(log) == [2, 3, 4]

    async def test_what_stays_does_not_hide_what_is_behind_it(self, log: Store) -> None:
        await log.write(lambda db: add_deliveries(db, [new(1, State.FAILED), new(2, State.HELD)]))
        first = await log.write(lambda db: prune_events(db, 99, limit=2))
        await log.write(lambda db: prune_events(db, 99, after=2))

        assert (first, await self.kept(log)) == (Pruned(0, 2), [1, 2])

    async def test_old_rejects_go(self, log: Store) -> None:
        assert await log.write(lambda db: prune_rejects(db, 5)) == 1
        assert await log.read(count_rejects) == 1
