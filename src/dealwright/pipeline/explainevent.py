"""ExplainEvent: what became of an event at every Connection and Mapping, and why nothing did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.errors import InvalidEvent, MappingError, NotFound
from dealwright.core.event import DESTINATION_NAMES, Event, switched_off
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.trigger import compile_trigger, explain_trigger
from dealwright.pipeline.explaindelivery import story_of
from dealwright.pipeline.explainlore import Lore, event_words, moment_words, ref_of_mapping
from dealwright.pipeline.explainvalues import in_json
from dealwright.pipeline.route import read_event
from dealwright.pipeline.stories import (
    ClauseStory,
    DeliveryStory,
    EventRef,
    EventStory,
    MappingStory,
)
from dealwright.store.connections import Connection, list_connections
from dealwright.store.delivery_list import Delivery, DeliveryFilter, find_deliveries
from dealwright.store.events import StoredEvent, StoredReject, end_of_log, events_by_seq
from dealwright.store.explaining import (
    events_called,
    events_with,
    rejects_with,
    version_made_at_ms,
)
from dealwright.store.mappings import list_mappings

#: Deliveries of one event that are told; a Replay may have made it many times.
MOST: Final = 200

#: Why a Mapping made nothing of an event.
CODES: Final = {
    "delivered_to": "It made a Delivery.",
    "not_fired": "Its trigger does not fire for this event.",
    "disabled": "The Mapping is switched off.",
    "action_off": "Its Action is switched off at this Connection.",
    "invalid_trigger": "Its trigger is invalid, so that it fires for nothing.",
    "made_later": "This version of the Mapping was made after the event had come.",
    "repeated": "A message with the same messageId came before; repeats are dropped.",
    "not_read_yet": "The Connection has not come to this event yet.",
    "connection_off": "Nothing is delivered to this Connection.",
    "other_source": "The Connection does not listen to the event's Source.",
    "switched_off": "The event's own `integrations` keep it from this destination.",
    "not_made": "The trigger fires today; the Connection passed the event by.",
}


def explain_event(db: sa.Connection, which: str) -> EventStory:
    """What became of an event, by its number or its messageId; raises NotFound."""
    number = int(which) if which.isascii() and which.isdecimal() else None
    stored = None if number is None else events_by_seq(db, [number]).get(number)
    if stored is None:
        found = events_called(db, which)
        stored = found[0] if found else None
    if stored is not None:
        return _story(db, stored)
    if rejected := rejects_with(db, which) if number is None else []:
        return _rejected(rejected[0])
    if number is not None and 0 < number <= end_of_log(db):
        sentence = "The event is no longer in the log: it was pruned, or never had that number."
        return _nothing(number, sentence, code="event_gone")
    raise NotFound(
        f"There is no event {which}: neither a number of the log nor a messageId of the newest "
        "events or rejects. `dealwright events` lists them."
    )


def _story(db: sa.Connection, stored: StoredEvent) -> EventStory:
    lore = Lore(db=db)
    try:
        event = read_event(stored)
    except InvalidEvent as error:
        return _nothing(stored.seq, f"Nobody can read it: {error}", code=error.code)
    made = find_deliveries(db, DeliveryFilter(event_seq=stored.seq), limit=MOST)[::-1]
    cases = [_Case(lore, stored, event, one, made) for one in list_connections(db)]
    mappings = tuple(story for case in cases for story in case.mappings())
    passed = tuple(sentence for case in cases for sentence in case.passed_by())
    return EventStory(
        number=stored.seq,
        sentence=_sentence(mappings, passed, made),
        code="delivered_to" if made else "nothing_made",
        event=lore.ref_of(stored, event),
        connections=passed,
        mappings=mappings,
    )


def _sentence(
    mappings: Sequence[MappingStory], passed: Sequence[str], made: Sequence[Delivery]
) -> str:
    if made:
        states = ", ".join(f"Delivery {one.id} is {one.state}" for one in made[:10])
        return f"It made {len(made)} {'Delivery' if len(made) == 1 else 'Deliveries'}: {states}."
    if not mappings and not passed:
        return "It made nothing: there is no Connection with a Mapping."
    why = {one.code for one in mappings}
    if why == {"not_fired"}:
        return "It made nothing: no Mapping's trigger fires for it."
    if len(why) == 1:
        return f"It made nothing. {CODES[why.pop()]}"
    return "It made nothing; why, is told for each Mapping."


def _rejected(reject: StoredReject) -> EventStory:
    at = moment_words(from_ms(reject.received_at_ms))
    sentence = f"It was refused at the door at {at}, so that nothing was made: {reject.reason}"
    return _nothing(None, sentence, code=reject.code)


def _nothing(number: int | None, sentence: str, *, code: str) -> EventStory:
    return EventStory(
        number=number, sentence=sentence, code=code, event=None, connections=(), mappings=()
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """An event at one Connection."""

    lore: Lore
    stored: StoredEvent
    event: Event
    found: Connection
    made: Sequence[Delivery]

    def passed_by(self) -> Iterator[str]:
        """Why the Connection as a whole did not look at the event."""
        if code := self._passed():
            yield f"{self.found.name}: {CODES[code]}"

    def _passed(self) -> str:
        if any(one.connection_id == self.found.id for one in self.made):
            return ""
        if not self.found.hears(self.stored.source_id):
            return "other_source"
        if switched_off(self.event, (self.found.name, *DESTINATION_NAMES)):
            return "switched_off"
        if not self.found.delivering:
            return "connection_off"
        return "not_read_yet" if self.found.position < self.stored.seq else ""

    def mappings(self) -> Iterator[MappingStory]:
        """What each Mapping of the Connection made of it; those that are gone, where they did."""
        by_mapping: dict[int, list[Delivery]] = {}
        for one in self.made:
            if one.connection_id == self.found.id and one.mapping_id:
                by_mapping.setdefault(one.mapping_id, []).append(one)
        there = {one.id: one for one in list_mappings(self.lore.db, self.found.id)}
        for mapping_id, made in by_mapping.items():
            used = self.lore.version(mapping_id, made[-1].mapping_version)
            if chosen := used or there.get(mapping_id):
                yield self._delivered(chosen, made)
        if self._passed():
            return
        for mapping_id, one in there.items():
            if mapping_id not in by_mapping:
                yield self._not_delivered(one)

    def _delivered(self, mapping: MappingVersion, made: Sequence[Delivery]) -> MappingStory:
        stories = tuple(story_of(self.lore, one) for one in made)
        last = stories[-1]
        sentence = f"Delivery {last.id} is {last.state}. {last.message or last.hint.means}"
        return self._told(mapping, "delivered_to", sentence, stories=stories)

    def _not_delivered(self, mapping: MappingVersion) -> MappingStory:
        try:
            fires = compile_trigger(mapping.trigger)(self.event.body)
        except MappingError as error:
            return self._told(mapping, "invalid_trigger", f"{CODES['invalid_trigger']} {error}")
        if not fires:
            return self._not_fired(mapping)
        if not mapping.enabled:
            return self._told(mapping, "disabled", CODES["disabled"])
        if not self.found.does(mapping.action):
            return self._told(mapping, "action_off", CODES["action_off"])
        if first := self._first():
            told = f"{CODES['repeated']} It was {event_words(first, first.number)}."
            return self._told(mapping, "repeated", told)
        made_at = version_made_at_ms(self.lore.db, mapping.id, mapping.version)
        if made_at > self.stored.received_at_ms:
            at = moment_words(from_ms(made_at))
            return self._told(mapping, "made_later", f"{CODES['made_later']} It is of {at}.")
        return self._told(mapping, "not_made", _not_made())

    def _first(self) -> EventRef | None:
        """The event that had this messageId before."""
        before = events_with(
            self.lore.db,
            self.stored.message_id,
            source_id=self.stored.source_id,
            until=self.stored.seq,
        )
        return self.lore.event_ref(before[0].seq) if before else None

    def _not_fired(self, mapping: MappingVersion) -> MappingStory:
        clauses = tuple(
            ClauseStory(text=one.text, holds=one.holds, fields=dict(one.fields))
            for one in explain_trigger(mapping.trigger, self.event.body)
        )
        false = [one for one in clauses if not one.holds]
        what = "; ".join(_because(one.text, one.fields) for one in false)
        sentence = f"{CODES['not_fired']} {what}." if what else CODES["not_fired"]
        return self._told(mapping, "not_fired", sentence, clauses=clauses)

    def _told(
        self,
        mapping: MappingVersion,
        code: str,
        sentence: str,
        *,
        stories: tuple[DeliveryStory, ...] = (),
        clauses: tuple[ClauseStory, ...] = (),
    ) -> MappingStory:
        return MappingStory(
            mapping=ref_of_mapping(mapping),
            connection=self.found.name,
            code=code,
            sentence=sentence,
            deliveries=stories,
            clauses=clauses,
        )


def _because(text: str, fields: Mapping[str, object]) -> str:
    held = ", ".join(
        f"{path} is {'missing' if value is None else in_json(value)}"
        for path, value in fields.items()
    )
    return f"{text} does not hold ({held})" if held else f"{text} does not hold"


def _not_made() -> str:
    return (
        f"{CODES['not_made']} Its trigger or its switch was another one then, the Connection began "
        "after the event, or the messageId had been met before the log's oldest event. "
        "`dealwright replay` does it now."
    )
