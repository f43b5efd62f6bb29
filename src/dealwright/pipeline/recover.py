"""Recover: was a Create whose answer was lost done? Looked for before anything is made again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from dealwright.core.clock import from_ms
from dealwright.core.html import plain
from dealwright.core.match import age
from dealwright.core.record import Labelled, Participant, Record, RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline.verify import emails_of, folded
from dealwright.store.intents import Intent

#: How far Pipedrive's clock and ours may be apart.
SKEW = timedelta(seconds=60)

_LINKS = ("person_id", "org_id", "organization_id", "deal_id", "lead_id", "type", "due_date")
_NAMES = ("name", "title", "subject")


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
