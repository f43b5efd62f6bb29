"""`dealwright review`: what waits for a person, and deciding of it."""

from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, counted, figures, names, prose
from dealwright.cli.showing import Showing
from dealwright.cli.teachings import forget, rule, taught
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.people import CLI
from dealwright.core.record import RecordId
from dealwright.pipeline.reviewbulk import Bulk, decide_many
from dealwright.pipeline.reviewdesk import Decided, Decision, decide
from dealwright.pipeline.reviewitem import Do, ReviewItem, Topic
from dealwright.pipeline.reviewqueue import ReviewFilter, Waits, queue, waiting_item, waits
from dealwright.store.columns import record_id_of
from dealwright.store.connections import connection_by_name

COLUMNS = (
    names("id", "Item"),
    column("since", "Since"),
    figures("waiting", "Waiting"),
    prose("asked", "What is asked"),
    column("code", "Code"),
)

Item = Annotated[str, typer.Argument(help="The item, as `dealwright review` lists it.")]
Record = Annotated[str, typer.Argument(help="The id of the record in Pipedrive.")]
OnlyThis = Annotated[
    bool, typer.Option("--only-this", help="For this one alone, not for all that wait for it.")
]
OfConnection = Annotated[str | None, typer.Option(help="Only of this Connection.")]
OfTopic = Annotated[Topic | None, typer.Option(help="Only of this kind.")]
OfCode = Annotated[str, typer.Option(help="Only with this code.")]
OfSame = Annotated[str, typer.Option(help="Only what asks the same, as an item's `same` says.")]

app = typer.Typer(cls=Showing, help="What waits for a person: looking at it, and deciding.")
app.command(epilog=examples("dealwright review taught"))(taught)
app.command(
    epilog=examples(
        "dealwright review rule acme email ada@lovelace.example 42",
        "dealwright review rule acme external_id u-17 42 --source website",
    )
)(rule)
app.command(epilog=examples("dealwright review forget 7"))(forget)


@app.command(
    epilog=examples(
        "dealwright review  # all that waits, and how much of each kind",
        "dealwright review delivery-1207  # one, with what may be chosen",
        "dealwright review --topic option --connection acme",
    )
)
def show(
    items: Annotated[list[str] | None, typer.Argument(help="Items to show in full.")] = None,
    *,
    connection: OfConnection = None,
    topic: OfTopic = None,
    code: OfCode = "",
    same: OfSame = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """Show what waits for a person, newest first, or some of it with all that may be decided."""
    out = Output(json=json)
    for item_id in items or ():
        _print(out, with_hub(lambda hub, one=item_id: hub.read(lambda db: _one(db, one))))
    if items:
        return

    def look(db: sa.Connection) -> tuple[list[ReviewItem], list[Waits]]:
        where = _filter(db, connection, topic, code=code, same=same)
        return list(queue(db, where, limit=limit).items), waits(db, where)

    found, all_of_them = with_hub(lambda hub: hub.read(look))
    out.table([_row(one) for one in found], COLUMNS, empty="Nothing waits for a person.")
    in_words = ", ".join(f"{one.number:,} {one.code}" for one in all_of_them)
    out.hint(f"In all: {in_words}. One in full: dealwright review ITEM" if in_words else "")


@app.command(epilog=examples("dealwright review choose delivery-1207 42"))
def choose(item: Item, record: Record, *, only_this: OnlyThis = False, json: Json = False) -> None:
    """Say which record, person or deal it is, for all that wait for the same."""
    decision = Decision(do=Do.CHOOSE, record_id=record_id_of(record), scope=_scope(only_this))
    _decide(Output(json=json), item, decision)


@app.command(epilog=examples("dealwright review teach delivery-1207 42"))
def teach(item: Item, record: Record, *, json: Json = False) -> None:
    """Say which record it is, from now on: nobody is asked again."""
    _decide(Output(json=json), item, Decision(do=Do.TEACH, record_id=record_id_of(record)))


@app.command(epilog=examples("dealwright review create delivery-1207"))
def create(item: Item, *, only_this: OnlyThis = False, json: Json = False) -> None:
    """Have a new record made; what waits for the same takes it, too."""
    _decide(Output(json=json), item, Decision(do=Do.CREATE, scope=_scope(only_this)))


@app.command(
    epilog=examples(
        "dealwright review option delivery-1207 31  # the label means option 31, from now on",
        "dealwright review option delivery-1207  # add the label to the field in Pipedrive",
    )
)
def option(
    item: Item,
    options: Annotated[
        list[int] | None, typer.Argument(help="Ids: one, or one for each label. None: add it.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Say which option a label means, or have it added to the field."""
    decision = (
        Decision(do=Do.MAP_OPTION, option_ids=tuple(options))
        if options
        else Decision(do=Do.ADD_OPTION)
    )
    _decide(Output(json=json), item, decision)


@app.command("leave-out", epilog=examples("dealwright review leave-out delivery-1207"))
def leave_out(item: Item, *, json: Json = False) -> None:
    """Write the rest without the field that does not fit."""
    _decide(Output(json=json), item, Decision(do=Do.LEAVE_OUT))


@app.command(epilog=examples("dealwright review retry delivery-1207"))
def retry(item: Item, *, json: Json = False) -> None:
    """Try again as it is."""
    _decide(Output(json=json), item, Decision(do=Do.RETRY))


@app.command(epilog=examples('dealwright review skip delivery-1207 --reason "a test account"'))
def skip(
    item: Item,
    *,
    reason: Annotated[str, typer.Option(help="Why it is not to be written.")],
    json: Json = False,
) -> None:
    """Put it aside, for good."""
    _decide(Output(json=json), item, Decision(do=Do.SKIP, reason=reason))


@app.command(
    epilog=examples(
        'dealwright review bulk skip --code needs_choice --reason "last year\'s import"',
        "dealwright review bulk retry delivery-7 delivery-9 --yes",
    )
)
def bulk(
    do: Annotated[Do, typer.Argument(help="What is decided.")],
    items: Annotated[list[str] | None, typer.Argument(help="Items; or a filter.")] = None,
    *,
    connection: OfConnection = None,
    topic: OfTopic = None,
    code: OfCode = "",
    same: OfSame = "",
    record: Annotated[str, typer.Option(help="The record, for choose and teach.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for skip.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Decide the same of many items, after their number was shown."""
    if not items and not (connection or topic or code or same):
        raise ConfigError("Say which items: their ids, or a filter.")
    chosen = record_id_of(record) if record else None
    decision = Decision(do=do, record_id=chosen, reason=reason)

    def decided(hub: Hub, db: sa.Connection, expected: int | None) -> Bulk:
        which = items or _filter(db, connection, topic, code=code, same=same)
        return decide_many(db, which, decision, by=CLI, now_ms=hub.now_ms(), expected=expected)

    meant = with_hub(lambda hub: hub.read(lambda db: decided(hub, db, None))).meant
    if meant and not yes:
        confirm(f"{do.value} {counted(meant, 'item')}?", err=json)
    done = with_hub(lambda hub: hub.write(lambda db: decided(hub, db, meant)))
    more = " There are more; run it again for them." if done.more else ""
    out = Output(json=json)
    out.say(
        f"{counted(done.decided, 'item')} decided, {done.along} went along.{more}",
        **done._asdict(),
    )


def _decide(out: Output, item_id: str, decision: Decision) -> None:
    def change(hub: Hub, db: sa.Connection) -> Decided:
        return decide(db, item_id, decision, by=CLI, now_ms=hub.now_ms())

    done = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    along = f" {counted(done.along, 'other')} went along." if done.along else ""
    learned = "".join(f" Teaching {number} holds from now on." for number in done.teachings)
    out.say(
        f"{bold(item_id)} is decided.{along}{learned}",
        item=done.item,
        along=done.along,
        teachings=list(done.teachings),
    )


def _one(db: sa.Connection, item_id: str) -> ReviewItem:
    found = waiting_item(db, item_id)
    if found is None:
        raise NotFound(f"{item_id} waits for nobody now. `dealwright review` lists what does.")
    return found


def _filter(
    db: sa.Connection, connection: str | None, topic: Topic | None, *, code: str, same: str
) -> ReviewFilter:
    number = None if connection is None else connection_by_name(db, connection).id
    return ReviewFilter(connection_id=number, topic=topic, code=code, same=same)


def _scope(only_this: bool) -> str:  # noqa: FBT001 - an option of the command line
    return "only_this" if only_this else ""


def _row(one: ReviewItem) -> dict[str, object]:
    return {
        "id": one.id,
        "since": moment(one.since_ms),
        "waiting": one.waiting,
        "asked": one.asked,
        "code": one.code,
        "topic": one.topic.value,
        "why": one.why,
        "same": one.same,
    }


def _print(out: Output, one: ReviewItem) -> None:
    offers: list[dict[str, RecordId | str | int | None]] = [
        {
            "do": choice.do.value,
            "record_id": choice.record_id,
            "option_id": choice.option_id,
            "sentence": choice.sentence,
            "known": choice.known,
        }
        for choice in one.choices
    ]
    if out.json:
        out.line({**_row(one), "delivery_id": one.delivery_id, "choices": offers})
        return
    out.say(f"{bold(one.id)}  {one.asked}\n  {one.why}")
    for choice in one.choices:
        known = f"  ({choice.known})" if choice.known else ""
        out.say(f"  [cyan]{choice.do.value:<10}[/cyan] {choice.sentence}{known}")
