"""MeetingPen: writes the note and the activity of a meeting once, and later only what is new."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from dealwright.core.delivery import Step
from dealwright.core.errors import Rejected
from dealwright.core.plan import Create, Delete, Plan, Update
from dealwright.core.record import Activity, Note, Record, RecordId, RecordKind, image
from dealwright.meetings import writings
from dealwright.meetings.settings import EditedNote
from dealwright.pipedrive.records import Records
from dealwright.pipeline.tenure import Tenure
from dealwright.store.meetings import MeetingWrite, put_write

_BAD_REQUEST = 400

#: The state of an activity that Pipedrive refused (403): it is final until somebody asks again.
REFUSED = "refused"
#: Marks, among what was sent, what was about to be: the answer to it may have been lost.
_SENDING = "~"
_STANDING = frozenset({"written", "edited"})


class Scribe(Protocol):
    """The one way to write (`pipeline.write.Writer`), as far as a meeting needs it."""

    steps: list[Step]
    fresh: dict[RecordKind, Record]

    async def write(self, plan: Plan) -> RecordId | None:
        """Do every Change."""
        ...

    def also(self, memo: Callable[[sa.Connection], None] | None) -> None:
        """Have something stored with the outcome."""
        ...


@dataclass(slots=True, kw_only=True)
class MeetingPen:
    """Writes for one Meeting. `writes` are those of earlier tries, by kind and person (0: nobody).

    `adopted` are records that an earlier try made though its answer was lost, by kind and external
    id. `edited` names what a person changed in Pipedrive and what was therefore left.
    """

    scribe: Scribe
    records: Records
    tenure: Tenure
    meeting_id: int
    prefix: str
    policy: EditedNote
    writes: dict[tuple[str, int], MeetingWrite]
    adopted: Mapping[tuple[RecordKind, str], Record]
    edited: list[str] = field(default_factory=list[str])
    wrote: bool = False

    async def person(self, create: Create, slot: str) -> Record:
        """Make a person, or take the one that an earlier try made."""
        external_id = self.external_id(RecordKind.PERSON, slot)
        if (record := self.adopted.get((RecordKind.PERSON, external_id))) is not None:
            return record
        return await self._create(RecordKind.PERSON, create.values, external_id)

    async def put(
        self, kind: RecordKind, values: Mapping[str, Any], *, slot: str, person_id: int
    ) -> RecordId | None:
        """Write a note or an activity, or what of it is new; its id, None when it was deleted.

        Raises the UpstreamError tree.
        """
        external_id = self.external_id(kind, slot)
        known = self.writes.get((kind.value, person_id))
        if known is not None and known.record_id is not None and known.state != "superseded":
            return await self._revise(kind, values, known)
        record = self.adopted.get((kind, external_id))
        if record is None:
            record = await self._create(kind, values, external_id)
        self._remember(values, record, known=_nothing(kind, person_id))
        return record.id

    async def complete(self, planned: Activity, values: Mapping[str, Any]) -> RecordId:
        """Mark an activity that was planned for the meeting as done, and put the note into it."""
        told = {key: values[key] for key in ("done", "note", "duration") if key in values}
        none = _nothing(RecordKind.ACTIVITY, 0)
        return await self._update(planned, told, sent=told, known=none)

    @property
    def is_refused(self) -> bool:
        """Whether Pipedrive has refused the activity before, and nobody has asked to try again."""
        known = self.writes.get((RecordKind.ACTIVITY.value, 0))
        return known is not None and known.state == REFUSED

    def refused(self) -> None:
        """Remember that the activity was refused: it is not tried again by itself."""
        known = self.writes.get((RecordKind.ACTIVITY.value, 0), _nothing(RecordKind.ACTIVITY, 0))
        if known.record_id is None:
            self._keep(known._replace(state=REFUSED))

    async def follow_merges(self, person_ids: Collection[int]) -> None:
        """Know the notes of persons who were merged as those of whom they were merged into.

        Pipedrive moves notes along. Costs a token for each note of somebody who is no guest now,
        and only where a guest has none.
        """
        note = RecordKind.NOTE.value
        without = {one for one in person_ids if (note, one) not in self.writes}
        for (kind, person_id), write in [*self.writes.items()]:
            strayed = kind == note and person_id and person_id not in person_ids
            if not strayed or write.record_id is None or write.state not in _STANDING:
                continue
            if not without:
                return
            record = await self.records.get(RecordKind.NOTE, write.record_id)
            if isinstance(record, Note) and record.person_id in without:
                self._say(f"note {record.id} has moved to person {record.person_id}: merged")
                without.discard(record.person_id)
                moved = write._replace(person_id=record.person_id)
                self.writes[note, record.person_id] = moved
                del self.writes[note, person_id]
                self._keep(moved)
                self._keep(write._replace(state="superseded"))

    async def remove_notes(self, *, except_of: Collection[int]) -> None:
        """Delete the notes that stand on persons who are no guests, and that nobody has edited."""
        for (kind, person_id), write in self.writes.items():
            ours = kind == RecordKind.NOTE and write.state == "written"
            if not ours or person_id in except_of or write.record_id is None:
                continue
            record = await self.records.get(RecordKind.NOTE, write.record_id)
            kept = writings.read_digests(write.kept_hash)
            if isinstance(record, Note) and writings.is_there(record):
                if writings.edited(record, kept):
                    self.edited.append(f"note {record.id}")
                    self._say(f"note {record.id} was edited in Pipedrive; it is not removed")
                    continue
                self.wrote = True
                gone = Delete(
                    kind=RecordKind.NOTE,
                    record_id=record.id,
                    before=record.content,
                    image=image(record),
                )
                await self.scribe.write(Plan(changes=(gone,)))
            self._keep(write._replace(state="superseded"))

    def external_id(self, kind: RecordKind, slot: str) -> str:
        """By what a record of this meeting is known before it has an id."""
        return f"{self.prefix}/{kind.value}/{slot}"

    async def _create(
        self, kind: RecordKind, values: Mapping[str, Any], external_id: str
    ) -> Record:
        self.wrote = True
        try:
            return await self._made(kind, values, external_id)
        except Rejected as error:
            # https://github.com/pipedrive/client-nodejs/issues/661: some accounts want HH:MM.
            if kind is not RecordKind.ACTIVITY or error.status != _BAD_REQUEST:
                raise
            return await self._made(kind, writings.without_seconds(values), external_id)

    async def _made(self, kind: RecordKind, values: Mapping[str, Any], external_id: str) -> Record:
        create = writings.create_of(kind, values, external_id=external_id)
        await self.scribe.write(Plan(changes=(create,)))
        return self.scribe.fresh[kind]

    async def _revise(
        self, kind: RecordKind, values: Mapping[str, Any], known: MeetingWrite
    ) -> RecordId | None:
        sent = writings.read_digests(known.content_hash)
        new = writings.changed(values, sent)
        if not new or known.record_id is None or known.state == "gone":
            return known.record_id
        record = await self.records.get(kind, known.record_id)
        if record is None or not writings.is_there(record):
            self._say(f"{kind} {known.record_id} was deleted in Pipedrive; it is not made again")
            self._keep(known._replace(state="gone"))
            return None
        by_people = writings.edited(record, writings.read_digests(known.kept_hash))
        # Where an answer was lost, what differs from before is what we sent.
        by_people -= {key.removeprefix(_SENDING) for key in sent if key.startswith(_SENDING)}
        new = self._respecting(kind, new, record, by_people)
        if not new:
            self._keep(known._replace(state="edited"))
            return known.record_id
        sent = {key: values[key] for key in new}
        return await self._update(record, new, sent=sent, known=known)

    def _respecting(
        self,
        kind: RecordKind,
        new: dict[str, Any],
        record: Record,
        by_people: frozenset[str],
    ) -> dict[str, Any]:
        """What may be written, where people have changed some of it."""
        there = writings.digests_of(record, new)
        wanted = writings.digests(new)
        touched = {key for key in by_people & new.keys() if there.get(key) != wanted[key]}
        if not touched or self.policy is EditedNote.OVERWRITE:
            return new
        if self.policy is EditedNote.APPEND and isinstance(record, Note) and "content" in touched:
            self._say(f"note {record.id} was edited in Pipedrive; the new text follows theirs")
            return {**new, "content": record.content + new["content"]}
        self.edited.append(f"{kind} {record.id}")
        self._say(f"{kind} {record.id} was edited in Pipedrive: {', '.join(sorted(touched))} stays")
        return {key: value for key, value in new.items() if key not in touched}

    async def _update(
        self,
        record: Record,
        values: Mapping[str, Any],
        *,
        sent: Mapping[str, Any],
        known: MeetingWrite,
    ) -> RecordId:
        self.wrote = True
        kind = RecordKind(known.kind)
        before = {key: getattr(record, key, None) for key in values}
        update = Update(kind=kind, record_id=record.id, values=values, before=before)
        if known.record_id is not None:
            self._keep(known._replace(content_hash=_with_sending(known.content_hash, sent)))
        try:
            await self.scribe.write(Plan(changes=(update,)))
        except Rejected:
            self._keep(known)
            raise
        self._remember(sent, self.scribe.fresh[kind], known=known)
        return record.id

    def _remember(self, sent: Mapping[str, Any], record: Record, *, known: MeetingWrite) -> None:
        """Keep what was sent and what became of it, beside what was sent before."""
        before = writings.read_digests(known.content_hash)
        told = {key: one for key, one in before.items() if not key.startswith(_SENDING)}
        told |= writings.digests(sent)
        kept = writings.read_digests(known.kept_hash) | writings.digests_of(record, sent)
        self._keep(
            known._replace(
                deal_id=sent.get("deal_id", known.deal_id),
                record_id=record.id,
                content_hash=writings.written_text(told),
                kept_hash=writings.written_text(kept),
                state="written",
                written_at_ms=self.tenure.now_ms,
            )
        )

    def _keep(self, write: MeetingWrite) -> None:
        self.scribe.also(lambda db: put_write(db, self.meeting_id, write=write))

    def _say(self, text: str) -> None:
        self.scribe.steps.append(Step(stage="write", text=text))


def _with_sending(content_hash: str, sent: Mapping[str, Any]) -> str:
    """What was sent, and that this is about to be."""
    now = {f"{_SENDING}{key}": one for key, one in writings.digests(sent).items()}
    return writings.written_text(writings.read_digests(content_hash) | now)


def _nothing(kind: RecordKind, person_id: int) -> MeetingWrite:
    """What is known of a note or an activity before it is written."""
    return MeetingWrite(
        kind=kind.value,
        person_id=person_id,
        deal_id=None,
        record_id=None,
        content_hash="",
        kept_hash="",
        state="",
        written_at_ms=0,
    )
