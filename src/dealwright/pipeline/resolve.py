"""Resolve: References → Matches. Links first, then keys, in the mirror as soon as it is complete.

Every hit is verified before it counts: against the mirror, or against the record itself.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from dealwright.core import identifier
from dealwright.core.clock import Clock, from_ms, to_ms
from dealwright.core.delivery import Step
from dealwright.core.errors import MappingError
from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, Found, Match, Missing, Reference, choose
from dealwright.core.question import Make, Take, short_key
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.taught import NOTHING, TaughtRecord, TaughtRecords
from dealwright.pipedrive.records import PersonField, Records
from dealwright.pipeline.mirror import MAX_HITS, Reading, Sighting, own_id
from dealwright.pipeline.mirrored import name_of
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.verify import carries


@dataclass(slots=True, kw_only=True)
class Resolution:
    """What became of the References, by role; and what was learned on the way.

    `gone` are records that a Link named and that are no more: their Links are to be forgotten.
    """

    matches: dict[str, Match] = field(default_factory=dict[str, Match])
    steps: list[Step] = field(default_factory=list[Step])
    gone: list[tuple[RecordKind, RecordId]] = field(
        default_factory=list[tuple[RecordKind, RecordId]]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Looks records up for one Delivery; a call that fails raises, and is never Missing.

    What the `mirror` cannot tell is searched for by `records`, and among what is `recent`. `taught`
    is what people said once for all, `answers` what they said of this Delivery, by kind and key.
    """

    records: Records
    mirror: Reading
    recent: Recent
    defaults: MatchDefaults
    clock: Clock
    taught: TaughtRecords = field(default_factory=lambda: NOTHING.records)
    answers: Mapping[tuple[RecordKind, str], Take | Make] = field(
        default_factory=dict[tuple[RecordKind, str], Take | Make]
    )

    async def resolve(
        self, references: Iterable[Reference], *, links: Mapping[tuple[RecordKind, str], RecordId]
    ) -> Resolution:
        """Look up every Reference; `links` are the record ids known for their external ids.

        In a complete mirror it costs nothing, but 1 token for each record that may have changed and
        10 for all who wait when nobody is found; else 1 token for a Link that holds, 20 and 1 for
        each hit where a search is needed.
        """
        resolution = Resolution()
        for reference in references:
            linked = links.get((reference.kind, reference.external_id))
            resolution.matches[reference.role] = await self._match(reference, linked, resolution)
        return resolution

    async def said(self, reference: Reference, steps: list[Step]) -> Found | Missing | None:
        """What people said of a Reference's keys; None where they said nothing that decides it.

        Keys are in order here, too: one before, that somebody has, decides.
        """
        if not self.answers and not self.taught:
            return None
        names = [name_of(key) for key in reference.keys] or [role_name(reference.role)]
        for position, name in enumerate(names):
            told = self.answers.get((reference.kind, name))
            told = told or self.taught.get((reference.kind, short_key(name)))
            if told is None:
                continue
            before = msgspec.structs.replace(reference, keys=reference.keys[:position])
            if position and (await self.sight(before)).key is not None:
                return None
            if (match := await self._told(reference, name, told, steps)) is not None:
                return match
        return None

    async def _told(
        self, reference: Reference, name: str, told: Take | Make | TaughtRecord, steps: list[Step]
    ) -> Found | Missing | None:
        who = f"{reference.role}: {name}"
        if isinstance(told, Make):
            steps.append(_step(f"{who}: a new one, as {told.by} decided"))
            return Missing(tried=(name,))
        taught = isinstance(told, TaughtRecord)
        why = f"taught (teaching {told.teaching})" if taught else "decided"
        record = await self.mirror.read(reference.kind, told.record_id)
        if record is None or record.is_deleted:
            steps.append(
                _step(f"{who} is {told.record_id}, as {told.by} {why}; it is there no more")
            )
            return None
        steps.append(_step(f"{who} is {record.id}, as {told.by} {why}"))
        return Found(record=record, by="teaching" if taught else "choice")

    async def has_email(self, address: str) -> bool:
        """Whether any person has an address."""
        keys = (identifier.email(address),)
        found = await self.sight(Reference(role="person", kind=RecordKind.PERSON, keys=keys))
        return found.key is not None

    async def _match(
        self, reference: Reference, linked: RecordId | None, resolution: Resolution
    ) -> Match:
        found = None if linked is None else await self._linked(reference, linked, resolution)
        if found is not None:
            return found
        if said := await self.said(reference, resolution.steps):
            return said
        sighting = await self.sight(reference)
        if sighting.key is not None:
            key, hits = sighting.key, sighting.records
            match = choose(hits, by=str(key.kind), rule=reference.rule or self.defaults.ambiguous)
            if isinstance(match, Ambiguous):
                match = replace(match, key=key)
            resolution.steps.append(_hit_step(reference, key, match, len(hits)))
            return match
        tried = tuple(f"{key.kind} {key.value}" for key in reference.keys)
        resolution.steps.append(
            _step(
                f"{reference.role}: nobody by {', '.join(tried)}"
                if tried
                else f"{reference.role}: the event has nothing to look for"
            )
        )
        return Missing(tried=tried)

    async def _linked(
        self, reference: Reference, linked: RecordId, resolution: Resolution
    ) -> Found | None:
        record = await self.mirror.read(reference.kind, linked)
        role = f"{reference.role}: {reference.external_id} is linked to {linked}"
        if record is not None and not record.is_deleted:
            if record.id == linked:
                resolution.steps.append(_step(role))
                return Found(record=record, by="link")
            resolution.steps.append(_step(f"{role}, which was merged into {record.id}"))
            return Found(record=record, by="merge")
        resolution.gone.append((reference.kind, linked))
        resolution.steps.append(_step(f"{role}, which is deleted; the Link is dropped"))
        return None

    async def sight(self, reference: Reference) -> Sighting:
        """All records that have the first of a Reference's keys which any has; no key: none has."""
        if not reference.keys:
            return Sighting()
        known = await self.mirror.find(reference.kind, reference.keys)
        if known.certain:
            return known
        for key in reference.keys:
            if hits := await self._hits(reference.kind, key):
                return Sighting(key, tuple(hits))
        return Sighting()

    async def _hits(self, kind: RecordKind, key: Identifier) -> list[Record]:
        if key.kind is IdentifierKind.RECORD_ID:
            found = await self.mirror.read(kind, own_id(kind, key))
            return [] if found is None or found.is_deleted else [found]
        if known := await self._read(kind, self._recent_ids(kind, key), key):
            return known
        if found := await self._read(kind, await self._search(kind, key), key):
            return found
        if await self._ask_for_recent(kind):
            return await self._read(kind, self._recent_ids(kind, key), key)
        return []

    async def _search(self, kind: RecordKind, key: Identifier) -> list[int]:
        search = _SEARCHES.get((kind, key.kind)) or _SEARCHES.get((None, key.kind))
        if search is None:
            raise MappingError(
                f"A {kind} cannot be found by {key.kind}: choose another match field.",
                code="unsupported_key",
            )
        return await search(self.records, kind, key)

    async def _read(
        self, kind: RecordKind, ids: Iterable[RecordId], key: Identifier
    ) -> list[Record]:
        hits: list[Record] = []
        for record_id in dict.fromkeys(ids):
            record = await self.records.get(kind, record_id)
            if record is not None and carries(record, key, region=self.defaults.region):
                hits.append(record)
            if len(hits) == MAX_HITS:
                break
        return hits

    def _recent_ids(self, kind: RecordKind, key: Identifier) -> list[int]:
        return self.recent.ids(kind, key, now_ms=to_ms(self.clock.now()))

    async def _ask_for_recent(self, kind: RecordKind) -> bool:
        now_ms = to_ms(self.clock.now())
        if self.recent.unknown_since_ms(kind, now_ms=now_ms) is None:
            return False
        # Many lanes wonder at once after a start: one asks, the others read what it was told.
        async with self.recent.asking:
            since_ms = self.recent.unknown_since_ms(kind, now_ms=now_ms)
            if since_ms is not None:
                for record in await self.records.newest(kind, from_ms(since_ms)):
                    self.recent.note(kind, record, at_ms=now_ms)
                self.recent.asked(kind)
        return True


async def _by_email(records: Records, _: RecordKind, key: Identifier) -> list[int]:
    return [hit.id for hit in await records.search_persons(key.raw, field=PersonField.EMAIL)]


async def _by_phone(records: Records, _: RecordKind, key: Identifier) -> list[int]:
    return [hit.id for hit in await records.search_persons(key.raw, field=PersonField.PHONE)]


async def _by_person_name(records: Records, _: RecordKind, key: Identifier) -> list[int]:
    return [hit.id for hit in await records.search_persons(key.raw, field=PersonField.NAME)]


async def _by_organization_name(records: Records, _: RecordKind, key: Identifier) -> list[int]:
    return [hit.id for hit in await records.search_organizations(key.raw)]


async def _by_field(records: Records, kind: RecordKind, key: Identifier) -> list[int]:
    return await records.search_field(kind, key.field, key.raw)


_Search = Callable[[Records, RecordKind, Identifier], Awaitable[list[int]]]

_SEARCHES: Mapping[tuple[RecordKind | None, IdentifierKind], _Search] = {
    (RecordKind.PERSON, IdentifierKind.EMAIL): _by_email,
    (RecordKind.PERSON, IdentifierKind.PHONE): _by_phone,
    (RecordKind.PERSON, IdentifierKind.NAME): _by_person_name,
    (RecordKind.PERSON, IdentifierKind.DOMAIN): _by_person_name,
    (RecordKind.ORGANIZATION, IdentifierKind.NAME): _by_organization_name,
    (None, IdentifierKind.FIELD): _by_field,
}


def role_name(role: str) -> str:
    """What stands for the key of a record that nothing names."""
    return f"role={role}"


def _step(text: str) -> Step:
    return Step(stage="match", text=text)


def _hit_step(reference: Reference, key: Identifier, match: Match, hits: int) -> Step:
    chosen = f" → {match.record.id}" if isinstance(match, Found) else ""
    return _step(f"{reference.role}: {hits} by {key.kind} {key.value}{chosen}")
