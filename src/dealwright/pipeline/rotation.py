"""Rotation: everything that is sealed is sealed anew by the first key, while the hub runs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.people import Principal
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.store.sealed import (
    Place,
    counts,
    note_keys,
    reseal_some,
    sealed_columns,
)
from dealwright.store.secrets import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did, by `table.column`; `left` is what each other key seals still.

    `lost` is what no key opens: it stays as it is.
    """

    key_id: str
    resealed: Mapping[str, int]
    lost: Mapping[str, int]
    left: Mapping[str, int]


async def rotate(store: Store, vault: Vault, *, who: Principal, now_ms: int) -> Rotated:
    """Seal every value with the first key that was sealed by another.

    In short transactions, so that nobody waits. What is done is done: after an end in the middle
    the next rotation goes on with what is left. Raises StoreUnavailable.
    """
    await store.write(lambda db: note_keys(db, vault, now_ms=now_ms))
    resealed, lost = Counter[str](), Counter[str]()
    for column in sealed_columns():
        name = f"{column.table.name}.{column.name}"
        place: Place | None = Place(column=column)
        while place is not None:
            # Counted when it is durable: a write that shares its commit may run twice.
            done = await store.write(lambda db, here=place: reseal_some(db, here, vault=vault))
            resealed[name] += done.resealed
            lost[name] += done.lost
            place = done.place
    key_id = vault.key_ids[0]

    def noted(db: sa.Connection) -> Mapping[str, int]:
        record(
            db,
            at_ms=now_ms,
            principal=who,
            action="secrets.rotate",
            target=f"secret_key:{key_id}",
            after={"resealed": resealed.total(), "lost": lost.total()},
        )
        return sealed_by_others(db, key_id)

    left = await store.write(noted)
    # Without those of which there was nothing.
    return Rotated(key_id=key_id, resealed=dict(+resealed), lost=dict(+lost), left=left)


def sealed_by_others(db: sa.Connection, key_id: str) -> dict[str, int]:
    """How many values each key but this one seals."""
    return {key: sum(by.values()) for key, by in counts(db).items() if key != key_id}
