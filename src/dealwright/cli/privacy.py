"""`dealwright privacy`: find, export and erase somebody, and the suppression list."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, counted, figures, names, prose
from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI
from dealwright.core.privacy import Identity, IdentityKind, asked_for
from dealwright.pipeline.meetingmedia import media_folder
from dealwright.pipeline.privacyerase import Eraser, Wish
from dealwright.pipeline.privacyexport import export as export_of
from dealwright.pipeline.privacyfind import Asked, Found, find
from dealwright.pipeline.privacykeys import opened_keys
from dealwright.pipeline.privacylist import Listing, read_lines
from dealwright.pipeline.privacyproof import is_about, verified
from dealwright.store.connections import connection_by_name, list_connections
from dealwright.store.privacy import Erasure, count_suppressed, list_erasures, listed
from dealwright.store.sources import source_by_name

app = typer.Typer(
    help="Find, export and erase somebody; and whom nothing is taken in of.", no_args_is_help=True
)
suppress_app = typer.Typer(
    help="Whom nothing is taken in of: the list has keyed digests only.", no_args_is_help=True
)
app.add_typer(suppress_app, name="suppress")

Email = Annotated[str, typer.Option(help="Somebody by an address.")]
Phone = Annotated[str, typer.Option(help="Somebody by a number with its country: +46701234567.")]
UserId = Annotated[str, typer.Option(help="Somebody by the id that senders give them.")]
SourceName = Annotated[
    str, typer.Option("--source", help="Of a user id: whose it is; without it any Source's.")
]
Person = Annotated[int, typer.Option(min=0, help="Somebody by the id of a person in Pipedrive.")]
Home = Annotated[str, typer.Option("--connection", help="Of a person: in which account.")]
Only = Annotated[
    bool, typer.Option("--only", help="Nothing but what is named: do not follow to other ids.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

KNOWN = (
    column("kind", "By"),
    names("value", "What"),
    column("via", "Found in"),
)
PLACES = (
    names("place", "Place"),
    figures("theirs", "Theirs"),
    figures("named", "Names them"),
    figures("held", "Held"),
)


@app.command("find", epilog=examples("dealwright privacy find --email ada@love.example"))
def found(
    *,
    email: Email = "",
    phone: Phone = "",
    user_id: UserId = "",
    source: SourceName = "",
    person: Person = 0,
    connection: Home = "",
    only: Only = False,
    json: Json = False,
) -> None:
    """Show everything that the hub holds of somebody, and by what else they are known.

    What was named leads one step further: an event with a user id and an address ties both. Look at
    these before you erase.
    """
    named = _Named(email, phone, user_id, source, person, connection, only)
    told = with_hub(lambda hub: _found(hub, named))
    _tell(Output(json=json), told)


@app.command(epilog=examples("dealwright privacy export --email ada@love.example --out ada.zip"))
def export(
    out: Annotated[Path, typer.Option(help="Into this file.")],
    *,
    email: Email = "",
    phone: Phone = "",
    user_id: UserId = "",
    source: SourceName = "",
    person: Person = 0,
    connection: Home = "",
    only: Only = False,
    json: Json = False,
) -> None:
    """Write everything of somebody into a ZIP, with a readme in plain words."""
    named = _Named(email, phone, user_id, source, person, connection, only)

    async def packed(hub: Hub) -> tuple[bytes, Found]:
        made = await export_of(hub.store, hub.vault, await named.asked(hub), clock=hub.clock)
        await hub.write(lambda db: hub.note(db, "privacy.export", "person"))
        return made

    body, told = with_hub(packed)
    _written(out, body)
    Output(json=json).say(
        f"[green]✓[/green] {escape(str(out))}: {counted(told.rows, 'row')}, "
        f"{counted(len(told.meetings) + len(told.held), 'meeting')}.",
        file=str(out),
        rows=told.rows,
    )


@app.command(
    epilog=examples(
        "dealwright privacy erase --email ada@love.example",
        "dealwright privacy erase --user-id u-1 --source website --no-suppress",
        "dealwright privacy erase --resume 3 --proof erasure-3.json",
    )
)
def erase(
    *,
    email: Email = "",
    phone: Phone = "",
    user_id: UserId = "",
    source: SourceName = "",
    person: Person = 0,
    connection: Home = "",
    only: Only = False,
    suppress: Annotated[
        bool, typer.Option(help="Take nothing of them in again, and do not mirror them.")
    ] = True,
    meetings: Annotated[
        bool, typer.Option("--meetings", help="Also the whole meetings that they were in.")
    ] = False,
    compact: Annotated[
        bool, typer.Option(help="Make the database's files anew; writers wait meanwhile.")
    ] = True,
    proof: Annotated[Path | None, typer.Option(help="Write the signed proof here.")] = None,
    resume: Annotated[int, typer.Option(min=0, help="Go on with this erasure.")] = 0,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would go.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Forget somebody, everywhere in the hub. What is in Pipedrive stays there, and is said.

    First the plan is shown, then you are asked. The log keeps its numbers: an erased event is a
    tombstone that routing and replays pass by. Meetings under a legal hold stay as they are.
    """
    out = Output(json=json)
    named = _Named(email, phone, user_id, source, person, connection, only)
    told: Found | None = None
    if not resume:
        told = with_hub(lambda hub: _found(hub, named))
        _tell(out, told)
        if plan:
            return
        if not yes:
            confirm("What is erased cannot be brought back. Go on?", err=True)
    wish = Wish(suppress=suppress, meetings=meetings, compact=compact)
    _tell_end(out, with_hub(lambda hub: _erased(hub, told, wish, resume)), proof)


@app.command(epilog=examples("dealwright privacy erasures"))
def erasures(*, json: Json = False) -> None:
    """Show the erasures, newest first; one that a crash has left goes on with erase --resume."""
    rows = with_hub(lambda hub: hub.read(lambda db: list_erasures(db, limit=200)))
    Output(json=json).table(
        [
            {"id": one.id, "state": one.state, "by": one.made_by, "at": moment(one.made_at_ms)}
            for one in rows
        ],
        (figures("id", "Id"), column("state", "State"), column("by", "By"), column("at", "Begun")),
        empty="Nobody was erased.",
    )


@app.command(epilog=examples("dealwright privacy verify erasure-3.json --email ada@love.example"))
def verify(
    file: Annotated[Path, typer.Argument(help="A proof that this hub wrote.")],
    *,
    email: Email = "",
    phone: Phone = "",
    user_id: UserId = "",
    json: Json = False,
) -> None:
    """See that a proof is as this hub signed it, and whether it is about somebody."""
    keys = with_hub(lambda hub: hub.read(lambda db: opened_keys(db, hub.vault)))
    document = verified(_read(file), keys)
    facts: dict[str, Any] = msgspec.to_builtins(document)
    out = Output(json=json)
    asked = asked_for(email=email, phone=phone, user_id=user_id)
    if asked and keys is not None:
        facts["about_them"] = all(is_about(document, one, keys) for one in asked)
    rows = sum(one.theirs + one.named for one in document.erased)
    at = document.ended_at.isoformat(timespec="minutes")
    out.say(
        f"[green]✓[/green] Erasure {document.erasure}, ended {at}: {counted(rows, 'row')} erased, "
        f"{counted(sum(one.held for one in document.left), 'row')} under a hold.",
        **facts,
    )
    if asked:
        out.hint(
            "It is about them." if facts["about_them"] else "It is [bold]not[/bold] about them."
        )


# -- the list


@suppress_app.command(epilog=examples("dealwright privacy suppress add --email ada@love.example"))
def add(*, email: Email = "", phone: Phone = "", user_id: UserId = "", json: Json = False) -> None:
    """Take nothing of somebody in from now on."""
    asked = _whom(email, phone, user_id)
    new = with_hub(lambda hub: _listing(hub).add(asked, by=CLI))
    Output(json=json).say(f"[green]✓[/green] On the list: {counted(new, 'new line')}.", new=new)


@suppress_app.command(
    epilog=examples("dealwright privacy suppress remove --email ada@love.example")
)
def remove(
    *, email: Email = "", phone: Phone = "", user_id: UserId = "", json: Json = False
) -> None:
    """Take somebody from the list: events of theirs are taken in again."""
    asked = _whom(email, phone, user_id)
    gone = with_hub(lambda hub: _listing(hub).remove(asked, by=CLI))
    Output(json=json).say(f"[green]✓[/green] Taken from the list: {gone}.", removed=gone)


@suppress_app.command(epilog=examples("dealwright privacy suppress check --email ada@love.example"))
def check(
    *, email: Email = "", phone: Phone = "", user_id: UserId = "", json: Json = False
) -> None:
    """Say whether somebody is on the list."""
    asked = _whom(email, phone, user_id)
    lines = with_hub(lambda hub: _listing(hub).check(asked))
    Output(json=json).say("On the list." if lines else "Not on the list.", suppressed=bool(lines))


@suppress_app.command("list")
def show(*, json: Json = False) -> None:
    """Show the list: digests, which nobody can read."""
    lines, count = with_hub(
        lambda hub: hub.read(lambda db: (listed(db, limit=1000), count_suppressed(db)))
    )
    out = Output(json=json)
    out.table(
        [
            {
                "digest": one.digest.hex(),
                "kind": one.kind,
                "by": one.added_by,
                "at": moment(one.added_at_ms),
            }
            for one in lines
        ],
        (
            column("kind", "Kind"),
            column("by", "By"),
            column("at", "Since"),
            prose("digest", "Digest"),
        ),
        empty="Nobody is on the list.",
    )
    if count > len(lines):
        out.hint(f"And {count - len(lines):,} more.")


@suppress_app.command("import", epilog=examples("dealwright privacy suppress import list.csv"))
def bring(
    file: Annotated[
        Path, typer.Argument(help="An address or number a line; of a CSV the first field.")
    ],
    *,
    json: Json = False,
) -> None:
    """Put everybody of a file on the list."""
    asked = list(read_lines(_read(file).decode("utf-8", "replace").splitlines()))
    new = with_hub(lambda hub: _listing(hub).add(asked, by=CLI))
    Output(json=json).say(
        f"[green]✓[/green] Read {len(asked):,}, new on the list: {new:,}.", read=len(asked), new=new
    )


class _Named:
    """Whom the options mean."""

    def __init__(  # noqa: PLR0917 - they are the options of three commands
        self,
        email: str,
        phone: str,
        user_id: str,
        source: str,
        person: int,
        connection: str,
        only: bool,  # noqa: FBT001
    ) -> None:
        self._by = (email, phone, user_id)
        self._source = source
        self._person = person
        self._connection = connection
        self._only = only

    async def asked(self, hub: Hub) -> Asked:
        """As it is looked for; raises ConfigError and NotFound."""
        email, phone, user_id = self._by
        source_id = 0
        if self._source:
            source_id = (await hub.read(lambda db: source_by_name(db, self._source))).id
        found = asked_for(email=email, phone=phone, user_id=user_id, source_id=source_id)
        if self._person:
            found = (*found, await self._of_pipedrive(hub))
        return Asked(identities=found, follow=not self._only)

    async def _of_pipedrive(self, hub: Hub) -> Identity:
        if self._connection:
            home = (await hub.read(lambda db: connection_by_name(db, self._connection))).id
        else:
            there = await hub.read(list_connections)
            if len(there) != 1:
                raise ConfigError("Say in which account: --connection NAME.", code="which_one")
            home = there[0].id
        return Identity(IdentityKind.PERSON, str(self._person), home)


def _whom(email: str, phone: str, user_id: str) -> tuple[Identity, ...]:
    return Asked(identities=asked_for(email=email, phone=phone, user_id=user_id)).identities


def _listing(hub: Hub) -> Listing:
    return Listing(hub.store, hub.clock, hub.vault)


async def _found(hub: Hub, named: _Named) -> Found:
    return await find(hub.store, hub.vault, await named.asked(hub))


async def _erased(hub: Hub, told: Found | None, wish: Wish, resume: int) -> Erasure:
    folder = media_folder(hub.settings.data)
    eraser = Eraser(store=hub.store, clock=hub.clock, vault=hub.vault, media=folder)
    number = resume if told is None else await eraser.begin(told, wish, by=CLI)
    return await eraser.run(number)


def _tell(out: Output, told: Found) -> None:
    if out.json:
        out.say("", **msgspec.to_builtins(told))
        return
    known = [{**msgspec.to_builtins(one)} for one in told.known_as]
    out.table(known, KNOWN, empty="")
    out.table([msgspec.to_builtins(one) for one in told.places], PLACES, empty="Nothing is here.")
    out.say(f"Meetings: {len(told.meetings)}; under a legal hold: {len(told.held)}.")
    for page in told.held:
        out.hint(f"  Held: {page}")
    for one in told.in_pipedrive:
        out.hint(f"  In Pipedrive, where it stays: {escape(one.url)} ({escape(one.connection)})")


def _tell_end(out: Output, done: Erasure, proof: Path | None) -> None:
    body = done.proof or b""
    if proof is not None:
        _written(proof, body)
    document: dict[str, Any] = msgspec.json.decode(body)["document"]
    rows = sum(one["theirs"] + one["named"] for one in document["erased"])
    out.say(
        f"[green]✓[/green] Erasure {done.id} is done: {counted(rows, 'row')}.",
        id=done.id,
        document=document,
    )
    for text in document["out_of_reach"]:
        out.hint(f"  Out of reach: {text}.")
    if proof is not None:
        out.hint(f"The signed proof: {escape(str(proof))}")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read ({error.strerror}).", code="file_unreadable"
        ) from error


def _written(file: Path, body: bytes) -> None:
    try:
        file.touch(mode=0o600)
        file.write_bytes(body)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written ({error.strerror}).", code="file_not_written"
        ) from error
