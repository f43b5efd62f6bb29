"""`dealwright deliveries`: what became of the events; one in full; sending again, or not."""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.delivery_view import facts, print_delivery
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, column, figures, names, prose
from dealwright.cli.showing import Showing
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


Ids = Annotated[list[int] | None, typer.Argument(help="Their numbers, as `deliveries` lists them.")]
States = Annotated[list[State] | None, typer.Option(help="Only in this state. Repeatable.")]
Code = Annotated[str | None, typer.Option(help="Only with this code.")]
OfConnection = Annotated[str | None, typer.Option(help="Only of this Connection.")]
OfEvent = Annotated[int | None, typer.Option(help="Only of the event with this number.")]

app = typer.Typer(
    cls=Showing,
    help="What became of the events; sending some of them again, or putting them aside.",
)


@app.command(
    epilog=examples(
        "dealwright deliveries  # the newest, and how many in each state",
        "dealwright deliveries --state failed --state held",
        "dealwright deliveries 1207  # why it did what it did, call by call",
    )
)
def show(
    ids: Ids = None,
    *,
    state: States = None,
    code: Code = None,
    connection: OfConnection = None,
    event: OfEvent = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """Show what became of the events: the newest, or those named with Trace and Attempts."""
    out = Output(json=json)
    for number in ids or ():
        one, tries = with_hub(lambda hub, n=number: hub.read(lambda db: _one(db, n)))
        print_delivery(out, one, tries)
    if not ids:
        wanted = Wanted(states=tuple(state or ()), code=code, connection=connection, event=event)
        _list(out, wanted, limit)


@app.command(
    epilog=examples(
        "dealwright deliveries retry 1207",
        "dealwright deliveries retry --code rejected  # all of these",
        "dealwright deliveries retry --state held --connection acme",
    )
)
def retry(
    ids: Ids = None,
    *,
    state: States = None,
    code: Code = None,
    connection: OfConnection = None,
    event: OfEvent = None,
    json: Json = False,
) -> None:
    """Send again what has failed or is held, with all its tries before it."""
    wanted = Wanted(states=tuple(state or ()), code=code, connection=connection, event=event)
    _retry(Output(json=json), wanted, tuple(ids or ()))


@app.command(epilog=examples("dealwright deliveries drop 1207 1208"))
def drop(
    ids: Annotated[list[int], typer.Argument(help="Their numbers, as `deliveries` lists them.")],
    *,
    json: Json = False,
) -> None:
    """Put Deliveries aside, for good; they are sent no more."""
    _drop(Output(json=json), tuple(ids))


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
        count = retry_deliveries(db, wanted.filter(db), ids=ids or None, now_ms=hub.now_ms())
        _noted(hub, db, "delivery.retry", ids, count)
        return count

    count = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    only = "" if count == len(ids) else " Only failed and held ones can be."
    out.say(f"{f'{count:,}' if count else 'None'} queued again.{only}", queued=count)


def _drop(out: Output, ids: tuple[int, ...]) -> None:
    def change(hub: Hub, db: sa.Connection) -> int:
        _see_that_there_are(db, ids)
        message = "Put aside from the command line."
        count = drop_deliveries(db, ids, message=message, now_ms=hub.now_ms())
        _noted(hub, db, "delivery.drop", ids, count)
        return count

    count = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    stays = " What is being sent or has ended stays; for two minutes what may have made a record."
    only = "" if count == len(ids) else stays
    out.say(f"{f'{count:,}' if count else 'None'} dropped.{only}", dropped=count)


def _noted(hub: Hub, db: sa.Connection, action: str, ids: tuple[int, ...], count: int) -> None:
    if count:
        hub.note(db, action, "deliveries", after={"ids": ids, "count": count})


def _see_that_there_are(db: sa.Connection, ids: tuple[int, ...]) -> None:
    """Raise NotFound for the first number that is no Delivery's."""
    for number in ids:
        delivery(db, number)
