"""The Vault: credentials are sealed before they reach the database.

A sealed value names the key that sealed it: `dw1:<key id>:<Fernet token>`. Values of before that
are a Fernet token alone, and open with whichever key fits.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret

#: How every sealed value of today begins; the number is of the form.
FORM = b"dw1:"

#: Characters of a key id: enough to tell a hub's few keys apart, and nothing to guess a key from.
_ID = 8

#: Bytes before the Fernet token.
HEAD = len(FORM) + _ID + 1


class Vault:
    """Seals and opens with Fernet keys: the first seals, every one of them opens.

    `news` tells the keys that there are now, where they have changed, else None: it is asked
    before anything is sealed, and where a value's key is not known. Raises ConfigError
    (`invalid_key`) for a key that is none.
    """

    def __init__(
        self,
        keys: Sequence[Secret],
        *,
        news: Callable[[], Sequence[Secret] | None] = lambda: None,
    ) -> None:
        self._news = news
        self._keys = _by_id(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(self._keys)

    @property
    def head(self) -> bytes:
        """How a value begins that the first key sealed."""
        return head_of(self.key_ids[0])

    def seal(self, plain: bytes) -> bytes:
        """What only this Vault can open."""
        self._look()
        key_id, fernet = next(iter(self._keys.items()))
        return head_of(key_id) + fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises ConfigError (`wrong_key`)."""
        try:
            return self._opened(sealed)
        except InvalidToken as error:
            raise ConfigError(
                "The stored credentials were sealed with another key. Bring that key back, or "
                "run `dealwright connect` again.",
                code="wrong_key",
            ) from error

    def _opened(self, sealed: bytes) -> bytes:
        key_id = sealed_by(sealed)
        if key_id and key_id not in self._keys:
            self._look()
        if not key_id:
            return self._by_any(sealed)
        if key_id not in self._keys:
            raise InvalidToken
        return self._keys[key_id].decrypt(sealed[HEAD:])

    def _by_any(self, token: bytes) -> bytes:
        for fernet in self._keys.values():
            try:
                return fernet.decrypt(token)
            except InvalidToken:
                continue
        raise InvalidToken

    def _look(self) -> None:
        found = self._news()
        if found is not None:
            self._keys = _by_id(found)


def sealed_by(sealed: bytes) -> str:
    """The id of the key that sealed a value; "" for one of before keys had ids."""
    if not sealed.startswith(FORM):
        return ""
    return sealed[len(FORM) : HEAD - 1].decode("ascii", "replace")


def head_of(key_id: str) -> bytes:
    """How a value begins that a key sealed."""
    return FORM + key_id.encode("ascii") + b":"


def key_id(key: Secret) -> str:
    """The short name of a key, which may be shown; raises ConfigError (`invalid_key`)."""
    _fernet(key)
    raw = base64.urlsafe_b64decode(key.reveal())
    return hashlib.blake2b(raw, digest_size=_ID // 2, person=b"dealwright key").hexdigest()


def generate_key() -> Secret:
    """A new key: 32 random bytes in URL-safe base64."""
    return Secret(Fernet.generate_key().decode())


def _by_id(keys: Sequence[Secret]) -> dict[str, Fernet]:
    return {key_id(key): _fernet(key) for key in keys}


def _fernet(key: Secret) -> Fernet:
    try:
        return Fernet(key.reveal())
    except ValueError as error:
        raise ConfigError(
            "The secret key is not one: give 32 random bytes in URL-safe base64, as "
            "`dealwright secrets new` prints them.",
            code="invalid_key",
        ) from error
