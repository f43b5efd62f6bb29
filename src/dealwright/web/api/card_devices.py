"""/card/devices: browsers and mail programs that show cards; they are paired at /pair."""

from datetime import datetime
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from dealwright.core.clock import from_ms
from dealwright.core.errors import NotFound
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.store import card_devices
from dealwright.store.card_devices import Device
from dealwright.web.api.act import Act, Desk, acting
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import Id, moment
from dealwright.web.auth.permissions import Permission, require

router = APIRouter(tags=["Cards"])

_NOBODY: Final = 0

Reading = Annotated[Principal, Depends(require(Permission.ACCOUNT))]
Acting = Annotated[Act, acting(Permission.ACCOUNT)]


class CardDevice(BaseModel):
    """A browser or mail program that shows cards for `user_id`. Use is noted by the minute.

    `origin` is that of its extension, the only page that may frame its cards.
    """

    id: int
    user_id: int
    label: str
    origin: str
    may_write: bool
    created_at: datetime
    seen_at: datetime | None


@router.get("/card/devices")
async def list_card_devices(office: Desk, who: Reading) -> Page[CardDevice]:
    """One's own devices, oldest first; an admin sees everybody's."""
    whose = _whose(who)
    found = await office.read(lambda db: card_devices.devices(db, user_id=whose))
    return Page(items=[_shown(one) for one in found])


@router.delete("/card/devices/{device_id}")
async def revoke_card_device(device_id: Id, act: Acting) -> CardDevice:
    """Revoke a device of one's own, or as an admin anybody's: it shows no more cards, at once."""
    whose = _whose(act.who)

    def change(db: sa.Connection) -> CardDevice:
        gone = card_devices.revoke_device(db, device_id, user_id=whose)
        if gone is None:
            raise NotFound(f"There is no device {device_id} of yours.")
        shown = _shown(gone)
        act.note(db, "card_device.revoke", f"card_device:{device_id}", before=shown)
        return shown

    return await act.do(change, answer=CardDevice)


def _whose(who: Principal) -> int | None:
    """Whose devices somebody may see; None: everybody's."""
    if who.role.covers(Role.ADMIN):
        return None
    # A key is nobody's, so that it has no devices of its own.
    return who.id if who.kind is PrincipalKind.USER else _NOBODY


def _shown(found: Device) -> CardDevice:
    return CardDevice(
        id=found.id,
        user_id=found.user_id,
        label=found.label,
        origin=found.origin,
        may_write=found.may_write,
        created_at=from_ms(found.created_at_ms),
        seen_at=moment(found.seen_at_ms),
    )
