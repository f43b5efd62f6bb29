"""What the journeys with a mirror have in common."""

from typing import Any

import sqlalchemy as sa
from tests.events import Said, identify
from tests.hub import Hub

from dealwright.core.clock import to_ms
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, EditAction, edit
from dealwright.store.webhooks import registered, save_secrets

ADA = {"name": "Ada Love", "emails": ["ada@love.example"]}
SAYS_NOTHING_NEW = identify("u-ada", name="Ada Love", email="ada@love.example")

LIST = ("GET", "/api/v2/persons")
READ = ("GET", "/api/v2/persons/1")
UPDATE = ("PATCH", "/api/v2/persons/1")
CREATE = ("POST", "/api/v2/persons")


class Calls:
    """What was asked of Pipedrive since this was made."""

    def __init__(self, pipedrive: Sandbox) -> None:
        self._pipedrive = pipedrive
        self._before = len(pipedrive.calls)

    def made(self) -> list[tuple[str, str]]:
        """Methods and paths."""
        return [(call.method, call.path) for call in self._pipedrive.calls[self._before :]]

    def tokens(self) -> int:
        """What they cost."""
        return sum(call.cost for call in self._pipedrive.calls[self._before :])


async def deliver(hub: Hub, *events: Said) -> None:
    """Have events delivered."""
    await hub.send(*events)
    await hub.run_until_idle()


async def listening(hub: Hub) -> None:
    """Have Pipedrive's webhooks reach us, and the mirror reconciled since."""
    now_ms = to_ms(hub.clock.now())

    def register(db: sa.Connection) -> None:
        save_secrets(db, 1, path_hash="p", auth_hash="a", sealed=b"")
        registered(db, 1, remote_id=1, address="https://hub.example", now_ms=now_ms)

    await hub.store.write(register)
    await hub.run_until_idle()


def people(pipedrive: Sandbox) -> list[str]:
    """The names of who is there."""
    return sorted(one["name"] for one in pipedrive.records("persons") if not one["is_deleted"])


def by_hand(
    pipedrive: Sandbox, action: EditAction, record_id: int | None = None, **data: Any
) -> None:
    """Somebody does something to a person in Pipedrive's own pages."""
    edit(
        pipedrive,
        pipedrive.world.default_company,
        Edit(object="person", action=action, id=record_id, data=data),
    )
