"""Stores with this version's tables: copies of one that was migrated once in this process."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from tests.postgres import PostgresServer

from dealwright.store.engine import Store
from dealwright.store.migrate import migrate


def fresh_file(path: Path) -> Path:
    """Make a migrated SQLite file that nobody has used yet, for its owner's eyes only."""
    path.write_bytes(_migrated_file())
    path.chmod(0o600)
    return path


def fresh_store(folder: Path) -> Store:
    """Open a Store on such a file, in a folder of a test's own; one that is there stays."""
    path = folder / "dealwright.db"
    return Store.open(f"sqlite:///{path if path.exists() else fresh_file(path)}")


@cache
def migrated_database(server: PostgresServer) -> str:
    """The name of a migrated database of a server, for `server.database(template=…)`."""
    url = server.database()
    store = Store.open(url)
    migrate(store)
    store.close()
    return str(sa.make_url(url).database)


def fresh_database(server: PostgresServer) -> str:
    """Make a migrated PostgreSQL database that nobody has used yet; its URL."""
    return server.database(template=migrated_database(server))


@cache
def _migrated_file() -> bytes:
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/dealwright.db")
        migrate(store)
        store.close()
        return Path(folder, "dealwright.db").read_bytes()
