"""Audit: who changed what, from what, to what. Rows are added and read; nothing else is offered."""

from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.people import Principal, PrincipalKind
from dealwright.store.people_tables import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change. `before` is None for what was made, `after` for what is gone."""

    id: int
    at_ms: int
    principal_kind: PrincipalKind
    principal_id: int
    principal_name: str
    action: str
    target: str
    before: Any
    after: Any


def record(
    db: sa.Connection,
    *,
    at_ms: int,
    principal: Principal,
    action: str,
    target: str,
    before: Any = None,
    after: Any = None,
) -> None:
    """Note a change, in the transaction that makes it.

    `action` and `target` are as `mapping.update` and `mapping:3`; `before` and `after` are values
    that JSON can hold, and never a secret.
    """
    db.execute(
        sa.insert(audit).values(
            at_ms=at_ms,
            principal_kind=principal.kind.value,
            principal_id=principal.id,
            principal_name=principal.name,
            action=action,
            target=target,
            before=_sealed(before),
            after=_sealed(after),
        )
    )


def entries(
    db: sa.Connection,
    *,
    limit: int,
    before_id: int | None = None,
    action: str | None = None,
    target: str | None = None,
) -> list[Entry]:
    """The newest changes first; `action` is a whole one or its beginning, as `user`."""
    chosen = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before_id is not None:
        chosen = chosen.where(audit.c.id < before_id)
    if action is not None:
        chosen = chosen.where(
            (audit.c.action == action) | audit.c.action.startswith(f"{action}.", autoescape=True)
        )
    if target is not None:
        chosen = chosen.where(audit.c.target == target)
    return [_entry(row) for row in db.execute(chosen)]


def _sealed(value: Any) -> bytes | None:
    return None if value is None else msgspec.json.encode(value)


def _opened(value: bytes | None) -> Any:
    return None if value is None else msgspec.json.decode(value)


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        at_ms=row.at_ms,
        principal_kind=PrincipalKind(row.principal_kind),
        principal_id=row.principal_id,
        principal_name=row.principal_name,
        action=row.action,
        target=row.target,
        before=_opened(row.before),
        after=_opened(row.after),
    )
