"""`dealwright backup` and `dealwright restore`: the whole store in one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from dealwright import parts
from dealwright.cli.asking import confirm
from dealwright.cli.output import Json, Output, bold
from dealwright.core.clock import to_ms
from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.presence import alone
from dealwright.settings import Settings, load_settings
from dealwright.store.audit import record
from dealwright.store.backup import back_up, others, put_back
from dealwright.store.engine import Store

KEY = "The key is not in it: keep secret.key, or DEALWRIGHT_SECRET_KEY, apart and as safe."

Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")],
    *,
    json: Json = False,
) -> None:
    """Write the whole store into one file, as it is at this moment, while the hub runs.

    PostgreSQL needs pg_dump for it. The key that opens stored credentials is not in the file.
    """
    store = parts.open_store(load_settings())
    try:
        size = back_up(store, file.absolute())
    finally:
        store.close()
    out = Output(json=json)
    said = f"[green]✓[/green] {bold(str(file))}: {size / 1_000_000:,.1f} MB."
    out.say(said, file=str(file), bytes=size)
    out.hint(KEY)


def restore(
    file: Annotated[Path, typer.Argument(help="What `dealwright backup` has written.")],
    *,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Make the store what a backup holds; the hub must not run.

    What there is now is kept beside on SQLite, and gone on PostgreSQL. A backup of an older version
    is brought up to date, one of a newer is refused.
    """
    settings = load_settings()
    parts.make_folder(settings.data)
    with alone(settings.data):
        _nobody_else(settings.store_url)
        if not yes:
            confirm("Everything that the store holds now is replaced. Go on?")
        head = put_back(settings.store_url, file.absolute())
        _note(settings, file)
    out = Output(json=json)
    said = f"[green]✓[/green] The store is what {bold(str(file))} holds."
    out.say(said, file=str(file), schema=head)
    out.hint("Then look whether the key fits and accounts still sign in: dealwright doctor")


def _note(settings: Settings, file: Path) -> None:
    """Put it into the audit log, which is now the backup's."""
    store = parts.open_store(settings)
    try:
        now_ms = to_ms(SystemClock().now())
        with store.transaction() as db:
            record(
                db,
                at_ms=now_ms,
                principal=CLI,
                action="store.restore",
                target="store",
                after={"file": file.name},
            )
    finally:
        store.close()


def _nobody_else(url: str) -> None:
    store = Store.open(url)
    try:
        if others(store):
            raise ConfigError(
                "A hub on some machine uses this database: end it first, then restore.",
                code="hub_running",
            )
    finally:
        store.close()
