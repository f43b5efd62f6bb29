"""Canaries: secrets that are known by name, and looked for wherever the hub writes something."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

#: Shorter ones would be found by chance.
LEAST = 8


@dataclass(slots=True)
class Canaries:
    """Secrets of the story; `keep` is the one line that another one takes."""

    known: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def keep(self, name: str, *secrets: str) -> None:
        """Look for these from now on."""
        assert secrets, f"there is no {name}"
        assert all(len(secret) >= LEAST for secret in secrets), f"{name} is too short"
        self.known.setdefault(name, set()).update(secrets)

    def seen_in(self, hay: bytes) -> list[str]:
        """The names of those that stand in some bytes, as they are or thinly disguised."""
        return sorted(
            name
            for name, secrets in self.known.items()
            if any(form in hay for secret in secrets for form in disguises(secret))
        )


def disguises(secret: str) -> Iterable[bytes]:
    """What a secret looks like: plain, in an address, in JSON, as hex, in Basic credentials."""
    plain = secret.encode()
    yield plain
    yield quote(secret, safe="").encode()
    yield plain.replace(b"/", b"\\/")
    yield plain.hex().encode()
    for shift in range(3):
        # Whatever stands before and after it, these characters of base64 are its own.
        coded = base64.b64encode(b"\0" * shift + plain)
        own = coded[(0, 2, 3)[shift] :].rstrip(b"=")
        yield own[: len(own) - (0 if (shift + len(plain)) % 3 == 0 else 1)]
        yield own[: len(own) - 1].replace(b"+", b"-").replace(b"/", b"_")
