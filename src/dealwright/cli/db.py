"""`dealwright db`: the schema of the store."""

import typer

from dealwright.cli.output import Json, Output
from dealwright.core.errors import ConfigError
from dealwright.settings import load_settings
from dealwright.store.engine import Store
from dealwright.store.migrate import migrate
from dealwright.store.migrate import status as status_of

app = typer.Typer(help="The schema of the store.", no_args_is_help=True)

ADVICE = {
    "empty": "The store is empty; it is set up at the first start, or by: dealwright db upgrade",
    "outdated": "The store is from an older version; it is brought up to date at start, or by: "
    "dealwright db upgrade",
    "current": "The store is up to date.",
}


@app.command()
def upgrade(*, json: Json = False) -> None:
    """Bring the store to this version's schema; nothing is done when it is there already."""
    store = _opened()
    try:
        head = migrate(store)
    finally:
        store.close()
    Output(json=json).say(f"[green]✓[/green] The store is at schema {head}.", schema=head)


@app.command()
def status(*, json: Json = False) -> None:
    """Say which schema the store has, and which this version wants."""
    store = _opened()
    try:
        found = status_of(store)
    finally:
        store.close()
    if found.state == "too_new":
        raise ConfigError(
            f"The store has schema {found.current}, which is newer than this version's "
            f"({found.head}): install the newer version of Dealwright.",
            code="schema_too_new",
        )
    Output(json=json).say(
        f"{ADVICE[found.state]} [dim](has {found.current or 'none'}, wants {found.head})[/dim]",
        current=found.current,
        head=found.head,
        state=found.state,
    )


def _opened() -> Store:
    return Store.open(load_settings().store_url)
