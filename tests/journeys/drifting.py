"""What drift journeys share: a hub whose Mappings name things, and a person who changes them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from tests.hub import TOKEN, Hub

from dealwright.core.clock import to_ms
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.pipeline.drift import Noticed, notice
from dealwright.pipeline.driftmend import let_be, mend
from dealwright.sandbox.app import Sandbox
from dealwright.store.drift import Drift, DriftState, list_drifts
from dealwright.store.mappings import NewMapping

PLAN, TIER = "a" * 40, "b" * 40
FIELDS = {
    "person": [
        {"name": "Plan", "type": "enum", "code": PLAN, "labels": ["Trial", "Gold"]},
    ]
}
SAM = Principal(kind=PrincipalKind.USER, id=7, name="Sam", role=Role.MEMBER)


def persons(connection_id: int, **more: Any) -> list[NewMapping]:
    """A Mapping that names a field and an option."""
    fields: Mapping[str, Any] = {
        "match_value": {"@path": "$.userId"},
        "name": {"@path": "$.traits.name"},
        "custom_fields": {"Plan": "Gold"},
        **more,
    }
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields=fields,
        )
    ]


def edits(pipedrive: Sandbox, method: str, path: str, body: Any = None) -> Any:
    """A person does something in Pipedrive's own pages."""
    who = pipedrive.world.admit(TOKEN)
    assert who is not None
    answer = pipedrive.act(who, method, path, body=msgspec.json.encode(body) if body else b"")
    assert answer.status < 300, answer.body
    return msgspec.json.decode(answer.body)


async def noticed(hub: Hub) -> Noticed:
    """Compare what was told."""
    now_ms = to_ms(hub.clock.now())
    return await hub.store.write(lambda db: notice(db, 1, actions=hub.actions, now_ms=now_ms))


async def drifts(hub: Hub, *states: DriftState) -> list[Drift]:
    """Drifts, newest first."""
    return await hub.store.read(lambda db: list_drifts(db, states=states))


async def accept(hub: Hub, drift_id: int, *, with_: str = "") -> Drift:
    """Sam accepts a mend."""
    now_ms = to_ms(hub.clock.now())
    return await hub.store.write(
        lambda db: mend(db, drift_id, actions=hub.actions, by=SAM, now_ms=now_ms, with_=with_)
    )


async def ignore(hub: Hub, drift_id: int) -> Drift:
    """Sam lets a drift be."""
    now_ms = to_ms(hub.clock.now())
    return await hub.store.write(lambda db: let_be(db, drift_id, by=SAM, now_ms=now_ms))
