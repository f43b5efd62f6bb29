"""Driftwords: what it means that a Delivery waits for the mend of a drift."""

from typing import Final

from dealwright.core.explanation import Explanation, Who

DRIFTING: Final[dict[str, Explanation]] = {
    "drift": Explanation(
        Who.MAPPING,
        "Something that the Mapping names was renamed or deleted in Pipedrive since.",
        "Accept the proposed mend: `dealwright drift accept ID`. Or change it in Pipedrive, or the "
        "Mapping: then it goes on by itself.",
    ),
}
