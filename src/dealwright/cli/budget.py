"""`dealwright budget`: the day's API tokens of each Connection."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, bold, counted, figures, names
from dealwright.cli.showing import Showing
from dealwright.core.clock import from_ms
from dealwright.core.priority import Priority
from dealwright.pipedrive.plans import plan as plan_named
from dealwright.pipeline.breaker import why_open
from dealwright.pipeline.outlook import Outlook, outlook
from dealwright.store.budget import company, set_terms
from dealwright.store.connections import (
    Connection,
    connection_by_name,
    list_connections,
    set_plan,
)
from dealwright.store.deliveries import unpark
from dealwright.store.mappings import list_mappings

#: From nothing to the highest hour of the day.
BARS = "▁▂▃▄▅▆▇█"

EMPTY = "No Connection yet. Make one: dealwright connect --domain yourcompany"

SPENDERS = (figures("tokens", "Tokens"), figures("calls", "Calls"))


app = typer.Typer(
    cls=Showing,
    help="The day's API tokens: spent, left, kept for people, and when they will end.",
)


@app.command(
    epilog=examples(
        "dealwright budget  # every Connection",
        "dealwright budget acme",
    )
)
def show(
    name: Annotated[str | None, typer.Argument(help="Only this Connection.")] = None,
    *,
    json: Json = False,
) -> None:
    """Show what was spent today and by what, what is left, and when it will end."""
    days = with_hub(lambda hub: hub.read(lambda db: _days(db, name, hub.now_ms())))
    out = Output(json=json)
    if not days:
        out.hint(EMPTY)
    for one, day, named in days:
        if json:
            out.line(_facts(one, day, named))
        else:
            _tell(out, one, day, named)


@app.command(
    "set",
    epilog=examples(
        "dealwright budget set acme --reserve 30",
        "dealwright budget set acme --plan premium --seats 12 --extra-tokens 50000",
    ),
)
def change(
    name: Annotated[str, typer.Argument(help="The Connection.")],
    *,
    reserve: Annotated[
        int | None,
        typer.Option(
            min=0, max=100, metavar="PERCENT", help="Kept for people and other integrations."
        ),
    ] = None,
    plan: Annotated[
        str | None, typer.Option(metavar="PLAN", help="lite, growth, premium or ultimate.")
    ] = None,
    seats: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The company's seats.")
    ] = None,
    extra_tokens: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Tokens a day bought on top.")
    ] = None,
    json: Json = False,
) -> None:
    """Say how much is kept, and what the company pays for; what is not named stays as it is.

    What waits for the next day is tried at once: perhaps there is enough for it now.
    """
    chosen = None if plan is None else plan_named(plan).key
    now = with_hub(
        lambda hub: hub.write(
            lambda db: _changed(db, hub, name, (reserve, extra_tokens), (chosen, seats))
        )
    )
    one, day, _ = now
    terms = day.terms
    Output(json=json).say(
        f"[green]✓[/green] {bold(one.name)}: {_by_plan(one, day)}; {terms.reserve_percent} % of "
        "the day are kept for people and other integrations.",
        **_decided(one, day),
    )


def _changed(
    db: sa.Connection,
    hub: Hub,
    name: str,
    terms: tuple[int | None, int | None],
    paid: tuple[str | None, int | None],
) -> "_Day":
    changed = _change(db, name, terms, paid, hub.now_ms())
    given = {"reserve": terms[0], "extra_tokens": terms[1], "plan": paid[0], "seats": paid[1]}
    after = {key: value for key, value in given.items() if value is not None}
    hub.note(db, "budget.update", f"connection:{changed[0].id}", after=after)
    return changed


_Day = tuple[Connection, Outlook, dict[int, str]]


def _days(db: sa.Connection, name: str | None, now_ms: int) -> list[_Day]:
    chosen = list_connections(db) if name is None else [connection_by_name(db, name)]
    return [_day(db, one, now_ms) for one in chosen]


def _day(db: sa.Connection, one: Connection, now_ms: int) -> _Day:
    mappings = {mapping.id: mapping.name for mapping in list_mappings(db, one.id)}
    return one, outlook(db, one, now_ms=now_ms), mappings


def _change(
    db: sa.Connection,
    name: str,
    terms: tuple[int | None, int | None],
    paid: tuple[str | None, int | None],
    now_ms: int,
) -> _Day:
    one = connection_by_name(db, name)
    set_terms(db, one.id, now_ms=now_ms, reserve_percent=terms[0], extra_tokens=terms[1])
    for connection_id in company(db, one.id):
        set_plan(db, connection_id, plan=paid[0], seats=paid[1])
        unpark(db, connection_id, now_ms=now_ms)
    return _day(db, connection_by_name(db, name), now_ms)


def _tell(out: Output, one: Connection, day: Outlook, named: dict[int, str]) -> None:
    for line in _lines(one, day):
        out.say(line)
    out.table(
        [{"name": one.name, "tokens": one.tokens, "calls": one.calls} for one in day.by_purpose],
        (names("name", "Spent for"), *SPENDERS),
        empty="Nothing was spent yet today.",
    )
    if day.by_mapping:
        out.table(_of_mappings(day, named), (names("name", "Spent by Mapping"), *SPENDERS))
    if day.by_siblings:
        out.hint(f"{day.by_siblings:,} more by other Connections to the same company.")
    missing = day.budget.used - day.listed
    if missing > 0:
        out.hint(f"{missing:,} tokens are not in these lists: calls whose end nobody could write.")
    for sentence in _ahead(day):
        out.say(escape(sentence))
    out.say("")


def _lines(one: Connection, day: Outlook) -> Iterator[str]:
    budget = day.budget
    kept = budget.floor(Priority.HIGH)
    yield f"{bold(one.name)}: {_source(one, day)}"
    others = "" if budget.by_others is None else f", {budget.by_others:,} by other programs"
    yield f"  Spent  {budget.used:,} by this hub{others}"
    yield (
        f"  Left   {budget.unspent:,}, of which {min(kept, budget.unspent):,} "
        f"({budget.reserve_percent} % of the day) are kept for people and other integrations"
    )
    yield f"  Hours  {bars(day.hours)}  since {_time(budget.resets_at_ms)}"


def bars(hours: Sequence[int]) -> str:
    """One small bar for each hour; the highest hour is the measure."""
    most = max(hours, default=0)
    if not most:
        return BARS[0] * len(hours)
    return "".join(BARS[-(-tokens * (len(BARS) - 1) // most)] for tokens in hours)


def _source(one: Connection, day: Outlook) -> str:
    if day.budget.told is not None and day.budget.told.limit is not None:
        return f"{day.budget.limit:,} tokens a day, as Pipedrive says"
    return _by_plan(one, day)


def _by_plan(one: Connection, day: Outlook) -> str:
    extra = day.terms.extra_tokens
    more = f" and {extra:,} bought on top" if extra else ""
    seats = counted(one.seats, "seat")
    return f"{day.budget.planned:,} tokens a day by {escape(one.plan)} × {seats}{more}"


def _of_mappings(day: Outlook, named: dict[int, str]) -> list[dict[str, object]]:
    return [
        {
            "name": named.get(mapping_id, f"Mapping {mapping_id}"),
            "tokens": share.tokens,
            "calls": share.calls,
        }
        for mapping_id, share in day.by_mapping.items()
    ]


def _ahead(day: Outlook) -> Iterator[str]:
    """What will come of the day, in sentences."""
    if not day.breaker.closed:
        yield why_open(day.breaker)
    if day.budget.exhausted_until_ms is not None:
        yield f"Pipedrive says that the day is spent. It goes on at {_reset(day)}."
        return
    ends = day.forecast.ends_at_ms.get(Priority.NORMAL)
    if day.budget.unspent <= day.budget.floor(Priority.NORMAL):
        yield f"Events have had their part of the day. They go on at {_reset(day)}."
    elif ends is not None:
        yield f"At this pace the budget ends at {_time(ends)}; it begins anew at {_reset(day)}."
    else:
        yield f"At this pace the budget lasts until {_reset(day)}, when it begins anew."
    for priority, count in day.forecast.moved.items():
        what = counted(count, "Delivery", "Deliveries")
        moves = "moves" if count == 1 else "move"
        yield f"{what} of {_words(priority)} priority {moves} to after {_reset(day)}."


def _words(priority: Priority) -> str:
    return "the lowest" if priority is Priority.BACKFILL else priority.name.lower()


def _reset(day: Outlook) -> str:
    return _time(day.budget.resets_at_ms)


def _time(at_ms: int) -> str:
    """A time of this day of the budget, on the operator's own clock."""
    told = f"{from_ms(at_ms).astimezone():%H:%M}"
    return "midnight" if told == "00:00" else told


def _facts(one: Connection, day: Outlook, named: dict[int, str]) -> dict[str, object]:
    budget, ahead = day.budget, day.forecast
    return {
        **_decided(one, day),
        "limit": budget.limit,
        "told": budget.told is not None,
        "spent": budget.used,
        "spent_by_others": budget.by_others,
        "left": budget.unspent,
        "reserve": budget.floor(Priority.HIGH),
        "resets_at": from_ms(budget.resets_at_ms),
        "spent_up": budget.exhausted_until_ms is not None,
        "tokens_an_hour": ahead.tokens_an_hour,
        "ends_at": {_key(one): from_ms(at_ms) for one, at_ms in ahead.ends_at_ms.items()},
        "queued": {_key(one): count for one, count in day.queued.items()},
        "moved": {_key(one): count for one, count in ahead.moved.items()},
        "by_purpose": {share.name: share.tokens for share in day.by_purpose},
        "by_mapping": {row["name"]: row["tokens"] for row in _of_mappings(day, named)},
        "by_hour": list(day.hours),
        "by_siblings": day.by_siblings,
        "unlisted": max(0, budget.used - day.listed),
        "breaker": day.breaker.code,
    }


def _decided(one: Connection, day: Outlook) -> dict[str, object]:
    return {
        "name": one.name,
        "plan": one.plan,
        "seats": one.seats,
        "reserve_percent": day.terms.reserve_percent,
        "extra_tokens": day.terms.extra_tokens,
    }


def _key(priority: Priority) -> str:
    return priority.name.lower()
