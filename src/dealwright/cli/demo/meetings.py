"""Three conversations: one that a recorder posts, a call that two may have made, a file."""

import asyncio
import secrets
import sys
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import aiohttp
import sqlalchemy as sa

from dealwright.cli.demo import talks
from dealwright.cli.demo.cast import BUYER
from dealwright.cli.demo.pipedrive import State
from dealwright.cli.demo.place import DemoFailed
from dealwright.cli.demo.stand import Stand
from dealwright.cli.hub import Hub
from dealwright.meetings.deciding import Becomes
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.source import Secret
from dealwright.pipeline.eventhooks import new_secret
from dealwright.pipeline.meetingsetup import NewRecorder, add_recorder
from dealwright.pipeline.meetingview import MeetingView, meeting_view
from dealwright.recorders import recorders
from dealwright.store.meeting_list import MeetingFilter, find_meetings

#: How long the hub may take for all three.
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.2

_SETTLED: Final = ("synced", "needs_review", "skipped", "partial")


class Recorders(NamedTuple):
    """What the recorders prove themselves with."""

    fathom: str
    aircall: str


class Told(NamedTuple):
    """The three meetings as the hub shows them, and Pipedrive as it stands with them."""

    fathom: MeetingView
    call: MeetingView
    file: MeetingView
    pipedrive: State


async def recorders_added(hub: Hub, connection_id: int) -> Recorders:
    """Make a Source for Fathom and one for Aircall."""
    made = Recorders(fathom=new_secret(), aircall=secrets.token_hex(16))
    there = recorders()

    def change(db: sa.Connection) -> None:
        for kind, secret in zip(made._fields, made, strict=True):
            new = NewRecorder(
                name=there[kind].title,
                source=there[kind],
                secrets=[Secret(value=secret)],
                # The call is told whole: nothing of it is waited for.
                settings=MeetingSettings(internal_domains=(talks.OURS,), summary_grace_seconds=0),
                connection_id=connection_id,
            )
            add_recorder(db, new, vault=hub.vault, now_ms=hub.now_ms())

    await hub.write(change)
    return made


async def talked(stand: Stand, keys: Recorders) -> Told:
    """Have all three told, and wait until the hub has done what is to do; raises DemoFailed."""
    now, console = stand.hub.clock.now(), stand.console
    await _posted(stand, talks.fathom(keys.fathom, now=now))
    console.print("[green]✓[/green] Fathom posts a meeting, signed")
    await _posted(stand, talks.aircall(keys.aircall, now=now))
    console.print("[green]✓[/green] Aircall posts a call from a number that two persons have")
    await _brought(stand, talks.began(now))
    console.print(
        "[green]✓[/green] A transcript is brought by [bold]dealwright meeting import[/bold]"
    )
    with console.status("Writing to Pipedrive …"):
        views = await _until_settled(stand)
    return Told(*views, pipedrive=await stand.pipedrive.state())


async def _posted(stand: Stand, post: talks.Post) -> None:
    headers = {"content-type": "application/json", **post.headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{stand.url}{post.path}", data=post.body, headers=headers) as answer,
    ):
        if answer.status != 200:
            raise DemoFailed(f"{post.path} answered {answer.status}: {await answer.text()}")


async def _brought(stand: Stand, began: str) -> None:
    path = stand.folder / "fern-and-fig.vtt"
    path.write_text(talks.TRANSCRIPT, encoding="utf-8")
    people = ("--with", talks.JONAS, "--with", talks.GUEST)
    about = ("--title", talks.TRANSCRIPT_TITLE, "--type", "Meeting", "--started", began)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dealwright", "meeting", "import", str(path), *about, *people),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise DemoFailed(f"The transcript was refused: {said.decode(errors='replace')}")


async def _until_settled(stand: Stand) -> Sequence[MeetingView]:
    """The three, in the order that they were told in."""
    clock = stand.hub.clock
    deadline_s = clock.monotonic_s() + PATIENCE_S
    while True:
        views = await stand.hub.read(lambda db: _views(db, stand.url))
        if len(views) == 3 and all(one.state.startswith(_SETTLED) for one in views):
            return views
        if clock.monotonic_s() > deadline_s:
            states = ", ".join(f"{one.title}: {one.state}" for one in views) or "none came"
            raise DemoFailed(f"Meetings are not done after {PATIENCE_S:.0f} s: {states}.")
        await clock.sleep(LOOK_AGAIN_S)


def _views(db: sa.Connection, url: str) -> list[MeetingView]:
    order = ("fathom:", "aircall:", "upload:")
    found = find_meetings(db, MeetingFilter(), limit=10)
    ordered = sorted(found, key=lambda one: [not one.key.startswith(kind) for kind in order])
    return [meeting_view(db, one.public_id, base_url=url) for one in ordered]


def faults(told: Told) -> list[str]:
    """What is not as it must be, each as a sentence."""
    return [
        *_written(told.fathom, told, person=BUYER.email, deal=BUYER.deal, by="provider"),
        *_asked(told),
        *_written(told.file, told, person=talks.GUEST_EMAIL, deal=None, by="local"),
        *_doubles(told),
    ]


def _written(
    view: MeetingView, told: Told, *, person: str, deal: str | None, by: str
) -> Iterator[str]:
    if view.state != Becomes.SYNCED:
        yield f"“{view.title}” is {view.state}, not synced."
        return
    if view.summary_origin != by:
        yield f"The summary of “{view.title}” is of {view.summary_origin}, not of {by}."
    meant = {one.id for one in told.pipedrive.persons if any(p.value == person for p in one.emails)}
    if [one.person_id for one in view.notes] != [*meant]:
        yield f"“{view.title}” has no note on {person}."
    titles = {one.id: one.title for one in told.pipedrive.deals}
    found = {titles.get(one.deal_id or 0) for one in view.notes}
    if found != {deal}:
        yield f"The note of “{view.title}” is on the deal {found}, not on {deal}."
    if not view.activity.created:
        yield f"“{view.title}” has no activity: {view.activity.reason}."


def _asked(told: Told) -> Iterator[str]:
    call = told.call
    if call.state != Becomes.AMBIGUOUS:
        yield f"The call is {call.state}, not {Becomes.AMBIGUOUS}."
    elif names_of(told) != list(talks.FAMILY):
        yield f"The call names {names_of(told)}, not {talks.FAMILY}."
    elif call.notes:
        yield "The call has a note, though nobody said whose it is."


def _doubles(told: Told) -> Iterator[str]:
    for view in (told.fathom, told.file):
        there = [one for one in told.pipedrive.notes if view.id in (one.content or "")]
        if len(there) != 1:
            yield f"The note of “{view.title}” is there {len(there)} times, not once."


def names_of(told: Told) -> list[str]:
    """Who may have called."""
    names = {one.id: one.name for one in told.pipedrive.persons}
    return [names[one] for found in told.call.match_conflicts for one in found.candidates]
