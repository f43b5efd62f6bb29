"""A match field of a Mapping wins over the Connection's; without it that one is taken."""

from typing import Any

import pytest

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind
from dealwright.core.registry import discover

ACTIONS = discover(dealwright.actions, "ACTION", Action)
OURS, THEIRS = "a1" * 20, "b2" * 20
DEFAULTS = MatchDefaults(
    match_fields=dict.fromkeys(
        (RecordKind.PERSON, RecordKind.ORGANIZATION, RecordKind.DEAL), THEIRS
    )
)
#: The match fields that Segment's actions have, each with its value beside it.
SEGMENTS = {
    "upsert_person": ("match",),
    "upsert_organization": ("match",),
    "upsert_deal": ("deal_match", "person_match", "organization_match"),
    "upsert_lead": ("person_match", "organization_match"),
    "upsert_activity": ("person_match", "organization_match", "deal_match"),
    "upsert_note": ("person_match", "organization_match", "deal_match"),
}
PAIRS = [(action, prefix) for action, prefixes in SEGMENTS.items() for prefix in prefixes]


def looked_up(action: str, values: dict[str, Any]) -> list[str]:
    references = ACTIONS[action].references(values, DEFAULTS)
    return [key.field for reference in references for key in reference.keys]


@pytest.mark.parametrize(("action", "prefix"), PAIRS)
def test_the_mappings_match_field_wins(action: str, prefix: str) -> None:
    assert looked_up(action, {f"{prefix}_field": OURS, f"{prefix}_value": "x-1"}) == [OURS]


@pytest.mark.parametrize(("action", "prefix"), PAIRS)
def test_without_one_the_connections_is_taken(action: str, prefix: str) -> None:
    assert looked_up(action, {f"{prefix}_value": "x-1"}) == [THEIRS]
