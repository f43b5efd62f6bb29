"""ExplainRecord: where the values that we wrote come from, and who changed them since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.actionfields import TARGETS
from dealwright.core.clock import from_ms
from dealwright.core.explaining import (
    Put,
    Recipe,
    Sight,
    Source,
    Standing,
    Value,
    Written,
    source_of,
    source_of_parent,
    values_of,
)
from dealwright.core.identifier import email
from dealwright.core.journal import Act, Entry
from dealwright.core.record import FieldDefinition, Record, RecordId, RecordKind
from dealwright.core.written import Written as Remembered
from dealwright.pipeline.explainlore import Lore, moment_words, steps_of
from dealwright.pipeline.explainvalues import in_words, record_page
from dealwright.pipeline.mirrored import name_of, record_of
from dealwright.pipeline.stories import (
    Cause,
    Decision,
    Happening,
    RecordStory,
    TouchStory,
    ValueStory,
    WriteStory,
)
from dealwright.store.connections import Connection, list_connections
from dealwright.store.explaining import journal_since, latest_of_record, meetings_about
from dealwright.store.journal import entries_of_record
from dealwright.store.merges import absorbed, successor
from dealwright.store.mirror import by_keys, records
from dealwright.store.touches import Touch, is_ours, touches_of
from dealwright.store.written import written

#: So many of the last Deliveries that ended at a record are told.
DECISIONS: Final = 10

_WROTE: Final = frozenset({Act.CREATE, Act.UPDATE})

#: What a line of the Trace says of a value that was left as it was.
_LEFT: Final = ("left as it is", "left out, since a newer event")


def persons_with(db: sa.Connection, address: str) -> list[tuple[Connection, RecordId]]:
    """Who has an e-mail address, in every mirror; costs no tokens."""
    key = name_of(email(address))
    return [
        (one, record_id)
        for one in list_connections(db)
        for record_id in by_keys(db, one.id, RecordKind.PERSON, [key]).get(key, [])
    ]


def explain_record(
    db: sa.Connection,
    found: Connection,
    kind: RecordKind,
    record_id: RecordId,
    *,
    actions: Mapping[str, Action],
) -> RecordStory:
    """All that we know of what we did to a record; asks Pipedrive nothing."""
    case = _Case.of(db, found, kind, record_id, actions=actions)
    wrote = [_written(one) for one in case.entries if one.act in _WROTE]
    values = values_of(wrote, case.sight)
    first = next((one for one in case.entries if one.act is Act.CREATE), None)
    since = journal_since(db, found.id)
    return RecordStory(
        connection=found.name,
        connection_id=found.id,
        kind=kind.value,
        id=record_id,
        title=_title(case.sight.record),
        url=record_page(found.base_url, kind, record_id),
        gone=case.sight.gone,
        merged_into=successor(db, found.id, kind, record_id) if case.sight.gone else None,
        absorbed=tuple(
            one
            for one in absorbed(db, found.id, kind, record_id)
            if is_ours(db, found.id, kind, record_id=one)
        ),
        seen_at=None if case.seen_at_ms is None else from_ms(case.seen_at_ms),
        made_by=None if first is None else first.delivery_id,
        since=None if since is None else from_ms(since),
        sentence=_sentence(case, values, made=first),
        values=tuple(case.value_story(one) for one in values),
        happenings=tuple(sorted(case.happenings(), key=lambda one: one.at)),
        decisions=tuple(_decisions(db, found.id, kind, record_id)),
        causes=tuple(case.causes.values()),
    )


def only(story: RecordStory, field: str) -> RecordStory:
    """The story of one field, by its key, its name, or what a Mapping calls it."""
    wanted = {_folded(field), _folded(TARGETS.get(field, field))}
    values = tuple(one for one in story.values if {_folded(one.key), _folded(one.name)} & wanted)
    told = {write.delivery for one in values for write in one.writes}
    causes = tuple(one for one in story.causes if one.delivery in told)
    left = tuple(one for one in story.decisions if any(field in line for line in one.left))
    return msgspec.structs.replace(
        story, values=values, happenings=(), decisions=left, causes=causes
    )


@dataclass(slots=True, kw_only=True)
class _Case:
    """A record, and what was looked up about it."""

    lore: Lore
    found: Connection
    kind: RecordKind
    record_id: RecordId
    actions: Mapping[str, Action]
    entries: Sequence[Entry]
    causes: Mapping[int, Cause]
    sight: Sight
    seen_at_ms: int | None
    fields: Mapping[str, FieldDefinition]
    remembered: Remembered
    touches: Mapping[str, Touch]

    @classmethod
    def of(
        cls,
        db: sa.Connection,
        found: Connection,
        kind: RecordKind,
        record_id: RecordId,
        *,
        actions: Mapping[str, Action],
    ) -> "_Case":
        """Look everything up."""
        lore = Lore(db=db)
        entries = entries_of_record(db, found.id, kind=kind, record_id=record_id)
        row = records(db, found.id, kind, [record_id]).get(record_id)
        known = written(db, found.id, kind=kind, record_ids=[record_id])
        remembered = known.get(record_id, Remembered())
        record = None if row is None or row.deleted else record_of(row)
        gone = row is not None and row.deleted
        return cls(
            lore=lore,
            found=found,
            kind=kind,
            record_id=record_id,
            actions=actions,
            entries=entries,
            causes=lore.causes(one.delivery_id for one in entries),
            sight=Sight(record=record, gone=gone, digests=remembered.wrote),
            seen_at_ms=None if row is None else row.checked_at_ms,
            fields=lore.fields(found.id, kind),
            remembered=remembered,
            touches=touches_of(db, found.id, kind, record_id=record_id),
        )

    # -- values

    def value_story(self, value: Value) -> ValueStory:
        touched = self._touched(value)
        name = self._name(value.key)
        return ValueStory(
            key=value.key,
            name=name,
            now=value.now,
            standing=value.standing.value,
            sentence=self._standing(value, name, touched),
            writes=tuple(self._write_story(value, put) for put in value.puts),
            touched=touched,
        )

    def _name(self, key: str) -> str:
        return self.fields[key].field_name if key in self.fields else key

    def _words(self, key: str, value: Any) -> str:
        return in_words(value, self.fields.get(key))

    def _touched(self, value: Value) -> TouchStory | None:
        touch = self.touches.get(value.key)
        if touch is None or value.standing not in {Standing.CHANGED, Standing.CLEARED}:
            return None
        # Pipedrive counts whole seconds.
        if touch.at_ms < value.last.at_ms - 1000:
            return None
        name = self.lore.user(self.found.id, touch.user)
        return TouchStory(user=touch.user, name=name, how=touch.how, at=from_ms(touch.at_ms))

    def _standing(self, value: Value, name: str, touched: TouchStory | None) -> str:
        wrote, now = self._words(value.key, value.last.after), self._words(value.key, value.now)
        match value.standing:
            case Standing.STANDS:
                return f"{name} is {now}, as we wrote it."
            case Standing.CHANGED:
                return f"{name} is {now}; we wrote {wrote}. {self._who(touched)}"
            case Standing.CLEARED:
                return f"{name} is empty; we wrote {wrote}. {self._who(touched)}"
            case Standing.RECORD_GONE:
                return f"We wrote {wrote} into {name}; the record is deleted."
            case Standing.UNKNOWN:
                return (
                    f"We wrote {wrote} into {name}. Whether it still stands is not known: the "
                    f"mirror has no such {self.kind}."
                )

    def _who(self, touched: TouchStory | None) -> str:
        if touched is None:
            return (
                "A person or another program has changed it since; who it was, Pipedrive did not "
                "tell the hub."
            )
        at = moment_words(touched.at)
        user = f"user {touched.user}" if touched.user else "somebody"
        who = f"{touched.name} ({user})" if touched.name else user
        how = "a program that uses the account of " if touched.how == "api" else ""
        return f"Since then {how}{who} has changed it, at {at}."

    def _write_story(self, value: Value, put: Put) -> WriteStory:
        cause = self.causes[put.delivery]
        source = self._source(value.key, cause)
        event = None if cause.event is None else self._event_of(value, put, cause, source)
        return WriteStory(
            at=from_ms(put.at_ms),
            delivery=put.delivery,
            before=put.before,
            after=put.after,
            made=put.made,
            answered=put.sure,
            sentence=self._told(value.key, put, cause),
            field="" if source is None else source.field,
            directive=None if source is None else source.directive,
            note="" if source is None else source.note,
            event=event,
        )

    def _told(self, key: str, put: Put, cause: Cause) -> str:
        wrote = self._words(key, put.after)
        over = "with the record" if put.made else f"over {self._words(key, put.before)}"
        unsure = "" if put.sure else " Whether Pipedrive did it is not known: no answer came."
        at = moment_words(from_ms(put.at_ms))
        return f"{wrote} was written {over} at {at}. {cause.sentence}.{unsure}"

    def _source(self, key: str, cause: Cause) -> Source | None:
        if cause.mapping is None:
            return None
        version = self.lore.version(cause.mapping.id, cause.mapping.version)
        action = None if version is None else self.actions.get(version.action)
        if version is None or action is None:
            return None
        defaults = self.found.defaults
        named = version.fields.get("match_field") or defaults.match_fields.get(self.kind, "id")
        recipe = Recipe(
            action=action,
            directives=version.fields,
            names={code: one.field_name for code, one in self.fields.items()},
            own_field=defaults.external_id_fields.get(self.kind, ""),
            match_field=named if isinstance(named, str) else "",
        )
        if action.kind is not self.kind:
            return source_of_parent(key, self.kind, recipe)
        return source_of(key, recipe)

    def _event_of(self, value: Value, put: Put, cause: Cause, source: Source | None) -> int | None:
        """The event that gave a value: of several that were written together, the last with it."""
        if cause.event is None:
            return None
        if cause.merged and source is not None and put == value.last:
            field = source.field.partition("/")[0]
            path = f"{field}/{value.key}" if field == "custom_fields" else field
            moment = self.remembered.times.get(path)
            if moment is not None and moment.seq in cause.merged:
                return moment.seq
        return cause.event.number

    # -- what else

    def happenings(self) -> Iterator[Happening]:
        for entry in self.entries:
            if told := _happening(entry):
                sentence = f"{told} {self.causes[entry.delivery_id].sentence}."
                yield Happening(
                    at=from_ms(entry.at_ms),
                    act=entry.act.value,
                    sentence=sentence,
                    delivery=entry.delivery_id,
                )
        if self.kind is RecordKind.PERSON and isinstance(self.record_id, int):
            for about in meetings_about(self.lore.db, self.found.id, self.record_id):
                yield Happening(
                    at=from_ms(about.written_at_ms),
                    act="meeting",
                    sentence=f"{about.kind.capitalize()} {about.record_id} is about it, of the "
                    f"meeting {about.meeting}.",
                )


#: What an entry did beside writing values.
_HAPPENED: Final = {
    Act.CREATE: "{kind} {id} was made.",
    Act.DELETE: "{kind} {id} was deleted.",
    Act.LINK: "The sender's id “{external_id}” was linked to it.",
    Act.UNLINK: "The sender's id “{external_id}” is no longer linked to it.",
    Act.JOIN: "Persons {people} were made participants.",
    Act.LEAVE: "Persons {people} were taken out of the participants.",
    Act.MERGE: "{kind} {id} became part of {into}.",
}


def _happening(entry: Entry) -> str:
    """What an entry did beside writing values; "" for nothing."""
    return _HAPPENED.get(entry.act, "").format(
        kind=entry.kind.capitalize(),
        id=entry.record_id,
        external_id=entry.external_id,
        people=_ids(entry),
        into=entry.after.get("into", ""),
    )


def _ids(entry: Entry) -> str:
    return ", ".join(map(str, entry.after.get("person_ids", ())))


def _decisions(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: RecordId
) -> Iterator[Decision]:
    last = latest_of_record(db, connection_id, kind, record_id=record_id, limit=DECISIONS)
    for one in last:
        left = [text for text in steps_of(one, "plan") if any(mark in text for mark in _LEFT)]
        yield Decision(
            delivery=one.id,
            at=from_ms(one.updated_at_ms),
            state=one.state.value,
            code=one.code,
            sentence=one.message,
            left=tuple(left),
        )


def _written(entry: Entry) -> Written:
    put = Put(
        entry=entry.id,
        delivery=entry.delivery_id,
        at_ms=entry.at_ms,
        before=None,
        after=None,
        made=entry.act is Act.CREATE,
        sure=entry.is_sure,
        correction=entry.correction_id,
    )
    return Written(put, entry.before, entry.after)


def _sentence(case: _Case, values: Sequence[Value], *, made: Entry | None) -> str:
    """The answer in one line."""
    if not case.entries:
        return (
            "The journal has nothing of this record: we did not write to it, or before the journal "
            "began."
        )
    stand = sum(one.standing is Standing.STANDS for one in values)
    others = sum(one.standing in {Standing.CHANGED, Standing.CLEARED} for one in values)
    begun = "We made it" if made is not None else "It was there before us"
    gone = "; it is deleted by now" if case.sight.gone else ""
    if case.sight.record is None:
        return f"{begun}{gone}. We wrote {len(values)} of its fields."
    return (
        f"{begun}. Fields that we wrote: {len(values)}. As we left them: {stand}. Changed by "
        f"others since: {others}."
    )


def _title(record: Record | None) -> str:
    return getattr(record, "name", "") or getattr(record, "title", "") or ""


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
