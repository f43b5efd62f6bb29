"""The Vault: credentials are sealed before they reach the database."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret


class Vault:
    """Seals and opens with Fernet keys: the first seals, every one of them opens.

    Raises ConfigError (`invalid_key`) for a key that is none.
    """

    def __init__(self, keys: Sequence[Secret]) -> None:
        self._fernet = MultiFernet([_fernet(key) for key in keys])

    def seal(self, plain: bytes) -> bytes:
        """What only this Vault can open."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises ConfigError (`wrong_key`)."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise ConfigError(
                "The stored credentials were sealed with another key. Bring that key back, or "
                "run `dealwright connect` again.",
                code="wrong_key",
            ) from error


def generate_key() -> Secret:
    """A new key: 32 random bytes in URL-safe base64."""
    return Secret(Fernet.generate_key().decode())


def load_or_create_key(path: Path) -> Secret:
    """The key in a file, which is made with mode 0600 when it is missing.

    Raises ConfigError: `key_file_open` when others can read the file, `invalid_key` when there is
    no key in it.
    """
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"Others can read the key file {path}. Run: chmod 600 {path}", code="key_file_open"
        )
    key = Secret(path.read_text(encoding="ascii", errors="replace").strip())
    _fernet(key)
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two processes may start at once: a link appears whole and is made by one of them only.
    number, written = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(f"{generate_key().reveal()}\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(written)
    Path(written).unlink()


def _fernet(key: Secret) -> Fernet:
    try:
        return Fernet(key.reveal())
    except ValueError as error:
        raise ConfigError(
            "The secret key is not one: give 32 random bytes in URL-safe base64, as "
            "`Fernet.generate_key()` of the cryptography package makes them.",
            code="invalid_key",
        ) from error
