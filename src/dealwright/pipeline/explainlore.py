"""Lore: what explanations look up again and again, each thing once: events, Mappings, names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import FIELD_LISTS, TYPES, AccountList
from dealwright.core.clock import from_ms
from dealwright.core.delivery import Trace
from dealwright.core.errors import InvalidEvent, NotFound
from dealwright.core.event import Event
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.record import FieldDefinition, Member, RecordKind
from dealwright.pipeline.route import read_event
from dealwright.pipeline.stories import Cause, EventRef, MappingRef
from dealwright.store.catalogue import kept
from dealwright.store.corrections import correction
from dealwright.store.delivery_list import Delivery, deliveries_by_id
from dealwright.store.events import StoredEvent, events_by_seq
from dealwright.store.explaining import card_op, followers_of
from dealwright.store.mappings import mapping
from dealwright.store.meetings import meeting
from dealwright.store.sources import list_sources

_trace_of = msgspec.json.Decoder(Trace).decode


@dataclass(slots=True, kw_only=True)
class Lore:
    """Reads on one connection to the store, and remembers."""

    db: sa.Connection
    _events: dict[int, StoredEvent | None] = field(default_factory=dict[int, StoredEvent | None])
    _versions: dict[tuple[int, int], MappingVersion | None] = field(
        default_factory=dict[tuple[int, int], MappingVersion | None]
    )
    _sources: dict[int, str] = field(default_factory=dict[int, str])
    _lists: dict[tuple[int, AccountList], Any] = field(
        default_factory=dict[tuple[int, AccountList], Any]
    )

    # -- events and Mappings

    def event(self, number: int) -> tuple[StoredEvent, Event] | None:
        """An Event that is still in the log and can be read."""
        if number not in self._events:
            self._events[number] = events_by_seq(self.db, [number]).get(number)
        stored = self._events[number]
        if stored is None:
            return None
        try:
            return stored, read_event(stored)
        except InvalidEvent:
            return None

    def event_ref(self, number: int) -> EventRef | None:
        """An Event as an explanation names it; None where it is no longer there."""
        found = self.event(number)
        return None if found is None else self.ref_of(*found)

    def ref_of(self, stored: StoredEvent, event: Event) -> EventRef:
        """A stored Event as an explanation names it."""
        name: object = event.body.get("event") or event.body.get("name")
        return EventRef(
            number=stored.seq,
            message_id=event.message_id,
            type=event.type,
            name=name if isinstance(name, str) else "",
            source=self.source(stored.source_id),
            at=from_ms(event.timestamp_ms),
        )

    def source(self, source_id: int) -> str:
        """The name of a Source."""
        if not self._sources:
            self._sources = {one.id: one.name for one in list_sources(self.db)}
        return self._sources.get(source_id, f"Source {source_id}")

    def version(self, mapping_id: int, version: int) -> MappingVersion | None:
        """One version of a Mapping, deleted ones too."""
        key = (mapping_id, version)
        if key not in self._versions:
            try:
                self._versions[key] = mapping(self.db, mapping_id, version=version)
            except NotFound:
                self._versions[key] = None
        return self._versions[key]

    # -- the account's own names

    def fields(self, connection_id: int, kind: RecordKind) -> Mapping[str, FieldDefinition]:
        """The custom fields of a kind by key, as they were read last; {} where they never were."""
        named = FIELD_LISTS.get(kind)
        found = () if named is None else self._list(connection_id, named)
        definitions = cast("Sequence[FieldDefinition]", found)
        return {one.field_code: one for one in definitions}

    def user(self, connection_id: int, user: str) -> str:
        """The name of a user of the account, "" where it is not known."""
        members = cast("Sequence[Member]", self._list(connection_id, AccountList.USERS))
        return next((one.name for one in members if str(one.id) == user), "")

    def _list(self, connection_id: int, name: AccountList) -> Any:
        key = (connection_id, name)
        if key not in self._lists:
            there = kept(self.db, connection_id, lists=[name]).get(name)
            try:
                told = () if there is None else msgspec.json.decode(there.body, type=TYPES[name])
            except msgspec.DecodeError:
                told = ()
            self._lists[key] = told
        return self._lists[key]

    # -- Deliveries

    def causes(self, delivery_ids: Iterable[int]) -> dict[int, Cause]:
        """What Deliveries were made of, by their ids."""
        wanted = list(dict.fromkeys(delivery_ids))
        there = {one.id: one for one in deliveries_by_id(self.db, wanted)}
        return {number: self._cause(number, there.get(number)) for number in wanted}

    def _cause(self, number: int, one: Delivery | None) -> Cause:
        if one is None:
            told = f"Delivery {number}, which is no longer kept"
            return Cause(delivery=number, by="unknown", sentence=told)
        return self.cause_of(one)

    def cause_of(self, one: Delivery) -> Cause:
        """What a Delivery was made of."""
        by, what, meeting = self._made_of(one)
        version = self.version(one.mapping_id, one.mapping_version) if by == "event" else None
        event = self.event_ref(one.event_seq) if by == "event" else None
        merged = followers_of(self.db, one.id, connection_id=one.connection_id) if event else []
        sentence = what
        if by == "event":
            sentence = f"{event_words(event, one.event_seq)}, {mapping_words(version, one)}"
        return Cause(
            delivery=one.id,
            by=by,
            sentence=f"Delivery {one.id}: {sentence}",
            event=event,
            mapping=None if version is None else ref_of_mapping(version),
            merged=tuple(later.event_seq for later in merged),
            meeting=meeting,
            chose=tuple(steps_of(one, "match")),
        )

    def _made_of(self, one: Delivery) -> tuple[str, str, str]:
        """By what kind of thing, in words, and the meeting's id."""
        if one.meeting_id is not None:
            public_id, title = self._meeting(one.meeting_id)
            return "meeting", f"the meeting {title}", public_id
        if one.card_act_id is not None:
            op, user = card_op(self.db, one.card_act_id)
            return "card", f"the button “{op}” of a card, pressed by {user}", ""
        if one.correction_id is not None:
            return "correction", self._correction(one.correction_id), ""
        return "event", "", ""

    def _correction(self, correction_id: int) -> str:
        try:
            made = correction(self.db, correction_id)
        except NotFound:
            return f"correction {correction_id}, which is no longer kept"
        return f"{made.kind} {made.id} by {made.made_by}: {made.summary}"

    def _meeting(self, meeting_id: int) -> tuple[str, str]:
        """The id of a meeting's page, and how a sentence names it."""
        try:
            stored = meeting(self.db, meeting_id)
        except NotFound:
            return "", f"{meeting_id}, which was removed"
        named = f"“{stored.body.title}”" if stored.body.title else stored.public_id
        return stored.public_id, named


def ref_of_mapping(version: MappingVersion) -> MappingRef:
    """A version of a Mapping as an explanation names it."""
    return MappingRef(id=version.id, version=version.version, name=version.name)


def event_words(event: EventRef | None, number: int) -> str:
    """An Event in a sentence."""
    if event is None:
        return f"event {number}, which is no longer in the log"
    name = f" “{event.name}”" if event.name else ""
    return f"event {number} ({event.type}{name}, {event.message_id}) of {moment_words(event.at)}"


def mapping_words(version: MappingVersion | None, one: Delivery) -> str:
    """A version of a Mapping in a sentence."""
    if version is None:
        return f"Mapping {one.mapping_id}"
    return f"Mapping “{version.name}” version {version.version}"


def moment_words(at: Any) -> str:
    """A moment in a sentence."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def steps_of(one: Delivery, *stages: str) -> list[str]:
    """The lines of a Delivery's Trace, only those of some stages where these are named."""
    steps = _trace_of(one.trace).steps if one.trace else ()
    return [step.text for step in steps if not stages or step.stage in stages]
