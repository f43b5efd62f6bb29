"""`dealwright explain` and `dealwright report`: the words that a person reads."""

import asyncio
from textwrap import fill

import msgspec
import pytest
import sqlalchemy as sa
from inline_snapshot import snapshot
from tests.cli.conftest import Account, Dealwright

from dealwright.cli.hub import Hub
from dealwright.core.delivery import State, Step, Trace
from dealwright.core.record import Person, RecordKind
from dealwright.pipeline.mirrored import row_of
from dealwright.store.append import Appender, EventRow
from dealwright.store.deliveries import NewDelivery, Outcome, add_deliveries, finish, mark_sending
from dealwright.store.journal import Act, NewEntry, enter
from dealwright.store.mappings import list_mappings
from dealwright.store.mirror import put_records
from dealwright.store.sources import create_source
from dealwright.store.touches import Touch, put_touches

WHEN_MS = 1_795_000_000_000
LATER_MS = WHEN_MS + 3_600_000
IDENTIFY = {
    "type": "identify",
    "messageId": "m-1",
    "userId": "u-77",
    "timestamp": "2026-11-18T10:00:00Z",
    "traits": {"name": "Ada", "email": "ada@love.example"},
}


@pytest.fixture
def written(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """Delivery 1 has made person 42, whom somebody has renamed since; Delivery 2 is held."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    asyncio.run(_fill(hub))


async def _fill(hub: Hub) -> None:
    await hub.write(lambda db: create_source(db, "website", now_ms=WHEN_MS))
    appender = Appender(hub.store)
    payload = msgspec.json.encode(IDENTIFY)
    await appender.append([EventRow(1, WHEN_MS, None, "m-1", payload, None)], [])
    await appender.close()
    await hub.write(_put)


def _put(db: sa.Connection) -> None:
    persons = next(one.id for one in list_mappings(db, 1) if one.action == "upsert_person")
    new = NewDelivery(1, persons, 1, 1, 1, "person:u1", "queued", "", "", WHEN_MS)
    add_deliveries(db, [new, new._replace(event_seq=2)])
    mark_sending(db, [1, 2], now_ms=WHEN_MS)
    trace = Trace(steps=(Step(stage="match", text="person: nobody by email ada@love.example"),))
    done = Outcome(
        state=State.DELIVERED,
        code="created",
        message="Person 42 was created.",
        record_kind="person",
        record_id=42,
        tokens=25,
        trace=msgspec.json.encode(trace),
    )
    finish(db, [1], done, now_ms=WHEN_MS)
    held = Outcome(
        state=State.HELD, code="needs_choice", message="2 records fit as the person: 42, 43."
    )
    finish(db, [2], held, now_ms=WHEN_MS)
    after = {"name": "Ada", "emails": [{"value": "ada@love.example", "primary": True}]}
    made = NewEntry(act=Act.CREATE, kind=RecordKind.PERSON, record_id=42, after=after)
    enter(db, 1, made, delivery_id=1, now_ms=WHEN_MS)
    emails = msgspec.convert([{"value": "ada@love.example", "primary": True}], type=tuple)
    person = msgspec.convert(
        {"id": 42, "name": "Ada Love", "update_time": "2026-11-18T12:00:00Z", "emails": emails},
        type=Person,
    )
    row = row_of(person, RecordKind.PERSON, checked_at_ms=LATER_MS, exact=True, region=None)
    put_records(db, 1, [row])
    touch = {"name": Touch(user="7", how="app", at_ms=LATER_MS)}
    put_touches(db, 1, RecordKind.PERSON, record_id=42, told=touch)


pytestmark = pytest.mark.usefixtures("written")


def test_a_record_reads_like_a_colleagues_answer(dealwright: Dealwright, account: Account) -> None:
    out = dealwright("explain", "person", "42", "name").out.replace(account.url, "URL")
    assert _page(out) == snapshot("""\
Person 42 “Ada Love” in acme
  URL/person/42
  We made it. Fields that we wrote: 2. As we left them: 1. Changed by others since: 1.

≠ name is “Ada Love”; we wrote “Ada”. Since then user 7 has changed it, at 2026-11-18
        12:06:40 UTC.
    “Ada” was written with the record at 2026-11-18 11:06:40 UTC. Delivery 1: event 1
        (identify, m-1) of 2026-11-18 10:00:00 UTC, Mapping “Persons from identify calls”
        version 1.
      from the Mapping's field name: {"@path":"$.traits.name"}
      person: nobody by email ada@love.example\
""")


def test_a_field_that_the_hub_never_wrote_is_said_to_be_so(dealwright: Dealwright) -> None:
    assert "The hub has not written “phones”" in dealwright("explain", "person", "42", "phones").out


def test_a_person_is_explained_by_address(dealwright: Dealwright) -> None:
    (story,) = dealwright("explain", "ada@love.example", "--json").lines
    assert [value["standing"] for value in story["values"]] == ["changed", "stands"]


def test_a_held_delivery_says_what_to_do_and_who_must_act(dealwright: Dealwright) -> None:
    assert _page(dealwright("explain", "delivery", "2").out) == snapshot("""\
Delivery 2 is held (needs_choice)
  2 records fit as the person: 42, 43.
  Several records fit, and the rule is to ask; writing to the wrong one would be worse
        than waiting.
  What to do: Choose one: `dealwright review`. Or merge them in Pipedrive, then send it
        again: `dealwright deliveries retry 2`.
  Who must act: a person who knows the records.
  It is of event 2, which is no longer in the log, Mapping “Persons from identify calls”
        version 1.\
""")


def test_an_event_is_explained_by_its_message_id(dealwright: Dealwright) -> None:
    (story,) = dealwright("explain", "event", "m-1", "--json").lines
    assert [one["deliveries"][0]["id"] for one in story["mappings"] if one["deliveries"]] == [1]


def test_what_explain_does_not_know_is_refused_with_what_it_takes(dealwright: Dealwright) -> None:
    ran = dealwright("explain", "weather", "42")
    assert (ran.code, "person, organization, deal" in ran.err) == (1, True)


def test_a_record_without_its_number_is_asked_for(dealwright: Dealwright) -> None:
    assert "dealwright explain person ID" in dealwright("explain", "person").err


def test_an_address_that_nobody_has_is_told(dealwright: Dealwright) -> None:
    assert "No mirror knows a person" in dealwright("explain", "nobody@love.example").err


def test_the_report_has_its_rows_as_csv(dealwright: Dealwright) -> None:
    head, row = dealwright("report", "--weeks", "60", "--csv").out.splitlines()
    assert head.startswith("connection,door,mapping_id,name,week,deliveries")
    assert "Persons from identify calls,2026-11-16,2,1" in row


def test_the_report_tells_what_it_came_to(dealwright: Dealwright) -> None:
    out = dealwright("report", "--weeks", "60").out
    assert "tokens saved" in out
    assert "at least 50 in Segment's design" in out


def test_the_report_is_either_csv_or_json(dealwright: Dealwright) -> None:
    assert "Choose one" in dealwright("report", "--csv", "--json").err


def _page(out: str) -> str:
    """Lines as a page holds them, without the local times of the one who runs the tests."""
    lines = [line for line in out.splitlines() if "As the mirror saw it" not in line]
    return "\n".join(fill(line, 90, subsequent_indent="        ") for line in lines)
