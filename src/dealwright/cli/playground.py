"""`serve --sandbox`: a Pipedrive beside the hub, and a Connection to it that is on."""

import secrets
from dataclasses import dataclass

from dealwright.cli.answering import until_it_answers
from dealwright.cli.connect import Wish, connected
from dealwright.cli.hub import opened
from dealwright.cli.output import Output
from dealwright.cli.supervisor import Child
from dealwright.core.clock import Clock
from dealwright.core.secret import Secret
from dealwright.settings import Settings

#: Always the same: the Connection to it shall be the same one at each start.
PORT = 8900
NAME = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """A sandbox that the hub brings along, with a token for this start."""

    token: Secret
    settings: Settings

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{PORT}"

    def child(self) -> Child:
        """Its process. The records are kept in the data folder."""
        folder = self.settings.data.expanduser() / "sandbox"
        where = ("--port", str(PORT), "--state", str(folder))
        return Child(
            name="sandbox",
            arguments=("sandbox", "--tied", *where, "--token", self.token.reveal()),
        )

    async def connect(self, out: Output, clock: Clock) -> None:
        """Wait until it answers, and see that there is a Connection to it that is on."""
        await until_it_answers(f"{self.url}/_sandbox/budget", clock)
        wish = Wish(
            base_url=self.url,
            token=self.token,
            plan="growth",
            seats=5,
            name=NAME,
            deliver=True,
        )
        with opened(self.settings) as hub:
            await connected(hub, wish)
        out.say(f"A Pipedrive sandbox at {self.url} is connected, and events are written to it.")


def playground(settings: Settings) -> Playground:
    """A sandbox with a token of its own."""
    return Playground(token=Secret(secrets.token_hex(20)), settings=settings)
