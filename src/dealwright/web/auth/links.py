"""Links by which somebody chooses a password."""

from typing import Final
from urllib.parse import urlencode

from dealwright.core.secret import Secret

SET_UP_PATH: Final = "/auth/set-up"


def link_address(base_url: str, token: Secret, *, then: str = "") -> str:
    """The address of such a link; `then` is the page of ours that opens afterwards.

    What is behind the `#` no browser sends, and no proxy logs.
    """
    after = f"?{urlencode({'next': then})}" if then else ""
    return f"{base_url}{SET_UP_PATH}{after}#{token.reveal()}"
