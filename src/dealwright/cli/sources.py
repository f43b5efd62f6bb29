"""`dealwright sources`: where events come from."""

from typing import Annotated

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.meetingsources import (
    Wanted,
    add_meeting,
    change_keys,
    changed,
    meeting_rows,
    tell_tried,
    tried,
)
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names, prose
from dealwright.cli.sourceprivacy import register as register_privacy
from dealwright.core.errors import ConfigError
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.source import Scheme
from dealwright.pipeline.eventhooks import add_secret, new_secret
from dealwright.store.event_hooks import SourceKind, set_source_kind, source_kinds
from dealwright.store.sources import Source, add_write_key, create_source, list_sources
from dealwright.web.eventhooks import CLOUDEVENTS, STANDARD
from dealwright.web.write_keys import hash_write_key, new_write_key

Signing = Annotated[
    str | None,
    typer.Option(
        envvar="WEBHOOK_SECRET",
        show_envvar=False,
        help="What the sender signs with (whsec_…); without it one is made.",
    ),
]
Called = Annotated[str | None, typer.Option("--name", help="Of a recorder: what you call it.")]
Home = Annotated[str | None, typer.Option(help="Of a recorder: where its meetings go as a rule.")]
PollMinutes = Annotated[
    int | None,
    typer.Option(min=0, max=1440, help="Of a recorder: how often its API is asked; 0 never."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Of a recorder: KEY=VALUE; the value is JSON, or a text."),
]
Proof = Annotated[
    Scheme, typer.Option("--scheme", help="Of generic and vcon: how senders prove themselves.")
]

#: Columns of Sources of meetings.
HOW_MEETINGS_COME = (
    column("heard", "Last delivery"),
    figures("received", "Taken"),
    figures("ignored", "Ignored"),
    figures("dead", "Unreadable"),
    figures("refused", "Refused"),
    column("poll", "Asked"),
)

app = typer.Typer(help="Where events come from: each Source has a write key.", no_args_is_help=True)
register_privacy(app)


@app.command(
    epilog=examples(
        "dealwright sources add website",
        "dealwright sources add billing --kind standard-webhooks",
        "dealwright sources add warehouse --kind cloudevents",
        "dealwright sources add meeting fathom",
    ),
)
def add(
    name: Annotated[
        str, typer.Argument(help="What you call it, such as “website”; “meeting” for a recorder.")
    ],
    recorder: Annotated[
        str | None, typer.Argument(help="After “meeting”: fathom, zoom, fireflies, readai, …")
    ] = None,
    *,
    kind: Annotated[SourceKind, typer.Option(help="What its senders speak.")] = SourceKind.SEGMENT,
    secret: Signing = None,
    called: Called = None,
    connection: Home = None,
    poll_minutes: PollMinutes = None,
    given: Settings = None,
    scheme: Proof = Scheme.SIGNATURE,
    json: Json = False,
) -> None:
    """Make a Source and print its write key, this once.

    Whoever has the key can send events, and nothing else. The hub keeps only a hash of it. A Source
    of Standard Webhooks has a secret instead, which its messages are signed with; so has a recorder
    of meetings (`sources add meeting fathom`). What a recorder's API wants is asked for, or stands
    in the environment: FATHOM_API_KEY, or FATHOM_API_KEY_FILE for a file.
    """
    if not name.strip():
        raise ConfigError("A Source needs a name: say where its events come from.")
    out = Output(json=json)
    if recorder is not None:
        _add_recorder(
            out,
            name,
            Wanted(recorder, called, secret, connection, poll_minutes, given or (), scheme),
        )
        return
    if kind is SourceKind.STANDARD_WEBHOOKS:
        _say_signed(out, name.strip(), secret)
        return
    (source, key), address = with_hub(lambda hub: _added_here(hub, name.strip(), kind))
    out.say(
        f"[green]✓[/green] Source {bold(source.name)}. Its write key, shown only now:\n"
        f"  [bold]{key}[/bold]",
        id=source.id,
        name=source.name,
        write_key=key,
    )
    if kind is SourceKind.CLOUDEVENTS:
        out.hint(f"Send CloudEvents to {address}{CLOUDEVENTS}, with the key as Bearer token.")
        return
    out.hint(f"An SDK wants this key, and as its host {address}. To try it:")
    event = '{"userId": "u-1", "traits": {"name": "Ada Keller"}}'
    out.hint(escape(f"  curl -u {key}: {address}/v1/identify -d '{event}'"))


@app.command("test", epilog=examples("dealwright sources test Fathom"))
def try_out(
    name: Annotated[str, typer.Argument(help="The Source, as `sources list` names it.")],
    *,
    json: Json = False,
) -> None:
    """Try a recorder: whether it has a secret, and what its API tells of the last day."""
    found, polled = with_hub(lambda hub: tried(hub, name))
    tell_tried(Output(json=json), found, polled)


@app.command(
    epilog=examples(
        "dealwright sources settings Fathom",
        "dealwright sources settings Fathom --set deal_rule=open_only_latest_created",
        """dealwright sources settings Fathom --set 'internal_domains=["northwind.example"]'""",
    )
)
def settings(
    name: Annotated[str, typer.Argument(help="The Source, as `sources list` names it.")],
    *,
    given: Settings = None,
    json: Json = False,
) -> None:
    """Show how the meetings of a recorder are treated, and change it."""
    told = with_hub(lambda hub: changed(hub, name, given or ()))
    _tell_settings(Output(json=json), told)


@app.command("list")
def listed(*, json: Json = False) -> None:
    """Show the Sources."""
    sources, kinds, of_meetings = with_hub(
        lambda hub: hub.read(lambda db: (list_sources(db), source_kinds(db), meeting_rows(db)))
    )
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "kind": kinds.get(one.id, SourceKind.SEGMENT).value,
            "since": moment(one.created_at_ms),
            **of_meetings.get(one.id, {}),
        }
        for one in sources
    ]
    Output(json=json).table(
        rows,
        (
            figures("id", "Id"),
            names("name", "Source"),
            column("kind", "Speaks"),
            column("since", "Since"),
            *(HOW_MEETINGS_COME if of_meetings else ()),
        ),
        empty="No Source yet. Make one: dealwright sources add NAME",
    )


@app.command(epilog=examples("dealwright sources secret Fathom"))
def secret(
    name: Annotated[str, typer.Argument(help="The Source, as `sources list` names it.")],
    *,
    new: Signing = None,
    scheme: Proof = Scheme.SIGNATURE,
    json: Json = False,
) -> None:
    """Give a recorder another secret, and credentials of its API; the old secret counts as well.

    The one before counts until the next one comes, so that nothing is lost meanwhile.
    """
    change_keys(Output(json=json), name, new, scheme=scheme)


def _add_recorder(out: Output, name: str, wanted: Wanted) -> None:
    if name != "meeting":
        raise ConfigError(
            f"A Source has one name. For a recorder: dealwright sources add meeting {name}",
            code="unknown_recorder",
        )
    add_meeting(out, wanted)


def _tell_settings(out: Output, told: MeetingSettings) -> None:
    """Show every setting with its value, as `--set` takes it."""
    rows = [
        {"key": key, "value": msgspec.json.encode(getattr(told, key)).decode()}
        for key in MeetingSettings.__struct_fields__
    ]
    out.table(rows, (names("key", "Setting"), prose("value", "Value")), empty="")


def _say_signed(out: Output, name: str, secret: str | None) -> None:
    source, chosen, address = with_hub(lambda hub: _signed(hub, name, secret or new_secret()))
    shown = "" if secret else f" Its secret, shown only now:\n  [bold]{chosen}[/bold]"
    facts = {} if secret else {"secret": chosen}
    url = f"{address}{STANDARD}{source.id}"
    out.say(
        f"[green]✓[/green] Source {bold(source.name)}.{shown}",
        id=source.id,
        name=source.name,
        url=url,
        **facts,
    )
    out.hint(f"Have the sender post to {url}")


async def _signed(hub: Hub, name: str, secret: str) -> tuple[Source, str, str]:
    def change(db: sa.Connection) -> Source:
        made = create_source(db, name, now_ms=hub.now_ms())
        add_secret(db, made.id, secret=secret, vault=hub.vault)
        _noted(db, hub, made, SourceKind.STANDARD_WEBHOOKS)
        return made

    return await hub.write(change), secret, _address(hub)


async def _added_here(hub: Hub, name: str, kind: SourceKind) -> tuple[tuple[Source, str], str]:
    return await added(hub, name, kind=kind), _address(hub)


def _address(hub: Hub) -> str:
    settings = hub.settings
    return settings.public_url or f"http://{settings.host}:{settings.port or '…'}"


async def added(
    hub: Hub, name: str, *, kind: SourceKind = SourceKind.SEGMENT
) -> tuple[Source, str]:
    """Make a Source with a fresh write key; the key is known only to the caller now."""
    key = new_write_key()
    now_ms = hub.now_ms()

    def change(db: sa.Connection) -> Source:
        source = create_source(db, name, now_ms=now_ms)
        add_write_key(db, source.id, key_hash=hash_write_key(key), prefix=key[:6], now_ms=now_ms)
        if kind is not SourceKind.SEGMENT:
            set_source_kind(db, source.id, kind=kind)
        _noted(db, hub, source, kind, prefix=key[:6])
        return source

    return await hub.write(change), key


def _noted(
    db: sa.Connection, hub: Hub, source: Source, kind: SourceKind, *, prefix: str = ""
) -> None:
    after = {"name": source.name, "kind": kind.value}
    hub.note(db, "source.create", f"source:{source.id}", after=after)
    if prefix:
        hub.note(db, "write_key.create", f"source:{source.id}", after={"prefix": prefix})
