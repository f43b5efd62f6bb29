"""What the management API keeps: keys, answers of requests that may come again, pages, changes."""

import pytest
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.people import Role
from dealwright.store.api_keys import (
    create_api_key,
    find_api_key,
    list_api_keys,
    new_api_key,
    note_use,
    revoke_api_key,
)
from dealwright.store.changes import changes_since, end_mark
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.delivery_list import DeliveryFilter, retry_deliveries
from dealwright.store.delivery_pages import page_of_deliveries
from dealwright.store.idempotency import (
    KEPT_MS,
    Answered,
    AnsweredMeanwhile,
    answered,
    keep_answer,
)
from dealwright.store.sources import (
    add_write_key,
    create_source,
    list_write_keys,
    note_write_keys,
    rename_source,
    revoke_write_key,
)

ANSWER = Answered("f", 201, b"sealed")


def failed(number: int) -> list[NewDelivery]:
    one = NewDelivery(1, 1, 1, 1, 1, "person:u1", "failed", "rejected", "No.", 10)
    return [one] * number


def test_a_key_opens_until_it_is_revoked(db: sa.Connection) -> None:
    key = new_api_key()
    made = create_api_key(db, "ci", role=Role.MEMBER, key=key, made_by="cli", now_ms=1)
    before = find_api_key(db, key)
    revoke_api_key(db, made.id, now_ms=2)

    assert (before, find_api_key(db, key)) == (made, None)


def test_a_revoked_key_is_still_listed(db: sa.Connection) -> None:
    made = create_api_key(db, "ci", role=Role.MEMBER, key=new_api_key(), made_by="cli", now_ms=1)
    revoke_api_key(db, made.id, now_ms=2)
    revoke_api_key(db, made.id, now_ms=3)

    assert [one.revoked_at_ms for one in list_api_keys(db)] == [2]


def test_the_use_of_a_key_is_noted(db: sa.Connection) -> None:
    made = create_api_key(db, "ci", role=Role.MEMBER, key=new_api_key(), made_by="cli", now_ms=1)
    note_use(db, made.id, at_ms=7)

    assert [one.used_at_ms for one in list_api_keys(db)] == [7]


def test_an_answer_is_kept_for_a_day(db: sa.Connection) -> None:
    keep_answer(db, "key:1", key="k", answer=ANSWER, now_ms=10)

    assert answered(db, "key:1", key="k", now_ms=9 + KEPT_MS) == ANSWER
    assert answered(db, "key:1", key="k", now_ms=10 + KEPT_MS) is None


def test_an_answer_is_of_who_asked(db: sa.Connection) -> None:
    keep_answer(db, "key:1", key="k", answer=ANSWER, now_ms=10)

    assert answered(db, "key:2", key="k", now_ms=10) is None


def test_the_second_of_two_requests_at_once_is_told_so(db: sa.Connection) -> None:
    keep_answer(db, "key:1", key="k", answer=ANSWER, now_ms=10)

    with pytest.raises(AnsweredMeanwhile):
        keep_answer(db, "key:1", key="k", answer=ANSWER, now_ms=10)


def test_an_old_answer_makes_room(db: sa.Connection) -> None:
    keep_answer(db, "key:1", key="k", answer=ANSWER, now_ms=10)
    later = Answered("g", 200, b"other")
    keep_answer(db, "key:1", key="k", answer=later, now_ms=10 + KEPT_MS)

    assert answered(db, "key:1", key="k", now_ms=10 + KEPT_MS) == later


def test_write_keys_are_listed_noted_and_revoked(db: sa.Connection) -> None:
    made = create_source(db, "website", now_ms=1)
    add_write_key(db, made.id, key_hash="ab" * 32, prefix="abc", now_ms=1)
    note_write_keys(db, ["ab" * 32], at_ms=5)
    (key,) = list_write_keys(db, made.id)
    revoke_write_key(db, made.id, key_id=key.id)

    assert (key.prefix, key.used_at_ms) == ("abc", 5)
    assert list_write_keys(db, made.id) == []


def test_a_write_key_of_another_source_is_not_revoked(db: sa.Connection) -> None:
    first = create_source(db, "website", now_ms=1)
    second = create_source(db, "shop", now_ms=1)
    add_write_key(db, first.id, key_hash="ab" * 32, prefix="abc", now_ms=1)

    with pytest.raises(NotFound):
        revoke_write_key(db, second.id, key_id="ab" * 8)


def test_two_sources_are_never_called_the_same(db: sa.Connection) -> None:
    create_source(db, "website", now_ms=1)
    second = create_source(db, "shop", now_ms=1)

    with pytest.raises(ConfigError):
        rename_source(db, second.id, name="website")


def test_pages_of_deliveries_join(db: sa.Connection) -> None:
    add_deliveries(db, failed(5))
    first = page_of_deliveries(db, DeliveryFilter(connection_id=1), limit=3)
    rest = page_of_deliveries(
        db, DeliveryFilter(connection_id=1), limit=3, before=first.next_before
    )

    assert [one.id for one in (*first.items, *rest.items)] == [5, 4, 3, 2, 1]
    assert rest.next_before is None


def test_what_is_new_and_what_was_queued_anew_has_changed(db: sa.Connection) -> None:
    add_deliveries(db, failed(2))
    mark = end_mark(db, now_ms=20)
    retry_deliveries(db, DeliveryFilter(), ids=[1], now_ms=30)
    add_deliveries(db, failed(1))
    found = changes_since(db, mark, watched=(), limit=10, now_ms=40)

    assert [(one.id, one.state.value) for one in found.deliveries] == [(1, "queued"), (3, "failed")]
    assert found.mark.delivery == 3
