"""The world of a bad day: an account that fails, processes that are killed, senders that insist."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2
from tests.chaos.story import Batch, Story

from dealwright.cli.sockets import free_port

ROOT = Path(__file__).resolve().parents[2]
#: Seconds between two requests of a sender, and until it tries again what was not acknowledged.
BETWEEN_S, AGAIN_S = 0.25, 0.1
#: A process is killed every so many seconds.
KILLS_S = (3.0, 6.0)


@dataclass(slots=True, kw_only=True)
class Process:
    """One of our processes, which is started again as soon as it was killed.

    It says `word` when it is up; "" when that does not matter.
    """

    word: str = ""
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    kills: int = 0
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it; it is not waited for."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.running is not None:
            self.running.kill()
            self.running.wait(timeout=30)

    def is_up(self) -> bool:
        """Whether it has said so since it was started."""
        said = self.log.read_text(errors="replace")
        return not self.word or said.count(self.word) > self.kills

    def see_it_runs(self) -> None:
        """Fail when it has ended by itself, with the last of what it said."""
        if self.running is None or self.running.poll() is not None:
            said = self.log.read_text(errors="replace")[-3000:]
            raise AssertionError(f"{self.command} ended by itself:\n{said}")


@dataclass(slots=True, kw_only=True)
class World:
    """The hub's processes, its data, and its keys by Source."""

    data: Path
    database_url: str
    keys: dict[str, str]
    workers: int
    port: int = field(default_factory=free_port)
    acknowledged: set[str] = field(default_factory=set[str])
    processes: list[Process] = field(default_factory=list[Process])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have the processes run, each for as long as it is let."""
        serve = ("-m", "dealwright", "serve", "--role", "web", "--port", str(self.port))
        commands = [serve, *[("-m", "tests.chaos.worker", str(self.data))] * self.workers]
        self.processes = [
            Process(
                command=command,
                environment=self._environment(),
                log=self.data / f"process-{number}.txt",
                word="web.ready" if command is serve else "",
            )
            for number, command in enumerate(commands)
        ]
        try:
            for process in self.processes:
                process.start()
            yield
        finally:
            for process in self.processes:
                process.kill()

    async def send_all(self, story: Story, random: Random) -> None:
        """Have every sender send what it has until all of it is acknowledged."""
        async with httpx2.AsyncClient(timeout=10) as client:
            luck = [Random(random.random()) for _ in story.senders]  # noqa: S311 - repeatable, no secret
            await asyncio.gather(
                *(
                    self._send(client, batches, own)
                    for batches, own in zip(story.senders, luck, strict=True)
                )
            )

    async def kill_while(self, other: "asyncio.Task[Any]", random: Random) -> None:
        """Kill one process after the other, and start it again, until `other` is done."""
        while not other.done():
            await asyncio.wait({other}, timeout=random.uniform(*KILLS_S))
            # A door that never opens takes nothing in: it is killed when it stands open.
            process = random.choice([one for one in self.processes if one.is_up()])
            for one in self.processes:
                one.see_it_runs()
            await asyncio.to_thread(process.kill)
            process.kills += 1
            process.start()

    async def _send(
        self, client: httpx2.AsyncClient, batches: tuple[Batch, ...], random: Random
    ) -> None:
        for batch in batches:
            await asyncio.sleep(random.random() * 2 * BETWEEN_S)
            while not await self._taken(client, batch):  # noqa: ASYNC110 - a network has no Event
                await asyncio.sleep(AGAIN_S)
            self.acknowledged.update(said["messageId"] for said in batch.events)

    async def _taken(self, client: httpx2.AsyncClient, batch: Batch) -> bool:
        try:
            answer = await client.post(
                f"http://127.0.0.1:{self.port}/v1/batch",
                json={"batch": batch.events},
                auth=(self.keys[batch.source], ""),
            )
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    def _environment(self) -> dict[str, str]:
        kept = {name: of for name, of in os.environ.items() if not name.startswith("DEALWRIGHT_")}
        return kept | {
            "DEALWRIGHT_DATA": str(self.data),
            "DEALWRIGHT_DATABASE_URL": self.database_url,
            "DEALWRIGHT_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }
