"""What is urgent is read ahead of its turn, and never ahead of what it has to wait for."""

from random import Random

import pytest
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.store.backlog import REACH, urgent_deliveries
from dealwright.store.deliveries import NewDelivery, Parked, add_deliveries, open_deliveries, park
from dealwright.store.engine import Store
from dealwright.store.intents import put_intent
from dealwright.store.tables import deliveries


def new(lanes: str, priority: Priority = Priority.NORMAL) -> NewDelivery:
    return NewDelivery(
        connection_id=1,
        mapping_id=2,
        mapping_version=3,
        source_id=4,
        event_seq=1,
        lanes=lanes,
        state=State.QUEUED.value,
        code="",
        message="",
        created_at_ms=5,
        priority=priority,
    )


def urgent(lanes: str) -> NewDelivery:
    return new(lanes, Priority.HIGH)


def ahead(db: sa.Connection, *, after: int = 1, limit: int = 10, now_ms: int = 6) -> list[int]:
    found = urgent_deliveries(db, 1, after=after, over=Priority.NORMAL, limit=limit, now_ms=now_ms)
    return [one.id for one in found]


class TestUrgent:
    def test_what_is_urgent_is_found_behind_the_rest(self, db: sa.Connection) -> None:
        add_deliveries(db, [new("a"), new("b"), new("c"), urgent("d"), urgent("e")])

        assert ahead(db) == [4, 5]

    def test_what_is_no_more_urgent_than_the_rest_is_not(self, db: sa.Connection) -> None:
        add_deliveries(db, [new("a"), new("b"), new("c", Priority.LOW)])

        assert ahead(db) == []

    def test_what_was_read_already_is_not_read_again(self, db: sa.Connection) -> None:
        add_deliveries(db, [urgent("a"), urgent("b"), urgent("c")])

        assert ahead(db, after=2) == [3]

    def test_the_most_urgent_are_taken_first_and_of_those_the_oldest(
        self, db: sa.Connection
    ) -> None:
        rows = [new("a"), urgent("b"), urgent("c"), new("d", Priority.MEETING)]
        add_deliveries(db, rows)

        assert ahead(db, limit=2) == [2, 4]

    def test_who_shares_a_lane_with_it_and_is_older_comes_along(self, db: sa.Connection) -> None:
        add_deliveries(db, [new("x"), new("a"), new("b"), new("c\na"), urgent("a")])

        assert ahead(db) == [2, 4, 5]

    def test_so_does_who_shares_a_lane_with_one_that_comes_along(self, db: sa.Connection) -> None:
        add_deliveries(db, [new("x"), new("c"), new("b"), new("c\na"), urgent("a")])

        assert ahead(db) == [2, 4, 5]

    def test_who_is_newer_does_not(self, db: sa.Connection) -> None:
        add_deliveries(db, [new("x"), new("b"), urgent("a"), new("a"), urgent("z")])

        assert ahead(db) == [3, 5]

    def test_one_that_waits_for_the_next_day_comes_along_only_with_an_unknown_create(
        self, db: sa.Connection
    ) -> None:
        add_deliveries(db, [new("x"), new("a"), new("a"), urgent("a")])
        parked = Parked(priority=Priority.NORMAL, code="budget_reserved", message="", until_ms=99)
        park(db, 1, parked=parked, now_ms=5)
        assert ahead(db) == [4]

        put_intent(db, 2, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=4)

        assert ahead(db) == [2, 4]

    def test_one_that_too_many_stand_before_is_left_to_its_turn_and_the_others_are_not(
        self, db: sa.Connection
    ) -> None:
        line = [new("long") for _ in range(12)]
        add_deliveries(db, [new("x"), *line, urgent("long"), urgent("free")])

        assert ahead(db, limit=2) == [15]

    def test_no_further_is_looked_than_can_be_read(self, db: sa.Connection) -> None:
        add_deliveries(db, [new("a"), urgent("b")])
        db.execute(sa.update(deliveries).where(deliveries.c.id == 2).values(id=REACH + 2))

        assert (ahead(db, after=1), ahead(db, after=2)) == ([], [REACH + 2])

    @pytest.mark.parametrize("luck", range(20))
    def test_nobody_stays_behind_who_stands_before_somebody_taken(
        self, sqlite_store: Store, luck: int
    ) -> None:
        random = Random(luck)  # noqa: S311 - repeatable, no secret
        rows = [
            new(
                "\n".join(random.sample("abcdefghijklmnopqrstuvwxyz", random.randrange(1, 4))),
                Priority.HIGH if random.random() < 0.05 else Priority.NORMAL,
            )
            for _ in range(60)
        ]
        with sqlite_store.transaction() as db:
            add_deliveries(db, rows)
            taken = set(ahead(db, after=5, limit=3))
            after = [one for one in open_deliveries(db, 1, limit=100) if one.id > 5]
        left = [one for one in after if one.id not in taken]
        lanes = {one.id: set(one.lanes.split("\n")) for one in after}

        assert [
            (old.id, new)
            for old in left
            for new in taken
            if old.id < new and lanes[old.id] & lanes[new]
        ] == []

    def test_a_long_history_is_not_read(self, sqlite_store: Store) -> None:
        asked: list[str] = []
        with sqlite_store.transaction() as db:
            add_deliveries(db, [new("x"), new("a"), urgent("a")])
            db.connection.dbapi_connection.set_trace_callback(asked.append)
            ahead(db)
            db.connection.dbapi_connection.set_trace_callback(None)
            plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}").all()

        assert "USING INDEX ix_deliveries_urgent (connection_id=? AND priority<?)" in str(plan)
