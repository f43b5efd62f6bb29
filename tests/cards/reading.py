"""What stands on a card: its sections and rows, by key and label."""

from typing import Any

import msgspec
from tests.cards.people import EVERYTHING, reader

from dealwright.cards.card import Card, Row, Section
from dealwright.cards.contact import contact_card


def of(card: Card, key: str) -> Section:
    return next(section for section in card.sections if section.key == key)


def rows(card: Card, key: str) -> list[Row]:
    return [widget for widget in of(card, key).widgets if isinstance(widget, Row)]


def row(card: Card, key: str, label: str) -> Row:
    return next(one for one in rows(card, key) if one.label == label)


def shown(**changes: Any) -> Card:
    return contact_card(msgspec.structs.replace(EVERYTHING, **changes), reader())
