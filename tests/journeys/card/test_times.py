"""What only a hub knows of somebody: what they do in the product, whoever asks for it."""

from tests.events import identify, track
from tests.hub import Hub
from tests.journeys.card.house import ANN, known_of

from dealwright.pipeline.card import Cards


async def test_events_that_no_mapping_asks_for_are_shown_too(hub: Hub, cards: Cards) -> None:
    await hub.send(identify("u-ann", name="Ann Lee", email=ANN), track("u-ann", "Order Placed"))
    await hub.run_until_idle()
    known = await known_of(hub, cards)

    assert [one.name for one in known.events] == ["Order Placed", "Profile updated"]


async def test_events_of_somebody_else_are_not_shown(hub: Hub, cards: Cards) -> None:
    await hub.send(identify("u-ann", name="Ann Lee", email=ANN), track("u-ann-2", "Order Placed"))
    await hub.run_until_idle()
    known = await known_of(hub, cards)

    assert [one.name for one in known.events] == ["Profile updated"]


async def test_a_user_of_that_id_at_another_source_is_somebody_else(hub: Hub, cards: Cards) -> None:
    await hub.add_source("app")
    await hub.send(identify("u-ann", name="Ann Lee", email=ANN))
    await hub.send(track("u-ann", "App Opened"), source="app")
    await hub.run_until_idle()
    known = await known_of(hub, cards)

    assert [one.name for one in known.events] == ["Profile updated"]
