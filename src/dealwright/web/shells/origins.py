"""Origins: which extensions may ask, and frame a card."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from dealwright.core.errors import DealwrightError

#: An extension, as its browser names it: 32 letters in Chrome, a UUID of the profile in Firefox.
_EXTENSION: Final = re.compile(r"(?:chrome|moz|safari-web)-extension://[0-9A-Za-z-]{1,64}")


class ForeignShell(DealwrightError):
    """A page that is no extension, or none that the operator allows."""

    code = "foreign_shell"
    status = 403


class Origins:
    """Those that the operator allows; without any, every extension that somebody pairs."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(one.strip().rstrip("/") for one in allowed if one.strip())

    def allows(self, origin: str) -> bool:
        """Whether this may be paired, and ask."""
        if _EXTENSION.fullmatch(origin) is None:
            return False
        return not self._allowed or origin in self._allowed

    def checked(self, origin: str, headers: Mapping[str, str]) -> str:
        """The origin that a shell says it has; raises ForeignShell unless its browser says so too.

        A browser cannot be made to send another `Origin`; programs that are none send none.
        """
        told = headers.get("origin", origin)
        if told != origin or not self.allows(origin):
            raise ForeignShell(
                "This page is no extension that the hub knows. Whoever runs the hub names it in "
                f"DEALWRIGHT_CARD_SHELLS: {origin[:120]}"
            )
        return origin

    def cors(self, headers: Mapping[str, str]) -> dict[str, str]:
        """What lets the page of an extension read an answer; nothing for other pages."""
        origin = headers.get("origin", "")
        if not self.allows(origin):
            return {"vary": "origin"}
        return {
            "vary": "origin",
            "access-control-allow-origin": origin,
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": "600",
        }
