"""`dealwright connections catalogue | match`: an account's own lists, and its match fields."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.account import account_of
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, counted, figures, names, prose
from dealwright.core.catalogue import OFFERS, AccountList, Catalogue, choices
from dealwright.core.errors import ConfigError
from dealwright.core.matchfields import (
    MATCHED_KINDS,
    match_choices,
    match_field_named,
    needs_fields,
)
from dealwright.core.record import RecordKind
from dealwright.core.schema import Schema
from dealwright.pipeline.accounts import AccountBook, price_of
from dealwright.store.catalogue import moments
from dealwright.store.connections import Connection, connection_by_name, set_defaults

CATALOGUE = examples(
    "dealwright connections catalogue acme --refresh",
    "dealwright connections catalogue acme stages",
)
MATCH = examples(
    "dealwright connections match acme  # as it is",
    "dealwright connections match acme --person email --deal 'Order number'",
    "dealwright connections match acme --person id  # as in the beginning",
)

Name = Annotated[str, typer.Argument(help="The Connection, as `connections list` names it.")]
FIELD_HELP = "By which field, name or key."

PICKERS = (
    column("picker", "Picker"),
    figures("choices", "Choices"),
    column("read_at", "Read"),
    prose("examples", "Among them"),
)
CHOICES = (prose("label", "Label"), names("value", "Value"))
FIELDS = (column("kind", "Kind"), names("label", "Matched by"), names("field", "Key"))

#: So many of a picker's choices are named in the list of all pickers.
EXAMPLES_SHOWN = 5


def shown(
    name: Name,
    picker: Annotated[
        str | None, typer.Argument(help="Show all choices of this one, such as stages.")
    ] = None,
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Read the lists from Pipedrive first; costs tokens.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what can be chosen in Mappings: the account's fields, stages, types, users, labels.

    They were read when an event or a command needed them first, and are kept for an hour. To look
    costs nothing.
    """
    if picker is not None and picker not in OFFERS:
        raise ConfigError(f"There is no picker {picker}. There are {', '.join(OFFERS)}.")
    wanted = [picker] if picker else list(OFFERS)
    lists = list(dict.fromkeys(one for key in wanted for one in OFFERS[key].lists))
    out = Output(json=json)
    if refresh:
        spent = with_hub(lambda hub: _refreshed(hub, name, lists))
        read = counted(len(lists), "list")
        out.say(f"[green]✓[/green] Read {read} for {spent} tokens.", read=lists, tokens=spent)
    catalogue, read_at = with_hub(lambda hub: _kept(hub, name))
    if json or picker:
        rows = [row for key in wanted for row in _choices(key, catalogue)]
        out.table(rows, CHOICES, empty="Nothing to choose, as far as is known.")
    elif not read_at:
        out.say(f"Nothing was read of the account of {bold(name)} yet.")
    else:
        out.table([_picker(key, catalogue, read_at) for key in wanted], PICKERS)
        out.hint("All choices of one: dealwright connections catalogue NAME PICKER")
    if not refresh:
        out.hint(f"To read what there is now, for {price_of(lists)} tokens: add --refresh")


def match(
    name: Name,
    *,
    person: Annotated[str | None, typer.Option(metavar="FIELD", help=FIELD_HELP)] = None,
    organization: Annotated[str | None, typer.Option(metavar="FIELD", help=FIELD_HELP)] = None,
    deal: Annotated[str | None, typer.Option(metavar="FIELD", help=FIELD_HELP)] = None,
    json: Json = False,
) -> None:
    """Show or choose by which fields records are found where a Mapping names none.

    `id` in the beginning: your own id, as far as we know its record, else Pipedrive's. What is
    chosen is also written into a record that is created.
    """
    given = zip(MATCHED_KINDS, (person, organization, deal), strict=True)
    wished = {kind: field for kind, field in given if field is not None}
    rows = with_hub(lambda hub: _matched(hub, name, wished))
    Output(json=json).table(rows, FIELDS)


async def _refreshed(hub: Hub, name: str, lists: list[AccountList]) -> int:
    one = await hub.read(lambda db: connection_by_name(db, name))
    async with account_of(hub, one) as pipedrive:
        await _book(hub, one).refresh(lists, pipedrive.records)
    return pipedrive.spent


async def _kept(hub: Hub, name: str) -> tuple[Catalogue, dict[str, int]]:
    one = await hub.read(lambda db: connection_by_name(db, name))
    return await _book(hub, one).catalogue(), await hub.read(lambda db: moments(db, one.id))


async def _matched(
    hub: Hub, name: str, wished: Mapping[RecordKind, str]
) -> list[dict[str, object]]:
    one = await hub.read(lambda db: connection_by_name(db, name))
    chosen = {
        kind: match_field_named(kind, field, await _schema(hub, one, kind, field))
        for kind, field in wished.items()
    }

    def change(db: sa.Connection) -> Connection:
        found = connection_by_name(db, name)
        fields = {**found.defaults.match_fields, **chosen}
        kept = {kind: field for kind, field in fields.items() if field != "id"}
        set_defaults(db, found.id, defaults=replace(found.defaults, match_fields=kept))
        hub.note(
            db,
            "connection.match",
            f"connection:{found.id}",
            before=dict(found.defaults.match_fields),
            after=kept,
        )
        return connection_by_name(db, name)

    now = await hub.write(change) if chosen else one
    catalogue = await _book(hub, one).catalogue()
    return [_match_row(now, kind, catalogue) for kind in MATCHED_KINDS]


async def _schema(hub: Hub, one: Connection, kind: RecordKind, named: str) -> Schema:
    """The fields of a kind; asked for only where they are needed and none is fresh."""
    if not needs_fields(kind, named):
        return Schema(fields=())
    async with account_of(hub, one) as pipedrive:
        return await _book(hub, one).schema(kind, pipedrive.records)


def _book(hub: Hub, one: Connection) -> AccountBook:
    return AccountBook(hub.store, connection_id=one.id, clock=hub.clock)


def _choices(picker: str, catalogue: Catalogue) -> Iterator[dict[str, object]]:
    for choice in choices(picker, catalogue):
        yield {"picker": picker, "value": choice.value, "label": choice.label}


def _picker(picker: str, catalogue: Catalogue, read_at: Mapping[str, int]) -> dict[str, object]:
    there = choices(picker, catalogue)
    known = [read_at[one] for one in OFFERS[picker].lists if one in read_at]
    more = len(there) - EXAMPLES_SHOWN
    first = ", ".join(choice.label for choice in there[:EXAMPLES_SHOWN])
    return {
        "picker": picker,
        "choices": len(there) if known else None,
        "read_at": moment(min(known, default=None)),
        "examples": f"{first} and {more} more" if more > 0 else first,
    }


def _match_row(one: Connection, kind: RecordKind, catalogue: Catalogue) -> dict[str, object]:
    field = one.defaults.match_fields.get(kind, "id")
    schema = catalogue.schema(kind)
    offered = match_choices(kind, schema.fields if schema else ())
    label = next((choice.label for choice in offered if choice.value == field), field)
    return {"kind": str(kind), "label": label, "field": field}
