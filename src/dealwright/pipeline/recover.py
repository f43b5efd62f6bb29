"""Recover: was a Create whose answer was lost done? Looked for before anything is made again."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from dealwright.core.clock import from_ms
from dealwright.core.errors import NeedsChoice
from dealwright.core.html import plain
from dealwright.core.match import age
from dealwright.core.record import Labelled, Participant, Record, RecordId, RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verify import emails_of, folded
from dealwright.store.intents import Intent, claimed, rivals

#: How far Pipedrive's clock and ours may be apart.
SKEW = timedelta(seconds=60)

_LINKS = ("person_id", "org_id", "organization_id", "deal_id", "lead_id", "type", "due_date")
_NAMES = ("name", "title", "subject")


class Claims:
    """Which records the Deliveries of a Shift have made, known before it is stored.

    Of two that sent the same body, the one whose answer was lost must not take the other's record
    for its own.
    """

    def __init__(self) -> None:
        self._made: set[tuple[RecordKind, RecordId]] = set()
        # A lock is gone as soon as nobody holds it or waits for it.
        self._turns: WeakValueDictionary[tuple[RecordKind, bytes], asyncio.Lock] = (
            WeakValueDictionary()
        )

    def turn(self, kind: RecordKind, body: bytes) -> asyncio.Lock:
        """Held while a body is sent, or what it made is looked for."""
        return self._turns.setdefault((kind, body), asyncio.Lock())

    def add(self, kind: RecordKind, record_id: RecordId) -> None:
        """Say whose a record is: nobody else's."""
        self._made.add((kind, record_id))

    def has(self, kind: RecordKind, record_id: RecordId) -> bool:
        """Whether a record is somebody's."""
        return (kind, record_id) in self._made


async def made_by(
    intent: Intent, *, records: Records, tenure: Tenure, claims: Claims
) -> Record | None:
    """The record that a Create made though its answer was lost; None if it made none.

    Whoever gets one has claimed it. Raises NeedsChoice (`unclear_create`) when more fit than were
    sent, for then others have made the like, and what every call raises.
    """
    kind = RecordKind(intent.kind)
    async with claims.turn(kind, intent.body):
        fitting = await look_for(intent, kind=kind, records=records)
        ids = [record.id for record in fitting]
        taken, sent = await tenure.read(
            lambda db: (
                claimed(db, tenure.connection_id, kind=kind, record_ids=ids),
                1 + rivals(db, intent),
            )
        )
        free = [one for one in fitting if one.id not in taken and not claims.has(kind, one.id)]
        if len(free) > sent:
            raise _unclear(kind, free)
        if not free:
            return None
        claims.add(kind, free[0].id)
        return free[0]


def _unclear(kind: RecordKind, free: Sequence[Record]) -> NeedsChoice:
    ids = tuple(record.id for record in free)
    return NeedsChoice(
        f"An earlier try, whose answer was lost, may have made any of these: {kind} "
        f"{', '.join(map(str, ids))}. Merge or delete in Pipedrive what is there twice, then send "
        "the Delivery again; or drop it.",
        candidates=ids,
        code="unclear_create",
    )


async def look_for(intent: Intent, *, kind: RecordKind, records: Records) -> list[Record]:
    """The records that the Create of an intent may have made, in id order; 10 tokens for 500.

    Lists see a record as soon as it is there, unlike searches. Raises like every call: not being
    able to look is not the same as finding nothing.
    """
    body: Mapping[str, Any] = msgspec.json.decode(intent.body)
    since = from_ms(intent.created_at_ms) - SKEW
    young = [
        record
        for record in await records.newest(kind, since)
        if not record.is_deleted and _made(body, record, since) and fits(body, record)
    ]
    return sorted(young, key=age)


def fits(body: Mapping[str, Any], record: Record) -> bool:
    """Whether a record is what this request body makes: same name, addresses, links and day.

    Only what tells records apart and what Pipedrive keeps as it was sent.
    """
    return (
        all(_same(body, record, key) for key in _LINKS)
        and all(_same_folded(body, record, key) for key in _NAMES)
        and _same_emails(body, record)
        and _same_participants(body, record)
        and _same_time(body, record)
        and _same_custom(body, record)
        and _same_content(body, record)
    )


def _made(body: Mapping[str, Any], record: Record, since: datetime) -> bool:
    """Whether it was made since, or at the time that the body gives it."""
    made = _moment(record.add_time)
    if made is None:
        return False
    given = body.get("add_time")
    return made >= since if given is None else made == _moment(given)


def _moment(written: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    # v1 gives times without a zone; they are UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _same(body: Mapping[str, Any], record: Record, key: str) -> bool:
    wanted = body.get(key)
    return wanted is None or getattr(record, key, wanted) == wanted


def _same_folded(body: Mapping[str, Any], record: Record, key: str) -> bool:
    wanted = body.get(key)
    return wanted is None or folded(getattr(record, key, None) or "") == folded(str(wanted))


def _same_emails(body: Mapping[str, Any], record: Record) -> bool:
    wanted = _values(body.get("emails"))
    have: Sequence[Labelled] = getattr(record, "emails", ())
    return not wanted or emails_of(wanted) == emails_of(item.value for item in have)


def _same_participants(body: Mapping[str, Any], record: Record) -> bool:
    wanted = {item.get("person_id") for item in body.get("participants") or ()}
    have: Sequence[Participant] = getattr(record, "participants", None) or ()
    return not wanted or wanted == {item.person_id for item in have}


def _same_time(body: Mapping[str, Any], record: Record) -> bool:
    wanted = body.get("due_time")
    # "09:00" comes back as "09:00:00".
    return not wanted or (getattr(record, "due_time", None) or "")[:5] == str(wanted)[:5]


def _same_custom(body: Mapping[str, Any], record: Record) -> bool:
    wanted: Mapping[str, Any] = body.get("custom_fields") or {}
    have: Mapping[str, Any] = getattr(record, "custom_fields", {})
    texts = {key: value for key, value in wanted.items() if isinstance(value, str)}
    return all(_same_text(value, have.get(key)) for key, value in texts.items())


def _same_text(wanted: str, have: Any) -> bool:
    """Whether a field holds a text; of one that Pipedrive has made an object nothing is known."""
    if isinstance(have, str):
        return have.split() == wanted.split()
    return have is not None


def _same_content(body: Mapping[str, Any], record: Record) -> bool:
    wanted = body.get("content")
    return wanted is None or plain(wanted) == plain(getattr(record, "content", None))


def _values(labelled: Any) -> list[str]:
    items: Iterable[Any] = labelled or ()
    return [str(item.get("value") or "") for item in items]
