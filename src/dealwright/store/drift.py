"""Drifts: who names something of an account that was renamed or is gone, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import AccountList
from dealwright.core.delivery import State
from dealwright.core.drift import Thing
from dealwright.core.driftuses import SubjectKind
from dealwright.core.errors import NotFound
from dealwright.store.catalogue import Kept
from dealwright.store.drift_tables import drift_names, drifts
from dealwright.store.statements import upsert
from dealwright.store.tables import deliveries

#: Of Deliveries that are held until a drift is mended.
HELD_CODE = "drift"

_encode = msgspec.json.encode
_thing = msgspec.json.Decoder(Thing).decode


class DriftState(StrEnum):
    """OPEN: it waits for a person, or for Pipedrive. RECOVERED: it leads somewhere again.

    ACCEPTED: the mend was made. MENDED: nobody names it any more. IGNORED: a person let it be.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    MENDED = "mended"
    RECOVERED = "recovered"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDrift:
    """A name, `ref`, that someone uses for a Thing which has changed.

    `breaks`: the name leads nowhere; else it still does, and only what people read has changed.
    `after` is what the Thing is called now, `mend` what to write instead; "" for nothing.
    """

    connection_id: int
    subject: SubjectKind
    subject_id: int
    list: AccountList
    ref: str
    thing: Thing
    after: str
    sentence: str
    mend: str
    breaks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(NewDrift):
    """A drift as it stands; `mended_version` is the version of the Mapping that mends it, or 0."""

    id: int
    state: DriftState
    since_ms: int
    ended_at_ms: int | None
    ended_by: str
    mended_version: int


def compared_at(db: sa.Connection, connection_id: int) -> dict[str, int]:
    """Of when the lists are that were compared last, in ms; the lists themselves are not read."""
    columns = sa.select(drift_names.c.list, drift_names.c.fetched_at_ms)
    found = db.execute(columns.where(drift_names.c.connection_id == connection_id))
    return {row.list: row.fetched_at_ms for row in found}


def names_before(db: sa.Connection, connection_id: int, *, lists: Sequence[str]) -> dict[str, Kept]:
    """Lists as they were compared last."""
    mine = (drift_names.c.connection_id == connection_id) & drift_names.c.list.in_(
        [str(one) for one in lists]
    )
    return {
        row.list: Kept(row.fetched_at_ms, bytes(row.body))
        for row in db.execute(sa.select(drift_names).where(mine))
    }


def put_names(db: sa.Connection, connection_id: int, *, name: str, kept: Kept) -> None:
    """Remember a list as it is compared now."""
    values = {"fetched_at_ms": kept.fetched_at_ms, "body": kept.body}
    row = upsert(db, drift_names).values(connection_id=connection_id, list=name, **values)
    db.execute(row.on_conflict_do_update(index_elements=["connection_id", "list"], set_=values))


def forget_names(db: sa.Connection, connection_id: int) -> None:
    """Compare nothing with what was before: it is another account, or none."""
    db.execute(sa.delete(drift_names).where(drift_names.c.connection_id == connection_id))


def add_drift(db: sa.Connection, new: NewDrift, *, now_ms: int) -> bool:
    """Mark a name; False when it is marked already, which is brought up to date."""
    told = {
        "after": new.after,
        "sentence": new.sentence,
        "mend": new.mend,
        "breaks": int(new.breaks),
    }
    mine = (
        (drifts.c.connection_id == new.connection_id)
        & (drifts.c.subject == new.subject.value)
        & (drifts.c.subject_id == new.subject_id)
        & (drifts.c.list == new.list.value)
        & (drifts.c.ref == new.ref)
        & (drifts.c.state == DriftState.OPEN.value)
    )
    if db.execute(sa.update(drifts).where(mine).values(told)).rowcount:
        return False
    row = upsert(db, drifts).values(
        connection_id=new.connection_id,
        subject=new.subject.value,
        subject_id=new.subject_id,
        list=new.list.value,
        ref=new.ref,
        thing=_encode(new.thing),
        state=DriftState.OPEN.value,
        since_ms=now_ms,
        ended_by="",
        mended_version=0,
        **told,
    )
    return bool(db.execute(row.on_conflict_do_nothing()).rowcount)


def list_drifts(
    db: sa.Connection,
    *,
    connection_id: int | None = None,
    states: Sequence[DriftState] = (),
    limit: int = 1_000,
    before: int | None = None,
) -> list[Drift]:
    """Drifts, newest first."""
    chosen = sa.select(drifts)
    if connection_id is not None:
        chosen = chosen.where(drifts.c.connection_id == connection_id)
    if states:
        chosen = chosen.where(drifts.c.state.in_([one.value for one in states]))
    if before is not None:
        chosen = chosen.where(drifts.c.id < before)
    rows = db.execute(chosen.order_by(drifts.c.id.desc()).limit(limit))
    return [_drift(row) for row in rows]


def drift(db: sa.Connection, drift_id: int) -> Drift:
    """One drift; raises NotFound."""
    row = db.execute(sa.select(drifts).where(drifts.c.id == drift_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no drift {drift_id}. `dealwright drift list` lists them.")
    return _drift(row)


def of_mapping(db: sa.Connection, connection_id: int, mapping_id: int) -> list[Drift]:
    """What breaks a Mapping, its Connection's defaults included; open, or mended by a version."""
    states = [one.value for one in (DriftState.OPEN, DriftState.ACCEPTED, DriftState.MENDED)]
    mine = (drifts.c.subject == SubjectKind.MAPPING.value) & (drifts.c.subject_id == mapping_id)
    chosen = sa.select(drifts).where(
        drifts.c.connection_id == connection_id,
        drifts.c.breaks == 1,
        drifts.c.state.in_(states),
        mine | (drifts.c.subject == SubjectKind.CONNECTION.value),
    )
    return [_drift(row) for row in db.execute(chosen.order_by(drifts.c.id))]


def end_drift(
    db: sa.Connection,
    drift_id: int,
    *,
    state: DriftState,
    by: str = "",
    now_ms: int,
    mended_version: int = 0,
) -> bool:
    """End one that is open; False when it has ended already."""
    open_one = (drifts.c.id == drift_id) & (drifts.c.state == DriftState.OPEN.value)
    values = {
        "state": state.value,
        "ended_at_ms": now_ms,
        "ended_by": by,
        "mended_version": mended_version,
    }
    return bool(db.execute(sa.update(drifts).where(open_one).values(values)).rowcount)


def held_by_drift(db: sa.Connection, connection_id: int) -> Mapping[int, int]:
    """How many Deliveries each Mapping has that are held for a drift."""
    counted = (
        sa.select(deliveries.c.mapping_id, sa.func.count())
        .where(*_held(connection_id))
        .group_by(deliveries.c.mapping_id)
    )
    return {row[0]: row[1] for row in db.execute(counted)}


def release_held(
    db: sa.Connection, connection_id: int, mapping_id: int, *, version: int, now_ms: int
) -> int:
    """Queue what is held for a drift of a Mapping, as of a version at least; says how many."""
    again: dict[str, Any] = {
        "state": State.QUEUED.value,
        "code": "",
        "message": "",
        "attempts": 0,
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }
    if version:
        older = deliveries.c.mapping_version < version
        again["mapping_version"] = sa.case((older, version), else_=deliveries.c.mapping_version)
    mine = deliveries.c.mapping_id == mapping_id
    return db.execute(
        sa.update(deliveries).where(*_held(connection_id), mine).values(again)
    ).rowcount


def _held(connection_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        deliveries.c.connection_id == connection_id,
        deliveries.c.state == State.HELD.value,
        deliveries.c.code == HELD_CODE,
    )


def _drift(row: Any) -> Drift:
    return Drift(
        id=row.id,
        connection_id=row.connection_id,
        subject=SubjectKind(row.subject),
        subject_id=row.subject_id,
        list=AccountList(row.list),
        ref=row.ref,
        thing=_thing(bytes(row.thing)),
        after=row.after,
        sentence=row.sentence,
        mend=row.mend,
        breaks=bool(row.breaks),
        state=DriftState(row.state),
        since_ms=row.since_ms,
        ended_at_ms=row.ended_at_ms,
        ended_by=row.ended_by,
        mended_version=row.mended_version,
    )
