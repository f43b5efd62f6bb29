"""The lists of accounts, on both databases."""

import sqlalchemy as sa

from dealwright.store.catalogue import Kept, forget, keep, kept, moments


def put(db: sa.Connection, connection_id: int, name: str, at_ms: int = 7) -> None:
    keep(db, connection_id, name=name, fetched_at_ms=at_ms, body=b"[]")


def test_a_list_is_kept_with_its_moment(db: sa.Connection) -> None:
    keep(db, 1, name="users", fetched_at_ms=7, body=b'[{"id":1}]')
    assert kept(db, 1, lists=["users", "stages"]) == {"users": Kept(7, b'[{"id":1}]')}


def test_a_later_list_takes_the_place_of_the_earlier(db: sa.Connection) -> None:
    put(db, 1, "users")
    keep(db, 1, name="users", fetched_at_ms=9, body=b"[1]")
    assert kept(db, 1, lists=["users"]) == {"users": Kept(9, b"[1]")}


def test_lists_of_two_connections_do_not_meet(db: sa.Connection) -> None:
    put(db, 1, "users")
    put(db, 2, "stages")
    assert moments(db, 2) == {"stages": 7}


def test_a_list_that_is_forgotten_is_not_there(db: sa.Connection) -> None:
    put(db, 1, "users")
    put(db, 1, "stages")
    put(db, 2, "users")

    assert forget(db, 1, lists=["users", "currencies"]) == 1
    assert (moments(db, 1), moments(db, 2)) == ({"stages": 7}, {"users": 7})
