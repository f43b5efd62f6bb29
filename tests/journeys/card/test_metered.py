"""What a card took is counted: how soon, of what, for how many tokens."""

from prometheus_client import generate_latest
from tests.hub import Hub
from tests.journeys.card.house import ANN, definitions_cached, look

from dealwright.pipeline.card import Cards


def counted(cards: Cards) -> set[str]:
    """The lines of `/metrics` that cards have written."""
    return set(generate_latest(cards.meter.registry).decode().splitlines())


async def test_a_card_that_is_asked_for_and_shown_again_is_paid_once(
    hub: Hub, cards: Cards
) -> None:
    await definitions_cached(hub, cards)
    before = counted(cards)
    await look(hub, cards)
    await look(hub, cards)
    (spent,) = [line for line in before if line.startswith("dealwright_card_tokens_total")]
    tokens = float(spent.rpartition(" ")[2]) + 62

    assert counted(cards) >= {
        f'dealwright_card_tokens_total{{connection="1"}} {tokens}',
        'dealwright_card_looks_total{connection="1",source="kept"} 1.0',
        'dealwright_card_duration_seconds_count{connection="1",finding="match"} 2.0',
    }


async def test_no_address_is_in_the_figures(hub: Hub, cards: Cards) -> None:
    await look(hub, cards)

    assert ANN not in str(counted(cards))
