"""AccountBook: what is fresh is asked for once, by whatever process."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.fresh import fresh_store
from tests.hub import TOKEN, new_sandbox

from dealwright.core.catalogue import AccountList, choices
from dealwright.core.errors import Unavailable
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AsgiSender
from dealwright.pipeline.accounts import AccountBook, price_of
from dealwright.sandbox.app import Sandbox
from dealwright.store.catalogue import forget, keep, moments
from dealwright.store.engine import Store

TYPES = AccountList.ACTIVITY_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, an account, and the clock that both live by."""

    store: Store
    pipedrive: Sandbox
    clock: ManualClock
    records: Records

    def book(self) -> AccountBook:
        """The book of a process that has just started."""
        return AccountBook(self.store, connection_id=1, clock=self.clock)

    @property
    def asked(self) -> int:
        """How often Pipedrive was asked."""
        return len(self.pipedrive.calls)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = fresh_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
async def place(store: Store) -> AsyncIterator[Place]:
    clock = ManualClock()
    pipedrive = new_sandbox(clock)
    sender = AsgiSender(pipedrive, "https://acme.pipedrive.com", Secret(TOKEN))
    client = Client(
        sender=sender,
        clock=clock,
        gate=Gate(clock, burst=1000),
        purpose="setup",
        on_call=lambda _: None,
    )
    yield Place(store=store, pipedrive=pipedrive, clock=clock, records=Records(client))
    await client.close()


async def test_a_fresh_list_is_asked_for_once(place: Place) -> None:
    book = place.book()
    first = await book.read(TYPES, place.records)

    assert (await book.read(TYPES, place.records), place.asked) == (first, 1)


async def test_another_process_asks_for_nothing_that_is_fresh(place: Place) -> None:
    told = await place.book().read(TYPES, place.records)

    assert (await place.book().read(TYPES, place.records), place.asked) == (told, 1)


async def test_after_an_hour_it_is_asked_for_again(place: Place) -> None:
    book = place.book()
    await book.read(TYPES, place.records)
    place.clock.advance(3601)
    await book.read(TYPES, place.records)

    assert place.asked == 2


async def test_what_another_process_was_told_later_is_heeded(place: Place) -> None:
    book = place.book()
    await book.read(AccountList.STAGES, place.records)
    place.pipedrive.put_state({"stages": [{"id": 90, "name": "Signed", "pipeline_id": 1}]})
    place.clock.advance(5)
    await place.book().refresh([AccountList.STAGES], place.records)
    book.heed(await place.store.read(lambda db: moments(db, 1)))

    assert "Signed" in [stage.name for stage in await book.read(AccountList.STAGES, place.records)]


async def test_what_is_forgotten_in_the_store_is_asked_for(place: Place) -> None:
    book = place.book()
    await book.read(TYPES, place.records)
    await place.store.write(lambda db: forget(db, 1, lists=[TYPES]))
    book.heed(await place.store.read(lambda db: moments(db, 1)))
    await book.read(TYPES, place.records)

    assert place.asked == 2


async def test_a_list_of_the_last_minute_is_not_asked_for_again(place: Place) -> None:
    book = place.book()
    await book.read(TYPES, place.records)
    place.clock.advance(59)

    assert (book.forget_old(), place.asked) == (False, 1)


async def test_an_older_list_is_asked_for_where_something_was_missing_in_it(place: Place) -> None:
    book = place.book()
    await book.read(TYPES, place.records)
    place.clock.advance(61)
    forgot = book.forget_old()
    await book.read(TYPES, place.records)

    assert (forgot, place.asked) == (True, 2)


async def test_what_is_missing_is_found_in_what_another_process_was_told(place: Place) -> None:
    book = place.book()
    await book.read(TYPES, place.records)
    place.clock.advance(61)
    await place.book().refresh([TYPES], place.records)
    book.forget_old()
    await book.read(TYPES, place.records)

    assert place.asked == 2


async def test_an_outage_is_never_an_empty_list(place: Place) -> None:
    place.pipedrive.add_fault(status=503)

    with pytest.raises(Unavailable):
        await place.book().read(TYPES, place.records)


async def test_what_an_earlier_program_kept_in_another_form_is_asked_for(place: Place) -> None:
    now_ms = int(place.clock.now().timestamp() * 1000)
    await place.store.write(
        lambda db: keep(db, 1, name=TYPES, fetched_at_ms=now_ms, body=b'{"old":1}')
    )
    await place.book().read(TYPES, place.records)

    assert place.asked == 1


async def test_a_list_from_the_future_does_not_count(place: Place) -> None:
    await place.book().read(TYPES, place.records)
    place.clock.advance(-600)
    await place.book().read(TYPES, place.records)

    assert place.asked == 2


async def test_the_catalogue_costs_nothing(place: Place) -> None:
    await place.book().refresh([AccountList.USERS], place.records)
    catalogue = await place.book().catalogue()

    assert [one.label for one in choices("users", catalogue)] == ["Mara Lind"]
    assert (catalogue.stages, place.asked) == (None, 1)


@pytest.mark.parametrize("name", AccountList)
async def test_every_list_is_read_at_its_price(place: Place, name: AccountList) -> None:
    await place.book().refresh([name], place.records)

    assert (place.asked, place.pipedrive.total_cost) == (1, price_of([name]))


async def test_the_fields_of_a_kind_are_a_schema(place: Place) -> None:
    place.pipedrive.put_state(
        {"fields": {"person": [{"name": "Plan", "type": "varchar", "code": "a" * 40}]}}
    )

    schema = await place.book().schema(RecordKind.PERSON, place.records)
    assert schema.field("plan").field_code == "a" * 40
