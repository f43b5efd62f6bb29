"""/connections/{id}/webhook: whether Pipedrive tells the hub what people change."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from dealwright.pipeline.standing import standing
from dealwright.store.connections import connection
from dealwright.store.webhooks import webhook
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.shapes import Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Connections"])

READ = allowed(Permission.CONNECTIONS_READ)
Writing = Annotated[Act, acting(Permission.CONNECTIONS_WRITE)]


class Webhook(BaseModel):
    """How a Connection's webhook stands: on, off, waiting or failed, and what to do."""

    state: str
    code: str
    sentence: str
    address: str
    heard_at: datetime | None
    checked_at: datetime | None


@router.get("/connections/{connection_id}/webhook", dependencies=[READ])
async def connection_webhook(connection_id: Id, office: Desk) -> Webhook:
    """How it stands at this moment; asks nobody."""
    return await office.read(lambda db: _webhook(db, connection_id, office))


@router.post("/connections/{connection_id}/webhook/on")
async def switch_webhook_on(connection_id: Id, act: Writing) -> Webhook:
    """Have Pipedrive tell what changes; without being told so, the worker does it by itself."""
    return await _switched(act, connection_id, act.office.registrar.switch_on, "webhook.on")


@router.post("/connections/{connection_id}/webhook/off")
async def switch_webhook_off(connection_id: Id, act: Writing) -> Webhook:
    """Have Pipedrive tell nothing more; the hub asks for what has changed instead."""
    return await _switched(act, connection_id, act.office.registrar.switch_off, "webhook.off")


async def _switched(
    act: Act, connection_id: int, switch: Callable[[int], Awaitable[object]], action: str
) -> Webhook:
    early = await act.earlier(answer=Webhook)
    if early is not None:
        return early
    await switch(connection_id)

    def change(db: sa.Connection) -> Webhook:
        act.note(db, action, f"connection:{connection_id}")
        return _webhook(db, connection_id, act.office)

    return await act.do(change, answer=Webhook)


def _webhook(db: sa.Connection, connection_id: int, office: Office) -> Webhook:
    one, known = connection(db, connection_id), webhook(db, connection_id)
    stands = standing(db, one, public_url=office.public_url, now_ms=office.now_ms())
    return Webhook(
        state=stands.state,
        code=stands.code,
        sentence=stands.sentence,
        address=known.address if known else "",
        heard_at=moment(known.heard_at_ms if known else None),
        checked_at=moment(known.checked_at_ms if known else None),
    )
