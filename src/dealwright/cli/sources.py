"""`dealwright sources`: where events come from."""

from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names
from dealwright.core.errors import ConfigError
from dealwright.store.sources import Source, add_write_key, create_source, list_sources
from dealwright.web.write_keys import hash_write_key, new_write_key

app = typer.Typer(help="Where events come from: each Source has a write key.", no_args_is_help=True)


@app.command(
    epilog=examples(
        "dealwright sources add website",
    ),
)
def add(
    name: Annotated[str, typer.Argument(help="What you call it, such as “website”.")],
    *,
    json: Json = False,
) -> None:
    """Make a Source and print its write key, this once.

    Whoever has the key can send events, and nothing else. The hub keeps only a hash of it.
    """
    if not name.strip():
        raise ConfigError("A Source needs a name: say where its events come from.")
    (source, key), address = with_hub(lambda hub: _added_here(hub, name.strip()))
    out = Output(json=json)
    out.say(
        f"[green]✓[/green] Source {bold(source.name)}. Its write key, shown only now:\n"
        f"  [bold]{key}[/bold]",
        id=source.id,
        name=source.name,
        write_key=key,
    )
    out.hint(f"An SDK wants this key, and as its host {address}. To try it:")
    event = '{"userId": "u-1", "traits": {"name": "Ada Keller"}}'
    out.hint(escape(f"  curl -u {key}: {address}/v1/identify -d '{event}'"))


@app.command("list")
def listed(*, json: Json = False) -> None:
    """Show the Sources."""
    sources = with_hub(lambda hub: hub.read(list_sources))
    rows = [{"id": s.id, "name": s.name, "since": moment(s.created_at_ms)} for s in sources]
    Output(json=json).table(
        rows,
        (figures("id", "Id"), names("name", "Source"), column("since", "Since")),
        empty="No Source yet. Make one: dealwright sources add NAME",
    )


async def _added_here(hub: Hub, name: str) -> tuple[tuple[Source, str], str]:
    settings = hub.settings
    here = f"http://{settings.host}:{settings.port or '…'}"
    return await added(hub, name), settings.public_url or here


async def added(hub: Hub, name: str) -> tuple[Source, str]:
    """Make a Source with a fresh write key; the key is known only to the caller now."""
    key = new_write_key()
    now_ms = hub.now_ms()

    def change(db: sa.Connection) -> Source:
        source = create_source(db, name, now_ms=now_ms)
        add_write_key(db, source.id, key_hash=hash_write_key(key), prefix=key[:6], now_ms=now_ms)
        return source

    return await hub.write(change), key
