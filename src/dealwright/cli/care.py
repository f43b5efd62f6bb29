"""`dealwright connections reconnect|disconnect|set|scopes`: what becomes of a Connection later."""

from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright import app as hub_app
from dealwright.actionbook import actions
from dealwright.cli.account import account_of, keyring_of
from dealwright.cli.asking import confirm
from dealwright.cli.connect import (
    CallbackPort,
    GivenToken,
    Opening,
    SignIn,
    Yes,
    token_of,
    way_of,
)
from dealwright.cli.connecting import noted
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, bold, column, counted, prose
from dealwright.cli.signing import Way, callback_of, signed_in
from dealwright.core.errors import ConfigError, DealwrightError, Unauthorized
from dealwright.core.secret import Secret
from dealwright.pipedrive.oauth import server_for
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.scopes import FOR_SETTING_UP, needed
from dealwright.pipeline.admission import again_by_token, check_token
from dealwright.pipeline.connecting import Granted, lacking, reconnect, taken_up
from dealwright.pipeline.parting import Parted, disconnect
from dealwright.settings import load_settings
from dealwright.store.behaviour import make_default, set_behaviour, set_name
from dealwright.store.connections import (
    Auth,
    Connection,
    ConnectionState,
    Run,
    connection,
    connection_by_name,
    set_plan,
)

Name = Annotated[
    str, typer.Argument(help="The Connection: its name, or its id where several have that name.")
]

RECONNECT = examples(
    "dealwright connections reconnect acme",
    "dealwright connections reconnect acme --oauth  # from an API token to signing in",
)
DISCONNECT = examples("dealwright connections disconnect acme")
SET = examples(
    "dealwright connections set acme --name “Acme GmbH” --plan premium --seats 20",
    "dealwright connections set acme --off upsert_lead --off upsert_note",
    "dealwright connections set acme --run manual --default",
)


def reconnected(
    name: Name,
    *,
    token: GivenToken = None,
    oauth: SignIn = False,
    again: Annotated[
        bool, typer.Option("--again", help="Sign in anew even if what is stored still works.")
    ] = False,
    yes: Yes = False,
    callback_port: CallbackPort = None,
    opening: Opening = None,
    json: Json = False,
) -> None:
    """Take a Connection into use again; what was held for that goes on.

    What is stored is tried first: a paid bill needs no new token. Else you sign in anew, or give a
    new API token, as it was before.
    """
    out = Output(json=json)

    async def work(hub: Hub) -> Connection:
        found = await hub.read(lambda db: connection_by_name(db, name))
        fresh = again or oauth or token is not None or bool(_missing(hub, found))
        if not fresh and await _works(hub, found):
            await hub.write(lambda db: _again(db, hub, found))
        elif oauth or (found.auth is Auth.OAUTH and token is None):
            server = server_for(found.base_url)
            way = way_of(out, server, port=callback_port, yes=yes, opening=opening)
            await _signed_in(hub, found, way)
        else:
            await _given(hub, found, token_of(token, found.base_url))
        return await hub.read(lambda db: connection(db, found.id))

    made = with_hub(work)
    out.say(
        f"[green]✓[/green] {bold(made.name)} is connected again, to "
        f"{escape(made.company_name)} as {escape(made.user_name)}. What was held goes on.",
        id=made.id,
        name=made.name,
        state=str(made.state),
        company=made.company_name,
        user=made.user_name,
    )


async def _works(hub: Hub, found: Connection) -> bool:
    if found.state is ConnectionState.DISABLED:
        return False
    try:
        async with account_of(hub, found) as pipedrive:
            await pipedrive.who()
    except Unauthorized:
        return False
    except DealwrightError as error:
        if error.code in {"no_credentials", "not_found", "wrong_key"}:
            return False
        raise
    return True


async def _signed_in(hub: Hub, found: Connection, way: Way) -> None:
    there = await signed_in(hub, way)

    def change(db: sa.Connection, granted: Granted) -> Connection:
        made = reconnect(db, found.id, granted, now_ms=hub.now_ms())
        noted(db, hub, "connection.reconnect", made)
        return made

    try:
        await there.sign_ins.confirm(there.id, change)
    except ConfigError as error:
        if error.code == "other_account":
            await there.sign_ins.refuse(there.id)
        raise
    hub.wake()


def _again(db: sa.Connection, hub: Hub, found: Connection) -> None:
    taken_up(db, found.id, now_ms=hub.now_ms())
    noted(db, hub, "connection.reconnect", connection(db, found.id), before=found)


async def _given(hub: Hub, found: Connection, token: Secret) -> None:
    checked = await check_token(keyring_of(hub), found.base_url, token)

    def change(db: sa.Connection) -> None:
        made = again_by_token(db, found.id, checked, now_ms=hub.now_ms())
        noted(db, hub, "connection.reconnect", made, before=found)

    await hub.write(change)


def disconnected(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Give an account up: tokens and mirror are wiped here, our webhook and grant there.

    What was written in Pipedrive stays, and so does the history here. What waits is held, and goes
    on if you reconnect.
    """
    out = Output(json=json)
    if not yes:
        confirm(f"Disconnect {name}?", err=True)

    async def work(hub: Hub) -> Parted:
        found = await hub.read(lambda db: connection_by_name(db, name))
        registrar = hub_app.build_registrar(hub.settings, hub.store, hub.clock)
        return await disconnect(keyring_of(hub), registrar, found.id)

    told = with_hub(work)
    out.say(
        f"[green]✓[/green] {bold(name)} is disconnected. Held: "
        f"{counted(told.held, 'Delivery', 'Deliveries')}.",
        name=name,
        held=told.held,
        left_behind=list(told.left_behind),
    )
    for left in told.left_behind:
        out.hint(f"Not cleared away at Pipedrive: {escape(left)}")


def changed(
    name: Name,
    *,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What you call it from now on.")
    ] = None,
    plan_name: Annotated[
        str | None, typer.Option("--plan", metavar="PLAN", help="The company's plan.")
    ] = None,
    seats: Annotated[int | None, typer.Option(min=1, metavar="N", help="Its seats.")] = None,
    on: Annotated[
        list[str] | None, typer.Option("--on", metavar="ACTION", help="Enable it; repeatable.")
    ] = None,
    off: Annotated[
        list[str] | None, typer.Option("--off", metavar="ACTION", help="Disable it; repeatable.")
    ] = None,
    run: Annotated[
        Run | None, typer.Option(help="When a card looks people up: by itself, or on a click.")
    ] = None,
    shown: Annotated[
        bool | None, typer.Option("--shown/--hidden", help="Whether the dashboard shows it.")
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Have the dashboard open with it; no other then.")
    ] = False,
    json: Json = False,
) -> None:
    """Change what a Connection is called, what it pays for, and what it does by itself."""

    def change(hub: Hub, db: sa.Connection) -> Connection:
        found = connection_by_name(db, name)
        if new_name is not None:
            set_name(db, found.id, name=new_name)
        set_plan(db, found.id, plan=plan(plan_name).key if plan_name else None, seats=seats)
        chosen = _actions(found, on or [], off or [])
        set_behaviour(db, found.id, actions=chosen, run=run, shown=shown)
        if default:
            make_default(db, found.id)
        made = connection(db, found.id)
        noted(db, hub, "connection.update", made, before=found)
        return made

    made = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    out = Output(json=json)
    enabled = [key for key in actions() if made.does(key)]
    out.say(
        f"[green]✓[/green] {bold(made.name)}: {made.plan} × {counted(made.seats, 'seat')}; "
        f"{made.run}, {'shown' if made.shown else 'hidden'}"
        f"{', default' if made.is_default else ''}; enabled: {', '.join(enabled) or 'no action'}.",
        id=made.id,
        name=made.name,
        plan=made.plan,
        seats=made.seats,
        actions=enabled,
        run=str(made.run),
        shown=made.shown,
        default=made.is_default,
    )


def _actions(found: Connection, on: list[str], off: list[str]) -> list[str] | None:
    if not on and not off:
        return None
    there = list(actions())
    for key in (*on, *off):
        if key not in there:
            raise ConfigError(
                f"There is no action {key}: choose of {', '.join(there)}.", code="unknown_action"
            )
    enabled = {key for key in there if found.does(key)} | set(on)
    return [key for key in there if key in enabled - set(off)]


def scopes(*, callback_port: CallbackPort = None, json: Json = False) -> None:
    """Show what to enter for your app in Pipedrive's Developer Hub: callback and scopes."""
    settings = load_settings()
    callback, _ = callback_of(settings.public_url, callback_port)
    every = {action.kind for action in actions().values()}
    needs = needed(every, webhooks=settings.public_url is not None)
    rows = [{"scope": need.scope, "needed": "yes", "reason": need.reason} for need in needs]
    rows += [
        {"scope": need.scope, "needed": "if", "reason": need.reason} for need in FOR_SETTING_UP
    ]
    out = Output(json=json)
    out.say(f"Callback URL: [bold]{escape(callback)}[/bold]", callback=callback)
    out.table(
        rows,
        (column("scope", "Scope"), column("needed", "Needed"), prose("reason", "What for")),
    )
    out.hint("How to register the app: docs/connections.md")


def missing_scopes(one: Connection, *, webhooks: bool) -> list[str]:
    """Scopes that a Connection lacks for the Actions that are enabled, by name."""
    kinds = [action.kind for key, action in actions().items() if one.does(key)]
    return [need.scope for need in lacking(one, kinds, webhooks=webhooks)]


def _missing(hub: Hub, one: Connection) -> list[str]:
    return missing_scopes(one, webhooks=hub.settings.public_url is not None)
