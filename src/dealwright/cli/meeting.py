"""`dealwright meeting`: meetings and calls: what came of them, and files of them brought in."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.app import meeting_door
from dealwright.cli import meetingkeep, meetingtry
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names, prose
from dealwright.core.clock import to_ms
from dealwright.core.errors import ConfigError, InvalidEvent
from dealwright.meetings.why import ASKED
from dealwright.parts import own_address
from dealwright.pipeline.meetingintake import Given, MeetingIntake, Taken, attendees_of
from dealwright.pipeline.meetingpage import meeting_page
from dealwright.pipeline.meetingview import MeetingHead, MeetingView, head_of
from dealwright.pipeline.wake import SocketWaker, socket_path
from dealwright.store.meeting_inbox import dead_letters, read_again
from dealwright.store.meeting_list import MeetingFilter, find_meetings
from dealwright.store.meeting_sources import meeting_source

app = typer.Typer(
    help="Meetings and calls: what came of them, and files of them brought in.",
    no_args_is_help=True,
)

meetingkeep.register(app)
meetingtry.register(app)

COLUMNS = (
    column("id", "Id"),
    column("started", "Began"),
    names("title", "Meeting"),
    column("state", "State"),
    names("source", "Source"),
)

LETTERS = (
    figures("id", "Id"),
    figures("source", "Source"),
    column("received", "Came"),
    prose("reason", "Why it cannot be read"),
)


@app.command(
    "import",
    epilog=examples(
        "dealwright meeting import call.vtt --started 2026-11-18T15:00Z --with ada@love.example",
        "dealwright meeting import export.json invite.ics",
    ),
)
def bring(
    files: Annotated[list[Path], typer.Argument(help="VTT, SRT, TXT, Whisper JSON, ICS, exports.")],
    *,
    title: Annotated[str, typer.Option(help="What it was about.")] = "",
    started: Annotated[
        str, typer.Option(help="When it began, with its offset: 2026-11-18T15:00+01:00.")
    ] = "",
    participants: Annotated[
        list[str] | None,
        typer.Option("--with", help="“Ada Keller <ada@love.example>”, a number, or a name."),
    ] = None,
    conversation_type: Annotated[str, typer.Option("--type", help="Such as “Demo”.")] = "",
    language: Annotated[str, typer.Option(help="Such as “sv”.")] = "",
    deal: Annotated[int | None, typer.Option(min=1, help="The deal that it belongs to.")] = None,
    json: Json = False,
) -> None:
    """Bring transcripts, invitations and exports of recorders. The same file twice is one Meeting.

    The worker takes them up at once; `meeting list` shows what came of them.
    """
    given = Given(
        title=title,
        started_at=_moment(started) if started else None,
        conversation_type=conversation_type,
        language=language,
        participants=attendees_of(participants or []),
        deal_id=deal,
    )
    out = Output(json=json)
    for path, taken in with_hub(lambda hub: _brought(hub, files, given)):
        if not taken:
            out.say(f"[green]✓[/green] {escape(path.name)}: an invitation.", file=str(path))
        for one in taken:
            out.say(
                f"[green]✓[/green] {escape(path.name)}: {escape(one.url)}",
                file=str(path),
                id=one.meeting_id,
                url=one.url,
                key=one.key,
                kind=one.kind,
            )


@app.command("list", epilog=examples("dealwright meeting list --state needs_review"))
def listed(
    *,
    state: Annotated[
        str | None, typer.Option(help="Such as synced, or needs_review for any such.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show meetings, the last one heard of first."""
    heads = with_hub(lambda hub: hub.read(lambda db: _heads(db, state, limit)))
    rows = [_row(one) for one in heads]
    empty = "No meeting yet. Have a recorder tell: dealwright sources add meeting fathom"
    Output(json=json).table(rows, COLUMNS, empty=empty)


@app.command(epilog=examples("dealwright meeting show 0199a7c2-…"))
def show(
    id: Annotated[str, typer.Argument(help="The id of its page, as `meeting list` shows it.")],
    *,
    json: Json = False,
) -> None:
    """Show a meeting: who was there and whom they match, the deal, what was written, and why."""
    page = with_hub(
        lambda hub: hub.read(lambda db: meeting_page(db, id, base_url=own_address(hub.settings)))
    )
    out = Output(json=json)
    if json:
        told: dict[str, Any] = msgspec.to_builtins(page.view)
        out.say("", **told)
        return
    _tell(out, page.view)
    for one in page.answers:
        out.say(f"{bold(ASKED[one.question])}  [dim]{one.code}[/dim]\n  {escape(one.sentence)}")


@app.command(epilog=examples("dealwright meeting letters", "dealwright meeting letters --again 12"))
def letters(
    *,
    again: Annotated[
        list[int] | None, typer.Option(help="Read this one once more, such as after an update.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show what recorders sent that could not be read, and why; or have it read once more."""
    out = Output(json=json)
    if again:
        count = with_hub(lambda hub: _again(hub, again))
        out.say(f"{count} to be read once more.", count=count)
        return
    found = with_hub(lambda hub: hub.read(lambda db: dead_letters(db, limit=limit)))
    rows = [
        {
            "id": one.id,
            "source": one.source_id,
            "received": moment(one.received_at_ms),
            "reason": one.reason if one.kept else f"{one.reason} (no longer kept)",
        }
        for one in found
    ]
    out.table(rows, LETTERS, empty="Everything that came could be read.")


async def _again(hub: Hub, ids: list[int]) -> int:
    def change(db: sa.Connection) -> int:
        for one in ids:
            hub.note(db, "meeting.read_again", f"delivery:{one}")
        return read_again(db, ids)

    return await hub.write(change)


def _tell(out: Output, found: MeetingView) -> None:
    out.say(f"{bold(found.title)}  {found.state}\n  {escape(found.url)}")
    people = [
        {
            "who": one.name or one.email or one.phone_e164 or "–",
            "role": one.role,
            "match": one.match or "–",
            "person": "–" if one.person_id is None else one.person_id,
        }
        for one in found.participants
    ]
    columns = (
        names("who", "Participant"),
        column("role", "Is"),
        column("match", "Match"),
        column("person", "Person"),
    )
    out.table(people, columns, empty="Nobody is known to have been there.")
    facts = {
        "Deal": "–" if found.deal_choice is None else _deal(found),
        "Notes": ", ".join(str(one.record_id) for one in found.notes) or "none",
        "Activity": _activity(found),
        "Summary": found.summary_origin,
        "Warnings": ", ".join(found.warnings) or "none",
    }
    rows = [{"key": key, "value": value} for key, value in facts.items()]
    out.table(rows, (names("key", "What"), prose("value", "Is so")), empty="")


def _deal(found: MeetingView) -> str:
    choice = found.deal_choice
    return "–" if choice is None else f"{choice.deal_id or 'none'} ({choice.why})"


def _activity(found: MeetingView) -> str:
    record = found.activity.record
    if record is not None:
        return str(record.record_id)
    misses = ", ".join(f"{one.name}: {one.why}" for one in found.activity.near_misses)
    return f"none: {found.activity.reason or 'not yet'}" + (f" ({misses})" if misses else "")


def _heads(db: sa.Connection, state: str | None, limit: int) -> list[MeetingHead]:
    found = find_meetings(db, MeetingFilter(state=state), limit=limit)
    return [head_of(one, meeting_source(db, one.source_id)) for one in found]


def _row(head: MeetingHead) -> dict[str, Any]:
    return {
        "id": head.id,
        "started": None if head.started_at is None else moment(to_ms(head.started_at)),
        "title": head.title,
        "state": head.state,
        "source": head.source,
        "key": head.key,
    }


async def _brought(hub: Hub, files: list[Path], given: Given) -> list[tuple[Path, list[Taken]]]:
    desk = SocketWaker(socket_path(hub.settings.data, "desk"))
    try:
        door = meeting_door(hub.settings, hub.store, hub.clock, desk=desk)
        intake = MeetingIntake(hub.store, hub.clock, vault=hub.vault, door=door)
        # Invitations first: they say which deals the meetings of the others belong to.
        ordered = sorted(files, key=lambda one: one.suffix.lower() != ".ics")
        return [(path, await _one(intake, path, given)) for path in ordered]
    finally:
        desk.close()


async def _one(intake: MeetingIntake, path: Path, given: Given) -> list[Taken]:
    try:
        return await intake.uploaded(_read(path), filename=path.name, given=given)
    except InvalidEvent as fault:
        raise ConfigError(f"{path.name}: {fault}", code=fault.code) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}).", code="file_unreadable"
        ) from error


def _moment(written: str) -> datetime:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ConfigError(
            f"{written} is no moment: write it as 2026-11-18T15:00+01:00.", code="invalid_moment"
        )
    return found
