"""Mirrored: a record as a row of the mirror, and back."""

import msgspec

from dealwright.core.event import moment_ms
from dealwright.core.identifier import Identifier
from dealwright.core.record import RECORD_TYPES, Record, RecordKind
from dealwright.pipeline.verify import KeyOf, key_of, keys_of
from dealwright.store.mirror import Mirrored, MirrorRow

_encode = msgspec.json.Encoder().encode
_DECODERS = {kind: msgspec.json.Decoder(type_) for kind, type_ in RECORD_TYPES.items()}


def row_of(
    record: Record, kind: RecordKind, *, checked_at_ms: int, exact: bool, region: str | None
) -> MirrorRow:
    """What the mirror keeps of a record; a deleted one has no keys and no body.

    `checked_at_ms`: when a read was asked for, or when the answer to a write came; `region` is that
    of the Connection's phone numbers.
    """
    changed = moment_ms(record.update_time) or moment_ms(record.add_time) or 0
    gone = record.is_deleted
    return MirrorRow(
        kind,
        record.id,
        changed,
        checked_at_ms,
        exact=exact,
        deleted=gone,
        body=b"" if gone else _encode(record),
        keys=() if gone else tuple(key_name(key) for key in keys_of(record, region=region)),
    )


def record_of(row: Mirrored | MirrorRow) -> Record:
    """The record of a row that is not deleted."""
    return _DECODERS[row.kind].decode(row.body)


def name_of(key: Identifier) -> str:
    """The key by which the mirror finds what carries an Identifier."""
    return key_name(key_of(key))


def key_name(key: KeyOf) -> str:
    """A key as one text."""
    return (
        f"{key.kind.value}:{key.field}={key.value}"
        if key.field
        else f"{key.kind.value}={key.value}"
    )
