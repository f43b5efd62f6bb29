"""What people decide of cards, and whom a Google user is, on both databases."""

import pytest

from dealwright.core.people import Role
from dealwright.store import cards
from dealwright.store.cards import CardReader, CardSettings, GoogleUser
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.engine import Store
from dealwright.store.people import add_user

ADA = GoogleUser(issuer="https://accounts.google.com", subject="1", email="ada@love.example")
HOUR_MS = 3_600_000


@pytest.fixture
def user_id(store: Store) -> int:
    """A user of the hub."""
    with store.transaction() as db:
        return add_user(db, email=ADA.email, name="Ada", role=Role.MEMBER, now_ms=0).id


@pytest.fixture
def connection_id(store: Store) -> int:
    """A Connection."""
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1)
    with store.transaction() as db:
        return create_connection(db, new, now_ms=0).id


def test_all_sections_are_on_where_nobody_has_decided(store: Store, connection_id: int) -> None:
    with store.snapshot() as db:
        assert cards.settings(db, connection_id).off(("deals", "notes")) == ()


def test_a_section_that_comes_later_is_off(store: Store, connection_id: int) -> None:
    chosen = CardSettings().switched(["deals"], known=("deals", "notes"))
    with store.transaction() as db:
        cards.set_settings(db, connection_id, chosen=chosen, now_ms=1)
    with store.snapshot() as db:
        found = cards.settings(db, connection_id)

    assert found.off(("deals", "horoscope", "notes")) == ("horoscope", "notes")


def test_what_a_reader_chose_is_kept(store: Store, user_id: int) -> None:
    chosen = CardReader(locale="de", zone="Europe/Berlin", connections=(1,))
    with store.transaction() as db:
        cards.set_reader(db, user_id, chosen=CardReader(locale="sv"), now_ms=1)
        cards.set_reader(db, user_id, chosen=chosen, now_ms=2)
    with store.snapshot() as db:
        assert cards.reader(db, user_id) == chosen


def test_a_google_user_is_whom_he_was_linked_with_last(store: Store, user_id: int) -> None:
    with store.transaction() as db:
        other = add_user(db, email="bo@love.example", name="Bo", role=Role.MEMBER, now_ms=0).id
        cards.link_google(db, ADA, user_id=user_id, now_ms=1)
        cards.link_google(db, ADA, user_id=other, now_ms=2)
    with store.snapshot() as db:
        found = cards.linked_user(db, issuer=ADA.issuer, subject=ADA.subject)

    assert found is not None
    assert found.id == other


def test_the_same_subject_of_another_issuer_is_somebody_else(store: Store, user_id: int) -> None:
    with store.transaction() as db:
        cards.link_google(db, ADA, user_id=user_id, now_ms=1)
    with store.snapshot() as db:
        assert cards.linked_user(db, issuer="https://elsewhere.example", subject="1") is None


def test_a_ticket_is_good_once(store: Store) -> None:
    with store.transaction() as db:
        token = cards.new_ticket(db, ADA, now_ms=0).reveal()
        taken = [cards.take_ticket(db, token, now_ms=1) for _ in range(2)]

    assert taken == [ADA, None]


def test_a_ticket_is_good_for_an_hour(store: Store) -> None:
    with store.transaction() as db:
        token = cards.new_ticket(db, ADA, now_ms=0).reveal()
        found = [cards.ticket(db, token, now_ms=at) for at in (HOUR_MS - 1, HOUR_MS)]

    assert found == [ADA, None]


def test_a_ticket_that_was_never_made_is_none(store: Store) -> None:
    with store.transaction() as db:
        assert cards.take_ticket(db, "made-up", now_ms=0) is None
