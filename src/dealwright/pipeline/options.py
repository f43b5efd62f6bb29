"""Options: add those to a field of the account that are not there, each once."""

from collections.abc import Iterable
from typing import NamedTuple

from dealwright.core.catalogue import FIELD_LISTS
from dealwright.core.errors import Rejected, Unauthorized
from dealwright.core.plan import SchemaChange
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import shown
from dealwright.core.schema import Schema
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook


class Added(NamedTuple):
    """The ids of all options that were wanted, by label; and what was done, for the Trace.

    `new` are those that were not there.
    """

    ids: dict[str, int]
    sentence: str
    new: dict[str, int]


async def add_options(change: SchemaChange, *, accounts: AccountBook, records: Records) -> Added:
    """See that the options are there.

    The field is looked at first: another Delivery, a person, or a try whose answer was lost may
    have added them. Costs 10 tokens for that and 5 for adding. Raises Rejected
    (`option_forbidden`) where the token's user may not change fields.
    """
    async with accounts.changing:
        known = _known(await accounts.schema(change.kind, records), change)
        if not _missing(known, change):
            return Added(known, f"{change.name} has {_quoted(change.labels)} by now", {})
        await accounts.refresh([FIELD_LISTS[change.kind]], records)
        known = _known(await accounts.schema(change.kind, records), change)
        missing, new = _missing(known, change), dict[str, int]()
        if missing:
            new = await _add(change, missing, records)
            await accounts.refresh([FIELD_LISTS[change.kind]], records)
    return Added(known | new, f"added {_quoted(missing)} to the options of {change.name}", new)


async def _add(change: SchemaChange, labels: list[str], records: Records) -> dict[str, int]:
    try:
        added = await records.add_options(change.kind, change.field, labels)
    except (Rejected, Unauthorized) as error:
        if error.status != 403:
            raise
        raise Rejected(
            f"{change.name} has no option {_quoted(labels)}, and the token's user may not add one. "
            "Let an admin connect Pipedrive, add the option there, or have unknown options dropped "
            "(unknown_labels).",
            code="option_forbidden",
            status=error.status,
        ) from error
    return {option.label: int(option.id) for option in added}


def _known(schema: Schema, change: SchemaChange) -> dict[str, int]:
    there = {
        _folded(option.label): option.id for option in _definition(schema, change).options or ()
    }
    return {label: int(there[_folded(label)]) for label in change.labels if _folded(label) in there}


def _definition(schema: Schema, change: SchemaChange) -> FieldDefinition:
    return schema.field(change.field)


def _missing(known: Iterable[str], change: SchemaChange) -> list[str]:
    return [label for label in change.labels if label not in set(known)]


def _folded(label: str) -> str:
    return label.strip().casefold()


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(shown(label) for label in labels)
