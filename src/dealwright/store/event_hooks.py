"""Sources by what they speak, and what their senders sign with."""

from collections.abc import Mapping
from enum import StrEnum

import sqlalchemy as sa

from dealwright.store.operate_tables import event_hooks
from dealwright.store.statements import upsert


class SourceKind(StrEnum):
    """What a Source speaks."""

    SEGMENT = "segment"
    STANDARD_WEBHOOKS = "standard-webhooks"
    CLOUDEVENTS = "cloudevents"


def source_kinds(db: sa.Connection) -> Mapping[int, SourceKind]:
    """What each Source speaks that does not speak Segment's API."""
    chosen = sa.select(event_hooks.c.source_id, event_hooks.c.kind)
    return {row.source_id: SourceKind(row.kind) for row in db.execute(chosen)}


def set_source_kind(
    db: sa.Connection, source_id: int, *, kind: SourceKind, sealed: bytes | None = None
) -> None:
    """Say what a Source speaks, and what it signs with as the Vault sealed it."""
    values = {"kind": kind.value, "sealed": sealed}
    row = upsert(db, event_hooks).values(source_id=source_id, **values)
    db.execute(row.on_conflict_do_update(index_elements=["source_id"], set_=values))


def sealed_secrets(db: sa.Connection, source_id: int) -> bytes | None:
    """What the senders of a Source sign with, sealed; None where they do not."""
    return db.scalar(sa.select(event_hooks.c.sealed).where(event_hooks.c.source_id == source_id))
