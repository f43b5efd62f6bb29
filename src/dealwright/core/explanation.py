"""Explanation: what a state or code of a Delivery means, what to do, and who must act."""

import re
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

    In `do`, ID is the number of the Delivery, NAME the name of its Connection, EVENT and MAPPING
    the numbers of those.
    """

    who: Who
    means: str
    do: str = ""

    def advice(
        self, *, delivery: int = 0, connection: str = "", event: int = 0, mapping: int = 0
    ) -> str:
        """What to do, for one Delivery, as far as it is said which; else with the placeholders."""
        known = {"ID": delivery, "NAME": connection, "EVENT": event, "MAPPING": mapping}
        told = self.do
        for name, value in known.items():
            # Only in commands: a sentence may have the same word.
            told = re.sub(rf" {name}(?=[` ])", f" {value}", told) if value else told
        return told
