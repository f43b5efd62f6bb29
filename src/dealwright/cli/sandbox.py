"""`dealwright sandbox`: a Pipedrive to try things against."""

import secrets
import signal
import socket
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from dealwright.cli import logs
from dealwright.cli.connect import CallbackPort
from dealwright.cli.examples import examples
from dealwright.cli.output import Output
from dealwright.cli.signing import callback_of
from dealwright.cli.sockets import listening
from dealwright.cli.supervisor import when_parent_is_gone
from dealwright.core.errors import ConfigError
from dealwright.sandbox.app import Sandbox, StateError, create_app
from dealwright.sandbox.integrations import App
from dealwright.sandbox.oauthscopes import SCOPES
from dealwright.sandbox.options import NO_LIMITS, Limits, Options
from dealwright.sandbox.serve import server_for
from dealwright.sandbox.switchwords import SwitchError, switched
from dealwright.settings import load_settings


class PlanName(StrEnum):
    """The plans that Pipedrive sells; they decide tokens a day and requests at once."""

    LITE = "lite"
    GROWTH = "growth"
    PREMIUM = "premium"
    ULTIMATE = "ultimate"


EXAMPLES = examples(
    "dealwright sandbox",
    "dealwright sandbox --oauth  # with an app in it, for: dealwright connect --oauth",
    "dealwright sandbox --plan lite --seats 1 --switch field_search_shape=items",
    "dealwright connect --url http://127.0.0.1:8900 --token …",
    "curl 127.0.0.1:8900/_sandbox/state  # all it holds",
)


def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Where it listens, on this machine only.")] = 8900,
    token: Annotated[
        str | None, typer.Option(help="Its API token; made up and printed when not given.")
    ] = None,
    plan: Annotated[PlanName, typer.Option(help="The company's plan.")] = PlanName.GROWTH,
    seats: Annotated[int, typer.Option(min=1, help="The company's seats.")] = 5,
    seed: Annotated[
        str, typer.Option(help="What it holds: demo, empty, or a state file.")
    ] = "demo",
    lag: Annotated[
        float, typer.Option(min=0, help="Seconds until a search finds what was written.")
    ] = 3.0,
    state: Annotated[
        Path | None, typer.Option(help="A folder that keeps its records between starts.")
    ] = None,
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", help="Refuse what is too much, with 429.")
    ] = True,
    legacy_v1: Annotated[
        bool, typer.Option("--legacy-v1", help="Answer the retired v1 endpoints too.")
    ] = False,
    switch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Decide what nobody knows of Pipedrive (docs/sandbox.md); may be repeated.",
        ),
    ] = None,
    oauth: Annotated[
        bool, typer.Option("--oauth", help="With an app in it, by which the hub can sign in.")
    ] = False,
    callback_port: CallbackPort = None,
    tied: Annotated[bool, typer.Option("--tied", hidden=True)] = False,
) -> None:
    """Start a Pipedrive over HTTP, for trying things without an account.

    It validates, prices and limits as Pipedrive does, and begins with a small company's records.
    """
    options = Options(
        port=port,
        token=token,
        plan=plan.value,
        seats=seats,
        seed=seed,
        lag_s=lag,
        state_dir=state,
        limits=Limits() if limits else NO_LIMITS,
        legacy_v1=legacy_v1,
    )
    # The port first: two sandboxes must not write to one folder.
    with listening("127.0.0.1", port) as listener:
        made = _made(options, switch or [])
        logs.configure()
        bound = listener.getsockname()[1]
        _tell(made, bound, alone=not tied)
        if oauth:
            _tell_app(made, bound, callback_port)
        uvloop.run(_serve(made, listener, tied=tied))


def _made(options: Options, switches: list[str]) -> Sandbox:
    try:
        return create_app(switched(options, switches))
    except (StateError, SwitchError) as fault:
        raise ConfigError(str(fault)) from fault


def _tell(made: Sandbox, port: int, *, alone: bool) -> None:
    url = f"http://127.0.0.1:{port}"
    out = Output()
    out.say(f"A Pipedrive sandbox at [bold]{url}[/bold], API token {made.token}")
    out.hint(f"See it: open {url} in a browser")
    out.hint(f"Try it: curl -H 'x-api-token: {made.token}' '{url}/api/v2/persons?limit=3'")
    if alone:
        out.hint(f"Connect it: dealwright connect --url {url} --token {made.token}")


def _tell_app(made: Sandbox, port: int, callback_port: int | None) -> None:
    """Register an app as `connections scopes` says, and tell how the hub gets to know it."""
    callback, _ = callback_of(load_settings().public_url, callback_port)
    app = made.grants.register(
        App(
            id="dealwright",
            client_secret=secrets.token_hex(20),
            name="Dealwright",
            redirect_uri=callback,
            # With that one only an admin could sign in.
            scopes=tuple(scope for scope in SCOPES if scope != "admin"),
        )
    )
    out = Output()
    out.say(
        "An app of it, for the hub. Where you start dealwright, enter:\n"
        f"  export DEALWRIGHT_PIPEDRIVE_CLIENT_ID={app.id}\n"
        f"  export DEALWRIGHT_PIPEDRIVE_CLIENT_SECRET={app.client_secret}"
    )
    out.hint(f"Then sign in: dealwright connect --oauth --url http://127.0.0.1:{port}")


async def _serve(made: Sandbox, listener: socket.socket, *, tied: bool) -> None:
    # The output is often a file or a pipe, which keeps lines back.
    sys.stdout.flush()
    options = made.options
    server = server_for(made, host=options.host, port=options.port)
    if tied:
        when_parent_is_gone(partial(signal.raise_signal, signal.SIGTERM))
    # The server raises the signal that ended it once more; here that is no reason to die of it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _already_ending)
    await server.serve(sockets=[listener])


def _already_ending(_number: int, _frame: object) -> None:
    """Do nothing: the server has heard it."""
