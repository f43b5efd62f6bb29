"""What a button of a card did is taken back as everything else is."""

from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from tests.clock import ManualClock
from tests.hub import Hub, open_hub
from tests.journeys.undoing import by_hand, codes, standing, undo

from dealwright.core.cardact import CardAct
from dealwright.core.clock import to_ms
from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.card_acts import NewAct, queue_act


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub, and an account with one open deal."""
    pipedrive.put_state(
        {
            "persons": [{"id": 1, "name": "Ada"}],
            "deals": [{"id": 1, "title": "Engine", "person_id": 1}],
        }
    )
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive)
        yield hub


async def press(hub: Hub, act: CardAct) -> int:
    """Press a button, and have it done; its Delivery."""
    new = NewAct(1, 1, "Sam", act.op, f"nonce-{act.op}", msgspec.json.encode(act), "")
    now_ms = to_ms(hub.clock.now())
    number = await hub.store.write(lambda db: queue_act(db, new, now_ms=now_ms))
    await hub.run_until_idle()
    return number


async def test_a_deal_that_was_won_by_a_button_is_open_again(hub: Hub, pipedrive: Sandbox) -> None:
    await press(hub, CardAct(op="deal_won", kind="deal", record="1"))
    before = standing(pipedrive, RecordKind.DEAL, 1)["status"]
    seen = await undo(hub, card_act=1)
    assert codes(seen) == ["undone"]
    assert (before, standing(pipedrive, RecordKind.DEAL, 1)["status"]) == ("won", "open")


async def test_what_a_person_decided_after_the_button_stays(hub: Hub, pipedrive: Sandbox) -> None:
    await press(hub, CardAct(op="deal_won", kind="deal", record="1"))
    by_hand(pipedrive, "deal", 1, status="lost", lost_reason="Too dear")
    seen = await undo(hub, card_act=1)
    assert codes(seen) == ["undo_refused"]
    assert standing(pipedrive, RecordKind.DEAL, 1)["status"] == "lost"


async def test_a_note_of_a_button_is_deleted_on_wish(hub: Hub, pipedrive: Sandbox) -> None:
    fields = {"text": ("Wants a demo",)}
    act = CardAct(op="note_create", kind="person", record="1", fields=fields)
    number = await press(hub, act)
    before = [one["is_deleted"] for one in pipedrive.records("notes")]
    seen = await undo(hub, delivery=number, remove_created=True)
    assert codes(seen) == ["undone"]
    assert (before, [one["is_deleted"] for one in pipedrive.records("notes")]) == ([False], [True])
