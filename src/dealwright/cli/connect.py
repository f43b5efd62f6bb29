"""`dealwright connect`: make, or renew, the Connection to a Pipedrive account."""

import sys
from dataclasses import dataclass, field, replace
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cli import presets
from dealwright.cli.account import KINDS, Account, account, charge
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, bold
from dealwright.core.errors import ConfigError, Unauthorized, Unavailable
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind, User
from dealwright.core.secret import Secret
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipedrive.urls import account_url, sandbox_url
from dealwright.pipeline.switch import mirror_usual, resume, switch_on
from dealwright.store.connections import (
    Connection,
    NewConnection,
    connection,
    create_connection,
    list_connections,
    save_credentials,
    set_defaults,
)

TOKEN_VARIABLE = "PIPEDRIVE_API_TOKEN"  # noqa: S105 - the name of a variable

#: Where a user finds the API token in Pipedrive.
WHERE = "Settings, Personal preferences, API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for."""

    base_url: str
    token: Secret
    plan: str
    seats: int
    name: str | None = None
    presets: bool = True
    deliver: bool = False
    mirrored: bool = True
    fields: dict[RecordKind, str] = field(default_factory=dict[RecordKind, str])
    create_fields: bool = False


EXAMPLES = examples(
    "dealwright connect --domain acme --plan growth --seats 12",
    "dealwright connect --url http://127.0.0.1:8900 --deliver  # a sandbox",
    "PIPEDRIVE_API_TOKEN=… dealwright connect --domain acme  # in scripts",
)

GivenToken = Annotated[
    str | None,
    typer.Option(
        envvar=TOKEN_VARIABLE,
        metavar="TOKEN",
        help=f"The API token, in Pipedrive under {WHERE}; else {TOKEN_VARIABLE}, else asked for.",
        show_envvar=False,
    ),
]


def connect(
    *,
    domain: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The company's domain: acme for acme.pipedrive.com."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A sandbox instead, on this machine.")
    ] = None,
    token: GivenToken = None,
    plan_name: Annotated[
        str,
        typer.Option("--plan", metavar="PLAN", help="Its plan: lite, growth, premium or ultimate."),
    ] = "lite",
    seats: Annotated[int, typer.Option(min=1, metavar="N", help="The company's seats.")] = 1,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What you call it; else its domain.")
    ] = None,
    without_presets: Annotated[
        bool, typer.Option("--no-presets", help="Do not make the three usual Mappings.")
    ] = False,
    deliver: Annotated[
        bool, typer.Option("--deliver", help="Write events to it from now on.")
    ] = False,
    without_mirror: Annotated[
        bool, typer.Option("--no-mirror", help="With --deliver: do not copy who is who.")
    ] = False,
    external_id_field: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=KEY", help="The field that holds your own ids; repeatable."),
    ] = None,
    create_external_id_field: Annotated[
        bool,
        typer.Option(
            "--create-external-id-field", help="Make such fields for persons and organizations."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Connect a Pipedrive account, or give a Connection a new API token.

    The token is checked at once and stored encrypted. Plan and seats tell how many tokens the
    company has a day. Nothing is written to the account until you switch events on.
    """
    wish = Wish(
        base_url=_base_url(domain, url),
        token=_token(token),
        plan=plan(plan_name).key,
        seats=seats,
        name=name,
        presets=not without_presets,
        deliver=deliver,
        mirrored=not without_mirror,
        fields=_fields(external_id_field or []),
        create_fields=create_external_id_field,
    )
    made, user = with_hub(lambda hub: connected(hub, wish))
    _tell(Output(json=json), made, user)


async def connected(hub: Hub, wish: Wish) -> tuple[Connection, User]:
    """Check the token, then make the Connection, or renew the one to the same account."""
    async with account(wish.base_url, wish.token, clock=hub.clock, plan_key=wish.plan) as pipedrive:
        user = await _who(pipedrive, wish)
        defaults = MatchDefaults(external_id_fields=await _external_id_fields(pipedrive, wish))
    sealed = hub.vault.seal(wish.token.reveal().encode())
    now_ms = hub.now_ms()

    def change(db: sa.Connection) -> Connection:
        found = _same_account(db, wish, user)
        made = (
            _renewed(db, found, wish, defaults=defaults, now_ms=hub.now_ms())
            if found
            else _made(db, wish, user, defaults=defaults, now_ms=hub.now_ms())
        )
        save_credentials(db, made.id, sealed=sealed)
        charge(db, made.id, pipedrive, at_ms=now_ms)
        return made

    return await hub.write(change), user


async def _who(pipedrive: Account, wish: Wish) -> User:
    try:
        return await pipedrive.who()
    except Unavailable as error:
        raise Unavailable(
            f"{wish.base_url} did not answer: is the address right, and is the network there?",
            code=error.code,
        ) from error
    except Unauthorized as error:
        raise Unauthorized(
            f"{wish.base_url} does not take this API token: copy it anew from Pipedrive ({WHERE}).",
            code=error.code,
        ) from error


def _made(
    db: sa.Connection, wish: Wish, user: User, *, defaults: MatchDefaults, now_ms: int
) -> Connection:
    made = create_connection(
        db,
        NewConnection(
            name=wish.name or user.company_domain or user.company_name or "pipedrive",
            base_url=wish.base_url,
            company_id=user.company_id,
            company_name=user.company_name or "",
            user_id=user.id,
            user_name=user.name,
            plan=wish.plan,
            seats=wish.seats,
            defaults=defaults,
        ),
        now_ms=now_ms,
    )
    if wish.presets:
        presets.enable(db, presets.usual(made.id), now_ms=now_ms)
    if wish.deliver:
        _turn_on(db, made.id, wish, now_ms=now_ms)
    return connection(db, made.id)


def _renewed(
    db: sa.Connection, found: Connection, wish: Wish, *, defaults: MatchDefaults, now_ms: int
) -> Connection:
    resume(db, found.id, now_ms=now_ms)
    if defaults.external_id_fields:
        kept = replace(found.defaults, external_id_fields=defaults.external_id_fields)
        set_defaults(db, found.id, defaults=kept)
    if wish.deliver:
        _turn_on(db, found.id, wish, now_ms=now_ms)
    return connection(db, found.id)


def _turn_on(db: sa.Connection, connection_id: int, wish: Wish, *, now_ms: int) -> None:
    switch_on(db, connection_id)
    if wish.mirrored:
        mirror_usual(db, connection_id, now_ms=now_ms)


def _same_account(db: sa.Connection, wish: Wish, user: User) -> Connection | None:
    for one in list_connections(db):
        same = one.base_url == wish.base_url and one.company_id == user.company_id
        if same and wish.name in {None, one.name}:
            return one
    return None


async def _external_id_fields(pipedrive: Account, wish: Wish) -> dict[RecordKind, str]:
    if not wish.create_fields:
        return wish.fields
    made = {kind: await pipedrive.external_id_field(kind) for kind in KINDS}
    return {**made, **wish.fields}


def _base_url(domain: str | None, url: str | None) -> str:
    if (domain is None) == (url is None):
        raise typer.BadParameter("Give either --domain (an account) or --url (a sandbox).")
    return account_url(domain) if domain is not None else sandbox_url(url or "")


def _token(given: str | None) -> Secret:
    if not given and sys.stdin.isatty():
        given = typer.prompt(f"API token (Pipedrive: {WHERE})", hide_input=True)
    if not given or not given.strip():
        raise ConfigError(
            f"No API token: give --token, or set {TOKEN_VARIABLE}. It is found in Pipedrive under "
            f"{WHERE}."
        )
    return Secret(given.strip())


def _fields(given: list[str]) -> dict[RecordKind, str]:
    chosen: dict[RecordKind, str] = {}
    for text in given:
        kind, _, key = text.partition("=")
        if kind not in set(RecordKind) or not key:
            raise typer.BadParameter(
                f"{text}: write KIND=KEY, such as person=2f1c…", param_hint="--external-id-field"
            )
        chosen[RecordKind(kind)] = key
    return chosen


def _tell(out: Output, made: Connection, user: User) -> None:
    tokens = daily_tokens(plan(made.plan), made.seats)
    out.say(
        f"[green]✓[/green] Connected {bold(made.name)}: {escape(made.company_name)}, "
        f"as {escape(user.name)} <{user.email}>.\n"
        f"  {made.plan} × {made.seats} seats: {tokens:,} tokens a day, for everything that calls "
        "the API.",
        id=made.id,
        name=made.name,
        company=made.company_name,
        user=user.name,
        plan=made.plan,
        seats=made.seats,
        tokens_a_day=tokens,
        delivering=made.delivering,
    )
    if not made.delivering:
        out.hint(
            f"Next: dealwright sources add NAME, then dealwright connections on {escape(made.name)}"
        )
