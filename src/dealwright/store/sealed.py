"""What is sealed in the store: which columns, by which keys; and sealing it anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.store.columns import Sealed, metadata
from dealwright.store.secrets import FORM, HEAD, Vault, head_of, sealed_by
from dealwright.store.statements import upsert
from dealwright.store.tables import sealing_keys

#: What a key shows that it is the key with.
_KNOWN: Final = b"dealwright"

#: The id that stands for the key of values from before keys had ids.
UNNAMED: Final = "unnamed"

#: Values that are sealed anew in one transaction: a few milliseconds' work.
BATCH: Final = 100


def sealed_columns() -> tuple[sa.Column[Any], ...]:
    """Every column that a Vault seals, found by its type."""
    return tuple(
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    )


def counts(db: sa.Connection) -> dict[str, dict[str, int]]:
    """How many values each key seals, by `table.column`; of UNNAMED those that name no key."""
    found: dict[str, dict[str, int]] = {}
    for column in sealed_columns():
        head = sa.func.substr(column, 1, HEAD, type_=sa.LargeBinary())
        chosen = sa.select(head, sa.func.count()).where(column.is_not(None)).group_by(head)
        for begins, counted in db.execute(chosen):
            key = sealed_by(bytes(begins)) or UNNAMED
            by_column = found.setdefault(key, {})
            name = f"{column.table.name}.{column.name}"
            by_column[name] = by_column.get(name, 0) + counted
    return found


# -- the keys themselves


def check_keys(db: sa.Connection, vault: Vault) -> bool:
    """See that what stands in the store opens; whether the key that seals now is noted.

    Changes nothing. Raises ConfigError (`wrong_key`), which names the keys that are missing.
    """
    noted = _noted(db)
    lacking = [key for key in noted if key not in vault.key_ids]
    if lacking:
        # Many values, perhaps; counted only here, where a key was taken away.
        needed = set(counts(db)).intersection(lacking)
        if needed:
            raise _wrong_key(needed, vault)
    for key, canary in noted.items():
        if key in vault.key_ids and not _opens(vault, canary):
            raise _wrong_key({key}, vault)
    if not noted:
        _check_unnamed(db, vault)
    return vault.key_ids[0] in noted and not lacking


def note_keys(db: sa.Connection, vault: Vault, *, now_ms: int) -> None:
    """Note the key that seals now, and forget those that are gone and seal nothing."""
    check_keys(db, vault)
    go_without_others(db, vault, now_ms=now_ms)


def go_without_others(db: sa.Connection, vault: Vault, *, now_ms: int) -> None:
    """Start with the keys that there are: what others sealed is never opened again."""
    gone = sealing_keys.c.key_id.not_in(vault.key_ids)
    db.execute(sa.delete(sealing_keys).where(gone))
    row = upsert(db, sealing_keys).values(
        key_id=vault.key_ids[0], canary=vault.seal(_KNOWN), since_ms=now_ms
    )
    db.execute(row.on_conflict_do_nothing(index_elements=["key_id"]))


def lacking(db: sa.Connection, vault: Vault) -> dict[str, int]:
    """How many values each key has sealed that the Vault has not got."""
    found = {key: sum(by.values()) for key, by in counts(db).items() if key not in vault.key_ids}
    try:
        _check_unnamed(db, vault)
    except ConfigError:
        return found
    found.pop(UNNAMED, None)
    return found


def since(db: sa.Connection) -> dict[str, int]:
    """Since when, in ms, each key that is noted has sealed."""
    return {row.key_id: row.since_ms for row in db.execute(sa.select(sealing_keys))}


def _noted(db: sa.Connection) -> Mapping[str, bytes]:
    rows = db.execute(sa.select(sealing_keys.c.key_id, sealing_keys.c.canary))
    return {row.key_id: bytes(row.canary) for row in rows}


def _opens(vault: Vault, sealed: bytes) -> bool:
    try:
        return vault.open(sealed) == _KNOWN
    except ConfigError:
        return False


def _check_unnamed(db: sa.Connection, vault: Vault) -> None:
    """See that values that name no key open: one of each column is enough."""
    for column in sealed_columns():
        unnamed = sa.func.substr(column, 1, len(FORM), type_=sa.LargeBinary()) != FORM
        value = db.scalar(sa.select(column).where(column.is_not(None), unnamed).limit(1))
        if value is None:
            continue
        try:
            vault.open(bytes(value))
        except ConfigError as error:
            raise _wrong_key({UNNAMED}, vault) from error


def _wrong_key(missing: Collection[str], vault: Vault) -> ConfigError:
    listed = ", ".join(sorted(missing))
    return ConfigError(
        f"What the store keeps secret was sealed with another key ({listed}) than the hub has "
        f"({', '.join(vault.key_ids)}). Bring that key back: DEALWRIGHT_SECRET_KEY, "
        "DEALWRIGHT_SECRET_KEY_FILE or secret.key in the data folder. If it is lost for good: "
        "dealwright secrets forget",
        code="wrong_key",
    )


# -- sealing anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a rotation is in one column: the primary key of the last row that was looked at."""

    column: sa.Column[Any]
    after: tuple[Any, ...] | None = None


class Step(NamedTuple):
    """How many values were sealed anew, how many no key opens, and where it goes on, if it does."""

    resealed: int
    lost: int
    place: Place | None


def reseal_some(db: sa.Connection, place: Place, *, vault: Vault) -> Step:
    """Seal the next values of a column with the first key.

    What somebody changes meanwhile is left as that made it: it was sealed by the first key.
    """
    column, key = place.column, _key_of(place.column)
    stale = sa.func.substr(column, 1, HEAD, type_=sa.LargeBinary()) != head_of(vault.key_ids[0])
    chosen = sa.select(*key, column).where(column.is_not(None), stale).order_by(*key).limit(BATCH)
    if place.after is not None:
        chosen = chosen.where(sa.tuple_(*key) > sa.tuple_(*place.after))
    rows = db.execute(chosen).all()
    resealed = lost = 0
    for row in rows:
        sealed = bytes(row[-1])
        try:
            again = vault.seal(vault.open(sealed))
        except ConfigError:
            lost += 1
            continue
        mine = sa.and_(*(one == value for one, value in zip(key, row[:-1], strict=True)))
        changed = sa.update(column.table).where(mine, column == sealed).values({column: again})
        resealed += db.execute(changed).rowcount
    is_full = len(rows) == BATCH
    after = Place(column=column, after=tuple(rows[-1][:-1])) if is_full else None
    return Step(resealed, lost, after)


def _key_of(column: sa.Column[Any]) -> tuple[sa.Column[Any], ...]:
    return tuple(column.table.primary_key.columns)
