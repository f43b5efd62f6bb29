"""Duplicates: looks for likely twins in the mirror, for 0 tokens, and remembers what was found.

The records of a kind are read twice: once for the numbers of their keys, which is all that is kept
of most of them, and then those that share a key with another are compared.
"""

from array import array
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Final, cast

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import ConfigError
from dealwright.core.record import Deal, Organization, Person, RecordId, RecordKind
from dealwright.core.twins import (
    MOST_IN_BLOCK,
    Look,
    Pair,
    blocks,
    grouped,
    likely_pairs,
    look_at,
)
from dealwright.pipeline.mirrored import record_of
from dealwright.store.connections import list_connections
from dealwright.store.duplicates import (
    LastLook,
    apart,
    bodies,
    group_of,
    last_looks,
    put_apart,
    put_groups,
    regroup,
)
from dealwright.store.engine import Store
from dealwright.store.mirror import Mirrored, MirrorRow, key_number, records, state
from dealwright.store.statements import chunks

#: What may have twins; Pipedrive merges nothing else.
KINDS: Final = (RecordKind.PERSON, RecordKind.ORGANIZATION, RecordKind.DEAL)

#: How often a worker looks by itself.
EVERY_MS: Final = 7 * 86_400_000


async def find_duplicates(
    store: Store, connection_id: int, *, now_ms: int, kinds: Collection[RecordKind] = KINDS
) -> list[LastLook]:
    """Look through what the mirror has of an account; 0 tokens.

    What is found takes the place of what was found before. Raises ConfigError (`no_mirror`) where
    none of these kinds is mirrored whole.
    """
    whole = [
        kind for kind in await store.read(lambda db: _whole(db, connection_id)) if kind in kinds
    ]
    if not whole:
        raise ConfigError(
            "The mirror does not know this account yet: `dealwright mirror` shows how far it is.",
            code="no_mirror",
        )
    return [await _find(store, connection_id, kind, now_ms=now_ms) for kind in whole]


async def find_when_due(store: Store, *, clock: Clock) -> int:
    """Look through every account of which that was not done for a week; how many those were."""
    now_ms = to_ms(clock.now())
    due = await store.read(lambda db: _due(db, now_ms))
    for connection_id in due:
        await find_duplicates(store, connection_id, now_ms=now_ms)
    return len(due)


def say_apart(
    db: sa.Connection,
    group_id: int,
    record_ids: Sequence[int] = (),
    *,
    said_by: str,
    now_ms: int,
) -> int:
    """Remember for good that records of a group are not the same; how many pairs are new by that.

    With one id: it is none of the others. With several: each is another than each. With none: all
    of the group are different. Raises NotFound, and ConfigError (`not_in_group`).
    """
    found = group_of(db, group_id)
    ids = found.group.ids
    if strangers := set(record_ids) - set(ids):
        raise not_in_group(group_id, min(strangers))
    chosen = list(record_ids) or list(ids)
    others = ids if len(chosen) == 1 else chosen
    pairs = {(min(a, b), max(a, b)) for a in chosen for b in others if a != b}
    told = put_apart(
        db,
        found.connection_id,
        found.kind,
        pairs=sorted(pairs),
        said_by=said_by,
        now_ms=now_ms,
    )
    regroup(db, found, grouped(found.group.pairs, apart=apart(db, found.connection_id, found.kind)))
    return told


def not_in_group(group_id: int, record_id: RecordId) -> ConfigError:
    """What says that a record is none of a group."""
    return ConfigError(
        f"{record_id} is none of duplicates {group_id}: `dealwright duplicates show {group_id}` "
        "has those that are.",
        code="not_in_group",
    )


async def _find(store: Store, connection_id: int, kind: RecordKind, *, now_ms: int) -> LastLook:
    pairs, seen = await store.read(lambda db: _Looking(db, connection_id, kind).pairs())
    looked = LastLook(kind=kind, at_ms=now_ms, records=seen)

    def put(db: sa.Connection) -> None:
        # What somebody has said while it was looked is heeded.
        groups = grouped(pairs, apart=apart(db, connection_id, kind))
        put_groups(db, connection_id, kind, groups=groups, looked=looked)

    await store.write(put)
    return looked


def _whole(db: sa.Connection, connection_id: int) -> list[RecordKind]:
    """The kinds of which every record is known."""
    known = state(db, connection_id)
    return [kind for kind in KINDS if kind in known and known[kind].complete]


def _due(db: sa.Connection, now_ms: int) -> list[int]:
    found: list[int] = []
    for one in list_connections(db):
        looks = {look.kind: look.at_ms for look in last_looks(db, one.id)}
        if any(looks.get(kind, 0) <= now_ms - EVERY_MS for kind in _whole(db, one.id)):
            found.append(one.id)
    return found


class _Looking:
    """One look through one kind of an account's records."""

    def __init__(self, db: sa.Connection, connection_id: int, kind: RecordKind) -> None:
        self._db = db
        self._connection_id = connection_id
        self._kind = kind
        self._region = state(db, connection_id)[kind].region or None
        self._domains: dict[int, set[str]] = {}

    def pairs(self) -> tuple[list[Pair], int]:
        """The likely pairs, and how many records were looked at."""
        if self._kind is RecordKind.ORGANIZATION:
            self._learn_domains()
        met, seen = self._who_share_a_key()
        looks = [look for some in chunks(met) for look in self._again(some)]
        return likely_pairs(looks), seen

    def _who_share_a_key(self) -> tuple[list[RecordId], int]:
        """Records with a key that others have, but not too many of them."""
        keys, owners, seen = array("q"), array("q"), 0
        for look in self._looks(self._kind):
            seen += 1
            for key in blocks(look):
                keys.append(key_number(self._kind, key))
                owners.append(int(look.id))
        met: set[int] = set()
        for _, places in groupby(sorted(range(len(keys)), key=keys.__getitem__), keys.__getitem__):
            block = {owners[place] for place in places}
            if 1 < len(block) <= MOST_IN_BLOCK:
                met |= block
        return sorted(met), seen

    def _looks(self, kind: RecordKind) -> Iterator[Look]:
        after = ""
        while page := bodies(self._db, self._connection_id, kind, after=after):
            for row in page:
                yield self._look(row)
            after = str(page[-1].record_id)

    def _again(self, ids: Sequence[RecordId]) -> Iterator[Look]:
        found = records(self._db, self._connection_id, self._kind, ids)
        return (self._look(found[one]) for one in ids if one in found)

    def _look(self, row: MirrorRow | Mirrored) -> Look:
        record = cast("Person | Organization | Deal", record_of(row))
        domains = self._domains.get(int(record.id), ())
        return look_at(record, region=self._region, domains=domains)

    def _learn_domains(self) -> None:
        """Of an organization Pipedrive knows no domain; its people have addresses."""
        for look in self._looks(RecordKind.PERSON):
            if look.organization is not None and look.domains:
                self._domains.setdefault(look.organization, set()).update(look.domains)
