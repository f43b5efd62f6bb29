"""What a message changes, on both databases, also when two processes take the same one."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.clock import ManualClock

from dealwright.core.record import RecordKind
from dealwright.core.webhook import Told, read_told
from dealwright.pipeline.hearing import Hearing, Outcome, hear
from dealwright.pipeline.mirrored import record_of
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.crawls import want_crawl
from dealwright.store.engine import Store
from dealwright.store.links import links, put_link
from dealwright.store.mirror import Mirrored, by_keys, records

NOW = 1_790_000_000_000
PERSON = {
    "id": 7,
    "name": "Ada Love",
    "owner_id": 1,
    "org_id": None,
    "add_time": "2026-09-01T08:00:00Z",
    "update_time": "2026-09-21T08:00:00Z",
    "emails": [{"value": "Ada@Love.example", "label": "work", "primary": True}],
    "phones": [],
    "visible_to": "3",
    "label_ids": [],
    "custom_fields": {},
}


@pytest.fixture
def acme(store: Store) -> int:
    """A Connection whose persons and leads are mirrored."""
    with store.transaction() as db:
        new = NewConnection(name="acme", base_url="https://a.pipedrive.com", plan="lite", seats=1)
        made = create_connection(db, new, now_ms=NOW)
        want_crawl(db, made.id, kinds=[RecordKind.PERSON, RecordKind.LEAD], now_ms=NOW)
    return made.id


def message(number: int, data: dict[str, Any] | None, **meta: Any) -> Told:
    """Message `number` about person 7 unless `meta` says otherwise."""
    told = {"action": "change", "entity": "person", "entity_id": "7", "id": f"e-{number}"}
    return read_told(msgspec.json.encode({"meta": told | meta, "data": data, "previous": {}}))


def at(second: int, **values: Any) -> dict[str, Any]:
    """Ada as she was at a second of one minute."""
    return PERSON | {"update_time": f"2026-09-21T08:00:{second:02}Z"} | values


def take(store: Store, connection_id: int, *messages: Told) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for told in messages:
        with store.transaction() as db:
            outcomes.append(hear(db, connection_id, told, now_ms=NOW))
    return outcomes


def known(store: Store, connection_id: int) -> Mirrored:
    with store.snapshot() as db:
        return records(db, connection_id, RecordKind.PERSON, [7])[7]


def found(store: Store, connection_id: int, key: str) -> list[Any]:
    with store.snapshot() as db:
        return by_keys(db, connection_id, RecordKind.PERSON, [key]).get(key, [])


def test_a_record_is_found_by_what_a_message_told(store: Store, acme: int) -> None:
    take(store, acme, message(1, at(1), action="create"))

    assert found(store, acme, "email=ada@love.example") == [7]
    assert known(store, acme).exact


def test_an_address_that_was_changed_finds_nobody(store: Store, acme: int) -> None:
    take(store, acme, message(1, at(1)), message(2, at(2, emails=[{"value": "a@b.example"}])))

    assert found(store, acme, "email=ada@love.example") == []
    assert found(store, acme, "email=a@b.example") == [7]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_in_whatever_order_they_come_the_newest_stays(
    store: Store, acme: int, order: tuple[int, ...]
) -> None:
    take(store, acme, *(message(second, at(second, name=f"Ada {second}")) for second in order))

    assert getattr(record_of(known(store, acme)), "name", "") == "Ada 3"


def test_what_is_not_the_whole_record_is_a_hint(store: Store, acme: int) -> None:
    crucial = {key: PERSON[key] for key in ("id", "name", "update_time", "emails")}
    take(store, acme, message(1, crucial))

    assert not known(store, acme).exact
    assert found(store, acme, "email=ada@love.example") == [7]


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"id": 8},
        {"id": "seven"},
        at(2, emails="ada@love.example"),
        at(2, emails=[None]),
        at(2, custom_fields=["a"]),
        at(2, label_ids={"a": 1}),
    ],
)
def test_what_cannot_be_read_makes_the_record_one_to_look_at(
    store: Store, acme: int, data: dict[str, Any] | None
) -> None:
    take(store, acme, message(1, at(1)))

    assert take(store, acme, message(2, data)) == [Outcome.DOUBTED]
    assert not known(store, acme).exact


@pytest.mark.parametrize(
    "value",
    [
        {"type": "new", "x": 1},
        {"type": "monetary"},
        {"type": "set", "values": [1]},
        {"type": {}},
        {},
        "text",
        [],
        7,
    ],
)
def test_a_field_that_we_cannot_read_makes_it_a_hint(
    store: Store, acme: int, value: object
) -> None:
    take(store, acme, message(1, at(1, custom_fields={"a" * 40: value})))

    assert not known(store, acme).exact


def test_who_was_deleted_is_found_by_nothing(store: Store, acme: int) -> None:
    take(store, acme, message(1, at(1)), _deletion(2))

    assert known(store, acme).deleted
    assert found(store, acme, "email=ada@love.example") == []


def test_who_was_deleted_before_we_heard_of_them_stays_so(store: Store, acme: int) -> None:
    outcomes = take(store, acme, _deletion(2), message(1, at(1)))

    assert outcomes == [Outcome.APPLIED, Outcome.OLD]
    assert known(store, acme).deleted


def test_who_was_brought_back_is_found_again(store: Store, acme: int) -> None:
    take(store, acme, _deletion(2), message(3, at(59)))

    assert found(store, acme, "email=ada@love.example") == [7]


def _deletion(number: int) -> Told:
    return message(number, None, action="delete", timestamp="2026-09-21T08:00:30.500Z")


@pytest.mark.parametrize(
    "meta",
    [
        {"action": "delete", "merged_to_id": "7", "entity_id": "9"},
        {"action": "change", "merged_from_id": "9"},
    ],
)
def test_links_follow_a_merge_whichever_message_comes(
    store: Store, acme: int, meta: dict[str, Any]
) -> None:
    with store.transaction() as db:
        put_link(db, acme, source_id=1, kind="person", external_id="u-1", record_id=9)
    take(store, acme, message(1, at(1), **meta))

    with store.snapshot() as db:
        linked = links(db, acme, source_id=1, kind="person", external_ids=["u-1"])
    assert linked == {"u-1": 7}


def test_a_lead_has_an_id_that_is_a_text(store: Store, acme: int) -> None:
    lead_id = "adf21080-0e10-11eb-879b-05d71fb426ec"
    lead = {"id": lead_id, "title": "Demo", "update_time": "2026-09-21T08:00:01.250Z"}
    take(store, acme, message(1, lead, entity="lead", entity_id=lead_id))

    with store.snapshot() as db:
        assert list(records(db, acme, RecordKind.LEAD, [lead_id])) == [lead_id]


def test_a_kind_that_is_not_mirrored_is_not_kept(store: Store, acme: int) -> None:
    told = message(1, {"id": 7, "title": "Ship"}, entity="deal")

    assert take(store, acme, told) == [Outcome.IGNORED]


@pytest.mark.parametrize("entity", ["personField", "deal_field", "activityType", "user", "stage"])
def test_the_accounts_own_lists_are_asked_for_anew(store: Store, acme: int, entity: str) -> None:
    assert take(store, acme, message(1, {"id": 1}, entity=entity)) == [Outcome.APPLIED]


def test_that_a_user_signed_in_is_no_news(store: Store, acme: int) -> None:
    told = msgspec.structs.replace(
        message(1, {"id": 1}, entity="user"), previous={"last_login": "2026-09-20 08:00:00"}
    )

    assert take(store, acme, told) == [Outcome.IGNORED]


async def test_one_message_that_two_processes_take_is_applied_once(store: Store, acme: int) -> None:
    hearings = [Hearing(store, ManualClock()) for _ in range(8)]
    told = message(1, at(1))
    outcomes = await asyncio.gather(*(hearing.hear(acme, told) for hearing in hearings))

    assert Counter(outcomes) == {"applied": 1, "repeated": 7}


async def test_whoever_is_first_the_newest_of_many_at_once_stays(store: Store, acme: int) -> None:
    hearing = Hearing(store, ManualClock())
    messages = [message(second, at(second, name=f"Ada {second}")) for second in range(40)]
    await asyncio.gather(*(hearing.hear(acme, told) for told in messages))

    assert getattr(record_of(known(store, acme)), "name", "") == "Ada 39"


async def test_what_a_refused_transaction_met_is_not_met(store: Store, acme: int) -> None:
    def broken_off(db: sa.Connection) -> None:
        hear(db, acme, message(1, at(1)), now_ms=NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(broken_off)

    assert take(store, acme, message(1, at(1))) == [Outcome.APPLIED]


def test_messages_of_one_account_touch_no_other(store: Store, acme: int) -> None:
    with store.transaction() as db:
        new = NewConnection(name="other", base_url="https://b.pipedrive.com", plan="lite", seats=1)
        other = create_connection(db, new, now_ms=NOW).id
        want_crawl(db, other, kinds=[RecordKind.PERSON], now_ms=NOW)
    take(store, acme, message(1, at(1)))

    assert found(store, other, "email=ada@love.example") == []
