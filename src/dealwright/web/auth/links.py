"""Links by which somebody chooses a password."""

from typing import Final

from dealwright.core.secret import Secret

SET_UP_PATH: Final = "/auth/set-up"


def link_address(base_url: str, token: Secret) -> str:
    """The address of such a link. What is behind the `#` no browser sends, and no proxy logs."""
    return f"{base_url}{SET_UP_PATH}#{token.reveal()}"
