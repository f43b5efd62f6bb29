"""Privacy in the store: its keys, the rules of Sources, who is suppressed, and erasures."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.privacyrules import Rules
from dealwright.store.privacy_tables import (
    erasures,
    privacy_keys,
    privacy_state,
    source_privacy,
    suppressed,
    suppressed_records,
)
from dealwright.store.statements import chunks, run, upsert

_rules_of = msgspec.json.Decoder(Rules).decode
_encode = msgspec.json.Encoder().encode

#: The one row of `privacy_state`.
_STATE = 1


# -- keys


def put_key(db: sa.Connection, name: str, *, sealed: bytes, now_ms: int) -> None:
    """Keep a key, unless one of this name is here: another process was faster."""
    made = upsert(db, privacy_keys).values(name=name, sealed=sealed, created_at_ms=now_ms)
    db.execute(made.on_conflict_do_nothing())


def keys(db: sa.Connection) -> dict[str, bytes]:
    """The keys, sealed, by name."""
    return {row.name: row.sealed for row in db.execute(sa.select(privacy_keys))}


# -- what the door looks at


def revision(db: sa.Connection) -> int:
    """A number that grows with every change of rules and list; 0 before the first."""
    mine = privacy_state.c.id == _STATE
    return db.scalar(sa.select(privacy_state.c.revision).where(mine)) or 0


def rules_by_source(db: sa.Connection) -> dict[int, Rules]:
    """The rules of the Sources that have some."""
    return {row.source_id: _rules_of(row.body) for row in db.execute(sa.select(source_privacy))}


def rules_of(db: sa.Connection, source_id: int) -> Rules:
    """The rules of one Source; those that keep everything where it has none."""
    mine = source_privacy.c.source_id == source_id
    body = db.scalar(sa.select(source_privacy.c.body).where(mine))
    return Rules() if body is None else _rules_of(body)


def put_rules(db: sa.Connection, source_id: int, rules: Rules, *, now_ms: int) -> None:
    """Have a Source keep so much of its events from now on."""
    if rules.is_empty:
        db.execute(sa.delete(source_privacy).where(source_privacy.c.source_id == source_id))
    else:
        values = {"body": _encode(rules), "updated_at_ms": now_ms}
        row = upsert(db, source_privacy).values(source_id=source_id, **values)
        db.execute(row.on_conflict_do_update(index_elements=["source_id"], set_=values))
    _changed(db)


# -- the suppression list


class Suppressed(NamedTuple):
    """A line of the list: of whom only a digest is known."""

    digest: bytes
    kind: str
    added_by: str
    added_at_ms: int
    erasure_id: int | None


def suppressed_digests(db: sa.Connection) -> frozenset[bytes]:
    """All of the list."""
    return frozenset(bytes(one) for one in db.scalars(sa.select(suppressed.c.digest)))


def suppress(db: sa.Connection, lines: Iterable[Suppressed]) -> int:
    """Put these on the list; says how many were new."""
    new = 0
    for line in lines:
        row = upsert(db, suppressed).values(line._asdict())
        new += db.execute(row.on_conflict_do_nothing()).rowcount
    if new:
        _changed(db)
    return new


def unsuppress(db: sa.Connection, digests: Collection[bytes]) -> int:
    """Take these from the list; says how many were on it."""
    gone = 0
    for some in chunks(list(digests)):
        mirrored = suppressed_records.c.digest.in_(some)
        db.execute(sa.delete(suppressed_records).where(mirrored))
        gone += db.execute(sa.delete(suppressed).where(suppressed.c.digest.in_(some))).rowcount
    if gone:
        _changed(db)
    return gone


def on_list(db: sa.Connection, digests: Collection[bytes]) -> list[Suppressed]:
    """Those of the digests that are on the list."""
    chosen = sa.select(suppressed).where(suppressed.c.digest.in_(list(digests)))
    return [Suppressed._make(row) for row in db.execute(chosen)]


def listed(db: sa.Connection, *, limit: int, after: bytes = b"") -> list[Suppressed]:
    """The list, in the order of the digests, some of it at a time."""
    chosen = sa.select(suppressed).where(suppressed.c.digest > after)
    rows = db.execute(chosen.order_by(suppressed.c.digest).limit(limit))
    return [Suppressed._make(row) for row in rows]


def count_suppressed(db: sa.Connection) -> int:
    """How many are on the list."""
    return db.scalar(sa.select(sa.func.count()).select_from(suppressed)) or 0


def suppress_records(
    db: sa.Connection, records: Iterable[tuple[int, str]], *, digest: bytes
) -> None:
    """Have the mirror take persons up no more, by Connection and id."""
    for connection_id, record_id in records:
        values = {"connection_id": connection_id, "record_id": record_id, "digest": digest}
        row = upsert(db, suppressed_records).values(values)
        db.execute(row.on_conflict_do_nothing())


def suppressed_persons(db: sa.Connection, connection_id: int, ids: Sequence[str]) -> set[str]:
    """Those of the persons that the mirror must not take up."""
    found: set[str] = set()
    # Nearly every hub has none, and this is asked for every record that is written.
    if not run(db, "SELECT 1 FROM suppressed_records LIMIT 1").fetchall():
        return found
    for some in chunks(ids):
        chosen = sa.select(suppressed_records.c.record_id).where(
            suppressed_records.c.connection_id == connection_id,
            suppressed_records.c.record_id.in_(some),
        )
        found |= set(db.scalars(chosen))
    return found


def _changed(db: sa.Connection) -> None:
    row = upsert(db, privacy_state).values(id=_STATE, revision=1)
    one_more = {"revision": privacy_state.c.revision + 1}
    db.execute(row.on_conflict_do_update(index_elements=["id"], set_=one_more))


# -- erasures


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure. `plan` is sealed and None at the end; `proof` is None before it."""

    id: int
    digest: str
    state: str
    plan: bytes | None
    progress: bytes
    proof: bytes | None
    made_by: str
    made_at_ms: int
    ended_at_ms: int | None


def add_erasure(
    db: sa.Connection, *, digest: str, plan: bytes, progress: bytes, made_by: str, now_ms: int
) -> int:
    """Begin an erasure; its number."""
    made = sa.insert(erasures).values(
        digest=digest,
        state="running",
        plan=plan,
        progress=progress,
        made_by=made_by,
        made_at_ms=now_ms,
    )
    return db.execute(made.returning(erasures.c.id)).scalar_one()


def put_progress(db: sa.Connection, erasure_id: int, progress: bytes) -> None:
    """Remember how far an erasure is, in the transaction that went so far."""
    mine = erasures.c.id == erasure_id
    db.execute(sa.update(erasures).where(mine).values(progress=progress))


def end_erasure(
    db: sa.Connection, erasure_id: int, *, progress: bytes, proof: bytes, now_ms: int
) -> None:
    """Know that an erasure is done; whom it was about is known no more."""
    values = {"state": "done", "plan": None, "progress": progress, "proof": proof}
    mine = erasures.c.id == erasure_id
    db.execute(sa.update(erasures).where(mine).values(**values, ended_at_ms=now_ms))


def erasure(db: sa.Connection, erasure_id: int) -> Erasure:
    """One erasure; raises NotFound."""
    row = db.execute(sa.select(erasures).where(erasures.c.id == erasure_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no erasure {erasure_id}.", code="no_erasure")
    return _erasure(row)


def list_erasures(db: sa.Connection, *, limit: int, before: int | None = None) -> list[Erasure]:
    """Erasures, the newest first."""
    chosen = sa.select(erasures).order_by(erasures.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(erasures.c.id < before)
    return [_erasure(row) for row in db.execute(chosen)]


def unfinished(db: sa.Connection, digest: str | None = None) -> list[Erasure]:
    """Erasures that were begun and not ended, of a person or of anybody."""
    chosen = sa.select(erasures).where(erasures.c.state == "running")
    if digest is not None:
        chosen = chosen.where(erasures.c.digest == digest)
    return [_erasure(row) for row in db.execute(chosen.order_by(erasures.c.id))]


def _erasure(row: Any) -> Erasure:
    return Erasure(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
