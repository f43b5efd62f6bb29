"""Links, Intents, the Ledger and what was seen, on both databases."""

import pytest
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.record import RecordKind
from dealwright.store.deliveries import (
    NewDelivery,
    add_deliveries,
    mark_sending,
    open_deliveries,
    reset_sending,
)
from dealwright.store.intents import (
    claimed,
    open_intent,
    prune_intents,
    put_intent,
    settle_intent,
)
from dealwright.store.ledger import Entry, Spent, enter, spent
from dealwright.store.links import forget_record, links, put_link
from dealwright.store.seen import prune_seen, unseen


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


class TestLinks:
    def test_an_external_id_leads_to_its_record(self, db: sa.Connection) -> None:
        put_link(db, 1, source_id=2, kind=RecordKind.PERSON, external_id="u1", record_id=42)
        found = links(db, 1, source_id=2, kind="person", external_ids=["u1", "u2"])
        assert found == {"u1": 42}

    def test_a_later_link_takes_the_place_of_the_earlier(self, db: sa.Connection) -> None:
        for record_id in (42, 43):
            put_link(db, 1, source_id=2, kind="person", external_id="u1", record_id=record_id)
        assert links(db, 1, source_id=2, kind="person", external_ids=["u1"]) == {"u1": 43}

    @pytest.mark.parametrize(
        ("connection_id", "source_id", "kind"), [(9, 2, "person"), (1, 9, "person"), (1, 2, "deal")]
    )
    def test_links_do_not_cross(
        self, db: sa.Connection, connection_id: int, source_id: int, kind: str
    ) -> None:
        put_link(db, 1, source_id=2, kind="person", external_id="u1", record_id=42)
        found = links(db, connection_id, source_id=source_id, kind=kind, external_ids=["u1"])
        assert found == {}

    def test_ids_of_any_length_and_letters_are_told_apart(self, db: sa.Connection) -> None:
        long = "é\0" * 20_000
        put_link(db, 1, source_id=2, kind="person", external_id=f"{long}a", record_id=1)
        put_link(db, 1, source_id=2, kind="person", external_id=f"{long}b", record_id=2)
        found = links(
            db, 1, source_id=2, kind="person", external_ids=[f"{long}b", f"{long}a", long]
        )
        assert found == {f"{long}a": 1, f"{long}b": 2}

    def test_a_record_that_is_gone_is_forgotten(self, db: sa.Connection) -> None:
        for external_id in ("u1", "u2"):
            put_link(db, 1, source_id=2, kind="person", external_id=external_id, record_id=42)
        put_link(db, 1, source_id=2, kind="person", external_id="u3", record_id=43)
        count = forget_record(db, 1, kind="person", record_id=42)

        found = links(db, 1, source_id=2, kind="person", external_ids=["u1", "u2", "u3"])
        assert (count, found) == (2, {"u3": 43})


def intended(db: sa.Connection, at_ms: int) -> int:
    return put_intent(
        db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=at_ms
    )


class TestIntents:
    def test_an_open_intent_is_found_and_marks_its_delivery(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1), new(2)])
        intent_id = put_intent(
            db,
            1,
            connection_id=1,
            kind="person",
            external_id="u1",
            body=b'{"name":"Ada"}',
            created_at_ms=6,
        )

        found = open_intent(db, 1, kind="person")
        assert found == (intent_id, 1, 1, "person", "u1", b'{"name":"Ada"}', 6)
        assert [one.intent for one in open_deliveries(db, 1, limit=9)] == [True, False]

    def test_a_settled_intent_is_open_no_more(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)])
        intent_id = put_intent(
            db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=6
        )
        settle_intent(db, intent_id, record_id=42, now_ms=7)

        assert open_intent(db, 1, kind="person") is None
        assert [one.intent for one in open_deliveries(db, 1, limit=9)] == [False]

    def test_kinds_have_intents_of_their_own(self, db: sa.Connection) -> None:
        put_intent(db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=6)
        assert open_intent(db, 1, kind="organization") is None

    def test_a_crash_leaves_the_intent_open(self, db: sa.Connection) -> None:
        add_deliveries(db, [new(1)])
        mark_sending(db, [1], now_ms=6)
        put_intent(db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=6)
        reset_sending(db, 1, now_ms=7)
        assert [one.intent for one in open_deliveries(db, 1, limit=9)] == [True]

    def test_what_a_settled_intent_made_is_claimed(self, db: sa.Connection) -> None:
        made = [
            put_intent(
                db, 1, connection_id=1, kind="person", external_id="", body=b"", created_at_ms=6
            )
            for _ in range(3)
        ]
        settle_intent(db, made[0], record_id=42, now_ms=7)
        settle_intent(db, made[1], record_id=None, now_ms=7)

        assert claimed(db, 1, kind="person", record_ids=[41, 42, 43]) == {42}
        assert claimed(db, 1, kind="deal", record_ids=[42]) == set()

    def test_intents_whose_outcome_is_known_are_forgotten(self, db: sa.Connection) -> None:
        made = [intended(db, at_ms) for at_ms in (10, 20, 30)]
        for intent_id, at_ms in zip(made, (11, 21, 31), strict=True):
            settle_intent(db, intent_id, record_id=at_ms, now_ms=at_ms)

        assert prune_intents(db, 30, margin_ms=0, limit=1) == 1
        assert prune_intents(db, 30, margin_ms=0) == 1
        assert claimed(db, 1, kind="person", record_ids=[11, 21, 31]) == {31}

    def test_what_an_open_intent_must_not_claim_is_remembered(self, db: sa.Connection) -> None:
        before, meanwhile = intended(db, 10), intended(db, 20)
        settle_intent(db, before, record_id=11, now_ms=11)
        intended(db, 40)
        settle_intent(db, meanwhile, record_id=31, now_ms=31)
        prune_intents(db, 1000, margin_ms=15)

        assert claimed(db, 1, kind="person", record_ids=[11, 31]) == {31}
        assert open_intent(db, 1, kind="person") is not None


def test_the_ledger_adds_up_by_day_and_purpose(db: sa.Connection) -> None:
    for purpose, tokens in (("events", 20), ("cards", 1), ("events", 10)):
        enter(db, 1, entries=[Entry("2026-11-22", 9, purpose, 3, tokens, 1)])
    enter(db, 1, entries=[Entry("2026-11-23", 9, "events", 3, 5, 1)])
    enter(db, 2, entries=[Entry("2026-11-22", 9, "events", 3, 7, 1)])

    assert spent(db, 1, day="2026-11-22") == [Spent("cards", 1, 1), Spent("events", 30, 2)]


class TestSeen:
    def test_a_message_is_new_once(self, db: sa.Connection) -> None:
        first = unseen(db, 1, items=[(1, "a"), (1, "b")], at_ms=5)
        second = unseen(db, 1, items=[(1, "b"), (1, "c")], at_ms=6)
        assert (first, second) == ([True, True], [False, True])

    def test_of_equal_ones_in_a_batch_the_first_is_new(self, db: sa.Connection) -> None:
        assert unseen(db, 1, items=[(1, "a"), (1, "b"), (1, "a")], at_ms=5) == [True, True, False]

    def test_each_connection_and_source_has_messages_of_its_own(self, db: sa.Connection) -> None:
        unseen(db, 1, items=[(1, "a")], at_ms=5)
        assert unseen(db, 2, items=[(1, "a")], at_ms=5) == [True]
        assert unseen(db, 1, items=[(2, "a")], at_ms=5) == [True]

    def test_many_and_long_ones_are_told_apart(self, db: sa.Connection) -> None:
        items = [(1, "x" * 10_000 + str(number)) for number in range(2_500)]
        first = unseen(db, 1, items=items, at_ms=5)
        second = unseen(db, 1, items=items, at_ms=6)
        assert (first, second) == ([True] * 2_500, [False] * 2_500)

    def test_nothing_is_nothing(self, db: sa.Connection) -> None:
        assert unseen(db, 1, items=[], at_ms=5) == []

    def test_old_ones_are_forgotten(self, db: sa.Connection) -> None:
        unseen(db, 1, items=[(1, "old")], at_ms=5)
        unseen(db, 1, items=[(1, "young")], at_ms=50)
        pruned = prune_seen(db, 50)
        again = unseen(db, 1, items=[(1, "old"), (1, "young")], at_ms=60)
        assert (pruned, again) == (1, [True, False])

    def test_many_are_forgotten_some_at_a_time(self, db: sa.Connection) -> None:
        for at_ms in range(5):
            unseen(db, 1, items=[(1, f"{at_ms} {number}") for number in range(3)], at_ms=at_ms)

        assert [prune_seen(db, 4, limit=5) for _ in range(3)] == [6, 6, 0]
