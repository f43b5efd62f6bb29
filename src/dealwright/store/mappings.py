"""Mappings and every version of them: a Delivery is done again as it was first meant."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.mapping import MAX_MAPPINGS, Mapping
from dealwright.core.priority import Priority
from dealwright.store.tables import IS_OPEN, deliveries, mapping_versions, mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMapping:
    """A Mapping to be made; `fields` are directives by field key."""

    connection_id: int
    name: str
    action: str
    trigger: str
    fields: AbstractMapping[str, Any]
    enabled: bool = True


_columns = (
    sa.select(
        mappings.c.id,
        mappings.c.connection_id,
        mapping_versions.c.version,
        mappings.c.name,
        mappings.c.action,
        mapping_versions.c.trigger,
        mapping_versions.c.fields,
        mappings.c.enabled,
        mappings.c.priority,
    )
    .join_from(mappings, mapping_versions, mapping_versions.c.mapping_id == mappings.c.id)
    .order_by(mappings.c.id)
)
_is_there = mappings.c.deleted_at_ms.is_(None)
_is_current = (mapping_versions.c.version == mappings.c.version) & _is_there


def create_mapping(db: sa.Connection, new: NewMapping, *, now_ms: int) -> Mapping:
    """Make a Mapping, version 1; raises ConfigError (`too_many_mappings`)."""
    mine = sa.select(sa.func.count()).where(
        mappings.c.connection_id == new.connection_id, _is_there
    )
    if (db.scalar(mine) or 0) >= MAX_MAPPINGS:
        raise ConfigError(
            f"A connection has at most {MAX_MAPPINGS} mappings. Merge or delete some first.",
            code="too_many_mappings",
        )
    made = sa.insert(mappings).values(
        connection_id=new.connection_id,
        name=new.name,
        action=new.action,
        version=1,
        enabled=int(new.enabled),
        created_at_ms=now_ms,
    )
    mapping_id = db.execute(made.returning(mappings.c.id)).scalar_one()
    _add_version(db, mapping_id, 1, new.trigger, new.fields, now_ms)
    return mapping(db, mapping_id)


def list_mappings(db: sa.Connection, connection_id: int) -> list[Mapping]:
    """The Mappings of a Connection as they are now, oldest first."""
    mine = mappings.c.connection_id == connection_id
    return [_mapping(row) for row in db.execute(_columns.where(_is_current, mine))]


def enabled_mappings(db: sa.Connection, connection_id: int) -> list[Mapping]:
    """Those of them that Events are routed to."""
    return [found for found in list_mappings(db, connection_id) if found.enabled]


def mapping(db: sa.Connection, mapping_id: int, *, version: int | None = None) -> Mapping:
    """One Mapping as it is now, or as it was in a version; raises NotFound.

    Of one that was deleted the versions are still there, for what was done by them.
    """
    which = _is_current if version is None else mapping_versions.c.version == version
    row = db.execute(_columns.where(mappings.c.id == mapping_id, which)).one_or_none()
    if row is None:
        at = "" if version is None else f" in version {version}"
        raise NotFound(f"There is no mapping {mapping_id}{at}.")
    return _mapping(row)


def list_versions(db: sa.Connection, mapping_id: int) -> list[Mapping]:
    """A Mapping in every version, newest first; raises NotFound."""
    mapping(db, mapping_id)
    chosen = _columns.where(mappings.c.id == mapping_id)
    newest = chosen.order_by(None).order_by(mapping_versions.c.version.desc())
    return [_mapping(row) for row in db.execute(newest)]


def rename_mapping(db: sa.Connection, mapping_id: int, *, name: str) -> None:
    """Call a Mapping so, whatever its version; raises NotFound."""
    _update(db, mapping_id, name=name)


def delete_mapping(db: sa.Connection, mapping_id: int, *, now_ms: int) -> None:
    """Let a Mapping be gone; what was done by it stays. Raises NotFound.

    Its Deliveries and Replays are the caller's to end.
    """
    _update(db, mapping_id, enabled=0, deleted_at_ms=now_ms)


def set_enabled(db: sa.Connection, mapping_id: int, *, enabled: bool) -> None:
    """Route Events to a Mapping, or stop; raises NotFound."""
    _update(db, mapping_id, enabled=int(enabled))


def set_priority(db: sa.Connection, mapping_id: int, *, priority: Priority) -> None:
    """Say how urgent a Mapping is, also for what it has queued; raises NotFound.

    What a replay has queued stays behind everything else.
    """
    _update(db, mapping_id, priority=int(priority))
    of_it = (deliveries.c.mapping_id == mapping_id) & IS_OPEN
    queued = sa.update(deliveries).where(of_it, deliveries.c.priority != int(Priority.BACKFILL))
    db.execute(queued.values(priority=int(priority)))


def new_version(
    db: sa.Connection,
    mapping_id: int,
    *,
    trigger: str,
    fields: AbstractMapping[str, Any],
    now_ms: int,
) -> Mapping:
    """Change what a Mapping does from now on; raises NotFound."""
    changed = (
        sa.update(mappings)
        .where(mappings.c.id == mapping_id, _is_there)
        .values(version=mappings.c.version + 1)
        .returning(mappings.c.version)
    )
    version = db.scalar(changed)
    if version is None:
        raise NotFound(f"There is no mapping {mapping_id}.")
    _add_version(db, mapping_id, version, trigger, fields, now_ms)
    return mapping(db, mapping_id)


def _update(db: sa.Connection, mapping_id: int, **values: Any) -> None:
    changed = sa.update(mappings).where(mappings.c.id == mapping_id, _is_there).values(**values)
    if not db.execute(changed).rowcount:
        raise NotFound(f"There is no mapping {mapping_id}.")


def _add_version(  # noqa: PLR0917 - private, one column each
    db: sa.Connection,
    mapping_id: int,
    version: int,
    trigger: str,
    fields: AbstractMapping[str, Any],
    now_ms: int,
) -> None:
    db.execute(
        sa.insert(mapping_versions).values(
            mapping_id=mapping_id,
            version=version,
            trigger=trigger,
            fields=msgspec.json.encode(fields),
            created_at_ms=now_ms,
        )
    )


def _mapping(row: Any) -> Mapping:
    return Mapping(
        id=row.id,
        connection_id=row.connection_id,
        version=row.version,
        name=row.name,
        action=row.action,
        trigger=row.trigger,
        fields=msgspec.json.decode(row.fields, type=dict[str, Any]),
        enabled=bool(row.enabled),
        priority=Priority(row.priority),
    )
