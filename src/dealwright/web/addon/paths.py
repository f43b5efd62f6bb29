"""Paths: where Google calls the add-on, and where its users link themselves to the hub."""

from typing import Final

PREFIX: Final = "/addon/gmail"
LINK_PATH: Final = f"{PREFIX}/link"

#: What Google calls, for all its users from the same addresses.
CALLED: Final = frozenset(
    f"{PREFIX}/{name}" for name in ("home", "open", "compose", "action", "settings")
)
