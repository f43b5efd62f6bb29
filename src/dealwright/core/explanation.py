"""Explanation: what a state or code of a Delivery means, what to do, and who must act."""

from enum import StrEnum
from typing import NamedTuple


class Who(StrEnum):
    """Who must act; the value is how a sentence names them."""

    NOBODY = "nobody: it has ended well"
    TIME = "nobody: it goes on by itself"
    MAPPING = "whoever made the Mapping"
    CHOOSER = "a person who knows the records"
    OWNER = "whoever owns the Connection"
    OPERATOR = "whoever runs the hub"
    MAKERS = "the makers of Dealwright"


class Explanation(NamedTuple):
    """What is so (`means`), what to do ("" for nothing), and who must act.

    In `do`, ID is the number of the Delivery and NAME the name of its Connection.
    """

    who: Who
    means: str
    do: str = ""

    def advice(self, *, delivery: int | None = None, connection: str = "") -> str:
        """What to do, for one Delivery."""
        told = self.do if delivery is None else self.do.replace(" ID`", f" {delivery}`")
        return told.replace(" NAME`", f" {connection}`") if connection else told
