"""Does the buyer's card have all that the story led to, and was nothing spent on it?"""

from typing import Final, NamedTuple

import msgspec

from dealwright.cards.card import Card
from dealwright.cards.known import Finding
from dealwright.cli.demo.cast import BUYER
from dealwright.cli.demo.talks import MEETING_TITLE
from dealwright.pipeline.cardfound import CardAnswer

#: What must stand in which section: her deal, the meeting's note and activity, what she did.
WANTED: Final = (
    ("contact", BUYER.phone),
    ("notes", "Budget is 28,000 EUR"),
    ("deals", BUYER.deal),
    ("activities", MEETING_TITLE),
    ("meetings", MEETING_TITLE),
    ("events", "Sample Ordered"),
)


class Shown(NamedTuple):
    """A card as it is shown, and how it was come by."""

    card: Card
    answer: CardAnswer

    @property
    def cost(self) -> tuple[int, int]:
        """Tokens and calls."""
        found = self.answer.found
        return (found.tokens, found.calls) if found else (0, 0)


def faults(shown: Shown) -> list[str]:
    """What is missing or was paid for, each as a sentence; none if all is well."""
    if shown.answer.finding is not Finding.MATCH:
        return [f"{BUYER.email} was not found: {shown.answer.finding}."]
    sections = {one.key: msgspec.json.encode(one).decode() for one in shown.card.sections}
    found = [
        f"The section {key} of the card lacks “{text}”."
        for key, text in WANTED
        if text not in sections.get(key, "")
    ]
    tokens, calls = shown.cost
    if tokens or calls:
        found.append(f"The card took {tokens} tokens and {calls} calls, not 0.")
    return found
