"""`dealwright connect`: make, or renew, the Connection to a Pipedrive account."""

import sys
from typing import Annotated

import typer
from rich.markup import escape

from dealwright.actionbook import actions
from dealwright.cli.connecting import Connected, Wish
from dealwright.cli.connecting import connected as by_token
from dealwright.cli.connecting import connected_by_oauth as by_oauth
from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.output import Json, Output, bold, counted
from dealwright.cli.signing import Way, open_browser
from dealwright.core.errors import ConfigError
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive.oauth import SERVER
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipedrive.scopes import missing, needed
from dealwright.pipedrive.urls import account_url, sandbox_url
from dealwright.pipeline.admission import WHERE, token_page
from dealwright.pipeline.connecting import Granted

TOKEN_VARIABLE = "PIPEDRIVE_API_TOKEN"  # noqa: S105 - the name of a variable

EXAMPLES = examples(
    "dealwright connect --domain acme --plan growth --seats 12",
    "dealwright connect --oauth --plan growth --seats 12  # sign in in the browser",
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

CallbackPort = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=65535,
        metavar="PORT",
        help="With --oauth: be called back on this port of this machine, not at the hub's address.",
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="With --oauth: do not ask whether it is the right account.")
]

Opening = Annotated[
    bool | None,
    typer.Option(
        "--open/--no-open", help="With --oauth: open the browser; else only from a terminal."
    ),
]

_Domain = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The company's domain: acme for acme.pipedrive.com."),
]
_Url = Annotated[
    str | None, typer.Option(metavar="URL", help="A sandbox instead, on this machine.")
]
SignIn = Annotated[
    bool, typer.Option("--oauth", help="Sign in at Pipedrive instead of giving an API token.")
]
_Plan = Annotated[
    str,
    typer.Option("--plan", metavar="PLAN", help="Its plan: lite, growth, premium or ultimate."),
]
_Fields = Annotated[
    list[str] | None,
    typer.Option(metavar="KIND=KEY", help="The field that holds your own ids; repeatable."),
]
_CreateFields = Annotated[
    bool,
    typer.Option(
        "--create-external-id-field", help="Make such fields for persons and organizations."
    ),
]


def connect(
    *,
    domain: _Domain = None,
    url: _Url = None,
    token: GivenToken = None,
    oauth: SignIn = False,
    yes: Yes = False,
    callback_port: CallbackPort = None,
    opening: Opening = None,
    plan_name: _Plan = "lite",
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
    external_id_field: _Fields = None,
    create_external_id_field: _CreateFields = False,
    json: Json = False,
) -> None:
    """Connect a Pipedrive account, or give a Connection a new API token.

    The token is checked at once and stored encrypted; or, with --oauth, you sign in at Pipedrive
    and confirm whose account that is. Plan and seats tell how many tokens the company has a day.
    Nothing is written to the account until you switch events on.
    """
    base_url = _base_url(domain, url, oauth=oauth)
    wish = Wish(
        base_url=base_url,
        token=None if oauth else token_of(token, base_url),
        plan=plan(plan_name).key,
        seats=seats,
        name=name,
        presets=not without_presets,
        deliver=deliver,
        mirrored=not without_mirror,
        fields=_fields(external_id_field or []),
        create_fields=create_external_id_field,
    )
    out = Output(json=json)
    way = way_of(out, base_url, port=callback_port, yes=yes, opening=opening)
    _tell(out, with_hub(lambda hub: by_oauth(hub, wish, way) if oauth else by_token(hub, wish)))


def way_of(out: Output, base_url: str, *, port: int | None, yes: bool, opening: bool | None) -> Way:
    """How a person at this terminal signs in; without `yes` they are asked whose account it is."""

    def tell(url: str) -> None:
        out.say(f"Sign in at Pipedrive and allow the app:\n  {escape(url)}", authorize_url=url)
        sys.stdout.flush()
        if sys.stdout.isatty() if opening is None else opening:
            open_browser(url)

    def right(granted: Granted) -> bool:
        _show(out, granted)
        return yes or _confirmed()

    real = base_url.startswith("https://")
    return Way(
        base_url=base_url,
        port=port,
        tell=tell,
        right=right,
        domain=base_url if real and base_url != SERVER else "",
    )


def _show(out: Output, granted: Granted) -> None:
    user, scopes = granted.user, granted.credentials.scopes
    every = {action.kind for action in actions().values()}
    lacking = missing(needed(every, webhooks=True), scopes)
    listed = "".join(f"\n  not granted: {need.scope} ({need.reason})" for need in lacking)
    out.say(
        f"That is [bold]{escape(user.company_name or '–')}[/bold], {escape(granted.domain)}, "
        f"as {escape(user.name)} <{escape(user.email or '')}>.{escape(listed)}",
        company=user.company_name,
        domain=granted.domain,
        user=user.name,
        missing=[need.scope for need in lacking],
    )


def _confirmed() -> bool:
    try:
        return typer.confirm("Is this the right account?", err=True)
    except typer.Abort:
        return False


def _base_url(domain: str | None, url: str | None, *, oauth: bool) -> str:
    if oauth and domain is None and url is None:
        return SERVER
    if (domain is None) == (url is None):
        raise typer.BadParameter("Give either --domain (an account) or --url (a sandbox).")
    return account_url(domain) if domain is not None else sandbox_url(url or "")


def token_of(given: str | None, base_url: str) -> Secret:
    """The API token that was given or is typed in; raises ConfigError where there is none."""
    page = token_page(base_url)
    if not given and sys.stdin.isatty():
        typer.echo(f"The API token is at {page} (Pipedrive: {WHERE}).", err=True)
        given = typer.prompt("API token", hide_input=True)
    if not given or not given.strip():
        raise ConfigError(
            f"No API token: give --token, or set {TOKEN_VARIABLE}. It is found in Pipedrive under "
            f"{WHERE}: {page}"
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


def _tell(out: Output, told: Connected) -> None:
    made, user, skipped = told
    tokens = daily_tokens(plan(made.plan), made.seats)
    out.say(
        f"[green]✓[/green] Connected {bold(made.name)}: {escape(made.company_name)}, "
        f"as {escape(user.name)} <{user.email}>.\n"
        f"  {made.plan} × {counted(made.seats, 'seat')}: {tokens:,} tokens a day, for everything "
        "that calls the API.",
        id=made.id,
        name=made.name,
        company=made.company_name,
        user=user.name,
        plan=made.plan,
        seats=made.seats,
        tokens_a_day=tokens,
        delivering=made.delivering,
        skipped=skipped,
    )
    out.hint(escape(skipped))
    if not made.delivering:
        out.hint(
            f"Next: dealwright sources add NAME, then dealwright connections on {escape(made.name)}"
        )
