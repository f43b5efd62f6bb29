"""Undo: the Plan that takes back what was done to one record, and what it leaves, each with why.

Pure: made of the journal of the record and of the record as it stands. What a person, or another
program, has changed since stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from dealwright.core.journal import Act, Entry
from dealwright.core.plan import Change, Create, Delete, Join, Leave, Link, Plan, Unlink, Update
from dealwright.core.record import Record, RecordId, RecordKind, image
from dealwright.core.schema import Schema
from dealwright.core.undofields import (
    LISTS,
    Stays,
    To,
    Why,
    Written,
    undo_list,
    undo_value,
)
from dealwright.core.undoshape import Shape
from dealwright.core.undowords import SENTENCES

#: Fields that mean something only together: one that stays keeps the others.
_TOGETHER: Final = (
    frozenset({"value", "currency"}),
    frozenset({"status", "lost_reason"}),
    frozenset({"pipeline_id", "stage_id"}),
    frozenset({"due_date", "due_time"}),
)

#: What makes a note again, of all that stood in it.
_OF_NOTES: Final = ("content", "person_id", "org_id", "deal_id", "lead_id", "user_id")
_PINS: Final = ("person", "organization", "deal", "lead")

#: What is only known here: Pipedrive is not asked.
LINKING: Final = frozenset({Act.LINK, Act.UNLINK})

LinkName = tuple[int, str]
"""Whose id it is (the Source), and the id."""


class Turned(NamedTuple):
    """A field that is put back, as people read it: `now` what stands there, `then` what is to."""

    field: str
    now: str
    then: str


class Refused(NamedTuple):
    """What is not undone, and why; `field` is "" for the record as a whole."""

    field: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things are now.

    `seen`: whether the record was looked at; else it is taken to be as we left it. `merged_into` is
    what it has become part of. `participants` and `hanging` (what hangs on it, by name) are None
    where nobody has asked. `ours` are the fields that hold what we wrote last. `links` are those of
    its kind by now.
    """

    record: Record | None = None
    seen: bool = True
    merged_into: RecordId | None = None
    participants: Collection[int] | None = None
    hanging: Mapping[str, int] | None = None
    ours: Collection[str] = ()
    links: Mapping[LinkName, RecordId] = field(default_factory=dict[LinkName, RecordId])

    @property
    def gone(self) -> bool:
        """Whether the record is no more."""
        return self.seen and (self.record is None or self.record.is_deleted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What an undo does to one record.

    `removes`: it deletes it. `ours` are the fields that get back what we had written ourselves.
    """

    plan: Plan
    turned: tuple[Turned, ...] = ()
    refused: tuple[Refused, ...] = ()
    ours: frozenset[str] = frozenset()

    @property
    def removes(self) -> bool:
        """Whether the record is deleted."""
        return any(isinstance(change, Delete) for change in self.plan.changes)


@dataclass(slots=True, kw_only=True)
class Undo:
    """Reverses what is `chosen` of the `entries` of one record, all of them and oldest first.

    `own` is the Correction that does it: what it has done already does not stand in its way.
    """

    kind: RecordKind
    record_id: RecordId
    entries: Sequence[Entry]
    chosen: Collection[int]
    now: Standing
    schema: Schema | None = None
    remove_created: bool = False
    own: int | None = None
    _changes: list[Change] = field(default_factory=list[Change])
    _turned: list[Turned] = field(default_factory=list[Turned])
    _refused: list[Refused] = field(default_factory=list[Refused])
    _ours: set[str] = field(default_factory=set[str])

    def reversal(self) -> Reversal:
        """The Plan, and what it leaves."""
        undone = self._undone
        self._refuse_for_good(undone)
        if any(entry.act is Act.DELETE for entry in undone):
            self._restore(undone)
            return self._found()
        removes = self._removes(undone)
        if self.now.gone:
            self._refuse_gone(undone)
        elif not removes:
            self._undo_fields()
            self._undo_joining()
        kept = any(entry.act is Act.CREATE for entry in undone) and not self.now.gone
        if removes or not kept:
            self._undo_links(undone)
        return self._found()

    @property
    def _shape(self) -> Shape:
        return Shape(kind=self.kind, schema=self.schema)

    @property
    def _others(self) -> list[Entry]:
        """All but what this Correction has done itself."""
        return [one for one in self.entries if self.own is None or one.correction_id != self.own]

    @property
    def _undone(self) -> list[Entry]:
        return [entry for entry in self._others if entry.id in self.chosen]

    def _found(self) -> Reversal:
        return Reversal(
            plan=Plan(changes=tuple(self._changes), record_id=self.record_id),
            turned=tuple(self._turned),
            refused=tuple(dict.fromkeys(self._refused)),
            ours=frozenset(self._ours),
        )

    def _refuse(self, why: Why, name: str = "", **more: Any) -> None:
        named = f"{self.kind.capitalize()} {self.record_id}"
        sentence = SENTENCES[why].format(name=name, record=named, **more)
        self._refused.append(Refused(name, why.value, sentence))

    # -- the record as a whole

    def _refuse_for_good(self, undone: Iterable[Entry]) -> None:
        if any(entry.act is Act.MERGE for entry in undone):
            self._refuse(Why.MERGE)

    def _restore(self, undone: Sequence[Entry]) -> None:
        """Make a note that was deleted anew; nothing else can be brought back."""
        gone = next(entry for entry in reversed(undone) if entry.act is Act.DELETE)
        if self.kind is not RecordKind.NOTE or "content" not in gone.before:
            self._refuse(Why.DELETED)
            return
        held = gone.before
        values = {key: held[key] for key in _OF_NOTES if held.get(key) is not None}
        pins = [f"pinned_to_{named}_flag" for named in _PINS]
        values |= {key: 1 for key in pins if held.get(key)}
        self._changes.append(Create(kind=self.kind, values=values))
        self._turned.append(Turned("", "", "made anew, with another number"))

    def _refuse_gone(self, undone: Sequence[Entry]) -> None:
        if all(entry.act in {Act.CREATE, Act.MERGE, *LINKING} for entry in undone):
            return
        if self.now.merged_into is not None:
            self._refuse(Why.MERGED, into=self.now.merged_into)
        else:
            self._refuse(Why.GONE)

    def _removes(self, undone: Sequence[Entry]) -> bool:
        if not any(entry.act is Act.CREATE for entry in undone) or self.now.gone:
            return False
        if not self.remove_created:
            self._refuse(Why.CREATED)
            return False
        if any(entry.id not in self.chosen and not _is_undo(entry) for entry in self._others):
            self._refuse(Why.OVERWRITTEN, "it")
            return False
        if not self._is_untouched():
            return False
        if self.now.hanging:
            hangs = ", ".join(f"{count} {name}" for name, count in self.now.hanging.items())
            self._refuse(Why.IN_USE, hangs=hangs)
            return False
        record = self.now.record
        named = "" if record is None else _named(record)
        held = {} if record is None else image(record)
        self._changes.append(
            Delete(kind=self.kind, record_id=self.record_id, before=named, image=held)
        )
        self._turned.append(Turned("", named, "deleted"))
        return True

    def _is_untouched(self) -> bool:
        """Whether nobody has changed a record of ours since our last write; else says so."""
        record = self.now.record
        if record is None:
            return True
        wrote = [entry for entry in self._others if entry.act in {Act.CREATE, Act.UPDATE}]
        stamp = wrote[-1].update_time if wrote[-1].is_sure else ""
        if not stamp:
            self._refuse(Why.UNSURE)
            return False
        same = stamp == (record.update_time or "")
        last = {key: value for one in wrote for key, value in self._shape.fields(one.after).items()}
        for key, value in last.items():
            if key in LISTS or not self._shape.knows(record, key):
                continue
            held = self._shape.standing(record, key)
            same = same and (key in self.now.ours or self._shape.same(key)(value, held))
        if not same:
            self._refuse(Why.EDITED, "it")
        return same

    # -- fields

    def _undo_fields(self) -> None:
        shape, writes = self._shape, self._writes()
        found = {key: self._undo_field(key, some) for key, some in writes.items()}
        for together in _TOGETHER:
            stays = [one for key, one in found.items() if key in together and _stays(one)]
            if stays:
                found |= {key: stays[0] for key in together & found.keys() if found[key]}
        values: dict[str, Any] = {}
        for key, one in found.items():
            if isinstance(one, Stays):
                self._refuse(one.why, shape.name(key))
            elif one is not None:
                values[key] = one.value
        self._put(values, writes)

    def _put(self, values: dict[str, Any], writes: Mapping[str, Sequence[Written]]) -> None:
        if not values:
            return
        if values.get("status", "lost") != "lost" and values.get("lost_reason", "") is None:
            # Pipedrive clears it by itself, and takes none for a deal that is not lost.
            del values["lost_reason"]
        shape, record = self._shape, self.now.record
        for key, value in values.items():
            now = shape.show(key, self._standing(key, writes[key]))
            self._turned.append(Turned(shape.name(key), now, shape.show(key, value)))
            if self._had_written(key, value):
                self._ours.add(key)
        body = shape.body(values)
        before = {} if record is None else shape.before(record, body)
        update = Update(kind=self.kind, record_id=self.record_id, values=body, before=before)
        self._changes.append(update)

    def _had_written(self, key: str, value: Any) -> bool:
        """Whether a write of ours that is not undone left this in a field."""
        bodies = (
            self._shape.fields(entry.after)
            for entry in self._others
            if entry.act in {Act.CREATE, Act.UPDATE} and entry.id not in self.chosen
        )
        same = self._shape.same(key)
        return any(key in body and same(body[key], value) for body in bodies)

    def _writes(self) -> dict[str, list[Written]]:
        """Our updates by field, oldest first; of those fields alone that are to be undone."""
        found: dict[str, list[Written]] = {}
        for entry in self._others:
            if entry.act is not Act.UPDATE:
                continue
            before, undone = self._shape.fields(entry.before), entry.id in self.chosen
            for key, after in self._shape.fields(entry.after).items():
                undoes = _is_undo(entry)
                write = Written(before.get(key), after, undone, entry.is_sure, undoes)
                found.setdefault(key, []).append(write)
        return {key: some for key, some in found.items() if any(one.undone for one in some)}

    def _undo_field(self, key: str, writes: Sequence[Written]) -> To | Stays | None:
        shape, record = self._shape, self.now.record
        if record is not None and not shape.knows(record, key):
            return Stays(Why.UNREAD)
        now = self._standing(key, writes)
        if key not in LISTS and not shape.is_list(key):
            return undo_value(writes, now, same=shape.same(key), ours=key in self.now.ours)
        to, stays = undo_list(key, writes, now)
        for one in stays:
            self._refuse(one.why, f"{shape.name(key)}: {shape.show(key, [one.item])}")
        return to

    def _standing(self, key: str, writes: Sequence[Written]) -> Any:
        if self.now.record is None:
            return writes[-1].after
        return self._shape.standing(self.now.record, key)

    # -- who takes part, and what is known here

    def _undo_joining(self) -> None:
        latest: dict[int, Entry] = {}
        for entry in self._others:
            if entry.act in {Act.JOIN, Act.LEAVE}:
                latest |= dict.fromkeys(entry.after.get("person_ids", ()), entry)
        ours = {person: entry.act for person, entry in latest.items() if entry.id in self.chosen}
        leaving = [one for one, act in ours.items() if act is Act.JOIN and self._may_leave(one)]
        joining = [one for one, act in ours.items() if act is Act.LEAVE and self._is_out(one)]
        if leaving:
            self._changes.append(Leave(deal=int(self.record_id), person_ids=tuple(leaving)))
        if joining:
            self._changes.append(Join(deal=int(self.record_id), person_ids=tuple(joining)))
        told = [(one, "takes part", "") for one in leaving]
        told += [(one, "", "takes part") for one in joining]
        self._turned += [Turned(f"person {one}", now, then) for one, now, then in told]

    def _may_leave(self, person_id: int) -> bool:
        if self.now.participants is not None and person_id not in self.now.participants:
            return False
        if getattr(self.now.record, "person_id", None) != person_id:
            return True
        self._refuse(Why.MAIN_CONTACT, f"person {person_id}")
        return False

    def _is_out(self, person_id: int) -> bool:
        return self.now.participants is None or person_id not in self.now.participants

    def _undo_links(self, undone: Iterable[Entry]) -> None:
        latest: dict[LinkName, tuple[RecordId | None, Entry]] = {}
        for entry in undone:
            if entry.act not in LINKING:
                continue
            name = (int(entry.after["source_id"]), entry.external_id)
            first = latest[name][0] if name in latest else entry.before.get("record_id")
            latest[name] = (first, entry)
        for name, (before, entry) in latest.items():
            self._undo_link(name, before, entry)

    def _undo_link(self, name: LinkName, before: RecordId | None, entry: Entry) -> None:
        now = self.now.links.get(name)
        left = self.record_id if entry.act is Act.LINK else None
        if now == before:
            return
        if now != left:
            self._refuse(Why.LINK, name[1])
            return
        told = [f"{self.kind} {one}" if one is not None else "" for one in (now, before)]
        self._turned.append(Turned(f"link of {name[1]}", *told))
        source_id, external_id = name
        if before is None:
            change: Change = Unlink(
                kind=self.kind,
                record_id=self.record_id,
                external_id=external_id,
                source_id=source_id,
            )
        else:
            change = Link(
                kind=self.kind, record_id=before, external_id=external_id, source_id=source_id
            )
        self._changes.append(change)


def link_names(entries: Iterable[Entry]) -> list[LinkName]:
    """The Links that these entries are of."""
    linking = (entry for entry in entries if entry.act in LINKING)
    return list(
        dict.fromkeys((int(entry.after["source_id"]), entry.external_id) for entry in linking)
    )


def _is_undo(entry: Entry) -> bool:
    return entry.correction_id is not None and entry.act is not Act.MERGE


def _stays(one: To | Stays | None) -> bool:
    return isinstance(one, Stays)


def _named(record: Record) -> str:
    names = (getattr(record, key, "") for key in ("name", "title", "subject", "content"))
    return next((str(name)[:60] for name in names if name), "")
