"""Stories: what an explanation says, as values that the command line and the API show alike.

Sentences are for people and have moments in UTC; everything in them also stands in a field.
"""

from datetime import datetime
from typing import Any

import msgspec

from dealwright.core.record import RecordId


class EventRef(msgspec.Struct, frozen=True, kw_only=True):
    """An event: its number in the log, and how its sender knows it. `name` is of a track call."""

    number: int
    message_id: str
    type: str
    name: str
    source: str
    at: datetime


class MappingRef(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a Mapping."""

    id: int
    version: int
    name: str


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was written: a Delivery, and what it was made of.

    `by` is event, meeting, card, correction, or unknown where the Delivery is no longer kept.
    `chose` are the lines of its Trace that say how the record was found, `merged` the numbers of
    the events that were written together.
    """

    delivery: int
    by: str
    sentence: str
    event: EventRef | None = None
    mapping: MappingRef | None = None
    merged: tuple[int, ...] = ()
    meeting: str = ""
    chose: tuple[str, ...] = ()


class WriteStory(msgspec.Struct, frozen=True, kw_only=True):
    """One write of a value: over what, by which directive of the Mapping, for which event.

    `note`: why that field, where it is not plain. `made`: with the record itself. Not `answered`:
    whether it was done is not known.
    """

    at: datetime
    delivery: int
    before: Any
    after: Any
    made: bool
    answered: bool
    sentence: str
    field: str = ""
    directive: Any = None
    note: str = ""
    event: int | None = None


class TouchStory(msgspec.Struct, frozen=True, kw_only=True):
    """Who else changed a field, as far as Pipedrive told; `how`: app (a person) or api."""

    user: str
    name: str
    how: str
    at: datetime


class ValueStory(msgspec.Struct, frozen=True, kw_only=True):
    """A field that we wrote. `standing` is stands, changed, cleared, record_gone or unknown."""

    key: str
    name: str
    now: Any
    standing: str
    sentence: str
    writes: tuple[WriteStory, ...]
    touched: TouchStory | None = None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that was done to a record or beside it; `delivery` null: not by one."""

    at: datetime
    act: str
    sentence: str
    delivery: int | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A Delivery that ended at a record, and what it left as it was."""

    delivery: int
    at: datetime
    state: str
    code: str
    sentence: str
    left: tuple[str, ...] = ()


class RecordStory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that we know of what we did to a record.

    `seen_at`: when the mirror looked last; null where it does not know the record, and then nobody
    can say what stands there now. `made_by`: the Delivery that made it. `since`: the journal's
    oldest entry of this Connection; what was done before is not known. `absorbed`: records that
    were merged into this one, and that we wrote to: each has a story of its own.
    """

    connection: str
    connection_id: int
    kind: str
    id: RecordId
    title: str
    url: str
    gone: bool
    merged_into: RecordId | None
    absorbed: tuple[RecordId, ...]
    seen_at: datetime | None
    made_by: int | None
    since: datetime | None
    sentence: str
    values: tuple[ValueStory, ...]
    happenings: tuple[Happening, ...]
    decisions: tuple[Decision, ...]
    causes: tuple[Cause, ...]


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What a state or code means, what to do ("" for nothing), and who must act."""

    means: str
    do: str
    who: str


class DeliveryStory(msgspec.Struct, frozen=True, kw_only=True):
    """A Delivery: why it stands where it does, and what it did.

    `changes` are sentences of what was done, `others` the Deliveries that were written with it.
    """

    id: int
    connection: str
    connection_id: int
    state: str
    code: str
    message: str
    hint: Hint
    cause: Cause
    record_kind: str
    record_id: RecordId | None
    url: str
    next_at: datetime | None
    attempts: int
    tokens: int
    written_by: int | None
    others: tuple[int, ...]
    steps: tuple[str, ...]
    changes: tuple[str, ...]


class ClauseStory(msgspec.Struct, frozen=True, kw_only=True):
    """A clause of a trigger for one event: whether it holds, and what the event has there."""

    text: str
    holds: bool
    fields: dict[str, Any]


class MappingStory(msgspec.Struct, frozen=True, kw_only=True):
    """What one Mapping made of an event. `code` is stable (pipeline/explainevent.py has them).

    `clauses` are those of its trigger, where that decided it.
    """

    mapping: MappingRef
    connection: str
    code: str
    sentence: str
    deliveries: tuple[DeliveryStory, ...] = ()
    clauses: tuple[ClauseStory, ...] = ()


class EventStory(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event: at each Connection, by each of its Mappings.

    `event` null: it could not be taken, or read; `sentence` says which. `connections` are sentences
    about Connections that did not look at it at all.
    """

    number: int | None
    sentence: str
    code: str
    event: EventRef | None
    connections: tuple[str, ...]
    mappings: tuple[MappingStory, ...]
