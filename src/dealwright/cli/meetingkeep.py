"""`dealwright meeting search|export|support|recording|hold|release|erase`: what is kept."""

import sys
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio.to_thread
import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, counted, names, prose
from dealwright.core.clock import to_ms
from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI
from dealwright.meetings.export.formats import Format
from dealwright.meetings.keeping import Part
from dealwright.meetings.searching import snippets
from dealwright.parts import own_address
from dealwright.pipeline.meetingerasure import Erasure, erase_person, known_by
from dealwright.pipeline.meetingexport import export_meeting, export_person
from dealwright.pipeline.meetingkeeping import erase_part, hold_meeting, release_meeting
from dealwright.pipeline.meetingmedia import MediaShelf, delete_files, media_folder, media_type
from dealwright.pipeline.meetingsupport import masked, support_bundle
from dealwright.store.meeting_search import Asked, search_meetings
from dealwright.store.meetings import meeting_by_public_id

T = TypeVar("T")

Id = Annotated[str, typer.Argument(help="The id of its page, as `meeting list` shows it.")]
Email = Annotated[str, typer.Option(help="Somebody by an address.")]
Phone = Annotated[str, typer.Option(help="Somebody by a number, with its country: +46701234567.")]

FOUND = (
    column("id", "Id"),
    column("started", "Began"),
    names("title", "Meeting"),
    column("state", "State"),
    prose("found", "Found"),
)

_CHUNK = 1_048_576


def search(
    query: Annotated[str, typer.Argument(help="Words; the last may be only begun.")] = "",
    *,
    person: Annotated[int | None, typer.Option(min=1, help="A person of Pipedrive.")] = None,
    deal: Annotated[int | None, typer.Option(min=1, help="A deal of Pipedrive.")] = None,
    conversation_type: Annotated[str | None, typer.Option("--type", help="As “Demo”.")] = None,
    presenter: Annotated[str | None, typer.Option(help="By whom: an address.")] = None,
    state: Annotated[str | None, typer.Option(help="Such as synced, or needs_review.")] = None,
    since: Annotated[str | None, typer.Option(help="Such as 30d, or 2026-11-18.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """Find meetings by what was said, and by whom they are with."""

    async def look(hub: Hub) -> list[dict[str, Any]]:
        asked = Asked(
            query=query,
            person_id=person,
            deal_id=deal,
            conversation_type=conversation_type,
            presenter=presenter,
            state=state,
            since_ms=None if since is None else since_of(hub, since),
        )
        return await hub.read(lambda db: _found(db, asked, limit))

    Output(json=json).table(with_hub(look), FOUND, empty="No meeting has that.")


def export(
    id: Annotated[str, typer.Argument(help="The id of its page.")] = "",
    *,
    form: Annotated[Format, typer.Option("--format", help="As what.")] = Format.MARKDOWN,
    email: Email = "",
    phone: Phone = "",
    out: Annotated[
        Path | None, typer.Option(help="Into this file; without it, it is printed.")
    ] = None,
) -> None:
    """Take a meeting out as a file, or a ZIP of all that somebody was in."""
    if bool(id) == bool(email or phone):
        raise ConfigError("Name a meeting, or somebody by --email or --phone.", code="which_one")
    if id:
        body = with_hub(lambda hub: hub.read(lambda db: export_meeting(db, id, form).body))
    else:
        known = known_by(email=email, phone=phone)

        async def packed(hub: Hub) -> bytes:
            made = await hub.read(lambda db: export_person(db, known))
            await hub.write(lambda db: hub.note(db, "meeting.export_person", "person"))
            return made

        body = with_hub(packed)
    if out is None:
        sys.stdout.buffer.write(body)
        return
    try:
        out.touch(mode=0o600)
        out.write_bytes(body)
    except OSError as error:
        raise ConfigError(
            f"{out} cannot be written ({error.strerror}).", code="file_not_written"
        ) from error
    Output(json=False).say(f"[green]✓[/green] {escape(str(out))}: {len(body):,} bytes.")


def support(
    id: Id,
    *,
    mask: Annotated[bool, typer.Option("--mask", help="Without names and addresses.")] = False,
) -> None:
    """Print what whoever helps asks for first, as JSON: links, matches, the Trace, and why."""

    def look(hub: Hub, db: sa.Connection) -> bytes:
        told = support_bundle(
            db, id, base_url=own_address(hub.settings), version=version("dealwright")
        )
        return msgspec.json.encode(masked(told) if mask else told)

    body = with_hub(lambda hub: hub.read(lambda db: look(hub, db)))
    sys.stdout.buffer.write(msgspec.json.format(body, indent=2) + b"\n")


def recording(
    id: Id,
    file: Annotated[Path, typer.Argument(help="Audio or video.")],
    *,
    json: Json = False,
) -> None:
    """Keep a recording of a meeting here, encrypted; it plays on the meeting's page."""
    kind = media_type("", file.name)

    async def bring(hub: Hub) -> int:
        stored = await hub.read(lambda db: meeting_by_public_id(db, id))
        folder = media_folder(hub.settings.data)
        shelf = MediaShelf(store=hub.store, vault=hub.vault, clock=hub.clock, folder=folder)
        made = await shelf.bring(stored, kind, _chunks(file))
        target = f"meeting:{stored.public_id}"
        await hub.write(lambda db: hub.note(db, "meeting.media.add", target))
        return made

    number = with_hub(bring)
    Output(json=json).say(f"[green]✓[/green] {escape(file.name)} is kept here.", id=number)


def hold(
    id: Id,
    *,
    reason: Annotated[str, typer.Option(help="Why, such as the number of a case.")],
    json: Json = False,
) -> None:
    """Let nothing of a meeting be removed, by policy or by anybody."""

    async def change(hub: Hub) -> None:
        await hub.write(
            lambda db: hold_meeting(
                db, meeting_by_public_id(db, id), reason=reason, by=CLI, now_ms=hub.now_ms()
            )
        )

    with_hub(change)
    Output(json=json).say(f"[green]✓[/green] {escape(id)} is held.", id=id, held=True)


def release(id: Id, *, json: Json = False) -> None:
    """Take a legal hold away: policies hold for the meeting again."""

    async def change(hub: Hub) -> bool:
        return await hub.write(
            lambda db: release_meeting(
                db, meeting_by_public_id(db, id), by=CLI, now_ms=hub.now_ms()
            )
        )

    released = with_hub(change)
    told = "is held no more" if released else "was not held"
    Output(json=json).say(f"[green]✓[/green] {escape(id)} {told}.", id=id, held=False)


def erase(
    id: Annotated[str, typer.Argument(help="The id of its page.")] = "",
    *,
    part: Annotated[Part, typer.Option(help="Only this of it.")] = Part.MEETING,
    email: Email = "",
    phone: Phone = "",
    meetings: Annotated[
        bool, typer.Option("--meetings", help="Also the meetings that they were in.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Remove a meeting or a part of it, or forget somebody. What is in Pipedrive stays there."""
    if bool(id) == bool(email or phone):
        raise ConfigError("Name a meeting, or somebody by --email or --phone.", code="which_one")
    out = Output(json=json)
    if not yes:
        confirm("What is erased cannot be brought back. Go on?", err=True)
    if not id:
        known = known_by(email=email, phone=phone)
        told = with_hub(
            lambda hub: _changed(
                hub,
                lambda db: erase_person(db, known, whole=meetings, by=CLI, now_ms=hub.now_ms()),
            )
        )
        _tell_erasure(out, told)
        return
    with_hub(
        lambda hub: _changed(
            hub,
            lambda db: erase_part(
                db, meeting_by_public_id(db, id), part, by=CLI, now_ms=hub.now_ms()
            ),
        )
    )
    out.say(f"[green]✓[/green] Removed: the {part.value} of {escape(id)}.", id=id, part=part.value)


def since_of(hub: Hub, text: str) -> int:
    """A moment as somebody writes it, in ms: 30d, 12h, or a day or moment of ISO 8601."""
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and unit in {"d", "h"} and len(number) < 6:
        return hub.now_ms() - int(number) * (86_400_000 if unit == "d" else 3_600_000)
    return to_ms(_day(text))


def _day(text: str) -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{text} is no time: write 30d, 12h, or 2026-11-18.", code="invalid_moment"
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _found(db: sa.Connection, asked: Asked, limit: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in search_meetings(db, asked, limit=limit):
        shown = snippets(one.body, one.body.title, asked.query) if asked.query else ()
        started = one.body.started_at
        rows.append(
            {
                "id": one.public_id,
                "started": None if started is None else moment(to_ms(started)),
                "title": one.body.title or "–",
                "state": one.state,
                "found": " / ".join(_snippet(each.text, each.at) for each in shown),
            }
        )
    return rows


def _snippet(text: str, at: float | None) -> str:
    if at is None:
        return text
    minutes, seconds = divmod(int(at), 60)
    return f"{minutes}:{seconds:02} {text}"


async def _changed(hub: Hub, change: Callable[[sa.Connection], T]) -> T:
    told = await hub.write(change)
    await delete_files(hub.store, media_folder(hub.settings.data))
    return told


def _tell_erasure(out: Output, told: Erasure) -> None:
    facts: dict[str, Any] = msgspec.to_builtins(told)
    out.say(
        f"[green]✓[/green] Redacted: {counted(len(told.redacted), 'meeting')}; removed: "
        f"{len(told.removed)}; under a hold, left as they are: {len(told.held)}.",
        **facts,
    )
    for page in told.recorded:
        out.hint(f"  Their voice is in the recording of {page}: erase it with --part media.")
    for one in told.in_pipedrive:
        out.hint(
            f"  Still in Pipedrive: {one.kind} {one.record_id} of person {one.person_id or '–'}, "
            f"deal {one.deal_id or '–'}."
        )


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    try:
        with file.open("rb") as opened:
            while chunk := await anyio.to_thread.run_sync(opened.read, _CHUNK):
                yield chunk
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read ({error.strerror}).", code="file_unreadable"
        ) from error


def register(app: typer.Typer) -> None:
    """Add these commands to `dealwright meeting`."""
    app.command(
        epilog=examples(
            'dealwright meeting search "price of the rollout"',
            "dealwright meeting search invoice --type Demo --since 30d",
        )
    )(search)
    app.command(
        epilog=examples(
            "dealwright meeting export 0199a7c2-… --format vcon --out talk.vcon.json",
            "dealwright meeting export --email ada@love.example --out ada.zip",
        )
    )(export)
    app.command(epilog=examples("dealwright meeting support 0199a7c2-… --mask"))(support)
    app.command(epilog=examples("dealwright meeting recording 0199a7c2-… call.mp3"))(recording)
    app.command(epilog=examples("dealwright meeting hold 0199a7c2-… --reason “case 12”"))(hold)
    app.command(epilog=examples("dealwright meeting release 0199a7c2-…"))(release)
    app.command(
        epilog=examples(
            "dealwright meeting erase 0199a7c2-… --part transcript",
            "dealwright meeting erase --email ada@love.example --meetings",
        )
    )(erase)
