"""What happens in every story of OAuth."""

import sqlalchemy as sa
from tests.hub import Hub
from tests.oauth import Office

from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.parting import disconnect
from dealwright.pipeline.switch import switch_on
from dealwright.pipeline.webhooks import Registrar
from dealwright.store.connections import (
    Connection,
    connection,
    list_connections,
)
from dealwright.store.mappings import create_mapping

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0


async def delivering(hub: Hub, office: Office, *, user: int = 1) -> Connection:
    """Connect, with the presets and events on."""
    made = await office.connected(user=user)
    await delivering_now(hub)
    return made


async def delivering_now(hub: Hub) -> None:
    """Give the Connection the presets, and switch events on."""

    def set_up(db: sa.Connection) -> None:
        for mapping in hub.presets(1):
            create_mapping(db, mapping, now_ms=0)
        switch_on(db, 1, start=0)

    await hub.store.write(set_up)
    hub.take_up(1)


async def listed(hub: Hub) -> list[Connection]:
    return await hub.store.read(list_connections)


async def now(hub: Hub) -> Connection:
    return await hub.store.read(lambda db: connection(db, 1))


def people(office: Office) -> list[str]:
    return [one["name"] for one in office.sandbox.records("persons")]


def grants(office: Office) -> int:
    return len(list(office.sandbox.world.default_company.grants.values()))


async def parted(hub: Hub, office: Office) -> None:
    keyring = office.keyring()
    registrar = Registrar(
        store=hub.store,
        vault=office.vault,
        dial=dialler(keyring),
        clock=hub.clock,
        public_url="https://hub.example",
    )
    await registrar.check_due()
    assert len(list(office.sandbox.world.default_company.webhooks.values())) == 1
    told = await disconnect(keyring, registrar, 1)
    assert told.left_behind == ()
