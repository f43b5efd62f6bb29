"""The card as plain JSON: the model itself, rich text with its words beside it."""

from typing import Any

import msgspec

from dealwright.cards.card import Card


def render(card: Card) -> dict[str, Any]:
    """The card as JSON; buttons' ops are named, not signed: the API has its own ways to write."""
    made: dict[str, Any] = msgspec.to_builtins(card)
    return made
