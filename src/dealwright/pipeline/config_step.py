"""Step: one difference between what a file wants and what there is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa


class Sign(StrEnum):
    """What kind of difference it is; the sign that people know from other tools."""

    NEW = "+"
    CHANGE = "~"
    ONLY_HERE = "-"
    FAULT = "!"


Do = Callable[[sa.Connection, int], None]
"""Changes the store, at a moment in ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A difference: its sentence, what it costs in Pipedrive, and what makes it so in the hub.

    `do` takes the present moment in ms; it is None for what is left as it is, and for what is done
    in Pipedrive.
    """

    sign: Sign
    text: str
    tokens: int = 0
    do: Do | None = None
