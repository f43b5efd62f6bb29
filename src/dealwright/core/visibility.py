"""Visibility: who sees a record, by meaning or by Pipedrive's code, as the price plan has it.

Source: openapi-v1.yaml `/leads` (visible_to). Lite and Growth have two levels, Premium and
Ultimate four; the codes mean different things there, and no endpoint tells the plan.
"""

from collections.abc import Mapping
from typing import Any, Final

from dealwright.core.action import Choice
from dealwright.core.errors import MappingError

_SMALL: Final[Mapping[str, int]] = {"1": 1, "3": 3, "owner": 1, "everyone": 3}
_LARGE: Final[Mapping[str, int]] = {
    "1": 1,
    "3": 3,
    "5": 5,
    "7": 7,
    "owner": 1,
    "group": 3,
    "group_and_subgroups": 5,
    "everyone": 7,
}
_SMALL_PLANS: Final = frozenset({"lite", "growth", "essential", "advanced", "professional"})

VISIBILITY: Final = (
    Choice(value="owner", label="The owner (Lite, Growth: and followers)"),
    Choice(value="group", label="The owner's visibility group (Premium, Ultimate)"),
    Choice(
        value="group_and_subgroups",
        label="The owner's visibility group and its sub-groups (Premium, Ultimate)",
    ),
    Choice(value="everyone", label="Everybody in the company"),
    Choice(value="1", label="Code 1: the owner"),
    Choice(value="3", label="Code 3: everybody on Lite and Growth, else the owner's group"),
    Choice(value="5", label="Code 5: the owner's group and its sub-groups"),
    Choice(value="7", label="Code 7: everybody, on Premium and Ultimate"),
)


def check_visibility(values: Mapping[str, Any], plan: str) -> None:
    """See that the price plan has the level that is wished, before anything is asked or sent.

    Raises MappingError (`invalid_value`), unless the Mapping lets the field go.
    """
    if "visible_to" in values and not {"*", "visible_to"} & set(values.get("drop_if_invalid", ())):
        visibility(values["visible_to"], plan)


def visibility(written: str, plan: str) -> int:
    """Pipedrive's code of a meaning or a code, on a price plan; "" is a plan not known.

    Raises MappingError (`invalid_value`) where the plan lacks that level.
    """
    if plan in _SMALL_PLANS:
        levels = _SMALL
    elif plan or written.isdecimal():
        levels = _LARGE
    else:
        raise MappingError(
            "visible_to: which code that is depends on the price plan, which the Connection does "
            "not say; set its plan, or use 1, 3, 5 or 7.",
            code="invalid_value",
            path="visible_to",
        )
    if written not in levels:
        raise MappingError(
            f"visible_to: the plan {plan} has no level “{written}”; use one of "
            f"{', '.join(levels)}, or set the Connection's plan if it is another.",
            code="invalid_value",
            path="visible_to",
        )
    return levels[written]
