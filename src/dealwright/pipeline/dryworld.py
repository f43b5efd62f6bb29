"""DryWorld: an account as a dry run sees it: the mirror, and over it what the run would have done.

What lies over it is in memory alone. Nothing here can write, and without a Client that may ask
nothing here asks.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import AccountList
from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.match import Reference
from dealwright.core.plan import SchemaChange
from dealwright.core.record import FieldDefinition, FieldOption, Record, RecordId, RecordKind
from dealwright.core.schema import Schema
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.ahead import Ahead
from dealwright.pipeline.dryasking import NotAsked
from dealwright.pipeline.mirror import Mirror, Reading
from dealwright.pipeline.mirrored import key_name, name_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verify import keys_of
from dealwright.store.engine import Store
from dealwright.store.mirror import Mirrored, MirrorRow, MirrorState

T = TypeVar("T")

_Id = tuple[RecordKind, RecordId]

# Whoever is chosen as the oldest or the newest, a new one is younger than all that are there.
_FIRST_STAND_IN: Final = 9_000_000_000_000_000


class Onlooker(Tenure):
    """A Tenure of nobody, to verify with: it writes what was learned of the mirror, and no more."""

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Write what was learned by a look: newer rows win, whoever wrote them."""
        return await self._store.write(fn)


@dataclass(slots=True)
class Overlay:
    """What the dry run would have made and changed so far."""

    region: str | None
    links: dict[tuple[int, str, str], RecordId] = field(
        default_factory=dict[tuple[int, str, str], RecordId]
    )
    records: dict[_Id, Record] = field(default_factory=dict[_Id, Record])
    deleted: set[_Id] = field(default_factory=set[_Id])
    _keys: defaultdict[RecordKind, defaultdict[str, set[RecordId]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    _made: defaultdict[RecordKind, int] = field(default_factory=lambda: defaultdict(int))

    def new_id(self, kind: RecordKind) -> RecordId:
        """A stand-in for the id of the next record of a kind."""
        self._made[kind] += 1
        number = self._made[kind]
        return f"new-{number}" if kind is RecordKind.LEAD else _FIRST_STAND_IN + number

    def put(self, kind: RecordKind, record: Record) -> None:
        """Take a record as it would be."""
        self.records[kind, record.id] = record
        for key in keys_of(record, region=self.region):
            self._keys[kind][key_name(key)].add(record.id)

    def delete(self, kind: RecordKind, record_id: RecordId) -> None:
        """Take a record as gone."""
        self.records.pop((kind, record_id), None)
        self.deleted.add((kind, record_id))

    def with_key(self, kind: RecordKind, key: str) -> set[RecordId]:
        """The records of the overlay that have, or had, a key."""
        return self._keys[kind].get(key, set()) if kind in self._keys else set()


def stand_in(record_id: object) -> int | None:
    """Which new record of its kind an id stands for; None for the id of one that is there."""
    if isinstance(record_id, str) and record_id.startswith("new-"):
        return int(record_id.removeprefix("new-"))
    if isinstance(record_id, int) and record_id > _FIRST_STAND_IN:
        return record_id - _FIRST_STAND_IN
    return None


class DryMirror(Mirror):
    """The mirror with the Overlay on it.

    Without `verifying` all counts that it has, however old; what a delivery would look at once more
    is remembered in `stale` (records) and `unpolled` (kinds).
    """

    def __init__(self, tenure: Tenure, *, pace: Pace, overlay: Overlay, verifying: bool) -> None:
        super().__init__(tenure, pace=pace, region=overlay.region)
        self.overlay = overlay
        self.verifying = verifying
        self.stale: set[_Id] = set()
        self.unpolled: set[RecordKind] = set()

    def is_fresh(self, state: MirrorState) -> bool:
        """Whether what is not in the mirror is not there: taken for granted unless verifying."""
        if super().is_fresh(state) or self.verifying:
            return super().is_fresh(state)
        if state.complete:
            self.unpolled.add(state.kind)
        return True

    def trusts(self, row: Mirrored | MirrorRow, state: MirrorState | None) -> bool:
        """Whether a row may decide: any may unless verifying."""
        # Whether a kind was polled lately is asked here too, and says nothing of who is not there.
        known = self.unpolled.copy()
        trusted = super().trusts(row, state)
        self.unpolled = known
        if trusted or self.verifying:
            return trusted
        self.stale.add((row.kind, row.record_id))
        return True

    def reading(self, records: Records) -> "DryReading":
        """What one try sees."""
        return DryReading(mirror=self, reads=records, overlay=self.overlay)


@dataclass(slots=True, kw_only=True)
class DryReading(Reading):
    """A Reading that finds what the dry run would have made as well."""

    overlay: Overlay

    def _looked(
        self,
        db: sa.Connection,
        kind: RecordKind,
        keys: Sequence[Identifier],
        ids: Collection[RecordId],
    ) -> Any:
        stored = [one for one in ids if stand_in(one) is None]
        look = Reading._looked(self, db, kind, keys, stored)  # noqa: SLF001 - its own class
        found = {name: list(hits) for name, hits in look.ids.items()}
        for name in [name_of(key) for key in keys if key.kind is not IdentifierKind.RECORD_ID]:
            laid = self.overlay.with_key(kind, name)
            if laid:
                there = found.setdefault(name, [])
                there += [one for one in sorted(laid, key=str) if one not in there]
        return look._replace(ids=found, asked=frozenset((*keys, *ids)))

    async def _certain(self, kind: RecordKind, record_id: RecordId, look: Any) -> Record | None:
        if (kind, record_id) in self.overlay.deleted:
            return None
        laid = self.overlay.records.get((kind, record_id))
        if laid is not None:
            return laid
        return await Reading._certain(self, kind, record_id, look)  # noqa: SLF001 - its own class


@dataclass(frozen=True, slots=True, kw_only=True)
class DryAhead(Ahead):
    """Links, with those that the dry run would have made."""

    overlay: Overlay

    def _links(self, db: sa.Connection, references: Sequence[Reference]) -> Any:
        found = dict(Ahead._links(self, db, references))  # noqa: SLF001 - its own class
        for reference in references:
            laid = self.overlay.links.get((self.source_id, reference.kind, reference.external_id))
            if reference.external_id and laid is not None:
                found[reference.kind, reference.external_id] = laid
        return found


class KeptLists(AccountBook):
    """An account's lists as they are kept, of any age, with the options that would be added.

    `old` are those that a delivery would ask for anew, `new_options` labels by stand-in. Raises
    NotAsked for one that was never read, unless verifying.
    """

    def __init__(self, store: Store, *, tenure: Tenure, verifying: bool) -> None:
        super().__init__(store, connection_id=tenure.connection_id, clock=tenure.clock)
        self.verifying = verifying
        self.old: set[AccountList] = set()
        self.new_options: dict[int, str] = {}
        self._options: dict[str, dict[str, int]] = {}
        self._laid: dict[RecordKind, tuple[Schema, int, Schema]] = {}

    async def read(self, name: AccountList, records: Records) -> Any:
        """One list."""
        told = await super().read(name, records)
        if not super()._is_fresh(self._lists[name][0]):
            self.old.add(name)
        return told

    async def schema(self, kind: RecordKind, records: Records) -> Schema:
        """The fields of a kind, with the options that would be there by then."""
        known = await super().schema(kind, records)
        count = len(self.new_options)
        if not count:
            return known
        laid = self._laid.get(kind)
        if laid is None or laid[0] is not known or laid[1] != count:
            laid = self._laid[kind] = (known, count, self._with_options(known))
        return laid[2]

    def add_options(self, change: SchemaChange) -> dict[str, int]:
        """Take options as added; their stand-in ids, by label."""
        mine = self._options.setdefault(change.field, {})
        for label in change.labels:
            if label not in mine:
                mine[label] = -(len(self.new_options) + 1)
                self.new_options[mine[label]] = label
        return {label: mine[label] for label in change.labels}

    def forget_old(self) -> bool:
        """Nothing is asked for anew but to verify."""
        return super().forget_old() if self.verifying else False

    def _with_options(self, known: Schema) -> Schema:
        fields = tuple(
            _enlarged(entry, self._options.get(entry.field_code, {})) for entry in known.fields
        )
        return replace(known, fields=fields)

    def _is_fresh(self, at_ms: int) -> bool:
        return super()._is_fresh(at_ms) if self.verifying else True

    async def _ask(self, name: AccountList, records: Records) -> Any:
        if self.verifying:
            return await super()._ask(name, records)
        raise NotAsked(
            f"The account's list “{name}” was never read. Read it: dealwright connections refresh; "
            "or let the dry run verify."
        )


def _enlarged(entry: FieldDefinition, labels: Mapping[str, int]) -> FieldDefinition:
    if not labels:
        return entry
    more = tuple(FieldOption(id=at, label=label) for label, at in labels.items())
    return msgspec.structs.replace(entry, options=(*(entry.options or ()), *more))
