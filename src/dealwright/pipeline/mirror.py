"""Mirror: who is who in an account, known here; what may have changed is asked for first."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.match import Reference
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.watch import Spared
from dealwright.pipeline.freshen import Polls, is_fresh
from dealwright.pipeline.mirrored import name_of, record_of, row_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verify import carries
from dealwright.store.crawls import set_stale
from dealwright.store.merges import successor
from dealwright.store.mirror import (
    Mirrored,
    MirrorRow,
    MirrorState,
    bury,
    by_keys,
    doubt,
    put_records,
    records,
    state,
)

#: Records with one key that are looked at; more of them help nobody to choose. Hits that turn out
#: to be none do not count.
MAX_HITS = 25

#: Record ids that are known for a sender's own ids.
Links = Mapping[tuple[RecordKind, str], RecordId]

_Id = tuple[RecordKind, RecordId]


class Sighting(NamedTuple):
    """Who has a key: the first key that somebody has, and all who have it.

    Nobody has any: no key. Not `certain`: the mirror of the kind is not complete, ask elsewhere.
    """

    key: Identifier | None = None
    records: tuple[Record, ...] = ()
    certain: bool = True


class _Look(NamedTuple):
    asked: frozenset[Identifier | RecordId]
    state: MirrorState | None
    ids: Mapping[str, Sequence[RecordId]]
    rows: Mapping[RecordId, Mirrored]


class Mirror:
    """The mirror of one Connection, as its drain uses it.

    `states` are those of the kinds that are mirrored, as they were when the run began.
    `listening`: Pipedrive's webhooks reach us, so what changes is heard of. What a try wrote
    (`mine`), and of what it does not know the end (`unsure`), is known at once to every other try
    of the run, and is stored with the outcome.
    """

    def __init__(self, tenure: Tenure, *, pace: Pace, region: str | None) -> None:
        self.tenure = tenure
        self.pace = pace
        self.region = region
        self.listening = False
        self.states: Mapping[RecordKind, MirrorState] = {}
        self.mine: dict[_Id, MirrorRow] = {}
        self.unsure: set[_Id] = set()
        self._polls = Polls(tenure, connection_id=tenure.connection_id, region=region)
        self._polling: defaultdict[RecordKind, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._since_ms = 0
        self._noted_ms = 0

    def begin(self, states: Mapping[RecordKind, MirrorState], *, listening: bool) -> None:
        """Begin a run of the drain: what was learned in the last one is in the store."""
        self.states, self.listening = states, listening
        self.mine.clear()
        self.unsure.clear()

    def distrust(self) -> None:
        """Let nothing count that was seen before now: somebody has died while they wrote."""
        self._since_ms = self.tenure.now_ms

    def is_whole(self, state: MirrorState) -> bool:
        """Whether every record of a kind is known by all its keys."""
        return state.complete and state.region == (self.region or "")

    def is_fresh(self, state: MirrorState) -> bool:
        """Whether what the mirror of a kind does not know is not there."""
        now_ms = self.tenure.now_ms
        fresh = is_fresh(state, now_ms=now_ms, pace=self.pace)
        return fresh and (state.fresh_at_ms or 0) >= self._since_ms

    def trusts(self, row: Mirrored | MirrorRow, state: MirrorState | None) -> bool:
        """Whether a row may decide something without a look at the record itself."""
        now_ms = self.tenure.now_ms
        fresh_ms = state.fresh_at_ms or 0 if state is not None and state.complete else 0
        if not row.exact or max(row.checked_at_ms, fresh_ms) < self._since_ms:
            return False
        # Of a kind that is still crawled, webhooks may have begun to tell after a page was read.
        told = self.listening and state is not None and state.complete
        if told or row.checked_at_ms >= now_ms - int(self.pace.fresh_s * 1000):
            return True
        polled = state is not None and self.is_fresh(state)
        return polled and row.checked_at_ms >= now_ms - int(self.pace.trust_s * 1000)

    async def freshen(self, kind: RecordKind, records: Records) -> None:
        """Make sure that everything which was changed lately is known; one asks for all who wait.

        Costs nothing when somebody else has just asked, else 10 tokens for each 500 records that
        were changed. Raises the UpstreamError tree: that nobody could be asked is not Missing.
        """
        async with self._polling[kind]:
            connection_id = self.tenure.connection_id
            states = await self.tenure.read(lambda db: state(db, connection_id))
            known = states.get(kind)
            if known is not None and known.complete and not self.is_fresh(known):
                await self._polls.catch_up(records, known, now_ms=self.tenure.now_ms)

    def next_note_ms(self) -> int:
        """The moment of a note, later than that of any before: the last that was written counts."""
        self._noted_ms = max(self.tenure.now_ms, self._noted_ms + 1)
        return self._noted_ms

    def reading(self, records: Records) -> "Reading":
        """What one try sees and learns; its calls are made by `records`."""
        return Reading(mirror=self, reads=records)


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one try sees of the mirror, and learns for it: to be stored with its outcome."""

    mirror: Mirror
    reads: Records
    _rows: dict[_Id, MirrorRow] = field(default_factory=dict[_Id, MirrorRow])
    _buried: dict[_Id, int] = field(default_factory=dict[_Id, int])
    _doubted: set[_Id] = field(default_factory=set[_Id])
    _ahead: dict[RecordKind, _Look] = field(default_factory=dict[RecordKind, _Look])
    _surprised: set[RecordKind] = field(default_factory=set[RecordKind])

    def covers(self, references: Iterable[Reference]) -> bool:
        """Whether anything of this is mirrored."""
        return any(reference.kind in self.mirror.states for reference in references)

    def look_ahead(self, db: sa.Connection, references: Iterable[Reference], linked: Links) -> None:
        """Look up what is going to be asked for, along with something else; good for one answer."""
        keys: defaultdict[RecordKind, list[Identifier]] = defaultdict(list)
        ids: defaultdict[RecordKind, set[RecordId]] = defaultdict(set)
        for reference in references:
            keys[reference.kind] += reference.keys
        for (kind, _), record_id in linked.items():
            ids[kind].add(record_id)
        for kind in self.mirror.states.keys() & keys.keys():
            self._ahead[kind] = self._looked(db, kind, keys[kind], ids[kind])

    def ahead_ids(self, kind: RecordKind) -> set[RecordId]:
        """Records of a kind that are going to be asked for."""
        look = self._ahead.get(kind)
        return set() if look is None else set(look.rows)

    async def find(self, kind: RecordKind, keys: Sequence[Identifier]) -> Sighting:
        """The records that have the first of the keys which anybody has, in id order.

        Costs nothing as a rule; 1 token for each hit that may have changed since it was seen, and
        10 for all who wait when a key that nobody has is looked for once a minute.
        """
        if kind not in self.mirror.states:
            return Sighting(certain=False)
        asked = False
        while True:
            look = await self._look(kind, keys, ())
            if look.state is None or not self.mirror.is_whole(look.state):
                return Sighting(certain=False)
            sighting, passed = await self._first(kind, keys, look)
            # A record that is not as it was may have been merged: who has its keys now?
            known = self.mirror.is_fresh(look.state) and kind not in self._surprised
            sure = asked or known
            # Who was passed over may have come since; of hits, a webhook would have told.
            heard = self.mirror.listening and sighting.key is not None
            if sure or heard or not passed:
                found = Spared.HIT if sighting.key is not None else Spared.MISS
                self.reads.client.spare(Spared.POLLED if asked else found)
                return sighting
            if kind in self._surprised:
                await self.mirror.tenure.write(self._set_stale)
            await self.mirror.freshen(kind, self.reads)
            self._surprised.discard(kind)
            asked = True

    async def read(self, kind: RecordKind, record_id: RecordId) -> Record | None:
        """One record by its id; None when it is no more. Costs 1 token when it may have changed.

        One that was merged into another, as far as was heard of it, is that other.
        """
        record = await self._read(kind, record_id)
        if record is not None:
            return record
        connection_id = self.mirror.tenure.connection_id
        heir = await self.mirror.tenure.read(
            lambda db: successor(db, connection_id, kind, record_id)
        )
        return None if heir is None else await self._read(kind, heir)

    def note(self, kind: RecordKind, record: Record) -> None:
        """Take over what a write has just returned."""
        self._learn(kind, record, at_ms=self.mirror.next_note_ms())
        self.mirror.unsure.discard((kind, record.id))
        if (kind, record.id) in self._rows:
            self.mirror.mine[kind, record.id] = self._rows[kind, record.id]

    def deleted(self, kind: RecordKind, record_id: RecordId) -> None:
        """Take over that we have deleted a record."""
        if kind in self.mirror.states:
            self._rows.pop((kind, record_id), None)
            self.mirror.unsure.add((kind, record_id))
            self._buried[kind, record_id] = self.mirror.tenure.now_ms

    def gone(self, kind: RecordKind, record_id: RecordId) -> None:
        """Take over that a record is no more, and that we had not heard of it."""
        self.deleted(kind, record_id)
        self._surprised.add(kind)

    def doubt(self, kind: RecordKind, record_id: RecordId) -> None:
        """Have a record read before it decides anything: what became of a write is not known."""
        self.mirror.unsure.add((kind, record_id))
        self._doubted.add((kind, record_id))

    def store(self, db: sa.Connection) -> None:
        """Store what was learned."""
        connection_id = self.mirror.tenure.connection_id
        put_records(db, connection_id, self._rows.values())
        for (kind, record_id), at_ms in self._buried.items():
            bury(db, connection_id, kind, record_id=record_id, at_ms=at_ms)
        for kind, record_id in self._doubted:
            doubt(db, connection_id, kind, record_ids=[record_id])
        self._set_stale(db)

    def _set_stale(self, db: sa.Connection) -> None:
        fresh_ms = int(self.mirror.pace.fresh_s * 1000)
        before_ms = self.mirror.tenure.now_ms - fresh_ms - 1
        for kind in self._surprised & self.mirror.states.keys():
            set_stale(db, self.mirror.tenure.connection_id, kind, before_ms=before_ms)

    async def _read(self, kind: RecordKind, record_id: RecordId) -> Record | None:
        look = _Look(frozenset(), None, {}, {})
        if kind in self.mirror.states:
            look = await self._look(kind, (), (record_id,))
        return await self._certain(kind, record_id, look)

    async def _look(
        self, kind: RecordKind, keys: Sequence[Identifier], ids: Collection[RecordId]
    ) -> _Look:
        if (ahead := self._ahead.pop(kind, None)) and ahead.asked.issuperset((*keys, *ids)):
            return ahead
        return await self.mirror.tenure.read(lambda db: self._looked(db, kind, keys, ids))

    def _looked(
        self,
        db: sa.Connection,
        kind: RecordKind,
        keys: Sequence[Identifier],
        ids: Collection[RecordId],
    ) -> _Look:
        connection_id = self.mirror.tenure.connection_id
        names = [name_of(key) for key in keys if key.kind is not IdentifierKind.RECORD_ID]
        found = by_keys(db, connection_id, kind, names)
        wanted = {*ids, *(record_id for hits in found.values() for record_id in hits)}
        known = state(db, connection_id).get(kind)
        rows = records(db, connection_id, kind, wanted)
        return _Look(frozenset((*keys, *ids)), known, found, rows)

    async def _first(
        self, kind: RecordKind, keys: Sequence[Identifier], look: _Look
    ) -> tuple[Sighting, bool]:
        """Who has the first key that anybody has; and whether one was passed that nobody has."""
        passed = False
        for key in keys:
            if hits := await self._hits(kind, key, look):
                return Sighting(key, hits), passed
            # That nobody has an id was just asked.
            passed = passed or key.kind is not IdentifierKind.RECORD_ID
        return Sighting(), passed

    async def _hits(self, kind: RecordKind, key: Identifier, look: _Look) -> tuple[Record, ...]:
        if key.kind is IdentifierKind.RECORD_ID:
            found = await self.read(kind, own_id(kind, key))
            return () if found is None else (found,)
        hits: list[Record] = []
        for record_id in look.ids.get(name_of(key), ()):
            record = await self._certain(kind, record_id, look)
            if record is not None and carries(record, key, region=self.mirror.region):
                hits.append(record)
            if len(hits) == MAX_HITS:
                break
        return tuple(hits)

    async def _certain(self, kind: RecordKind, record_id: RecordId, look: _Look) -> Record | None:
        """A record as it is now, as far as that has to be known."""
        if (kind, record_id) in self._buried:
            return None
        row = self._newest(kind, record_id, look)
        sure = (kind, record_id) not in self.mirror.unsure
        if sure and row is not None and self.mirror.trusts(row, look.state):
            return None if row.deleted else record_of(row)
        asked_ms = self.mirror.tenure.now_ms
        record = await self.reads.get(kind, record_id)
        if record is None:
            self.gone(kind, record_id)
            return None
        self._learn(kind, record, at_ms=asked_ms)
        seen = self._rows.get((kind, record_id))
        if row is not None and seen is not None and seen.updated_at_ms > row.updated_at_ms:
            self._surprised.add(kind)
        return None if record.is_deleted else record

    def _newest(
        self, kind: RecordKind, record_id: RecordId, look: _Look
    ) -> Mirrored | MirrorRow | None:
        seen = (
            self.mirror.mine.get((kind, record_id)),
            self._rows.get((kind, record_id)),
            look.rows.get(record_id),
        )
        rows = (row for row in seen if row is not None)
        # Of two that are equally new, the one that somebody has come to doubt since.
        return max(
            rows,
            key=lambda row: (row.updated_at_ms, row.checked_at_ms, not row.exact),
            default=None,
        )

    def _learn(self, kind: RecordKind, record: Record, *, at_ms: int) -> None:
        if kind not in self.mirror.states:
            return
        self._buried.pop((kind, record.id), None)
        region = self.mirror.region
        row = row_of(record, kind, checked_at_ms=at_ms, exact=True, region=region)
        self._rows[kind, record.id] = row


def own_id(kind: RecordKind, key: Identifier) -> RecordId:
    """The record id that an Identifier of a record's own id is."""
    return key.value if kind is RecordKind.LEAD else int(key.value)
