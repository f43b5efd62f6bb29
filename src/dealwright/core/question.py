"""Question: what a try cannot decide by itself, and what a person may answer."""

from enum import StrEnum
from hashlib import sha256

import msgspec

from dealwright.core.errors import MappingError
from dealwright.core.record import RecordId

#: PostgreSQL's index takes 2,704 bytes a row; names and labels may be of any length.
_LONGEST = 400


class Asks(StrEnum):
    """What is asked for: a record, a deal of a meeting, an option of a field, or another value."""

    RECORD = "record"
    DEAL = "deal"
    OPTION = "option"
    VALUE = "value"


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a Delivery waits for.

    A record is asked for by its `kind` and `key`, which is the mirror's name for an identifier
    (`email=ada@x.example`), "" where nothing names it; `shown` is the identifier for people, `role`
    what the record is to its Action, `candidates` are those that fit. An option is asked for by the
    `field` (its key; `name` is what people call it) and the `labels` that it has not, a value by
    the `field` as the Mapping has it. `named` is how the Mapping calls a custom field, `slot` the
    guest of a Meeting.
    """

    asks: Asks
    kind: str = ""
    key: str = ""
    shown: str = ""
    role: str = ""
    slot: str = ""
    field: str = ""
    name: str = ""
    named: str = ""
    labels: tuple[str, ...] = ()
    candidates: tuple[RecordId, ...] = ()

    @property
    def same(self) -> str:
        """What all have in common that one answer settles; "" for a question that is alone."""
        match self.asks:
            case Asks.RECORD if self.key:
                text = f"{self.kind} {self.key}"
            case Asks.OPTION:
                labels = "\n".join(sorted(folded_label(label) for label in self.labels))
                text = f"{self.kind} option {self.field} {labels}"
            case Asks.VALUE if self.field:
                text = f"{self.kind} value {self.field}"
            case _:
                return ""
        return short_key(text)


def of_value(error: MappingError, kind: str) -> Question | None:
    """What is to become of a value that does not fit; None for an error that is of no field."""
    field = error.named or error.path
    return Question(asks=Asks.VALUE, kind=kind, field=field) if field else None


class Take(msgspec.Struct, frozen=True, kw_only=True, tag="take"):
    """It is this record."""

    record_id: RecordId
    by: str = ""


class Make(msgspec.Struct, frozen=True, kw_only=True, tag="make"):
    """It is none of those: make a new one. `scope`: for what else the new one is meant.

    `by_kind` and `by_id` are of the Principal, who is noted again when it is made.
    """

    scope: str = "only_this"
    by: str = ""
    by_kind: str = "cli"
    by_id: int = 0


class AddOption(msgspec.Struct, frozen=True, kw_only=True, tag="add_option"):
    """Add the options to the field."""

    by: str = ""


class LeaveOut(msgspec.Struct, frozen=True, kw_only=True, tag="leave_out"):
    """Write the rest without this field."""

    by: str = ""


Answer = Take | Make | AddOption | LeaveOut


def option_key(field: str, label: str) -> str:
    """What a label of a field is taught by: the field's key, a line break, the folded label."""
    return f"{field}\n{folded_label(label)}"


def folded_label(label: str) -> str:
    """A label without what does not count: case, and the white space around it."""
    return label.strip().casefold()


def short_key(text: str) -> str:
    """A text that an index can hold: as it is, or its digest."""
    if len(text) <= _LONGEST:
        return text
    return f"sha256:{sha256(text.encode('utf-8', 'replace')).hexdigest()}"
