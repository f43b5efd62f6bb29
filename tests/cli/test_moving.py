"""From a Segment export, a file or a preset to records in Pipedrive, as a person does it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.cli.moving import FILES, Place, place

pytestmark = pytest.mark.process

OUR_ID, PLAN = "c3" * 20, "d4" * 20
FIELDS = {
    "fields": {
        "person": [
            {"name": "Our id", "type": "varchar", "code": OUR_ID},
            {"name": "Plan", "type": "enum", "code": PLAN, "labels": ["Trial", "Team"]},
        ]
    }
}
TRAITS = {"first_name": "Ada", "last_name": "Lind", "email": "ada@lind.example", "plan": "Team"}
IDENTIFY = {"type": "identify", "userId": "u-1", "traits": TRAITS}
GROUP = {"type": "group", "userId": "u-1", "groupId": "g-1", "traits": {"name": "Lind Ltd"}}


def track(event: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u-1", "event": event, "properties": properties}


EVENTS = [
    IDENTIFY,
    GROUP,
    track("Order Started", company="Lind Ltd", title="Machines", total=1200, currency="EUR"),
    track("Order Completed", title="Machines"),
    track("Demo Requested", team="Lind", worth=500),
    track("Call Booked", subject="Talk", day="2026-12-01"),
    track("Feedback Given", text="<b>Good</b> coffee"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A place after the move, and what the import said."""

    place: Place
    report: list[dict[str, Any]]

    def told(self, verdict: str) -> list[tuple[str, str]]:
        """Of which mapping and place this was told."""
        rows = [row for row in self.report if row.get("verdict") == verdict]
        return [(row["mapping"], row["place"]) for row in rows]

    def only(self, collection: str) -> dict[str, Any]:
        """The one record of a collection."""
        (record,) = self.place.pipedrive.records(collection)
        return record


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """Segment's destination, imported; then the events of a customer."""
    with place(tmp_path_factory.mktemp("hub"), FIELDS) as here:
        report = here.facts("import", "segment", str(FILES / "full.json"), *here.account())
        here.run("connections", "on", report[-1]["connection"])
        here.send(EVENTS, deliveries=len(EVENTS))
        yield Moved(place=here, report=report)


def test_every_mapping_of_the_export_is_there_but_the_one_that_could_do_nothing(
    moved: Moved,
) -> None:
    assert moved.report[-1]["lost"] == ["Nowhere"]
    assert len(moved.report[-1]["made"]) == 8


def test_the_report_says_what_differs(moved: Moved) -> None:
    assert {verdict: moved.told(verdict) for verdict in ("differs", "changed", "not_made")} == {
        "differs": [("Deals", "add_time")],
        "changed": [("Customers", "custom_fields/label"), ("Won", "sync_mode")],
        "not_made": [("Nowhere", "person_match_value")],
    }


def test_the_default_match_fields_are_the_destinations(moved: Moved) -> None:
    rows = moved.place.facts("connections", "match", moved.report[-1]["connection"])
    assert [row["field"] for row in rows] == [OUR_ID, "name", "id"]


def test_all_events_are_delivered(moved: Moved) -> None:
    assert moved.place.states() == ["delivered"] * len(EVENTS)


def test_the_person_has_the_id_by_which_it_is_matched(moved: Moved) -> None:
    person = moved.only("persons")
    assert person["name"] == "Ada Lind"
    assert person["custom_fields"][OUR_ID] == "u-1"


def test_the_organization_is_there(moved: Moved) -> None:
    assert moved.only("organizations")["name"] == "Lind Ltd"


def test_the_deal_is_linked_and_won(moved: Moved) -> None:
    deal, person = moved.only("deals"), moved.only("persons")
    assert (deal["title"], deal["value"], deal["status"]) == ("Machines", 1200, "won")
    assert deal["person_id"] == person["id"]
    assert deal["org_id"] == moved.only("organizations")["id"]


def test_the_lead_is_the_persons(moved: Moved) -> None:
    lead = moved.only("leads")
    assert (lead["title"], lead["person_id"]) == ("Demo for Lind", moved.only("persons")["id"])


def test_the_activity_is_the_persons(moved: Moved) -> None:
    activity = moved.only("activities")
    assert (activity["subject"], activity["due_date"]) == ("Talk", "2026-12-01")


def test_the_note_is_the_persons(moved: Moved) -> None:
    note = moved.only("notes")
    assert (note["content"], note["person_id"]) == (
        "<b>Good</b> coffee",
        moved.only("persons")["id"],
    )


def test_the_lists_that_the_import_read_are_not_asked_for_again(moved: Moved) -> None:
    asked = [call.path for call in moved.place.pipedrive.calls if "personFields" in call.path]
    assert len(asked) == 1


PERSON_TOML = """
name = "Newsletter readers"
action = "upsert_person"
trigger = 'type = "track" and event = "Subscribed"'

[fields]
match_field = "email"
match_value = { "@path" = "$.properties.address" }
name = { "@path" = "$.properties.name" }
"""


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A Mapping of a file and presets, on a Connection that had none; then events for them."""
    with place(tmp_path_factory.mktemp("hub"), FIELDS) as here:
        here.run("connect", *here.account(), "--name", "acme", "--no-presets")
        file = here.data / "readers.toml"
        file.write_text(PERSON_TOML)
        here.run("mappings", "add", str(file), "--enable")
        here.run("mappings", "presets", "upsert_organization", "upsert_note", "--enable")
        here.run("connections", "on", "acme")
        events = [
            track("Subscribed", address="ada@lind.example", name="Ada Lind"),
            GROUP,
            {**track("Note Upserted", content="Likes tea"), "context": {"groupId": "g-1"}},
            IDENTIFY,
        ]
        here.send(events, deliveries=3)
        yield here


def test_a_mapping_of_a_file_writes_its_record(by_hand: Place) -> None:
    (person,) = by_hand.pipedrive.records("persons")
    assert (person["name"], person["emails"][0]["value"]) == ("Ada Lind", "ada@lind.example")


def test_presets_write_theirs(by_hand: Place) -> None:
    (organization,) = by_hand.pipedrive.records("organizations")
    (note,) = by_hand.pipedrive.records("notes")
    assert (organization["name"], note["org_id"]) == ("Lind Ltd", organization["id"])


def test_an_event_that_no_mapping_asks_for_makes_nothing(by_hand: Place) -> None:
    assert by_hand.states() == ["delivered"] * 3
