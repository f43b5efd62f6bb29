"""`dealwright secrets`: the keys that tokens and passwords are sealed with."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import sqlalchemy as sa
import typer

from dealwright import parts
from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, counted, figures
from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI
from dealwright.pipeline import rotation
from dealwright.pipeline.clock import SystemClock
from dealwright.settings import Settings, load_settings
from dealwright.store import sealed
from dealwright.store.audit import record
from dealwright.store.key_file import KeyFile
from dealwright.store.secrets import generate_key, key_id

T = TypeVar("T")

app = typer.Typer(help="The keys that tokens and passwords are sealed with.", no_args_is_help=True)

COLUMNS = (
    column("key", "Key"),
    column("use", "Use"),
    figures("values", "Values sealed"),
    column("since", "Since"),
)

#: What a key is to the hub.
SEALS, OPENS, MISSING = "seals and opens", "opens", "missing"

Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]


@app.command()
def status(*, json: Json = False) -> None:
    """Show the keys by their ids, and how many values each has sealed."""

    async def looked(hub: Hub) -> list[dict[str, object]]:
        return _rows(hub.vault.key_ids, await hub.read(sealed.counts), await hub.read(sealed.since))

    rows = _with_any_key(looked)
    out = Output(json=json)
    out.table(rows, COLUMNS)
    lacking = [str(row["key"]) for row in rows if row["use"] == MISSING and row["values"]]
    if lacking:
        out.hint(f"Bring back the key {', '.join(lacking)}, or: dealwright secrets forget")


@app.command(epilog=examples("dealwright secrets rotate"))
def rotate(*, json: Json = False) -> None:
    """Seal everything with a new key, while the hub runs.

    The new key is put first into the key file, where every process of this machine finds it.
    Ended in the middle, it goes on where it was. Keys of the environment are yours to change: put
    a new one first, start the hub again, then run this.
    """
    settings = load_settings()
    done, made = _with_any_key(lambda hub: _rotated(hub, settings))
    out = Output(json=json)
    total = sum(done.resealed.values())
    begun = f"New key {done.key_id}. " if made else ""
    out.say(
        f"[green]✓[/green] {begun}{counted(total, 'value')} sealed anew by {done.key_id}.",
        key=done.key_id,
        made=made,
        resealed=done.resealed,
        lost=done.lost,
        left=done.left,
    )
    for name, number in done.resealed.items():
        out.hint(f"  {name}: {number:,}")
    if done.lost:
        lost = counted(sum(done.lost.values()), "value")
        out.hint(f"{lost} that no key opens stay as they are: {', '.join(done.lost)}")
    if done.left:
        out.hint("Others are sealed by another key still. Look: dealwright secrets status")
    else:
        out.hint(_then(settings))


@app.command()
def drop(*, yes: Yes = False, json: Json = False) -> None:
    """Take the keys out of the key file that seal nothing any more.

    Backups of before the rotation need them: keep the keys as long as those, in another place.
    """
    settings = load_settings()
    file = _file_of(settings)
    gone = _with_any_key(lambda hub: _idle(hub, file))
    out = Output(json=json)
    if not gone:
        out.say("Nothing to drop: every key is used.", dropped=[])
        return
    if not yes:
        confirm(f"Backups that were sealed by {', '.join(gone)} cannot be opened then. Go on?")
    file.drop(gone)
    out.say(f"[green]✓[/green] Dropped: {', '.join(gone)}.", dropped=gone)


@app.command()
def forget(*, yes: Yes = False, json: Json = False) -> None:
    """Start without a key that is lost: what it sealed is never opened again.

    Connections then have to be authorized anew, senders and second factors set up anew.
    """

    async def given_up(hub: Hub) -> dict[str, int]:
        lost = await hub.read(lambda db: sealed.lacking(db, hub.vault))
        if not yes:
            values = counted(sum(lost.values()), "value")
            confirm(f"{values} sealed by {', '.join(lost) or 'no key'} will be lost. Go on?")
        now_ms = hub.now_ms()

        def without(db: sa.Connection) -> None:
            sealed.go_without_others(db, hub.vault, now_ms=now_ms)
            record(
                db,
                at_ms=now_ms,
                principal=CLI,
                action="secrets.forget",
                target=f"secret_key:{','.join(lost)}",
                after={"lost": sum(lost.values())},
            )

        await hub.write(without)
        return lost

    lost = _with_any_key(given_up)
    out = Output(json=json)
    out.say(
        f"[green]✓[/green] The hub starts without {', '.join(lost) or 'other keys'}.",
        forgotten=lost,
    )
    out.hint("See what has to be set up anew: dealwright doctor")


@app.command()
def new() -> None:
    """Print a new key, for DEALWRIGHT_SECRET_KEY or a key file."""
    sys.stdout.write(f"{generate_key().reveal()}\n")


async def _rotated(hub: Hub, settings: Settings) -> tuple[rotation.Rotated, bool]:
    in_environment = settings.secret_key is not None
    if in_environment or len(hub.vault.key_ids) > 1:
        # A rotation that was not ended, or whose new key somebody has put there.
        done = await rotation.rotate(hub.store, hub.vault, who=CLI, now_ms=hub.now_ms())
        if done.resealed:
            return done, False
    if in_environment:
        raise ConfigError(
            "Everything is sealed by the first key. For another one, put it first in "
            "DEALWRIGHT_SECRET_KEY (`dealwright secrets new` prints one), start the hub again, "
            "and run this again.",
            code="no_new_key",
        )
    parts.check_vault(hub.store, hub.vault, now_ms=hub.now_ms())
    parts.key_file(settings).put_first(generate_key())
    vault = parts.open_vault(settings)
    return await rotation.rotate(hub.store, vault, who=CLI, now_ms=hub.now_ms()), True


async def _idle(hub: Hub, file: KeyFile) -> list[str]:
    used = await hub.read(sealed.counts)
    if sealed.UNNAMED in used:
        return []
    return [one for one in map(key_id, file.read()[1:]) if one not in used]


def _file_of(settings: Settings) -> KeyFile:
    if settings.secret_key is not None:
        raise ConfigError(
            "The keys are in DEALWRIGHT_SECRET_KEY: take out there what seals nothing any more "
            "(dealwright secrets status).",
            code="keys_elsewhere",
        )
    return parts.key_file(settings)


def _then(settings: Settings) -> str:
    if settings.secret_key is not None:
        return "The other keys seal nothing any more: take them out of DEALWRIGHT_SECRET_KEY."
    return "Keys that seal nothing any more go by: dealwright secrets drop"


def _rows(
    ids: tuple[str, ...], counts: dict[str, dict[str, int]], since: dict[str, int]
) -> list[dict[str, object]]:
    listed = [*ids, *(key for key in counts if key not in ids)]
    return [
        {
            "key": key,
            "use": _use(key, ids),
            "values": sum(counts.get(key, {}).values()),
            "since": moment(since.get(key)),
            "columns": counts.get(key, {}),
        }
        for key in listed
    ]


def _use(key: str, ids: tuple[str, ...]) -> str:
    if key == ids[0]:
        return SEALS
    return OPENS if key in ids or key == sealed.UNNAMED else MISSING


def _with_any_key(work: Callable[[Hub], Awaitable[T]]) -> T:
    """Work with the store although the key may be the wrong one, which these commands mend."""
    settings = load_settings()
    store = parts.open_store(settings)
    try:
        vault = parts.open_vault(settings)
        hub = Hub(settings=settings, store=store, vault=vault, clock=SystemClock())
        return asyncio.run(_awaited(work(hub)))
    finally:
        store.close()


async def _awaited(work: Awaitable[T]) -> T:
    return await work
