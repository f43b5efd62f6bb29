"""Undoing, for journeys: who edits by hand, and who has an undo done."""

from typing import Any

import msgspec
from tests.hub import Hub, Seen

from dealwright.core.clock import to_ms
from dealwright.core.correction import Selection
from dealwright.core.delivery import State, Trace
from dealwright.core.record import RecordKind
from dealwright.pipeline.undoplan import UndoPlan, plan_undo, queue_undo
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.corrections import Correction


async def preview(hub: Hub, **selection: Any) -> UndoPlan:
    """What an undo would do."""
    return await hub.store.read(lambda db: plan_undo(db, Selection(**selection)))


async def begin_undo(hub: Hub, **selection: Any) -> Correction:
    """Have an undo queued."""
    plan = await preview(hub, **selection)
    now_ms = to_ms(hub.clock.now())
    return await hub.store.write(
        lambda db: queue_undo(db, plan, made_by="ada@team.example", now_ms=now_ms)
    )


async def undo(hub: Hub, **selection: Any) -> list[Seen]:
    """Have an undo done; its Deliveries."""
    hub.advance(2)
    made = await begin_undo(hub, **selection)
    await hub.run_until_idle()
    return [seen for seen in hub.deliveries() if seen.now.correction_id == made.id]


async def undo_if_any(hub: Hub, **selection: Any) -> list[Seen]:
    """The same, where there is anything that may be undone."""
    plan = await preview(hub, **selection)
    return await undo(hub, **selection) if plan.to_do else []


def by_hand(pipedrive: Sandbox, kind: str, record_id: int, **data: Any) -> None:
    """Somebody changes a record on Pipedrive's own page."""
    done = edit(
        pipedrive, pipedrive.world.default_company, Edit(object=kind, id=record_id, data=data)
    )
    assert done.status == 200, done


def delete_by_hand(pipedrive: Sandbox, kind: str, record_id: int) -> None:
    """Somebody deletes a record on Pipedrive's own page."""
    company = pipedrive.world.default_company
    done = edit(pipedrive, company, Edit(object=kind, action="delete", id=record_id))
    assert done.status == 200, done


def standing(pipedrive: Sandbox, kind: RecordKind | str, record_id: int) -> dict[str, Any]:
    """A record as it is in Pipedrive."""
    found = pipedrive.record(str(kind), record_id)
    assert found is not None
    return found


def codes(seen: list[Seen]) -> list[str]:
    """The codes of Deliveries."""
    return [one.now.code for one in seen]


def trace(seen: list[Seen]) -> str:
    """The Traces of Deliveries, as one text."""
    steps = [
        step.text
        for one in seen
        for step in msgspec.json.decode(one.now.trace or b"{}", type=Trace).steps
    ]
    return "\n".join(steps)


def failed(hub: Hub) -> list[str]:
    """Why Deliveries have not ended well."""
    well = {State.DELIVERED, State.UNCHANGED}
    return [seen.now.message for seen in hub.deliveries() if seen.now.state not in well]
