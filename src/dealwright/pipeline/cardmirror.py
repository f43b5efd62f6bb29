"""What the store knows of somebody, for a card: read at once, and asked of nobody."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.core.identifier import Identifier
from dealwright.core.record import Activity, Deal, Note, Person, Record, RecordId, RecordKind
from dealwright.pipeline.condition import Condition, condition
from dealwright.pipeline.freshen import is_fresh
from dealwright.pipeline.mirrored import key_name, name_of, record_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.verify import carries, tie
from dealwright.store.cards import CardSettings
from dealwright.store.cards import settings as card_settings
from dealwright.store.catalogue import moments
from dealwright.store.connections import Connection, connection
from dealwright.store.merges import successor
from dealwright.store.mirror import Mirrored, MirrorState, by_keys, records, state
from dealwright.store.review_teachings import taught_record
from dealwright.store.webhooks import alive

#: People with one address that a chooser may list.
MOST = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """How far the mirror of a Connection is to be believed at a moment; `blind`: not at all."""

    states: Mapping[RecordKind, MirrorState]
    listening: bool
    now_ms: int
    pace: Pace
    blind: bool = False

    def whole(self, kind: RecordKind) -> bool:
        """Whether all that belongs to a record is known, as far as this kind goes."""
        known = self.states.get(kind)
        told = self.listening and not self.blind
        return known is not None and known.complete and (told or self.fresh(kind))

    def fresh(self, kind: RecordKind) -> bool:
        """Whether what the mirror of a kind does not know is not there."""
        known = self.states.get(kind)
        if self.blind or known is None:
            return False
        return is_fresh(known, now_ms=self.now_ms, pace=self.pace)

    def trusts(self, row: Mirrored) -> bool:
        """Whether a row may be shown as what is there now."""
        if self.blind or not row.exact:
            return False
        known = self.states.get(row.kind)
        told = self.listening and known is not None and known.complete
        if told or row.checked_at_ms >= self.now_ms - int(self.pace.fresh_s * 1000):
            return True
        trusted_ms = self.now_ms - int(self.pace.trust_s * 1000)
        return self.fresh(row.kind) and row.checked_at_ms >= trusted_ms


class Seen(NamedTuple):
    """Records of the mirror. `sure`: they are all that there are, as they are now.

    `at_ms` is when the oldest of them was seen.
    """

    items: tuple[Any, ...] = ()
    sure: bool = False
    at_ms: int | None = None


class Shelf(NamedTuple):
    """A Connection as a card needs it, and the persons who may have an address."""

    found: Connection
    condition: Condition
    settings: CardSettings
    lists: Mapping[str, int]
    eye: Eye
    persons: Seen


def shelf(
    db: sa.Connection,
    connection_id: int,
    keys: Sequence[Identifier],
    *,
    person_id: int,
    now_ms: int,
    pace: Pace,
    blind: bool = False,
) -> Shelf:
    """Everything that is known before somebody is asked; `person_id` 0: whoever has a key."""
    found = connection(db, connection_id)
    states = state(db, connection_id)
    listening = bool(states) and alive(db, connection_id, now_ms)
    eye = Eye(states=states, listening=listening, now_ms=now_ms, pace=pace, blind=blind)
    return Shelf(
        found=found,
        condition=condition(db, found, now_ms=now_ms),
        settings=card_settings(db, connection_id),
        lists=moments(db, connection_id),
        eye=eye,
        persons=_one(db, found, eye, person_id) if person_id else _persons(db, found, eye, keys),
    )


def taught_person(db: sa.Connection, connection_id: int, keys: Sequence[Identifier]) -> int:
    """Who an address is, as people taught; 0 where they did not, or who it was is no more.

    Keys are in order: one before, that somebody has, decides.
    """
    kind = RecordKind.PERSON
    for key in keys:
        name = name_of(key)
        person = taught_record(db, connection_id, kind, name)
        if person is not None:
            person = successor(db, connection_id, kind, person) or person
            row = records(db, connection_id, kind, [person]).get(person)
            if row is None or not row.deleted:
                return int(person)
        if by_keys(db, connection_id, kind, [name]).get(name):
            return 0
    return 0


def belonging(
    db: sa.Connection,
    connection_id: int,
    eye: Eye,
    kind: RecordKind,
    *,
    of: RecordKind,
    to: Collection[int],
) -> dict[int, Seen]:
    """Records of a kind that belong to persons or deals, for each of those."""
    if kind not in eye.states or not to:
        return dict.fromkeys(to, Seen())
    keys = {one: key_name(tie(of, one)) for one in to}
    ids = by_keys(db, connection_id, kind, list(keys.values()))
    rows = records(db, connection_id, kind, {one for some in ids.values() for one in some})
    known = {key: (row, record_of(row)) for key, row in rows.items() if not row.deleted}
    whole = eye.whole(kind)
    found: dict[int, Seen] = {}
    for one, key in keys.items():
        held = (known[record_id] for record_id in ids.get(key, ()) if record_id in known)
        mine = [(row, record) for row, record in held if _belongs(record, of, one)]
        found[one] = Seen(
            items=tuple(record for _, record in mine),
            sure=whole and all(row.exact for row, _ in mine),
            at_ms=min((row.checked_at_ms for row, _ in mine), default=None),
        )
    return found


def by_id(
    db: sa.Connection, connection_id: int, kind: RecordKind, ids: Collection[int]
) -> dict[int, Any]:
    """Records that are mentioned, as far as they are known; their names hardly ever change."""
    found = records(db, connection_id, kind, ids)
    return {int(key): record_of(row) for key, row in found.items() if not row.deleted}


def one_of(
    db: sa.Connection, connection_id: int, eye: Eye, kind: RecordKind, record_id: RecordId
) -> Seen:
    """One record by its id."""
    row = records(db, connection_id, kind, [record_id]).get(record_id)
    if row is None or row.deleted:
        return Seen()
    return Seen((record_of(row),), eye.trusts(row), row.checked_at_ms)


def _persons(db: sa.Connection, found: Connection, eye: Eye, keys: Sequence[Identifier]) -> Seen:
    for key in keys:
        name = name_of(key)
        ids = by_keys(db, found.id, RecordKind.PERSON, [name]).get(name, [])
        rows = records(db, found.id, RecordKind.PERSON, ids).values()
        seen = _who(rows, lambda one, key=key: carries(one, key, region=None), eye)
        if seen.items:
            return seen
    return Seen(sure=eye.fresh(RecordKind.PERSON))


def _one(db: sa.Connection, found: Connection, eye: Eye, person_id: int) -> Seen:
    rows = records(db, found.id, RecordKind.PERSON, [person_id]).values()
    return _who(rows, lambda _: True, eye)


def _who(rows: Collection[Mirrored], fits: Callable[[Record], bool], eye: Eye) -> Seen:
    known = [(row, record_of(row)) for row in rows if not row.deleted]
    mine = [(row, one) for row, one in known if fits(one)][:MOST]
    return Seen(
        items=tuple(one for _, one in mine if isinstance(one, Person)),
        sure=bool(mine) and all(eye.trusts(row) for row, _ in mine),
        at_ms=min((row.checked_at_ms for row, _ in mine), default=None),
    )


def _belongs(record: Record, of: RecordKind, to: int) -> bool:
    """Two keys may meet in one number of the index."""
    if not isinstance(record, Deal | Activity | Note) or getattr(record, "is_archived", False):
        return False
    if of is RecordKind.DEAL:
        return not isinstance(record, Deal) and record.deal_id == to
    taking_part = record.participants or () if isinstance(record, Activity) else ()
    return record.person_id == to or any(one.person_id == to for one in taking_part)
