"""`dealwright alerts`: what is wrong, what was said of it, and whether it would arrive."""

from typing import Annotated

import typer

from dealwright.alertside import build_alerting
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, prose
from dealwright.core.errors import ConfigError
from dealwright.store.alerts import Alert, Send, list_alerts, sends_of

app = typer.Typer(
    help="What is wrong, and whether it is said where you would hear it.", no_args_is_help=True
)

COLUMNS = (
    column("since", "Since"),
    column("over", "Over"),
    column("kind", "Kind"),
    prose("title", "What"),
    column("sent", "Said by"),
)
TESTED = (column("channel", "Channel"), prose("result", "Test"))


@app.command("list")
def listed(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show what is or was wrong, newest first, and by which channels that was said."""

    async def look(hub: Hub) -> list[dict[str, object]]:
        found = await hub.read(lambda db: list_alerts(db, limit=limit))
        sends = await hub.read(lambda db: sends_of(db, [one.id for one in found]))
        return [_row(one, [send for send in sends if send.alert_id == one.id]) for one in found]

    Output(json=json).table(with_hub(look), COLUMNS, empty="Nothing was wrong so far.")


@app.command("test")
def try_out(*, json: Json = False) -> None:
    """Send a test by each channel that is configured; exits with 1 where one was not taken."""

    async def send(hub: Hub) -> dict[str, str]:
        return await build_alerting(hub.settings, hub.store, hub.clock).test()

    results = with_hub(send)
    if not results:
        raise ConfigError(
            "No channel is configured: set DEALWRIGHT_ALERTS_SMTP_URL, "
            "DEALWRIGHT_ALERTS_WEBHOOK_URL, DEALWRIGHT_ALERTS_SLACK_URL or "
            "DEALWRIGHT_ALERTS_APPRISE_URLS.",
            code="no_channel",
        )
    rows = [
        {"channel": name, "taken": not fault, "result": fault or "It was taken."}
        for name, fault in results.items()
    ]
    Output(json=json).table(rows, TESTED, empty="")
    if any(results.values()):
        raise typer.Exit(1)


def _row(one: Alert, sends: list[Send]) -> dict[str, object]:
    said = (f"{send.channel} ({send.word.value}, {send.state.value})" for send in sends)
    return {
        "id": one.id,
        "since": moment(one.since_ms),
        "over": moment(one.ended_at_ms),
        "kind": one.kind.value,
        "title": one.title,
        "message": one.message,
        "sent": "; ".join(said),
    }
