"""Who reads a card: in which language and zone, of which Connections, and whether he may write."""

from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.cards.known import Connector, Finding, Reader
from dealwright.cards.locale import choose_locale, choose_zone
from dealwright.core.clock import Clock
from dealwright.core.people import Role
from dealwright.pipeline.cardparts import OUT_OF_USE
from dealwright.store import cards as stored
from dealwright.store.connections import Connection, ConnectionState, Run, list_connections
from dealwright.store.engine import Store


class Viewer(NamedTuple):
    """Somebody who looks at cards. `key` is for whom buttons are signed: `hub 1`, `device 4`.

    `may_configure`: set up Connections, as his role may.
    """

    key: str
    user_id: int
    name: str
    may_write: bool
    role: Role = Role.MEMBER
    may_configure: bool = False


class Seat(NamedTuple):
    """A viewer as cards need him; `connections` None: all that are shown on cards."""

    reader: Reader
    connections: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Makes readers: a user's own choice, else what he asks with, else the hub's default."""

    store: Store
    clock: Clock
    locale: str
    zone: str

    async def seat(self, viewer: Viewer, *, wanted: Sequence[str], zone: str = "") -> Seat:
        """How somebody reads; `wanted` are the languages that he asks for, the best first."""

        def look(db: sa.Connection) -> stored.CardReader:
            return stored.reader(db, viewer.user_id)

        chosen = await self.store.look(look)
        # Which languages there are is seen from Babel's files.
        locale = await to_thread(choose_locale, chosen.locale, *wanted, default=self.locale)
        reader = Reader(
            now=self.clock.now(),
            locale=locale,
            zone=choose_zone(chosen.zone, zone, default=self.zone),
            may_write=viewer.may_write,
            may_configure=viewer.may_configure,
        )
        return Seat(reader=reader, connections=chosen.connections)

    async def connectors(self, connections: tuple[int, ...] | None) -> tuple[Connector, ...]:
        """The Connections of somebody, as the dashboard has them; nobody is asked."""
        there = await self.store.look(list_connections)
        mine = [one for one in there if connections is None or one.id in connections]
        return tuple(connector_of(one) for one in mine if one.shown)


def connector_of(
    one: Connection,
    *,
    state: ConnectionState | None = None,
    says: str = "",
    until: datetime | None = None,
) -> Connector:
    """A Connection as it stands without anybody's address; nobody is asked.

    `state`, `says` and `until` where more is known than what is stored.
    """
    now = state or one.state
    finding = OUT_OF_USE.get(now, Finding.MATCH)
    if now is ConnectionState.OK and one.run is Run.MANUAL:
        finding = Finding.MANUAL
    return Connector(
        id=one.id, name=one.name, finding=finding, says=says or one.state_reason, until=until
    )
