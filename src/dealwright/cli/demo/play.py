"""Plays the story through Segment's own Python SDK, and waits until all of it is done."""

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import sqlalchemy as sa
from rich.console import Console

from dealwright.cli.demo.pipedrive import Pipedrive
from dealwright.cli.demo.place import DemoFailed
from dealwright.cli.demo.story import Chapter, Story, Turn
from dealwright.cli.hub import Hub
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.store.connections import connection
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log

#: How long the hub may take for the whole story once Pipedrive is back.
PATIENCE_S = 150.0
LOOK_AGAIN_S = 0.2

Counts = dict[State, int]

TO_COME = (State.QUEUED, State.SENDING, State.WAITING)


class Sdk(Protocol):
    """What we use of `segment.analytics.Client`."""

    def flush(self) -> None:
        """Return once everything is sent."""
        ...

    def join(self) -> None:
        """End the sending threads."""
        ...


@dataclass(slots=True, kw_only=True)
class Player:
    """Sends chapter after chapter, moves Pipedrive, and tells what happens."""

    sdk: Sdk
    pipedrive: Pipedrive
    hub: Hub
    connection_id: int
    console: Console
    refused: list[str] = field(default_factory=list[str])

    async def play(self, story: Story) -> Counts:
        """Play it all; returns the Deliveries by state when nothing is left to be done.

        Raises DemoFailed when the SDK gave events up, or the hub is not done in time.
        """
        width = max(len(chapter.title) for chapter in story.chapters)
        for chapter in story.chapters:
            await self._chapter(chapter, width)
        counts = await self._until_done("Writing to Pipedrive", lambda counts: not _left(counts))
        if self.refused:
            raise DemoFailed(f"The SDK gave events up: {self.refused[0]}")
        return counts

    async def _chapter(self, chapter: Chapter, width: int) -> None:
        await self._turn(chapter.turn)
        with self.console.status(f"{chapter.title} …"):
            for event in chapter.events:
                getattr(self.sdk, event.call)(**event.arguments)
            await asyncio.to_thread(self.sdk.flush)
        self.console.print(
            f"[green]✓[/green] {chapter.title:<{width}}  [dim]{len(chapter.events):>4} events[/dim]"
        )
        if chapter.turn is Turn.PIPEDRIVE_GOES:
            title = "Pipedrive answers 503"
            counts = await self._until_done(title, lambda counts: counts[State.WAITING] > 0)
            left = _left(counts)
            self.console.print(f"[yellow]•[/yellow] {title}: {left} Deliveries wait, none is lost")

    async def _turn(self, turn: Turn) -> None:
        if turn in {Turn.TIME_PASSES, Turn.PIPEDRIVE_GOES}:
            # Then the next chapter meets what is written, not what is on its way.
            await self._until_done("Writing to Pipedrive", lambda counts: not _left(counts))
        if turn is Turn.PIPEDRIVE_GOES:
            await self.pipedrive.goes_away()
        if turn is Turn.PIPEDRIVE_RETURNS:
            await self.pipedrive.returns()

    async def _until_done(self, title: str, done: Callable[[Counts], bool]) -> Counts:
        clock = self.hub.clock
        deadline_s = clock.monotonic_s() + PATIENCE_S
        with self.console.status(f"{title} …") as status:
            while True:
                routed, counts = await self.hub.read(self._look)
                if routed and done(counts):
                    return counts
                if clock.monotonic_s() > deadline_s:
                    raise DemoFailed(f"Not done after {PATIENCE_S:.0f} s: {in_words(counts)}.")
                status.update(f"{title} … [dim]{in_words(counts)}[/dim]")
                await clock.sleep(LOOK_AGAIN_S)

    def _look(self, db: sa.Connection) -> tuple[bool, Counts]:
        routed = connection(db, self.connection_id).position >= end_of_log(db)
        return routed, count_by_state(db, self.connection_id)


def in_words(counts: Counts) -> str:
    """Deliveries by state as people say it."""
    return ", ".join(f"{number} {state}" for state, number in counts.items() if number) or "nothing"


def sdk_for(url: str, write_key: str, refused: list[str]) -> Sdk:
    """Segment's SDK, pointed at the hub. Raises ConfigError when it is not installed."""
    try:
        module = cast("Any", importlib.import_module("segment.analytics.client"))
    except ImportError as error:
        raise ConfigError(
            "The demo speaks through Segment's own SDK, which is not installed: "
            "pip install 'dealwright[demo]'",
            code="demo_sdk_missing",
        ) from error

    def given_up(error: object, _events: object) -> None:
        refused.append(str(error))

    made: Sdk = module.Client(
        write_key, host=url, on_error=given_up, upload_interval=0.1, max_queue_size=10_000
    )
    return made


def _left(counts: Counts) -> int:
    return sum(counts[state] for state in TO_COME)
