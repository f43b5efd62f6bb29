"""`dealwright card devices`: which browsers and mail programs show cards, and to whom."""

from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names
from dealwright.core.errors import NotFound
from dealwright.core.people import CLI
from dealwright.store import card_devices
from dealwright.store.audit import record
from dealwright.store.card_devices import Device
from dealwright.store.people import list_users

app = typer.Typer()

COLUMNS = (
    figures("id", "Id"),
    names("label", "Device"),
    names("email", "Whose"),
    column("may", "May"),
    column("since", "Since"),
    column("seen", "Last used"),
)

Row = dict[str, object]


@app.command(epilog=examples("dealwright card devices"))
def devices(*, json: Json = False) -> None:
    """Show the devices that were paired at /pair."""
    rows = with_hub(lambda hub: hub.read(_rows))
    empty = "No device yet. People pair theirs at /pair."
    Output(json=json).table(rows, COLUMNS, empty=empty)


@app.command("revoke-device", epilog=examples("dealwright card revoke-device 3"))
def revoke_device(
    id: Annotated[int, typer.Argument(help="The device's number, as `card devices` shows it.")],
    *,
    json: Json = False,
) -> None:
    """Revoke a device: it shows no more cards, at once."""

    def change(db: sa.Connection, now_ms: int) -> Device:
        gone = card_devices.revoke_device(db, id)
        if gone is None:
            raise NotFound(f"There is no device {id}: dealwright card devices")
        record(
            db,
            at_ms=now_ms,
            principal=CLI,
            action="card_device.revoke",
            target=f"card_device:{id}",
            before={"label": gone.label, "origin": gone.origin},
        )
        return gone

    gone = with_hub(lambda hub: hub.write(lambda db: change(db, hub.now_ms())))
    Output(json=json).say(f"{bold(gone.label)} is revoked.", id=gone.id, label=gone.label)


def _rows(db: sa.Connection) -> list[Row]:
    emails = {one.id: one.email for one in list_users(db)}
    return [
        {
            "id": one.id,
            "label": one.label,
            "email": emails.get(one.user_id, ""),
            "may": "read and write" if one.may_write else "read",
            "since": moment(one.created_at_ms),
            "seen": moment(one.seen_at_ms),
            "origin": one.origin,
        }
        for one in card_devices.devices(db)
    ]
