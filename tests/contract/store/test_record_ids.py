"""Ids of records: whole numbers and, of leads, UUIDs; and those stored while they were numbers."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.store.deliveries import NewDelivery, Outcome, add_deliveries, finish
from dealwright.store.delivery_list import delivery
from dealwright.store.engine import Store
from dealwright.store.intents import claimed, put_intent, settle_intent
from dealwright.store.links import forget_record, links, put_link
from dealwright.store.migrate import migrate
from dealwright.store.revisions import upgrade

LEAD = "adf21080-0e10-11eb-879b-05d71fb426ec"

OLD_ROWS = (
    """INSERT INTO deliveries (connection_id, mapping_id, mapping_version, source_id, event_seq,
       lanes, state, code, message, created_at_ms, updated_at_ms, record_kind, record_id, trace)
       VALUES (1, 2, 3, 4, 5, 'person:u1', 'delivered', 'created', 'Person 42', 6, 7, 'person', 42,
       NULL)""",
    """INSERT INTO deliveries (connection_id, mapping_id, mapping_version, source_id, event_seq,
       lanes, state, code, message, created_at_ms, updated_at_ms)
       VALUES (1, 2, 3, 4, 6, 'lead:u1', 'queued', '', '', 6, 7)""",
    """INSERT INTO deliveries (connection_id, mapping_id, mapping_version, source_id, event_seq,
       lanes, state, code, message, created_at_ms, updated_at_ms)
       VALUES (1, 2, 3, 4, 7, '', 'failed', '', '', 6, 7)""",
    "DELETE FROM deliveries WHERE id = 3",
    "INSERT INTO links VALUES (1, 4, 'person', 'u1', 42)",
)


@pytest.fixture
def old(empty_url: str) -> Iterator[Store]:
    """A database of before, with a person's id in all three tables."""
    store = Store.open(empty_url)
    with store.transaction() as db:
        upgrade(db, to="0002")
        for row in OLD_ROWS:
            db.execute(sa.text(row))
        db.execute(
            sa.text(
                "INSERT INTO intents (connection_id, delivery_id, kind, external_id, body,"
                " created_at_ms, settled_at_ms, record_id)"
                " VALUES (1, 1, 'person', 'u1', :body, 5, 6, 42)"
            ),
            {"body": b"{}"},
        )
    migrate(store)
    yield store
    store.close()


def test_a_delivery_of_before_keeps_its_record(old: Store) -> None:
    with old.snapshot() as db:
        one = delivery(db, 1)
        other = delivery(db, 2)

    assert (one.record_kind, one.record_id, one.message) == ("person", 42, "Person 42")
    assert (other.record_id, other.state) == (None, State.QUEUED)


def test_a_link_of_before_leads_to_its_record(old: Store) -> None:
    with old.snapshot() as db:
        assert links(db, 1, source_id=4, kind="person", external_ids=["u1"]) == {"u1": 42}


def test_an_intent_of_before_still_claims_its_record(old: Store) -> None:
    with old.snapshot() as db:
        assert claimed(db, 1, kind="person", record_ids=[41, 42]) == {42}


def test_ids_of_deliveries_go_on_past_one_that_was_pruned(old: Store) -> None:
    with old.transaction() as db:
        add_deliveries(db, [NewDelivery(1, 2, 3, 4, 8, "", "queued", "", "", 9)])
        assert db.scalar(sa.text("SELECT max(id) FROM deliveries")) == 4


def test_the_queue_of_before_is_still_found_by_its_index(old: Store) -> None:
    with old.snapshot() as db:
        names = {index["name"] for index in sa.inspect(db).get_indexes("deliveries")}
    assert names >= {"ix_deliveries_open", "ix_deliveries_stuck", "ix_deliveries_event_seq"}


def test_a_lead_is_linked_by_its_uuid(db: sa.Connection) -> None:
    put_link(db, 1, source_id=2, kind="lead", external_id="l1", record_id=LEAD)

    assert links(db, 1, source_id=2, kind="lead", external_ids=["l1"]) == {"l1": LEAD}
    assert forget_record(db, 1, kind="lead", record_id=LEAD) == 1


def test_a_lead_is_claimed_by_its_uuid(db: sa.Connection) -> None:
    intent_id = put_intent(
        db, 1, connection_id=1, kind="lead", external_id="", body=b"", created_at_ms=6
    )
    settle_intent(db, intent_id, record_id=LEAD, now_ms=7)

    assert claimed(db, 1, kind="lead", record_ids=[LEAD, LEAD.replace("a", "b")]) == {LEAD}


def test_a_delivery_tells_the_uuid_of_its_lead(db: sa.Connection) -> None:
    add_deliveries(db, [NewDelivery(1, 2, 3, 4, 5, "", "queued", "", "", 6)])
    finish(db, [1], Outcome(state=State.DELIVERED, record_kind="lead", record_id=LEAD), now_ms=7)

    assert delivery(db, 1).record_id == LEAD
