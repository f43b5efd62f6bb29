"""Home: to which Connection a meeting goes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.fresh import fresh_store

from dealwright.core.catalogue import AccountList
from dealwright.core.record import Member
from dealwright.pipeline.meetinghome import home_of
from dealwright.store.catalogue import keep
from dealwright.store.connections import NewConnection, create_connection

ANA = Member(id=11, name="Ana", email="Ana@Northwind.example", active_flag=True)
GONE = Member(id=12, name="Ben", email="ben@northwind.example", active_flag=False)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sa.Connection]:
    store = fresh_store(tmp_path)
    with store.transaction() as opened:
        yield opened
    store.close()


def connected(db: sa.Connection, name: str, *users: Member) -> int:
    """A Connection whose account has these users."""
    new = NewConnection(name=name, base_url=f"https://{name}.example", plan="growth", seats=1)
    made = create_connection(db, new, now_ms=1).id
    body = msgspec.json.encode(users)
    keep(db, made, name=AccountList.USERS, fetched_at_ms=1, body=body)
    return made


def test_without_any_connection_there_is_none(db: sa.Connection) -> None:
    assert home_of(db, kept=None, default=None, presenter="").connection_id is None


def test_it_goes_to_the_account_in_which_the_presenter_is_a_user(db: sa.Connection) -> None:
    connected(db, "first")
    second = connected(db, "second", ANA)
    found = home_of(db, kept=None, default=None, presenter="ana@northwind.example")
    assert found.connection_id == second
    assert [user.id for user in found.users] == [11]


def test_of_two_accounts_of_the_presenter_the_sources_own_is_meant(db: sa.Connection) -> None:
    connected(db, "first", ANA)
    second = connected(db, "second", ANA)
    found = home_of(db, kept=None, default=second, presenter="ana@northwind.example")
    assert found.connection_id == second


def test_somebody_who_left_is_no_user(db: sa.Connection) -> None:
    first = connected(db, "first")
    connected(db, "second", GONE)
    found = home_of(db, kept=None, default=first, presenter="ben@northwind.example")
    assert found.connection_id == first


def test_nobodys_meeting_goes_to_the_hubs_first_connection(db: sa.Connection) -> None:
    first = connected(db, "first")
    connected(db, "second")
    assert home_of(db, kept=None, default=None, presenter="").connection_id == first


def test_a_meeting_stays_where_it_is(db: sa.Connection) -> None:
    first = connected(db, "first")
    connected(db, "second", ANA)
    found = home_of(db, kept=first, default=None, presenter="ana@northwind.example")
    assert found.connection_id == first


def test_a_connection_that_is_gone_keeps_nothing(db: sa.Connection) -> None:
    first = connected(db, "first")
    assert home_of(db, kept=99, default=98, presenter="").connection_id == first
