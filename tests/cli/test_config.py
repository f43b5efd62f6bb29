"""`dealwright config`: a file, compared with the hub and its account, and made so."""

from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import Account, Dealwright

FILE = """\
version: 1
sources:
  - name: website
    write_keys: [env:WEBSITE_KEY]
  - name: billing
    kind: standard-webhooks
    secret: env:BILLING_SECRET
connections:
  - name: main
    hears: [website]
    seats: 7
    region: DE
    match: {person: email}
    external_ids: {person: Hub ID}
    budget: {reserve_percent: 30}
    mappings:
      - name: Newsletter
        action: upsert_person
        trigger: event = "Subscribed"
        priority: low
        fields:
          match_value: {"@path": $.userId}
          name: {"@path": $.properties.name}
          email: {"@path": $.properties.email}
    account:
      fields:
        - {kind: person, name: Hub ID}
        - {kind: person, name: Tier, type: enum, options: [Gold, Silver]}
      activity_types: [Demo]
"""


@pytest.fixture(autouse=True)
def connected(
    dealwright: Dealwright, account: Account, data: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A hub with one Connection, and the folder with the file."""
    monkeypatch.setenv("WEBSITE_KEY", "k" * 32)
    monkeypatch.setenv("BILLING_SECRET", f"whsec_{'c2Vj' * 12}")
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "main")
    assert ran.code == 0, ran.err
    (data.parent / "hub.yaml").write_text(FILE)
    return data.parent


def test_a_plan_names_every_difference_and_changes_nothing(dealwright: Dealwright) -> None:
    ran = dealwright("config", "plan", "hub.yaml")
    again = dealwright("config", "plan", "hub.yaml")

    assert ran.code == 2
    assert "+ source website" in ran.out
    assert "~ connection main: hears: all → website" in ran.out
    assert "+ connection main: mapping Newsletter" in ran.out
    assert "+ account of main: person field Hub ID" in ran.out
    assert "+ account of main: activity type Demo" in ran.out
    assert again.out.splitlines()[:-1] == ran.out.splitlines()[: len(again.out.splitlines()) - 1]


def test_what_only_the_hub_has_is_shown_and_stays(dealwright: Dealwright) -> None:
    dealwright("sources", "add", "old")

    planned = dealwright("config", "plan", "hub.yaml").out
    dealwright("config", "apply", "hub.yaml", "--yes")
    names = [one["name"] for one in dealwright("sources", "list", "--json").lines]
    assert ("- source old" in planned, "old" in names) == (True, True)


def test_applied_once_nothing_differs_any_more(dealwright: Dealwright) -> None:
    done = dealwright("config", "apply", "hub.yaml", "--yes")
    again = dealwright("config", "plan", "hub.yaml")

    assert (done.code, again.code) == (0, 0), done.err + again.out
    assert "Everything that the file names is so." in again.out


def test_the_account_gets_its_fields_options_and_types(dealwright: Dealwright) -> None:
    dealwright("config", "apply", "hub.yaml", "--yes")

    ran = dealwright("connections", "catalogue", "main", "--json", "--refresh")
    labels = {one.get("label") for one in ran.lines}
    assert {"Hub ID", "Tier", "Demo"} <= labels


def test_a_field_that_was_just_made_is_what_people_are_known_by(dealwright: Dealwright) -> None:
    dealwright("config", "apply", "hub.yaml", "--yes")

    exported = yaml.safe_load(dealwright("config", "export").out)
    assert exported["connections"][0]["external_ids"] == {"person": "Hub ID"}


def test_an_option_that_is_missing_is_added_alone(dealwright: Dealwright, connected: Path) -> None:
    dealwright("config", "apply", "hub.yaml", "--yes")
    file = connected / "hub.yaml"
    file.write_text(FILE.replace("[Gold, Silver]", "[Gold, Bronze]"))

    ran = dealwright("config", "plan", "hub.yaml")
    assert "person field Tier: new options Bronze" in ran.out
    assert "person field Tier: options Silver" in ran.out


def test_what_was_exported_is_what_there_is(dealwright: Dealwright) -> None:
    dealwright("config", "export", "now.yaml")

    ran = dealwright("config", "plan", "now.yaml")
    assert (ran.code, "Everything" in ran.out) == (0, True), ran.out


def test_nothing_secret_is_exported(dealwright: Dealwright) -> None:
    dealwright("config", "apply", "hub.yaml", "--yes")

    out = dealwright("config", "export").out
    assert ("k" * 32 in out, "whsec_" in out) == (False, False)


def test_a_mapping_that_is_changed_becomes_a_version(
    dealwright: Dealwright, connected: Path
) -> None:
    dealwright("config", "apply", "hub.yaml", "--yes")
    (connected / "hub.yaml").write_text(FILE.replace('"Subscribed"', '"Joined"'))

    ran = dealwright("config", "plan", "hub.yaml")
    assert "mapping Newsletter: trigger (becomes version 2)" in ran.out


def test_nothing_is_changed_unasked(dealwright: Dealwright) -> None:
    ran = dealwright("config", "apply", "hub.yaml")

    names = [one["name"] for one in dealwright("sources", "list", "--json").lines]
    assert (ran.code, "[not_confirmed]" in ran.err, names) == (1, True, [])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seats: 7", "seats: none", "line 11: connections.0.seats"),
        ("    region: DE", "    regoin: DE", "line 12: connections.0.regoin"),
        ("env:WEBSITE_KEY", "kkkkkkkk", "line 4: sources.0.write_keys.0: a secret never stands"),
        ("  - name: billing", "  - name: website", "line 5: there is another of sources"),
        ("    seats: 7", "    hears: all", "line 11: hears is there twice"),
        ("version: 1", "version: [", "line 3"),
    ],
)
def test_a_fault_is_told_with_its_line(
    dealwright: Dealwright, connected: Path, old: str, new: str, told: str
) -> None:
    (connected / "hub.yaml").write_text(FILE.replace(old, new))

    ran = dealwright("config", "plan", "hub.yaml")
    assert (ran.code, told in ran.err) == (1, True), ran.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("upsert_person", "upsert_nobody", "upsert_nobody"),
        ("name: main", "name: other", "dealwright connect --name other"),
        ("type: enum", "type: double", "has no options"),
        ("region: DE", "plan: gold", "gold"),
    ],
)
def test_what_cannot_be_is_refused_whole(
    dealwright: Dealwright, connected: Path, old: str, new: str, told: str
) -> None:
    (connected / "hub.yaml").write_text(FILE.replace(old, new))

    ran = dealwright("config", "apply", "hub.yaml", "--yes")
    names = [one["name"] for one in dealwright("sources", "list", "--json").lines]
    assert (ran.code, told in ran.out + ran.err, names) == (1, True, []), ran.out + ran.err


def test_a_reference_that_names_nothing_is_refused(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEBSITE_KEY")

    ran = dealwright("config", "plan", "hub.yaml")
    assert ("[unknown_reference]" in ran.err, "env:WEBSITE_KEY" in ran.err) == (True, True)


def test_a_field_of_another_type_stays_a_persons_affair(
    dealwright: Dealwright, connected: Path
) -> None:
    dealwright("config", "apply", "hub.yaml", "--yes")
    (connected / "hub.yaml").write_text(
        FILE.replace("{kind: person, name: Hub ID}", "{kind: person, name: Hub ID, type: double}")
    )

    ran = dealwright("config", "apply", "hub.yaml", "--yes")
    assert ("no type can be changed" in ran.out, ran.code) == (True, 1)


MEETINGS = """\
version: 1
meetings:
  - name: Zapier
    kind: generic
    secret: env:BILLING_SECRET
    connection: main
    settings: {internal_domains: [hub.example], note_per: primary_only}
"""


def test_sources_of_meetings_are_made_and_then_as_wanted(
    dealwright: Dealwright, connected: Path
) -> None:
    (connected / "hub.yaml").write_text(MEETINGS)
    applied = dealwright("config", "apply", "hub.yaml", "--yes")
    again = dealwright("config", "plan", "hub.yaml")

    assert "+ meetings Zapier of generic" in applied.out
    assert again.code == 0, again.out


def test_a_setting_of_meetings_that_differs_is_shown_and_changed(
    dealwright: Dealwright, connected: Path
) -> None:
    (connected / "hub.yaml").write_text(MEETINGS)
    dealwright("config", "apply", "hub.yaml", "--yes")
    (connected / "hub.yaml").write_text(MEETINGS.replace("primary_only", "matched_person"))
    applied = dealwright("config", "apply", "hub.yaml", "--yes")

    assert 'meetings Zapier: note_per: "primary_only" → "matched_person"' in applied.out


def test_a_new_source_of_meetings_needs_its_secret(dealwright: Dealwright, connected: Path) -> None:
    (connected / "hub.yaml").write_text(MEETINGS.replace("    secret: env:BILLING_SECRET\n", ""))
    ran = dealwright("config", "plan", "hub.yaml")

    assert ran.code == 1
    assert "meetings Zapier: it is new: name its secret." in ran.err


def test_what_is_exported_of_meetings_is_what_there_is(
    dealwright: Dealwright, connected: Path
) -> None:
    (connected / "hub.yaml").write_text(MEETINGS)
    dealwright("config", "apply", "hub.yaml", "--yes")
    dealwright("config", "export", "out.yaml")
    told = yaml.safe_load((connected / "out.yaml").read_text())

    assert told["sources"] == []
    assert told["meetings"][0]["settings"]["note_per"] == "primary_only"
    assert dealwright("config", "plan", "out.yaml").code == 0


CARD = """\
version: 1
connections:
  - name: main
    card: {sections: [deals, notes], writes_forbidden: [create]}
"""


def test_the_cards_of_a_connection_are_made_as_wanted(
    dealwright: Dealwright, connected: Path
) -> None:
    (connected / "hub.yaml").write_text(CARD)
    applied = dealwright("config", "apply", "hub.yaml", "--yes")
    dealwright("config", "export", "out.yaml")
    told = yaml.safe_load((connected / "out.yaml").read_text())["connections"][0]["card"]

    assert 'card: sections: as it is by default → ["deals","notes"]' in applied.out
    assert (told["sections"], told["writes_forbidden"]) == (["deals", "notes"], ["create"])
    assert dealwright("config", "plan", "hub.yaml").code == 0


def test_a_section_that_there_is_not_is_named(dealwright: Dealwright, connected: Path) -> None:
    (connected / "hub.yaml").write_text(CARD.replace("notes]", "horoscope]"))
    ran = dealwright("config", "plan", "hub.yaml")

    assert ran.code == 1
    assert "there is no section horoscope" in ran.err
