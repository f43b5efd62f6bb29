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
from dealwright.store.statements import run
from dealwright.store.tables import connection_sources, connections


class ConnectionState(StrEnum):
    """Whether a Connection can be worked for; all but OK have a reason."""

    OK = "ok"
    REAUTH = "reauth"
    PAYMENT_REQUIRED = "payment_required"
    LIMITED = "limited"
    ERROR = "error"
    DISABLED = "disabled"


class Auth(StrEnum):
    """How a Connection signs in."""

    API_TOKEN = "api_token"  # noqa: S105 - a kind of token
    OAUTH = "oauth"


class Run(StrEnum):
    """When a card looks up whom an e-mail is from: at once, or after a click."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


#: Every Action, also those to come.
EVERY_ACTION = ("*",)

#: What a Connection is called that nobody named.
UNNAMED = "Pipedrive"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """A Connection to be made. `listens_to` None: every Source, later ones as well.

    `actions` are the keys of those that there are: one that is added later starts off.
    """

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
    actions: tuple[str, ...] = EVERY_ACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One Pipedrive account.

    `position` is the number of the last Event that was routed. `paused_until_ms`: nothing is sent
    before. `listens_to` None: every Source; `hears` knows. `scopes` are what the app was granted,
    empty for an API token, which may all that its user may. `signed_in`: how often a person has
    given it credentials. `shown`: on the dashboard; one is the default there. `probe_at_ms`: when
    one that cannot be used is asked again by itself, for the `probes`-th time and one.
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
    auth: Auth = Auth.API_TOKEN
    scopes: tuple[str, ...] = ()
    signed_in: int = 0
    actions: tuple[str, ...] = EVERY_ACTION
    run: Run = Run.AUTOMATIC
    shown: bool = True
    is_default: bool = False
    probe_at_ms: int | None = None
    probes: int = 0

    @property
    def in_use(self) -> bool:
        """Whether anything is delivered to it."""
        return self.delivering and self.state is ConnectionState.OK

    def hears(self, source_id: int) -> bool:
        """Whether Events of a Source are for this Connection."""
        return self.listens_to is None or source_id in self.listens_to

    def does(self, action: str) -> bool:
        """Whether an Action is enabled here."""
        return self.actions == EVERY_ACTION or action in self.actions


def create_connection(db: sa.Connection, new: NewConnection, *, now_ms: int) -> Connection:
    """Make a Connection, event delivery off. The first one is the default.

    Its name need not be unique, and an empty one becomes “Pipedrive”.
    """
    is_first = db.scalar(sa.select(sa.func.count()).select_from(connections)) == 0
    made = (
        sa.insert(connections)
        .values(
            name=new.name.strip() or UNNAMED,
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
            actions=",".join(new.actions),
            is_default=int(is_first),
        )
        .returning(connections.c.id)
    )
    connection_id = db.scalars(made).one()
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
    """One Connection, by its name where one alone has it, else by its id.

    Raises NotFound, and ConfigError (`name_ambiguous`), which lists the ids.
    """
    rows = db.execute(sa.select(connections).where(connections.c.name == name)).all()
    if not rows and name.isascii() and name.isdecimal() and len(name) < 19:
        rows = db.execute(sa.select(connections).where(connections.c.id == int(name))).all()
    if not rows:
        raise NotFound(
            f"There is no connection named {name}. `dealwright connections list` lists them."
        )
    if len(rows) > 1:
        listed = ", ".join(f"{row.id} ({row.company_name or row.base_url})" for row in rows)
        raise ConfigError(
            f"{len(rows)} connections are named {name}: say the id instead: {listed}.",
            code="name_ambiguous",
        )
    return _connection(rows[0], _heard(db, rows[0].id))


#: The condition of `Connection.in_use`.
IN_USE = (connections.c.delivering == 1) & (connections.c.state == ConnectionState.OK.value)


def is_in_use(db: sa.Connection, connection_id: int) -> bool:
    """Whether anything is delivered to a Connection at this moment."""
    return bool(run(db, _IS_IN_USE, connection_id, ConnectionState.OK.value).fetchall())


# `IN_USE` as driver SQL: every try asks.
_IS_IN_USE = "SELECT 1 FROM connections WHERE id = ? AND delivering = 1 AND state = ?"


def set_state(
    db: sa.Connection, connection_id: int, *, state: ConnectionState, reason: str = ""
) -> None:
    """Say whether a Connection can be worked for, and why not."""
    told = {"state": state.value, "state_reason": reason}
    update_connection(db, connection_id, **told, probe_at_ms=None, probes=0)


def set_delivering(
    db: sa.Connection, connection_id: int, *, on: bool, position: int | None = None
) -> None:
    """Switch event delivery; `position` is where it starts to read, None where it stopped."""
    where = {} if position is None else {"position": position}
    update_connection(db, connection_id, delivering=int(on), **where)


def set_pause(
    db: sa.Connection, connection_id: int, *, until_ms: int | None, code: str = ""
) -> None:
    """Send nothing before a moment; None ends the pause."""
    update_connection(db, connection_id, paused_until_ms=until_ms, pause_code=code)


def set_listens(db: sa.Connection, connection_id: int, *, source_ids: Sequence[int] | None) -> None:
    """Name the Sources that a Connection listens to; None is every one, later ones as well."""
    update_connection(db, connection_id, hears_all=int(source_ids is None))
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
        update_connection(db, connection_id, **changes)


def set_defaults(db: sa.Connection, connection_id: int, *, defaults: MatchDefaults) -> None:
    """Say how a Connection matches where a Mapping does not."""
    update_connection(db, connection_id, defaults=msgspec.json.encode(defaults))


def save_credentials(
    db: sa.Connection,
    connection_id: int,
    *,
    sealed: bytes,
    auth: Auth = Auth.API_TOKEN,
    scopes: Sequence[str] = (),
) -> None:
    """Keep what the Vault sealed: a person has signed in anew."""
    update_connection(
        db,
        connection_id,
        credentials=sealed,
        auth=auth.value,
        scopes=",".join(scopes),
        signed_in=connections.c.signed_in + 1,
    )


def replace_credentials(
    db: sa.Connection, connection_id: int, *, old: bytes, sealed: bytes, base_url: str
) -> bool:
    """Keep what became of credentials by themselves; False when a person has changed them."""
    was = (connections.c.id == connection_id) & (connections.c.credentials == old)
    changed = sa.update(connections).where(was).values(credentials=sealed, base_url=base_url)
    return bool(db.execute(changed).rowcount)


def wipe_credentials(db: sa.Connection, connection_id: int) -> None:
    """Forget what a Connection signed in with."""
    update_connection(
        db,
        connection_id,
        credentials=None,
        scopes="",
        signed_in=connections.c.signed_in + 1,
    )


def credentials(db: sa.Connection, connection_id: int) -> bytes:
    """What the Vault sealed; raises NotFound (`no_credentials`)."""
    chosen = sa.select(connections.c.credentials).where(connections.c.id == connection_id)
    sealed = db.scalar(chosen)
    if sealed is None:
        raise NotFound(
            f"Connection {connection_id} is signed in to no account: dealwright connections "
            f"reconnect {connection_id}.",
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


def update_connection(db: sa.Connection, connection_id: int, **values: Any) -> None:
    """Change columns of a Connection; raises NotFound. For the modules of this package."""
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
        auth=Auth(row.auth),
        scopes=_listed(row.scopes),
        signed_in=row.signed_in,
        actions=_listed(row.actions),
        run=Run(row.run),
        shown=bool(row.shown),
        is_default=bool(row.is_default),
        probe_at_ms=row.probe_at_ms,
        probes=row.probes,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)
