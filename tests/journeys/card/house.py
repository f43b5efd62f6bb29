"""What the journeys with cards have in common."""

from typing import Any

from tests.clock import ManualClock
from tests.hub import Hub

from dealwright.cards.known import Known
from dealwright.core.record import RecordKind
from dealwright.pipeline.card import AT_ONCE, Cards
from dealwright.pipeline.cardfound import Ask, CardAnswer
from dealwright.pipeline.cardpace import CardPace
from dealwright.sandbox.app import Sandbox

ANN = "ann@acme.example"

#: Everything that a card shows is mirrored.
ALL = (
    RecordKind.PERSON,
    RecordKind.ORGANIZATION,
    RecordKind.DEAL,
    RecordKind.ACTIVITY,
    RecordKind.NOTE,
)

#: Seconds that a call may take in tests that wait for one.
SHORT = CardPace(whole_s=0.4, call_s=0.3, lag_s=0.05)

SEARCH = ("GET", "/api/v2/persons/search")
PERSON = ("GET", "/api/v2/persons/1")
ORGANIZATION = ("GET", "/api/v2/organizations/1")
DEALS = ("GET", "/api/v2/deals")
ACTIVITIES = ("GET", "/api/v2/activities")
NOTES = ("GET", "/api/v1/notes")

ACCOUNT: dict[str, Any] = {
    "organizations": [{"name": "Acme"}],
    "persons": [{"name": "Ann Lee", "emails": [ANN], "org_id": 1}, {"name": "Bo Ek"}],
    "deals": [{"title": "Pilot", "person_id": 1, "org_id": 1, "value": 100, "currency": "EUR"}],
    "activities": [
        {
            "subject": "Call Ann",
            "type": "call",
            "due_date": "2026-12-01",
            "person_id": 1,
        },
        {
            "subject": "Lunch with Bo and Ann",
            "type": "lunch",
            "due_date": "2026-12-02",
            "person_id": 2,
            "participants": [
                {"person_id": 2, "primary": True},
                {"person_id": 1, "primary": False},
            ],
        },
    ],
    "notes": [
        {"content": "Likes tea", "person_id": 1},
        {"content": "Of the deal", "deal_id": 1},
    ],
}


def cards_of(hub: Hub, clock: ManualClock, pace: CardPace | None = None) -> Cards:
    """The cards of a process that serves people."""
    return Cards(hub.store, clock, dial=hub.dial, base_url="https://hub.example", pace=pace)


async def look(hub: Hub, cards: Cards, address: str = ANN, ask: Ask = AT_ONCE) -> CardAnswer:
    """Somebody's card, as soon as the window of those who serve people lets it."""
    return await hub.pumped(cards.of(address, ask=ask))


async def known_of(hub: Hub, cards: Cards, ask: Ask = AT_ONCE) -> Known:
    """What is known of Ann."""
    known = (await look(hub, cards, ask=ask)).known
    assert known is not None
    return known


async def definitions_cached(hub: Hub, cards: Cards) -> None:
    """Have somebody's card shown a while before, so that the account's lists are known."""
    await look(hub, cards, "nobody@else.example")
    hub.advance(10)


def fail(pipedrive: Sandbox, path: str, status: int, **more: Any) -> None:
    """Have a call refused from now on."""
    pipedrive.add_fault(method="GET", path=path, status=status, **more)
