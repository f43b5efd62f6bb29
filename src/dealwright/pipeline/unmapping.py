"""Unmapping: a Mapping is deleted, with what it has not done yet."""

import sqlalchemy as sa

from dealwright.store.delivery_list import drop_of_mapping
from dealwright.store.mappings import delete_mapping, mapping
from dealwright.store.replays import cancel_replays


def unmap(db: sa.Connection, mapping_id: int, *, now_ms: int) -> int:
    """Delete a Mapping, cancel its Replays and drop its Deliveries; says how many those were.

    What is being sent at this moment is still ended, and what may have made a record is settled;
    its history and its versions stay. Raises NotFound.
    """
    found = mapping(db, mapping_id)
    cancel_replays(db, mapping_id, now_ms=now_ms)
    delete_mapping(db, mapping_id, now_ms=now_ms)
    return drop_of_mapping(
        db,
        found.connection_id,
        mapping_id=mapping_id,
        message=f"Its Mapping, {found.name}, was deleted.",
        now_ms=now_ms,
    )
