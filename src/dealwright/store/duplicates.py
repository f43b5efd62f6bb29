"""Duplicates: groups of records that are likely one, and pairs that people said are not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.record import RecordId, RecordKind
from dealwright.core.twins import Group, Pair
from dealwright.store.duplicate_tables import duplicate_looks, duplicates, duplicates_apart
from dealwright.store.mirror import MirrorRow
from dealwright.store.statements import upsert
from dealwright.store.tables import links, mirror_records

_pairs = msgspec.json.Decoder(tuple[Pair, ...])

#: Rows of the mirror that are read at a time.
_PAGE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """A group as it is stored; its number stays while its members do."""

    id: int
    connection_id: int
    kind: RecordKind
    group: Group
    found_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """When a kind was looked through last, and how many records that were."""

    kind: RecordKind
    at_ms: int
    records: int


def bodies(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, after: str = ""
) -> list[MirrorRow]:
    """A page of the records of a kind that are there, in the order of their ids as texts.

    `after` is the last id of the page before; an empty page is the end.
    """
    t = mirror_records.c
    chosen = (
        sa.select(t.record_id, t.updated_at_ms, t.checked_at_ms, t.exact, t.body)
        .where(t.connection_id == connection_id, t.kind == kind.value, t.deleted == 0)
        .where(t.record_id > after)
        .order_by(t.record_id)
        .limit(_PAGE)
    )
    return [
        MirrorRow(
            kind,
            row.record_id,
            row.updated_at_ms,
            row.checked_at_ms,
            exact=bool(row.exact),
            deleted=False,
            body=bytes(row.body),
        )
        for row in db.execute(chosen)
    ]


def put_groups(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    *,
    groups: Sequence[Group],
    looked: LastLook,
) -> None:
    """Take what was found for what there is: others of the kind are no longer told of."""
    mine = (duplicates.c.connection_id == connection_id) & (duplicates.c.kind == kind.value)
    known = {
        row.members: row.id
        for row in db.execute(sa.select(duplicates.c.id, duplicates.c.members).where(mine))
    }
    told = {_members(group.ids): group for group in groups}
    for members, group_id in known.items():
        if members not in told:
            db.execute(sa.delete(duplicates).where(duplicates.c.id == group_id))
    for members, group in told.items():
        found = {"score": group.score, "body": msgspec.json.encode(group.pairs)}
        if members in known:
            stays = duplicates.c.id == known[members]
            db.execute(sa.update(duplicates).where(stays).values(found))
        else:
            of = {"connection_id": connection_id, "kind": kind.value, "members": members}
            values = {**of, **found, "found_at_ms": looked.at_ms}
            db.execute(sa.insert(duplicates).values(values))
    values = {"at_ms": looked.at_ms, "records": looked.records}
    looking = upsert(db, duplicate_looks).values(
        connection_id=connection_id, kind=kind.value, **values
    )
    keys = [duplicate_looks.c.connection_id, duplicate_looks.c.kind]
    db.execute(looking.on_conflict_do_update(index_elements=keys, set_=values))


def regroup(db: sa.Connection, found: Duplicates, groups: Sequence[Group]) -> None:
    """Have these in the place of a group of which people have said something."""
    db.execute(sa.delete(duplicates).where(duplicates.c.id == found.id))
    for group in groups:
        values = {
            "connection_id": found.connection_id,
            "kind": found.kind.value,
            "members": _members(group.ids),
            "score": group.score,
            "body": msgspec.json.encode(group.pairs),
            "found_at_ms": found.found_at_ms,
        }
        same = group.ids == found.group.ids
        db.execute(sa.insert(duplicates).values({**values, **({"id": found.id} if same else {})}))


def list_duplicates(
    db: sa.Connection,
    *,
    connection_id: int | None = None,
    kind: RecordKind | None = None,
    limit: int = 100,
    before: tuple[int, int] | None = None,
) -> list[Duplicates]:
    """Groups, the surest first; `before` is score and number of the last of the page before."""
    t = duplicates.c
    chosen = sa.select(duplicates).order_by(t.score.desc(), t.id.desc()).limit(limit)
    if connection_id is not None:
        chosen = chosen.where(t.connection_id == connection_id)
    if kind is not None:
        chosen = chosen.where(t.kind == kind.value)
    if before is not None:
        score, group_id = before
        chosen = chosen.where((t.score < score) | ((t.score == score) & (t.id < group_id)))
    return [_of(row) for row in db.execute(chosen)]


def group_of(db: sa.Connection, group_id: int) -> Duplicates:
    """One group; raises NotFound."""
    row = db.execute(sa.select(duplicates).where(duplicates.c.id == group_id)).one_or_none()
    if row is None:
        raise NotFound(
            f"There are no duplicates {group_id}: `dealwright duplicates list` has those "
            "that there are.",
            code="no_duplicates",
        )
    return _of(row)


def links_to(db: sa.Connection, connection_id: int, kind: RecordKind, record_id: RecordId) -> int:
    """How many external ids are known to be a record."""
    t = links.c
    chosen = sa.select(sa.func.count()).where(
        t.connection_id == connection_id, t.kind == kind.value, t.record_id == record_id
    )
    return db.execute(chosen).scalar_one()


def last_looks(db: sa.Connection, connection_id: int) -> list[LastLook]:
    """When each kind was looked through last."""
    chosen = sa.select(duplicate_looks).where(duplicate_looks.c.connection_id == connection_id)
    return [
        LastLook(kind=RecordKind(row.kind), at_ms=row.at_ms, records=row.records)
        for row in db.execute(chosen.order_by(duplicate_looks.c.kind))
    ]


def put_apart(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    *,
    pairs: Sequence[tuple[RecordId, RecordId]],
    said_by: str,
    now_ms: int,
) -> int:
    """Remember for good that these are not the same; how many of them are news."""
    told = 0
    for one, other in pairs:
        low, high = _ordered(one, other)
        values = {"connection_id": connection_id, "kind": kind.value, "one": low, "other": high}
        values |= {"said_by": said_by, "at_ms": now_ms}
        saying = upsert(db, duplicates_apart).values(values).on_conflict_do_nothing()
        told += len(db.execute(saying.returning(duplicates_apart.c.one)).all())
    return told


def apart(
    db: sa.Connection, connection_id: int, kind: RecordKind
) -> frozenset[tuple[RecordId, RecordId]]:
    """Pairs that people said are not the same, the lower id first."""
    t = duplicates_apart.c
    chosen = sa.select(t.one, t.other).where(t.connection_id == connection_id, t.kind == kind.value)
    return frozenset((row.one, row.other) for row in db.execute(chosen))


def follow_merge(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, lost: RecordId, heir: RecordId
) -> None:
    """What was said of a record that is no more goes for its heir; groups know it no longer."""
    if not isinstance(lost, int) or not isinstance(heir, int):
        return
    t = duplicates_apart.c
    of_lost = (t.connection_id == connection_id) & (t.kind == kind.value)
    of_lost &= (t.one == lost) | (t.other == lost)
    for row in db.execute(sa.select(duplicates_apart).where(of_lost)).all():
        third = row.other if row.one == lost else row.one
        if third != heir:
            said = [(third, heir)]
            put_apart(db, connection_id, kind, pairs=said, said_by=row.said_by, now_ms=row.at_ms)
    db.execute(sa.delete(duplicates_apart).where(of_lost))
    _leave_group(db, connection_id, kind, lost)


def _leave_group(db: sa.Connection, connection_id: int, kind: RecordKind, lost: int) -> None:
    t = duplicates.c
    there = sa.literal(",") + t.members + ","
    holding = there.contains(f",{lost},", autoescape=True)
    mine = (t.connection_id == connection_id) & (t.kind == kind.value) & holding
    for found in [_of(row) for row in db.execute(sa.select(duplicates).where(mine)).all()]:
        ids = tuple(one for one in found.group.ids if one != lost)
        this = t.id == found.id
        if len(ids) < 2:
            db.execute(sa.delete(duplicates).where(this))
            continue
        left = [pair for pair in found.group.pairs if lost not in {pair.one, pair.other}]
        values = {"members": _members(ids), "body": msgspec.json.encode(left)}
        db.execute(sa.update(duplicates).where(this).values(values))


def _ordered(one: RecordId, other: RecordId) -> tuple[int, int]:
    low, high = sorted((int(one), int(other)))
    return low, high


def _members(ids: Sequence[RecordId]) -> str:
    return ",".join(map(str, ids))


def _of(row: Any) -> Duplicates:
    ids = tuple(int(one) for one in row.members.split(","))
    return Duplicates(
        id=row.id,
        connection_id=row.connection_id,
        kind=RecordKind(row.kind),
        group=Group(ids=ids, score=row.score, pairs=_pairs.decode(bytes(row.body))),
        found_at_ms=row.found_at_ms,
    )
