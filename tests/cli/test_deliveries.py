"""`dealwright deliveries` and `dealwright mappings`."""

import asyncio

import msgspec
import pytest
import sqlalchemy as sa
from tests.cli.conftest import Account, Dealwright

from dealwright.cli.hub import Hub
from dealwright.core.delivery import Call, State, Step, Trace
from dealwright.store.attempts import add_attempt
from dealwright.store.deliveries import NewDelivery, Outcome, add_deliveries, finish, mark_sending

WHEN_MS = 1_795_000_000_000


@pytest.fixture
def deliveries(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """Two Deliveries: the first failed with a Trace and an Attempt, the second is queued."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    asyncio.run(hub.write(_put))


def _put(db: sa.Connection) -> None:
    new = NewDelivery(1, 1, 1, 1, 7, "person:u1", "queued", "", "", WHEN_MS)
    add_deliveries(db, [new, new._replace(event_seq=8)])
    mark_sending(db, [1], now_ms=WHEN_MS)
    trace = Trace(steps=(Step(stage="match", text="person: nobody by email ada@kiln.example"),))
    outcome = Outcome(
        state=State.FAILED,
        code="rejected",
        message="Pipedrive refused it: stage_id 9.",
        tokens=25,
        trace=msgspec.json.encode(trace),
    )
    finish(db, [1], outcome, now_ms=WHEN_MS)
    call = Call(method="GET", path="/api/v2/persons/search", status=200, tokens=20, duration_ms=5)
    calls = msgspec.json.encode([call])
    add_attempt(db, 1, at_ms=WHEN_MS, duration_ms=40, code="rejected", tokens=25, calls=calls)


pytestmark = pytest.mark.usefixtures("deliveries")


def test_the_newest_are_listed_first(dealwright: Dealwright) -> None:
    assert [d["id"] for d in dealwright("deliveries", "--json").lines] == [2, 1]


def test_the_table_says_what_happened(dealwright: Dealwright) -> None:
    assert "stage_id 9" in dealwright("deliveries").out


def test_how_many_are_in_each_state_is_said(dealwright: Dealwright) -> None:
    assert "1 queued, 1 failed" in dealwright("deliveries").out


@pytest.mark.parametrize(
    ("option", "value", "ids"),
    [
        ("--state", "failed", [1]),
        ("--state", "held", []),
        ("--code", "rejected", [1]),
        ("--event", "8", [2]),
        ("--connection", "acme", [2, 1]),
        ("--limit", "1", [2]),
    ],
)
def test_one_may_ask_for_some(
    dealwright: Dealwright, option: str, value: str, ids: list[int]
) -> None:
    assert [d["id"] for d in dealwright("deliveries", option, value, "--json").lines] == ids


def test_one_is_shown_with_its_trace(dealwright: Dealwright) -> None:
    assert "nobody by email ada@kiln.example" in dealwright("deliveries", "1").out


def test_one_is_shown_with_each_call_and_its_price(dealwright: Dealwright) -> None:
    shown = dealwright("deliveries", "1", "--json").lines[0]

    assert [(c["path"], c["tokens"]) for c in shown["tries"][0]["calls"]] == [
        ("/api/v2/persons/search", 20)
    ]


def test_calls_are_a_table_for_people(dealwright: Dealwright) -> None:
    assert "/api/v2/persons/search" in dealwright("deliveries", "1").out


def test_one_that_is_not_there_is_said(dealwright: Dealwright) -> None:
    ran = dealwright("deliveries", "99")

    assert (ran.code, "[not_found]" in ran.err) == (1, True)


def test_a_failed_one_is_sent_again(dealwright: Dealwright) -> None:
    dealwright("deliveries", "retry", "1")

    assert dealwright("deliveries", "1", "--json").lines[0]["state"] == "queued"


def test_all_with_a_code_are_sent_again(dealwright: Dealwright) -> None:
    ran = dealwright("deliveries", "retry", "--code", "rejected", "--json")

    assert ran.lines == [{"queued": 1}]


def test_sending_again_needs_to_know_which(dealwright: Dealwright) -> None:
    ran = dealwright("deliveries", "retry")

    assert (ran.code, "Say what is to be sent again" in ran.err) == (1, True)


def test_one_is_put_aside_for_good(dealwright: Dealwright) -> None:
    dealwright("deliveries", "drop", "2")

    assert dealwright("deliveries", "2", "--json").lines[0]["state"] == "dropped"


def test_dropping_needs_numbers(dealwright: Dealwright) -> None:
    assert dealwright("deliveries", "drop").code == 2


def test_a_mapping_is_shown_with_its_fields(dealwright: Dealwright) -> None:
    assert "$.userId" in dealwright("mappings", "show", "3").out


def test_a_mapping_is_shown_to_programs(dealwright: Dealwright) -> None:
    assert dealwright("mappings", "show", "1", "--json").lines[0]["id"] == 1


def test_a_mapping_is_disabled_and_enabled(dealwright: Dealwright) -> None:
    dealwright("mappings", "disable", "1")
    off = dealwright("mappings", "show", "1", "--json").lines[0]["enabled"]
    dealwright("mappings", "enable", "1")
    on = dealwright("mappings", "show", "1", "--json").lines[0]["enabled"]

    assert (off, on) == (False, True)


def test_enabling_the_presets_twice_makes_none_twice(dealwright: Dealwright) -> None:
    dealwright("mappings", "presets", "--enable")

    assert len(dealwright("mappings", "list", "--json").lines) == 3


def test_a_preset_that_is_not_usual_is_made_when_it_is_named(dealwright: Dealwright) -> None:
    dealwright("mappings", "presets", "upsert_deal", "--enable")

    made = dealwright("mappings", "list", "--json").lines
    assert [m["enabled"] for m in made if m["action"] == "upsert_deal"] == [True]


def test_a_preset_that_is_not_there_is_refused_with_those_that_are(dealwright: Dealwright) -> None:
    ran = dealwright("mappings", "presets", "upsert_car", "--enable")

    assert (ran.code, "upsert_person" in ran.err) == (1, True)


def test_enabling_the_presets_enables_what_was_off(dealwright: Dealwright) -> None:
    dealwright("mappings", "disable", "1")
    dealwright("mappings", "presets", "--enable", "--connection", "acme")

    assert dealwright("mappings", "show", "1", "--json").lines[0]["enabled"] is True


def test_the_presets_are_listed_without_making_any(dealwright: Dealwright) -> None:
    assert "identify" in dealwright("mappings", "presets").out


def test_the_doctor_names_what_needs_a_person(dealwright: Dealwright) -> None:
    ran = dealwright("doctor")

    assert (ran.code, "1 Delivery for a person" in ran.out) == (0, True)


def test_the_doctor_ends_with_1_when_a_token_was_withdrawn(
    dealwright: Dealwright, account: Account
) -> None:
    account.sandbox.add_fault(path="/users/me", status=401)

    assert dealwright("doctor").code == 1


def test_a_delivery_that_is_not_there_cannot_be_sent_again(dealwright: Dealwright) -> None:
    assert "no delivery 99" in dealwright("deliveries", "retry", "99").err


def test_one_that_cannot_be_sent_again_is_said_to_be_none(dealwright: Dealwright) -> None:
    assert dealwright("deliveries", "retry", "2").out.startswith("None queued again. Only failed")


def test_one_that_failed_says_how_to_send_it_again(dealwright: Dealwright) -> None:
    assert "dealwright deliveries retry 1" in dealwright("deliveries", "1").out


def test_none_of_a_code_is_not_taken_for_none_at_all(dealwright: Dealwright) -> None:
    assert dealwright("deliveries", "--code", "nope").out.startswith("None is like that.")
