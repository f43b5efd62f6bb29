"""`dealwright budget`, and how urgent a Mapping is."""

import pytest
from tests.cli.conftest import Dealwright

from dealwright.cli.budget import bars
from dealwright.cli.hub import Hub
from dealwright.core.breaker import Breaker
from dealwright.core.priority import Priority
from dealwright.store.breaker import open_breaker
from dealwright.store.budget import spend
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.mappings import NewMapping, create_mapping


@pytest.fixture
def acme(hub: Hub) -> str:
    """A Connection with one Mapping."""
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1)
    with hub.store.transaction() as db:
        create_connection(db, new, now_ms=0)
        persons = NewMapping(
            connection_id=1, name="Persons", action="upsert_person", trigger="", fields={}
        )
        create_mapping(db, persons, now_ms=0)
    return "acme"


def spent(hub: Hub, tokens: int, purpose: str = "events") -> None:
    with hub.store.transaction() as db:
        now_ms = hub.now_ms()
        spend(db, 1, at_ms=now_ms, purpose=purpose, tokens=tokens, calls=3, mapping_id=1)


def queued(hub: Hub, count: int, priority: Priority) -> None:
    row = NewDelivery(1, 1, 1, 1, 1, "", "queued", "", "", 0, priority)
    with hub.store.transaction() as db:
        add_deliveries(db, [row] * count)


@pytest.mark.usefixtures("acme")
def test_without_a_name_every_connection_is_shown(dealwright: Dealwright) -> None:
    assert [day["name"] for day in dealwright("budget", "--json").lines] == ["acme"]


def test_one_is_shown_by_its_name(dealwright: Dealwright, hub: Hub, acme: str) -> None:
    spent(hub, 4_000)
    (day,) = dealwright("budget", acme, "--json").lines

    assert (day["limit"], day["spent"], day["left"], day["reserve"]) == (
        30_000,
        4_000,
        26_000,
        6_000,
    )


def test_it_says_what_spent_the_tokens(dealwright: Dealwright, hub: Hub, acme: str) -> None:
    spent(hub, 400)
    spent(hub, 20, "setup")
    (day,) = dealwright("budget", acme, "--json").lines

    assert day["by_purpose"] == {"events": 400, "setup": 20}
    assert day["by_mapping"] == {"Persons": 420}
    assert day["by_hour"][-1] == 420


def test_it_reads_as_sentences(dealwright: Dealwright, hub: Hub, acme: str) -> None:
    spent(hub, 4_000)
    said = dealwright("budget", acme).out

    assert "acme: 30,000 tokens a day by lite × 1 seat" in said
    assert "Spent  4,000 by this hub" in said
    assert (
        "Left   26,000, of which 6,000 (20 % of the day) are kept for people and other integrations"
        in said
    )


def test_it_says_how_many_move_to_after_midnight(
    dealwright: Dealwright, hub: Hub, acme: str
) -> None:
    spent(hub, 20_000)
    queued(hub, 312, Priority.LOW)

    assert "312 Deliveries of low priority move to after" in dealwright("budget", acme).out


def test_it_says_that_pipedrive_is_let_be(dealwright: Dealwright, hub: Hub, acme: str) -> None:
    blocked = Breaker(1, "abuse_blocked", hub.now_ms() + 600_000)
    with hub.store.transaction() as db:
        open_breaker(db, 1, found=blocked, now_ms=hub.now_ms())

    assert "Pipedrive's front door blocks this token" in dealwright("budget", acme).out


def test_a_connection_that_is_blocked_is_limited(
    dealwright: Dealwright, hub: Hub, acme: str
) -> None:
    blocked = Breaker(1, "abuse_blocked", hub.now_ms() + 600_000)
    with hub.store.transaction() as db:
        open_breaker(db, 1, found=blocked, now_ms=hub.now_ms())
    (row,) = dealwright("connections", "list", "--json").lines

    assert (row["name"], row["rests_because"]) == (acme, "abuse_blocked")
    assert "limited" in dealwright("connections", "list").out


def test_the_doctor_does_not_ask_a_pipedrive_that_blocks_us(
    dealwright: Dealwright, hub: Hub, acme: str
) -> None:
    blocked = Breaker(1, "abuse_blocked", hub.now_ms() + 600_000)
    with hub.store.transaction() as db:
        open_breaker(db, 1, found=blocked, now_ms=hub.now_ms())
    ran = dealwright("doctor")

    assert f"{acme}: Pipedrive's front door blocks this token for a while." in ran.out


def test_reserve_plan_seats_and_top_ups_are_set(dealwright: Dealwright, acme: str) -> None:
    wishes = ("--reserve", "30", "--plan", "growth", "--seats", "2", "--extra-tokens", "5000")
    said = dealwright("budget", "set", acme, *wishes).out
    (day,) = dealwright("budget", acme, "--json").lines

    assert "125,000 tokens a day by growth × 2 seats and 5,000 bought on top; 30 %" in said
    assert (day["limit"], day["reserve"]) == (125_000, 37_500)


def test_what_is_not_named_stays(dealwright: Dealwright, acme: str) -> None:
    dealwright("budget", "set", acme, "--reserve", "30", "--seats", "3")
    (day,) = dealwright("budget", "set", acme, "--reserve", "10", "--json").lines

    assert (day["plan"], day["seats"], day["reserve_percent"]) == ("lite", 3, 10)


def test_a_plan_that_pipedrive_does_not_have_is_refused(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("budget", "set", acme, "--plan", "gold")

    assert (ran.code, "is no plan of Pipedrive" in ran.err) == (1, True)


@pytest.mark.usefixtures("acme")
def test_a_mapping_is_made_less_urgent(dealwright: Dealwright) -> None:
    said = dealwright("mappings", "priority", "1", "low").out

    assert "Persons has low priority." in said
    assert dealwright("mappings", "list", "--json").lines[0]["priority"] == "low"


@pytest.mark.usefixtures("acme")
def test_only_events_priorities_can_be_given(dealwright: Dealwright) -> None:
    ran = dealwright("mappings", "priority", "1", "card")

    assert (ran.code, "choose one of high, normal, low" in ran.err) == (2, True)


def test_the_highest_hour_is_the_measure_of_the_bars() -> None:
    assert bars([0, 10, 40, 80]) == "▁▂▅█"


def test_a_day_without_calls_has_flat_bars() -> None:
    assert bars([0, 0]) == "▁▁"
