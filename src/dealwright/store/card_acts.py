"""Card acts: buttons that were pressed on cards, each done once by a Delivery of its own."""

from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.errors import NotFound
from dealwright.core.priority import Priority
from dealwright.store.card_tables import card_acts, card_keys
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.delivery_list import Delivery, delivery
from dealwright.store.events import PRUNE
from dealwright.store.notify import notify
from dealwright.store.statements import upsert
from dealwright.store.tables import deliveries

#: In place of what was filled in, once it stands in Pipedrive.
DONE = b"{}"


class NewAct(NamedTuple):
    """A button that was pressed. `body` is JSON; `lanes` as those of NewDelivery."""

    connection_id: int
    user_id: int
    user_name: str
    op: str
    nonce: str
    body: bytes
    lanes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAct:
    """An act as it is stored."""

    id: int
    connection_id: int
    user_id: int
    user_name: str
    op: str
    nonce: str
    body: bytes
    created_at_ms: int


def queue_act(db: sa.Connection, new: NewAct, *, now_ms: int) -> int:
    """Have an act done, unless one with this nonce is here; the id of its Delivery."""
    values = dict(zip(new._fields[:-1], new[:-1], strict=True))
    insert = upsert(db, card_acts).values(**values, created_at_ms=now_ms)
    made = db.scalar(insert.on_conflict_do_nothing().returning(card_acts.c.id))
    if made is None:
        return _delivery_of(db, new.nonce)
    row = NewDelivery(
        connection_id=new.connection_id,
        mapping_id=0,
        mapping_version=0,
        source_id=0,
        event_seq=0,
        # The empty lane first: an act is one Plan with nothing else.
        lanes="\n".join(filter(None, (f"\ncard:{made}", new.lanes))),
        state=State.QUEUED.value,
        code="",
        message="",
        created_at_ms=now_ms,
        priority=Priority.CARD,
        card_act_id=made,
    )
    add_deliveries(db, [row])
    notify(db, new.connection_id)
    return _delivery_of(db, new.nonce)


def act_delivery(db: sa.Connection, nonce: str) -> Delivery | None:
    """The Delivery of the act of a button; None before it is pressed, and when it is long past."""
    found = _find_delivery(db, nonce)
    return None if found is None else delivery(db, found)


def act(db: sa.Connection, act_id: int) -> CardAct:
    """One act; raises NotFound."""
    row = db.execute(sa.select(card_acts).where(card_acts.c.id == act_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no card act {act_id}.", code="no_card_act")
    return CardAct(
        id=row.id,
        connection_id=row.connection_id,
        user_id=row.user_id,
        user_name=row.user_name,
        op=row.op,
        nonce=row.nonce,
        body=row.body,
        created_at_ms=row.created_at_ms,
    )


def forget_body(db: sa.Connection, act_id: int) -> None:
    """Keep no longer what was filled in; what was done, the Delivery says."""
    db.execute(sa.update(card_acts).where(card_acts.c.id == act_id).values(body=DONE))


def delete_old(db: sa.Connection, *, before_ms: int) -> int:
    """Delete some acts of before a moment whose Deliveries are gone; says how many."""
    here = sa.exists().where(deliveries.c.card_act_id == card_acts.c.id)
    gone = sa.select(card_acts.c.id).where(card_acts.c.created_at_ms < before_ms, ~here)
    return db.execute(sa.delete(card_acts).where(card_acts.c.id.in_(gone.limit(PRUNE)))).rowcount


def put_key(db: sa.Connection, name: str, *, sealed: bytes, now_ms: int) -> None:
    """Keep a key for buttons, unless one of this name is here: another process was faster."""
    made = upsert(db, card_keys).values(name=name, sealed=sealed, created_at_ms=now_ms)
    db.execute(made.on_conflict_do_nothing())


def keys(db: sa.Connection) -> list[bytes]:
    """The keys for buttons, sealed; the newest first."""
    newest = card_keys.c.created_at_ms.desc(), card_keys.c.name.desc()
    return list(db.scalars(sa.select(card_keys.c.sealed).order_by(*newest)))


def _find_delivery(db: sa.Connection, nonce: str) -> int | None:
    mine = sa.select(card_acts.c.id).where(card_acts.c.nonce == nonce).scalar_subquery()
    return db.scalar(sa.select(deliveries.c.id).where(deliveries.c.card_act_id == mine))


def _delivery_of(db: sa.Connection, nonce: str) -> int:
    found = _find_delivery(db, nonce)
    if found is None:
        raise NotFound("What this button did is too long ago to be told.", code="no_card_act")
    return found
