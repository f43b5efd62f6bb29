"""`dealwright keys`: API keys, with which programs use the management API."""

from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names
from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI, Role
from dealwright.store.api_keys import (
    ApiKey,
    create_api_key,
    list_api_keys,
    new_api_key,
    revoke_api_key,
)
from dealwright.store.audit import record

app = typer.Typer(help="API keys: with them programs use the management API.", no_args_is_help=True)

COLUMNS = (
    figures("id", "Id"),
    names("name", "Key"),
    column("prefix", "Begins"),
    column("role", "Role"),
    column("state", "State"),
    column("used", "Last used"),
)


@app.command(epilog=examples("dealwright keys add ci", "dealwright keys add deploy --role admin"))
def add(
    name: Annotated[str, typer.Argument(help="What it is for, such as “ci”.")],
    *,
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.VIEWER,
    json: Json = False,
) -> None:
    """Make an API key and print it, this once. The hub keeps only a hash of it."""
    if not name.strip():
        raise ConfigError("A key needs a name: say what it is for.")
    made, key = with_hub(lambda hub: _added(hub, name.strip(), role))
    out = Output(json=json)
    out.say(
        f"[green]✓[/green] Key {bold(made.name)}, {made.role}. It is shown only now:\n"
        f"  [bold]{key}[/bold]",
        id=made.id,
        name=made.name,
        role=made.role.value,
        key=key,
    )
    out.hint(f"Programs send it as a header: Authorization: Bearer {made.prefix}…")


@app.command("list")
def listed(*, json: Json = False) -> None:
    """Show the API keys, the revoked ones too."""
    rows = [_row(one) for one in with_hub(lambda hub: hub.read(list_api_keys))]
    empty = "No API key yet. Make one: dealwright keys add NAME"
    Output(json=json).table(rows, COLUMNS, empty=empty)


@app.command()
def revoke(
    id: Annotated[int, typer.Argument(help="The key's number, as `keys list` shows it.")],
    *,
    json: Json = False,
) -> None:
    """Revoke an API key: it opens nothing any more, at once."""

    def change(db: sa.Connection, now_ms: int) -> ApiKey:
        gone = revoke_api_key(db, id, now_ms=now_ms)
        record(db, at_ms=now_ms, principal=CLI, action="key.revoke", target=f"key:{id}")
        return gone

    gone = with_hub(lambda hub: hub.write(lambda db: change(db, hub.now_ms())))
    Output(json=json).say(f"Key {bold(gone.name)} is revoked.", id=gone.id, name=gone.name)


async def _added(hub: Hub, name: str, role: Role) -> tuple[ApiKey, str]:
    key, now_ms = new_api_key(), hub.now_ms()

    def change(db: sa.Connection) -> ApiKey:
        made = create_api_key(db, name, role=role, key=key, made_by=CLI.name, now_ms=now_ms)
        record(
            db,
            at_ms=now_ms,
            principal=CLI,
            action="key.create",
            target=f"key:{made.id}",
            after={"name": made.name, "role": made.role.value, "prefix": made.prefix},
        )
        return made

    return await hub.write(change), key


def _row(one: ApiKey) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "prefix": f"{one.prefix}…",
        "role": one.role.value,
        "state": "live" if one.revoked_at_ms is None else "revoked",
        "used": moment(one.used_at_ms),
        "since": moment(one.created_at_ms),
        "made_by": one.made_by,
    }
