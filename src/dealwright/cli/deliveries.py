"""`dealwright deliveries`: what became of the events; one of them in full; sending again."""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.delivery_view import facts, print_delivery
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, column, figures, names, prose
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.store.attempts import Attempt, attempts
from dealwright.store.connections import connection_by_name, list_connections
from dealwright.store.deliveries import count_by_state
from dealwright.store.delivery_list import (
    Delivery,
    DeliveryFilter,
    delivery,
    drop_deliveries,
    find_deliveries,
    retry_deliveries,
)

COLUMNS = (
    figures("id", "Id"),
    column("updated", "When"),
    names("connection", "Connection"),
    column("state", "State"),
    figures("tokens", "Tokens"),
    prose("message", "What happened"),
)


#: The same where a Connection need not be named.
ONE_CONNECTION = tuple(one for one in COLUMNS if one.key != "connection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which Deliveries the options name."""

    states: tuple[State, ...] = ()
    code: str | None = None
    connection: str | None = None
    event: int | None = None

    def filter(self, db: sa.Connection) -> DeliveryFilter:
        """The same as the store understands it. Raises NotFound for an unknown Connection."""
        name = self.connection
        return DeliveryFilter(
            connection_id=None if name is None else connection_by_name(db, name).id,
            states=self.states,
            code=self.code,
            event_seq=self.event,
        )


Ids = Annotated[list[int] | None, typer.Argument(help="One: shown with its Trace and Attempts.")]


EXAMPLES = examples(
    "dealwright deliveries  # the newest, and how many in each state",
    "dealwright deliveries --state failed --state held",
    "dealwright deliveries 1207  # why it did what it did, call by call",
    "dealwright deliveries 1207 --retry  # send it again",
    "dealwright deliveries --code rejected --retry  # send all of these again",
)


def deliveries(
    ids: Ids = None,
    *,
    state: Annotated[list[State] | None, typer.Option(help="Only in this state.")] = None,
    code: Annotated[str | None, typer.Option(help="Only with this code.")] = None,
    connection: Annotated[str | None, typer.Option(help="Only of this Connection.")] = None,
    event: Annotated[int | None, typer.Option(help="Only of the event with this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    retry: Annotated[
        bool, typer.Option("--retry", help="Send those that are failed or held again.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Put those named by number aside, for good.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what became of the events: the newest, or one in full, or send some again."""
    out = Output(json=json)
    chosen = tuple(ids or ())
    wanted = Wanted(states=tuple(state or ()), code=code, connection=connection, event=event)
    if drop and retry:
        raise ConfigError("Give either --retry or --drop.")
    if drop:
        _drop(out, chosen)
    elif retry:
        _retry(out, wanted, chosen)
    elif chosen:
        for number in chosen:
            one, tries = with_hub(lambda hub, n=number: hub.read(lambda db: _one(db, n)))
            print_delivery(out, one, tries)
    else:
        _list(out, wanted, limit)


def _list(out: Output, wanted: Wanted, limit: int) -> None:
    def look(db: sa.Connection) -> tuple[list[Delivery], dict[int, str], dict[State, int]]:
        where = wanted.filter(db)
        connections = {one.id: one.name for one in list_connections(db)}
        counts = count_by_state(db, where.connection_id)
        return find_deliveries(db, where, limit=limit), connections, counts

    found, connections, counts = with_hub(lambda hub: hub.read(look))
    in_words = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number)
    none_yet = (
        "No Delivery yet. Are events coming in (dealwright events), and is the Connection on "
        "(dealwright connections list)?"
    )
    out.table(
        ({**facts(one), "connection": connections.get(one.connection_id, "")} for one in found),
        COLUMNS if len(connections) > 1 else ONE_CONNECTION,
        empty="None is like that." if in_words else none_yet,
    )
    out.hint(f"In all: {in_words}." if in_words else "")


def _one(db: sa.Connection, number: int) -> tuple[Delivery, list[Attempt]]:
    return delivery(db, number), attempts(db, number)


def _retry(out: Output, wanted: Wanted, ids: tuple[int, ...]) -> None:
    if not ids and wanted == Wanted():
        raise ConfigError(
            "Say what is to be sent again: numbers, or --state, --code, --connection or --event."
        )

    def change(hub: Hub, db: sa.Connection) -> int:
        _see_that_there_are(db, ids)
        return retry_deliveries(db, wanted.filter(db), ids=ids or None, now_ms=hub.now_ms())

    count = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    only = "" if count == len(ids) else " Only failed and held ones can be."
    out.say(f"{f'{count:,}' if count else 'None'} queued again.{only}", queued=count)


def _drop(out: Output, ids: tuple[int, ...]) -> None:
    if not ids:
        raise ConfigError("Say by number which Deliveries are to be dropped.")

    def change(hub: Hub, db: sa.Connection) -> int:
        _see_that_there_are(db, ids)
        message = "Put aside from the command line."
        return drop_deliveries(db, ids, message=message, now_ms=hub.now_ms())

    count = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    only = "" if count == len(ids) else " What is being sent or has ended stays."
    out.say(f"{f'{count:,}' if count else 'None'} dropped.{only}", dropped=count)


def _see_that_there_are(db: sa.Connection, ids: tuple[int, ...]) -> None:
    """Raise NotFound for the first number that is no Delivery's."""
    for number in ids:
        delivery(db, number)
