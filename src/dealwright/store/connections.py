"""Connections: Pipedrive accounts, their credentials, and how far each has read the log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.mapping import MatchDefaults
from dealwright.store.leases import FenceLost, check_fence
from dealwright.store.statements import upsert
from dealwright.store.tables import connection_sources, connections


class ConnectionState(StrEnum):
    """Whether a Connection can be worked for; all but OK have a reason."""

    OK = "ok"
    REAUTH = "reauth"
    PAYMENT_REQUIRED = "payment_required"
    LIMITED = "limited"
    ERROR = "error"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """A Connection to be made. `listens_to` None: every Source, later ones as well."""

    name: str
    base_url: str
    plan: str
    seats: int
    company_id: int | None = None
    company_name: str = ""
    user_id: int | None = None
    user_name: str = ""
    defaults: MatchDefaults = field(default_factory=MatchDefaults)
    listens_to: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One Pipedrive account.

    `position` is the number of the last Event that was routed. `paused_until_ms`: nothing is sent
    before. `listens_to` None: every Source; `hears` knows.
    """

    id: int
    name: str
    state: ConnectionState
    state_reason: str
    base_url: str
    company_id: int | None
    company_name: str
    user_id: int | None
    user_name: str
    plan: str
    seats: int
    delivering: bool
    position: int
    listens_to: tuple[int, ...] | None
    defaults: MatchDefaults
    paused_until_ms: int | None
    pause_code: str
    created_at_ms: int

    @property
    def in_use(self) -> bool:
        """Whether anything is delivered to it."""
        return self.delivering and self.state is ConnectionState.OK

    def hears(self, source_id: int) -> bool:
        """Whether Events of a Source are for this Connection."""
        return self.listens_to is None or source_id in self.listens_to


def create_connection(db: sa.Connection, new: NewConnection, *, now_ms: int) -> Connection:
    """Make a Connection, event delivery off; raises ConfigError (`name_taken`)."""
    made = (
        upsert(db, connections)
        .values(
            name=new.name,
            state=ConnectionState.OK.value,
            state_reason="",
            base_url=new.base_url,
            company_id=new.company_id,
            company_name=new.company_name,
            user_id=new.user_id,
            user_name=new.user_name,
            plan=new.plan,
            seats=new.seats,
            delivering=0,
            position=0,
            hears_all=1,
            defaults=msgspec.json.encode(new.defaults),
            pause_code="",
            created_at_ms=now_ms,
        )
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(connections.c.id)
    )
    connection_id = db.scalar(made)
    if connection_id is None:
        raise ConfigError(
            f"There is a connection named {new.name} already. Choose another name.",
            code="name_taken",
        )
    set_listens(db, connection_id, source_ids=new.listens_to)
    return connection(db, connection_id)


def list_connections(db: sa.Connection) -> list[Connection]:
    """Every Connection, oldest first."""
    heard: dict[int, list[int]] = {}
    listening = sa.select(connection_sources).order_by(connection_sources.c.source_id)
    for connection_id, source_id in db.execute(listening):
        heard.setdefault(connection_id, []).append(source_id)
    rows = db.execute(sa.select(connections).order_by(connections.c.id))
    return [_connection(row, heard.get(row.id, [])) for row in rows]


def connection(db: sa.Connection, connection_id: int) -> Connection:
    """One Connection; raises NotFound."""
    row = db.execute(sa.select(connections).where(connections.c.id == connection_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no connection {connection_id}.")
    return _connection(row, _heard(db, connection_id))


def connection_by_name(db: sa.Connection, name: str) -> Connection:
    """One Connection; raises NotFound."""
    row = db.execute(sa.select(connections).where(connections.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no connection named {name}. `dealwright connections` lists them.")
    return _connection(row, _heard(db, row.id))


#: The condition of `Connection.in_use`.
IN_USE = (connections.c.delivering == 1) & (connections.c.state == ConnectionState.OK.value)


def is_in_use(db: sa.Connection, connection_id: int) -> bool:
    """Whether anything is delivered to a Connection at this moment."""
    used = sa.select(connections.c.id).where(connections.c.id == connection_id, IN_USE)
    return db.scalar(used) is not None


def set_state(
    db: sa.Connection, connection_id: int, *, state: ConnectionState, reason: str = ""
) -> None:
    """Say whether a Connection can be worked for, and why not."""
    _update(db, connection_id, state=state.value, state_reason=reason)


def set_delivering(
    db: sa.Connection, connection_id: int, *, on: bool, position: int | None = None
) -> None:
    """Switch event delivery; `position` is where it starts to read, None where it stopped."""
    where = {} if position is None else {"position": position}
    _update(db, connection_id, delivering=int(on), **where)


def set_pause(
    db: sa.Connection, connection_id: int, *, until_ms: int | None, code: str = ""
) -> None:
    """Send nothing before a moment; None ends the pause."""
    _update(db, connection_id, paused_until_ms=until_ms, pause_code=code)


def set_listens(db: sa.Connection, connection_id: int, *, source_ids: Sequence[int] | None) -> None:
    """Name the Sources that a Connection listens to; None is every one, later ones as well."""
    _update(db, connection_id, hears_all=int(source_ids is None))
    mine = connection_sources.c.connection_id == connection_id
    db.execute(sa.delete(connection_sources).where(mine))
    rows = [
        {"connection_id": connection_id, "source_id": source_id}
        for source_id in dict.fromkeys(source_ids or ())
    ]
    if rows:
        db.execute(sa.insert(connection_sources), rows)


def set_plan(
    db: sa.Connection, connection_id: int, *, plan: str | None = None, seats: int | None = None
) -> None:
    """Say what the company pays for; None leaves it."""
    wished = {"plan": plan, "seats": seats}
    changes = {name: value for name, value in wished.items() if value is not None}
    if changes:
        _update(db, connection_id, **changes)


def set_defaults(db: sa.Connection, connection_id: int, *, defaults: MatchDefaults) -> None:
    """Say how a Connection matches where a Mapping does not."""
    _update(db, connection_id, defaults=msgspec.json.encode(defaults))


def save_credentials(db: sa.Connection, connection_id: int, *, sealed: bytes) -> None:
    """Keep what the Vault sealed."""
    _update(db, connection_id, credentials=sealed)


def credentials(db: sa.Connection, connection_id: int) -> bytes:
    """What the Vault sealed; raises NotFound (`no_credentials`)."""
    chosen = sa.select(connections.c.credentials).where(connections.c.id == connection_id)
    sealed = db.scalar(chosen)
    if sealed is None:
        raise NotFound(
            f"Connection {connection_id} has no token. `dealwright connect` gives it one.",
            code="no_credentials",
        )
    return bytes(sealed)


def advance(db: sa.Connection, connection_id: int, *, fence: int, old: int, new: int) -> None:
    """Move a Connection's position; raises FenceLost when somebody else did.

    In the transaction of what was made of the Events between: both are there, or neither.
    """
    check_fence(db, connection_id, fence=fence)
    at_old = (connections.c.id == connection_id) & (connections.c.position == old)
    if not db.execute(sa.update(connections).where(at_old).values(position=new)).rowcount:
        raise FenceLost(f"Connection {connection_id} is not at event {old} any more.")


def _update(db: sa.Connection, connection_id: int, **values: Any) -> None:
    changed = sa.update(connections).where(connections.c.id == connection_id).values(**values)
    if not db.execute(changed).rowcount:
        raise NotFound(f"There is no connection {connection_id}.")


def _heard(db: sa.Connection, connection_id: int) -> list[int]:
    return list(
        db.scalars(
            sa.select(connection_sources.c.source_id)
            .where(connection_sources.c.connection_id == connection_id)
            .order_by(connection_sources.c.source_id)
        )
    )


def _connection(row: Any, heard: list[int]) -> Connection:
    return Connection(
        id=row.id,
        name=row.name,
        state=ConnectionState(row.state),
        state_reason=row.state_reason,
        base_url=row.base_url,
        company_id=row.company_id,
        company_name=row.company_name,
        user_id=row.user_id,
        user_name=row.user_name,
        plan=row.plan,
        seats=row.seats,
        delivering=bool(row.delivering),
        position=row.position,
        listens_to=None if row.hears_all else tuple(heard),
        defaults=msgspec.json.decode(row.defaults, type=MatchDefaults),
        paused_until_ms=row.paused_until_ms,
        pause_code=row.pause_code,
        created_at_ms=row.created_at_ms,
    )
