"""Badge: what a request is let in with. Behind it a token stays, or is renewed."""

import base64
from typing import NamedTuple, Protocol

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret


class Proof(NamedTuple):
    """One header, and the token within it, which may stand in no answer that is kept."""

    header: str
    value: Secret
    token: Secret


class Badge(Protocol):
    """Shown with every request of one sender."""

    async def proof(self) -> Proof:
        """What counts at present; renewed before where it is about to expire.

        Raises Unauthorized when there is none any more, and Unavailable (`sent` False).
        """
        ...

    async def after_refusal(self, refused: Proof) -> Proof | None:
        """Another proof after a 401, worth exactly one more try; None where there is none."""
        ...


class FixedBadge:
    """The same proof for ever."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof

    async def proof(self) -> Proof:
        """The one that there is."""
        return self._proof

    async def after_refusal(self, refused: Proof) -> Proof | None:
        """Nothing else to show."""
        del refused
        return None


def api_token(token: Secret) -> FixedBadge:
    """An API token: the header is the only scheme in both specifications; a query gets logged.

    Raises ConfigError (`invalid_token`).
    """
    if not is_token(token.reveal()):
        raise ConfigError(
            "That is no API token: copy it from Pipedrive's personal preferences, without spaces.",
            code="invalid_token",
        )
    return FixedBadge(Proof("x-api-token", token, token))


def bearer(access: Secret) -> Proof:
    """An access token of OAuth."""
    return Proof("Authorization", Secret(f"Bearer {access.reveal()}"), access)


def app_badge(client_id: str, secret: Secret) -> FixedBadge:
    """The app itself, by Basic authentication: to the OAuth server alone."""
    # RFC 6749 2.3.1; what Pipedrive gives out needs no escaping.
    encoded = base64.b64encode(f"{client_id}:{secret.reveal()}".encode()).decode("ascii")
    return FixedBadge(Proof("Authorization", Secret(f"Basic {encoded}"), secret))


def is_token(text: str) -> bool:
    """Whether a text may be a token, and stand in a header."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
