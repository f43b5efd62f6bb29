"""`dealwright users`: who may use the hub. Every change is recorded as one of the command line."""

import sys
from collections.abc import Callable
from typing import Annotated, TypeVar

import sqlalchemy as sa
import typer

from dealwright.cli.examples import examples
from dealwright.cli.first_owner import first_owners_link, tell_link
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, counted, figures, names
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.people import CLI, Role
from dealwright.parts import own_address
from dealwright.pipeline import people as rules
from dealwright.store import people, sessions
from dealwright.store.people import User
from dealwright.web.auth.links import link_address
from dealwright.web.auth.tokens import hash_token, new_token

T = TypeVar("T")

app = typer.Typer(help="Who may use the hub, and as what.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The e-mail address that they sign in with.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

COLUMNS = (
    figures("id", "Id"),
    names("email", "Signs in as"),
    names("name", "Name"),
    column("role", "Role"),
    column("second_factor", "Second factor"),
    column("signed_in", "Signed in"),
)
SESSIONS = (
    figures("id", "Id"),
    names("email", "Who"),
    column("method", "By"),
    names("address", "From"),
    column("since", "Since"),
    column("seen", "Last used"),
    names("agent", "Browser"),
)


@app.command("list")
def listed(*, json: Json = False) -> None:
    """Show everybody who may use the hub."""
    rows = [_row(one) for one in with_hub(lambda hub: hub.read(people.list_users))]
    empty = "Nobody yet. Make the first owner: dealwright users setup-link"
    Output(json=json).table(rows, COLUMNS, empty=empty)


@app.command(epilog=examples("dealwright users add ada@acme.example --role member"))
def add(
    email: Email,
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    name: Annotated[str, typer.Option(help="What they are called; else from the address.")] = "",
    json: Json = False,
) -> None:
    """Add somebody, and print the link by which they choose a password."""
    token = new_token()

    def made(db: sa.Connection, now_ms: int) -> User:
        user = rules.invite(db, CLI, email=email, name=name, role=role, now_ms=now_ms)
        rules.give_link(db, CLI, user, link_hash=hash_token(token.reveal()), now_ms=now_ms)
        return user

    user, address = _changed(made)
    said = f"[green]✓[/green] {bold(user.email)} is {user.role.value}."
    _tell_link(Output(json=json), said, user, link_address(address, token))


@app.command(epilog=examples("dealwright users role ada@acme.example admin"))
def role(
    email: Email,
    new: Annotated[Role, typer.Argument(metavar="ROLE", help="owner, admin, member or viewer.")],
    *,
    json: Json = False,
) -> None:
    """Give somebody another role; it counts at once."""
    user, _ = _changed(
        lambda db, now_ms: rules.change_role(db, CLI, _named(db, email).id, role=new, now_ms=now_ms)
    )
    said = f"[green]✓[/green] {bold(user.email)} is {user.role.value}."
    Output(json=json).say(said, **_row(user))


@app.command(epilog=examples("dealwright users remove ada@acme.example"))
def remove(email: Email, *, yes: Yes = False, json: Json = False) -> None:
    """Remove somebody; their sessions end at once. What they have changed stays recorded."""
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("Nobody is there to be asked: add --yes.", code="not_confirmed")
        typer.confirm(f"Remove {email}?", abort=True)
    user, _ = _changed(
        lambda db, now_ms: rules.remove(db, CLI, _named(db, email).id, now_ms=now_ms)
    )
    Output(json=json).say(f"[green]✓[/green] {bold(user.email)} is gone.", **_row(user))


@app.command(epilog=examples("dealwright users reset ada@acme.example"))
def reset(email: Email, *, json: Json = False) -> None:
    """Let somebody in again who lost password or second factor; prints the link.

    Password, second factor and sessions that there were are gone.
    """
    token = new_token()
    link_hash = hash_token(token.reveal())
    user, address = _changed(
        lambda db, now_ms: rules.reset(
            db, CLI, _named(db, email).id, link_hash=link_hash, now_ms=now_ms
        )
    )
    said = f"[green]✓[/green] {bold(user.email)} begins anew."
    _tell_link(Output(json=json), said, user, link_address(address, token))


@app.command("setup-link", epilog=examples("dealwright users setup-link"))
def setup_link(*, json: Json = False) -> None:
    """Print the link that makes the first owner, while nobody can sign in yet."""
    link = with_hub(lambda hub: first_owners_link(hub, own_address(hub.settings)))
    if not link:
        raise ConfigError(
            "There are users already: dealwright users list shows them, and dealwright users "
            "reset EMAIL gives one of them a new link.",
            code="set_up_already",
        )
    tell_link(Output(json=json), link)


@app.command("sessions", epilog=examples("dealwright users sessions ada@acme.example --end"))
def open_sessions(
    email: Annotated[str | None, typer.Argument(help="Whose; all without.")] = None,
    *,
    end: Annotated[bool, typer.Option("--end", help="End them.")] = False,
    json: Json = False,
) -> None:
    """Show who is signed in and from where, or sign somebody out everywhere."""
    out = Output(json=json)
    if not end:
        rows = with_hub(lambda hub: hub.read(lambda db: _sessions(db, email, hub.now_ms())))
        out.table(rows, SESSIONS, empty="Nobody is signed in.")
        return
    if email is None:
        raise ConfigError("Say whose sessions shall end: dealwright users sessions EMAIL --end")
    ended, _ = _changed(
        lambda db, now_ms: rules.end_all_sessions(db, CLI, _named(db, email).id, now_ms=now_ms)
    )
    out.say(f"[green]✓[/green] {counted(ended, 'session')} of {bold(email)} ended.", ended=ended)


def _changed(change: Callable[[sa.Connection, int], T]) -> tuple[T, str]:
    """Change something; what came of it, and the address of the hub."""

    async def work(hub: Hub) -> tuple[T, str]:
        now_ms = hub.now_ms()
        done = await hub.store.write(lambda db: change(db, now_ms))
        return done, own_address(hub.settings)

    return with_hub(work)


def _tell_link(out: Output, said: str, user: User, link: str) -> None:
    out.say(
        f"{said} The link to choose a password, for a day and shown only now:\n"
        f"  [bold]{link}[/bold]",
        **_row(user),
        link=link,
    )


def _named(db: sa.Connection, email: str) -> User:
    user = people.find_user(db, rules.address_of(email))
    if user is None:
        raise NotFound(f"{email} has no account: dealwright users list shows who has one.")
    return user


def _row(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.value,
        "second_factor": user.totp_on,
        "signed_in": moment(user.signed_in_at_ms),
    }


def _sessions(db: sa.Connection, email: str | None, now_ms: int) -> list[dict[str, object]]:
    emails = {one.id: one.email for one in people.list_users(db)}
    user_id = None if email is None else _named(db, email).id
    return [
        {
            "id": one.id,
            "email": emails[one.user_id],
            "method": one.method,
            "address": one.address,
            "since": moment(one.created_at_ms),
            "seen": moment(one.seen_at_ms),
            "agent": one.agent,
        }
        for one in sessions.list_sessions(db, user_id=user_id, now_ms=now_ms, idle_ms=rules.IDLE_MS)
    ]
