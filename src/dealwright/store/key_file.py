"""The key file: one key a line, the first one seals; readable by its owner alone."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.store.secrets import generate_key, key_id

_log = structlog.get_logger("dealwright.secrets")


class KeyFile:
    """Reads and changes a key file, and notices when somebody else has changed it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._read_as: object = None

    def read(self) -> list[Secret]:
        """The keys, the one that seals first.

        Raises ConfigError: `key_file_open` when others can read or replace the file,
        `key_file_missing`, and `invalid_key` when there is no key in it.
        """
        try:
            as_it_is = _identity(self.path)
            _check_private(self.path)
            text = self.path.read_text(encoding="ascii", errors="replace")
        except OSError as error:
            raise ConfigError(
                f"The key file {self.path} cannot be read ({error.strerror}).",
                code="key_file_missing",
            ) from error
        keys = [Secret(key) for key in text.replace(",", " ").split()] or [Secret("")]
        for key in keys:
            key_id(key)
        self._read_as = as_it_is
        return keys

    def news(self) -> Sequence[Secret] | None:
        """The keys, where the file is not the one that was read last; else None.

        A file that is gone or broken is no news: a hub that runs goes on with what it knows.
        """
        try:
            if _identity(self.path) == self._read_as:
                return None
            keys = self.read()
        except (OSError, ConfigError) as error:
            _log.warning("key_file.not_read", reason=str(error))
            return None
        _log.info("key_file.read", keys=[key_id(key) for key in keys])
        return keys

    def create(self) -> None:
        """Make the file with a new key where there is none."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = _written(self.path.parent, [generate_key()])
        # Two processes may start at once: a link appears whole and is made by one of them only.
        with suppress(FileExistsError):
            self.path.hardlink_to(written)
        written.unlink()

    def put_first(self, key: Secret) -> None:
        """Put a key before the others; raises ConfigError (`key_file_not_written`)."""
        self._change(lambda keys: [key, *keys])

    def drop(self, key_ids: Collection[str]) -> None:
        """Take keys out, but never the first; raises ConfigError (`key_file_not_written`)."""
        self._change(lambda keys: [keys[0], *(k for k in keys[1:] if key_id(k) not in key_ids)])

    def _change(self, change: Callable[[list[Secret]], list[Secret]]) -> None:
        path = self.path.resolve()
        try:
            with _alone_in(path.parent):
                written = _written(path.parent, change(self.read()))
                try:
                    owner = path.stat()
                    if owner.st_uid != os.geteuid():
                        os.chown(written, owner.st_uid, owner.st_gid)
                    written.replace(path)
                finally:
                    written.unlink(missing_ok=True)
                _sync(path.parent)
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written ({error.strerror}). Change its lines yourself: the "
                "first key seals, all of them open. `dealwright secrets new` prints a key.",
                code="key_file_not_written",
            ) from error


def load_or_create_key(path: Path) -> Secret:
    """The key that seals, of a file that is made with mode 0600 when it is missing."""
    return own_key_file(path).read()[0]


def own_key_file(path: Path) -> KeyFile:
    """The hub's own key file, made at the first start."""
    file = KeyFile(path)
    if not file.path.exists():
        file.create()
    return file


def _check_private(path: Path) -> None:
    found = path.stat()
    if found.st_mode & 0o077:
        raise ConfigError(
            f"Others can read the key file {path}. Run: chmod 600 {path}", code="key_file_open"
        )
    # Root may use anybody's file; for others, whoever owns it could put another key there.
    if os.geteuid() not in {0, found.st_uid} and found.st_uid != 0:
        raise ConfigError(
            f"The key file {path} belongs to somebody else. Give it to the user that the hub runs "
            "as.",
            code="key_file_open",
        )
    folder = path.parent.stat().st_mode
    if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
        raise ConfigError(
            f"Everybody can replace the key file {path}. Run: chmod o-w {path.parent}",
            code="key_file_open",
        )


def _identity(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _written(folder: Path, keys: Sequence[Secret]) -> Path:
    number, written = tempfile.mkstemp(dir=folder)
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.writelines(f"{key.reveal()}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    return Path(written)


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Keep other processes from changing the same file: a key that one of them put is not lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
