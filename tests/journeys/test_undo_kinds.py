"""Undo of deals, leads, notes, organizations; of what was made; of whole replays and versions."""

from typing import Any

import pytest
from tests.events import track
from tests.hub import Hub
from tests.journeys.undoing import by_hand, codes, delete_by_hand, failed, preview, standing, undo

from dealwright.core.clock import to_ms
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.ledger import entries_since
from dealwright.store.mappings import NewMapping, create_mapping
from dealwright.store.replays import NewReplay, create_replay

LEAD = "11111111-1111-4111-8111-111111111111"
STAGE = "5" * 40
ACCOUNT = {
    "fields": {
        "deal": [
            {"name": "Worth", "type": "monetary", "code": STAGE},
        ]
    }
}
STATE = {
    "persons": [
        {"id": 7, "name": "Ada", "emails": ["ada@x.example"]},
        {"id": 8, "name": "Ben", "emails": ["ben@x.example"]},
    ],
    "organizations": [{"id": 3, "name": "Engines"}],
    "deals": [{"id": 5, "title": "Renewal", "person_id": 7, "value": 10, "currency": "EUR"}],
    "leads": [{"id": LEAD, "title": "Idea", "person_id": 7}],
    "notes": [{"id": 2, "content": "Before", "person_id": 7}],
}


@pytest.fixture(autouse=True)
def account(pipedrive: Sandbox) -> None:
    """People, an organization, a deal, a lead and a note."""
    pipedrive.put_state(ACCOUNT)
    pipedrive.put_state(STATE)


async def happen(hub: Hub, action: str, **properties: Any) -> int:
    """Have an action done of what an event says; the number of its Delivery."""
    name = f"{action} {len(hub.deliveries())}"
    new = NewMapping(
        connection_id=1,
        name=name,
        action=action,
        trigger=f'type = "track" and event = "{name}"',
        fields={key: {"@path": f"$.properties.{key}"} for key in properties},
    )
    await hub.store.write(lambda db: create_mapping(db, new, now_ms=0))
    hub.advance(2)
    await hub.send(track("u-1", name, **properties))
    await hub.run_until_idle()
    assert failed(hub) == []
    return hub.deliveries()[-1].now.id


async def test_a_deal_is_as_it_was(hub: Hub, pipedrive: Sandbox) -> None:
    values = {"value": 99, "currency": "USD", "status": "lost", "lost_reason": "Price"}
    done = await happen(
        hub, "upsert_deal", deal_match_value="5", custom_fields={"Worth": "3 EUR"}, **values
    )
    seen = await undo(hub, delivery=done)
    deal = standing(pipedrive, "deal", 5)
    assert codes(seen) == ["undone"]
    assert [deal[key] for key in ("value", "currency", "status")] == [10, "EUR", "open"]
    assert deal["custom_fields"].get(STAGE) is None


async def test_an_amount_stays_whose_currency_a_person_chose(hub: Hub, pipedrive: Sandbox) -> None:
    done = await happen(hub, "upsert_deal", deal_match_value="5", value=99, currency="USD")
    by_hand(pipedrive, "deal", 5, currency="GBP")
    seen = await undo(hub, delivery=done)
    deal = standing(pipedrive, "deal", 5)
    assert (deal["value"], deal["currency"], codes(seen)) == (99, "GBP", ["undone_in_part"])


async def test_who_joined_a_deal_leaves_and_joins_again(hub: Hub, pipedrive: Sandbox) -> None:
    done = await happen(
        hub, "upsert_deal", deal_match_value="5", participants=["ben@x.example"], title="Renewal"
    )
    first = await undo(hub, delivery=done)
    left = pipedrive.records("deal_participants")
    await undo(hub, undo=first[0].now.correction_id)
    again = [row["person_id"] for row in pipedrive.records("deal_participants")]
    assert (codes(first), left, again) == (["undone"], [], [8])


async def test_a_lead_is_as_it_was(hub: Hub, pipedrive: Sandbox) -> None:
    crm = {"Worth": "3 EUR"}
    done = await happen(
        hub, "upsert_lead", lead_id=LEAD, title="Plan", amount=7, currency="EUR", custom_fields=crm
    )
    seen = await undo(hub, delivery=done)
    (lead,) = pipedrive.records("leads")
    assert codes(seen) == ["undone"]
    assert (lead["title"], lead["value"], lead.get(STAGE)) == ("Idea", None, None)


async def test_a_note_that_people_wrote_below_loses_only_what_we_added(
    hub: Hub, pipedrive: Sandbox
) -> None:
    rules = {"content": "append"}
    done = await happen(hub, "upsert_note", note_id="2", content="Ours", write_rules=rules)
    content = standing(pipedrive, "note", 2)["content"]
    by_hand(pipedrive, "note", 2, content=f"{content}<br>Theirs")
    seen = await undo(hub, delivery=done)
    assert codes(seen) == ["undone"]
    assert standing(pipedrive, "note", 2)["content"] == "Before<br>Theirs"


async def test_a_note_that_was_made_goes_and_comes_back_anew(hub: Hub, pipedrive: Sandbox) -> None:
    done = await happen(hub, "upsert_note", content="Ours", person_match_value="7")
    first = await undo(hub, delivery=done, remove_created=True)
    gone = [note["content"] for note in pipedrive.records("notes") if not note["is_deleted"]]
    again = await undo(hub, undo=first[0].now.correction_id)
    back = [note["content"] for note in pipedrive.records("notes") if not note["is_deleted"]]
    assert (codes(first), codes(again)) == (["undone"], ["undone"])
    assert (gone, back) == (["Before"], ["Before", "Ours"])


async def test_a_deal_that_was_deleted_is_listed(hub: Hub) -> None:
    done = await happen(hub, "upsert_deal", deal_match_value="5", status="deleted")
    plan = await preview(hub, delivery=done)
    (only,) = [one for one in plan.records if one.kind is RecordKind.DEAL]
    assert "deleted_for_good" in {one.code for one in only.reversal.refused}


async def test_what_was_made_together_is_deleted_in_order(hub: Hub, pipedrive: Sandbox) -> None:
    done = await happen(
        hub,
        "upsert_deal",
        deal_match_value="D-1",
        title="New",
        person_match_value="u-9",
        person_name="Cleo",
        person_email="cleo@x.example",
        create_missing=["person"],
    )
    seen = await undo(hub, delivery=done, remove_created=True)
    assert codes(seen) == ["undone"] * len(seen)
    assert [one["is_deleted"] for one in pipedrive.records("persons")][-1:] == [True]
    assert [one["is_deleted"] for one in pipedrive.records("deals")] == [False, True]


async def test_a_person_of_ours_on_whom_a_deal_hangs_is_kept(hub: Hub, pipedrive: Sandbox) -> None:
    done = await happen(hub, "upsert_person", match_value="u-9", name="Cleo")
    person = hub.deliveries()[-1].now.record_id
    assert isinstance(person, int)
    pipedrive.put_state({"deals": [{"id": 6, "title": "Theirs", "person_id": person}]})
    seen = await undo(hub, delivery=done, remove_created=True)
    assert codes(seen) == ["undo_refused"]
    assert "1 open deals" in seen[0].now.message


async def test_a_record_that_was_deleted_since_is_left(hub: Hub, pipedrive: Sandbox) -> None:
    done = await happen(hub, "upsert_deal", deal_match_value="5", title="Other")
    delete_by_hand(pipedrive, "deal", 5)
    seen = await undo(hub, delivery=done)
    assert codes(seen) == ["undone_in_part"]
    assert "was deleted since" in seen[0].now.message


async def test_a_version_of_a_mapping_is_undone_and_another_is_not(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await happen(hub, "upsert_organization", match_value="3", name="Engines Ltd")
    await happen(hub, "upsert_deal", deal_match_value="5", title="Other")
    found = hub.deliveries()[-1].now
    await undo(hub, mapping_id=found.mapping_id, mapping_version=found.mapping_version)
    assert standing(pipedrive, "deal", 5)["title"] == "Renewal"
    assert standing(pipedrive, "organization", 3)["name"] == "Engines Ltd"


async def test_a_replay_is_undone(hub: Hub, pipedrive: Sandbox) -> None:
    await happen(hub, "upsert_deal", deal_match_value="5", title="Other")
    by_hand(pipedrive, "deal", 5, title="Mine")
    found = hub.deliveries()[-1].now
    new = NewReplay(
        connection_id=1,
        mapping_id=found.mapping_id,
        mapping_version=found.mapping_version,
        from_seq=1,
        to_seq=10,
    )
    now_ms = to_ms(hub.clock.now())
    begun = await hub.store.write(lambda db: create_replay(db, new, now_ms=now_ms))
    await hub.run_until_idle()
    assert standing(pipedrive, "deal", 5)["title"] == "Other"
    await undo(hub, replay=begun.id)
    assert standing(pipedrive, "deal", 5)["title"] == "Mine"


async def test_all_since_a_moment_is_undone(hub: Hub, pipedrive: Sandbox) -> None:
    await happen(hub, "upsert_deal", deal_match_value="5", title="First")
    hub.advance(60)
    since_ms = to_ms(hub.clock.now())
    await happen(hub, "upsert_deal", deal_match_value="5", title="Second")
    await happen(hub, "upsert_organization", match_value="3", name="Engines Ltd")
    await undo(hub, since_ms=since_ms, connection_id=1)
    assert standing(pipedrive, "deal", 5)["title"] == "First"
    assert standing(pipedrive, "organization", 3)["name"] == "Engines"


async def test_an_undo_is_urgent_and_its_calls_are_of_corrections(hub: Hub) -> None:
    done = await happen(hub, "upsert_deal", deal_match_value="5", title="Other")
    (seen,) = await undo(hub, delivery=done)
    booked = await hub.store.read(lambda db: entries_since(db, 1, day="2000-01-01"))
    spent = sum(entry.tokens for entry in booked if entry.purpose == "corrections")
    assert seen.now.priority is Priority.CARD
    assert spent == seen.now.tokens == 6
