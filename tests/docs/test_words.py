"""The pages and the code use the same words."""

from pathlib import Path

import pytest

from dealwright.core.delivery import State

NOUNS = (
    "Connection",
    "Source",
    "Event",
    "Mapping",
    "Trigger",
    "Action",
    "Identifier",
    "Match",
    "Plan",
    "Change",
    "Link",
    "Delivery",
    "Attempt",
    "Trace",
    "Meeting",
    "Card",
    "Section",
    "FieldType",
    "Mirror",
    "Ledger",
)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_is_in_the_glossary(root: Path, noun: str) -> None:
    assert f"**{noun}**" in (root / "docs" / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_a_delivery_is_in_the_glossary(root: Path, state: State) -> None:
    assert f"| `{state}` |" in (root / "docs" / "glossary.md").read_text(encoding="utf-8")
