"""The book of Actions: which there are. Apart from `parts`, for most commands need none."""

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.registry import discover


def actions() -> dict[str, Action]:
    """Everything that can be done in Pipedrive, by key."""
    return discover(dealwright.actions, "ACTION", Action)
