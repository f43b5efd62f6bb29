"""API keys: made, shown once, used, revoked; only hashes are kept."""

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dealwright.core.apikey import PREFIX, SHOWN, hash_api_key
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.store.api_tables import api_keys

#: A hub has no use for more; nobody could tell what they are for.
MOST_KEYS = 200

#: When a key was used is noted no more often than this.
_NOTED_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One API key, as people see it: never the key itself."""

    id: int
    name: str
    role: Role
    prefix: str
    made_by: str
    created_at_ms: int
    used_at_ms: int | None
    revoked_at_ms: int | None

    @property
    def principal(self) -> Principal:
        """Who acts with it."""
        return Principal(kind=PrincipalKind.KEY, id=self.id, name=self.name, role=self.role)


def new_api_key() -> str:
    """Make a key: shown once, stored only as its hash."""
    return PREFIX + secrets.token_urlsafe(32)


def create_api_key(
    db: sa.Connection, name: str, *, role: Role, key: str, made_by: str, now_ms: int
) -> ApiKey:
    """Let whoever has `key` act in a role; raises ConfigError (`too_many_keys`)."""
    live = sa.select(sa.func.count()).where(api_keys.c.revoked_at_ms.is_(None))
    if (db.scalar(live) or 0) >= MOST_KEYS:
        raise ConfigError(
            f"There are {MOST_KEYS} API keys already. Revoke those that nobody uses.",
            code="too_many_keys",
        )
    made = sa.insert(api_keys).values(
        name=name,
        role=role.value,
        key_hash=hash_api_key(key),
        prefix=key[:SHOWN],
        made_by=made_by,
        created_at_ms=now_ms,
    )
    return api_key(db, db.execute(made.returning(api_keys.c.id)).scalar_one())


def api_key(db: sa.Connection, key_id: int) -> ApiKey:
    """One key; raises NotFound."""
    row = db.execute(sa.select(api_keys).where(api_keys.c.id == key_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no API key {key_id}. `dealwright keys list` lists them.")
    return _key(row)


def list_api_keys(db: sa.Connection) -> list[ApiKey]:
    """Every key, oldest first, the revoked ones too."""
    return [_key(row) for row in db.execute(sa.select(api_keys).order_by(api_keys.c.id))]


def find_api_key(db: sa.Connection, key: str) -> ApiKey | None:
    """The key that this text is; None for one that is unknown or revoked."""
    chosen = sa.select(api_keys).where(
        api_keys.c.key_hash == hash_api_key(key), api_keys.c.revoked_at_ms.is_(None)
    )
    row = db.execute(chosen).one_or_none()
    return None if row is None else _key(row)


def is_use_news(key: ApiKey, now_ms: int) -> bool:
    """Whether a use of a key at this moment is worth noting."""
    return key.used_at_ms is None or key.used_at_ms <= now_ms - _NOTED_EVERY_MS


def note_use(db: sa.Connection, key_id: int, *, at_ms: int) -> None:
    """Remember that a key was used."""
    db.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(used_at_ms=at_ms))


def revoke_api_key(db: sa.Connection, key_id: int, *, now_ms: int) -> ApiKey:
    """Let a key open nothing any more; raises NotFound. Once revoked it stays as it is."""
    live = (api_keys.c.id == key_id) & api_keys.c.revoked_at_ms.is_(None)
    db.execute(sa.update(api_keys).where(live).values(revoked_at_ms=now_ms))
    return api_key(db, key_id)


def _key(row: Any) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        prefix=row.prefix,
        made_by=row.made_by,
        created_at_ms=row.created_at_ms,
        used_at_ms=row.used_at_ms,
        revoked_at_ms=row.revoked_at_ms,
    )
