"""`serve --sandbox`: a Pipedrive beside the hub, and a Connection to it that is on."""

import secrets
from dataclasses import dataclass

import structlog

from dealwright.app import build_registrar
from dealwright.cli.answering import until_it_answers
from dealwright.cli.connecting import Wish, connected
from dealwright.cli.hub import opened
from dealwright.cli.supervisor import Child
from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError
from dealwright.core.secret import Secret
from dealwright.parts import own_address
from dealwright.settings import Settings

NAME = "sandbox"

_log = structlog.get_logger("dealwright.serve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """A sandbox that the hub brings along, with a token for this start."""

    port: int
    token: Secret
    settings: Settings

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, port: int) -> dict[str, str]:
        """What the hub at a port is told: where the sandbox reaches it, and that it may be called.

        What the operator has set himself stands.
        """
        allowed = f"127.0.0.1:{self.port}"
        if self.settings.allowed_addresses:
            allowed = f"{self.settings.allowed_addresses},{allowed}"
        return {
            "DEALWRIGHT_PUBLIC_URL": own_address(self.settings, port),
            "DEALWRIGHT_ALLOWED_ADDRESSES": allowed,
        }

    def child(self) -> Child:
        """Its process. The records are kept in the data folder."""
        folder = self.settings.data.expanduser() / "sandbox"
        where = ("--port", str(self.port), "--state", str(folder))
        return Child(
            name="sandbox",
            arguments=("sandbox", "--tied", *where, "--token", self.token.reveal()),
        )

    async def connect(self, clock: Clock, port: int) -> None:
        """Wait until it answers, and see that there is a Connection to it that is on.

        It tells the hub, which listens on `port`, what changes.
        """
        wish = Wish(
            base_url=self.url, token=self.token, plan="growth", seats=5, name=NAME, deliver=True
        )
        try:
            await until_it_answers(f"{self.url}/_sandbox/budget", clock)
            address = own_address(self.settings, port)
            with opened(self.settings.model_copy(update={"public_url": address})) as hub:
                made = (await connected(hub, wish)).made
                await until_it_answers(f"{address}/livez", clock)
                await build_registrar(hub.settings, hub.store, clock).check(made.id)
        except DealwrightError as error:
            _log.warning("sandbox.not_connected", code=error.code, reason=str(error))
        else:
            _log.info("sandbox.connected", url=self.url, connection=NAME)


def playground(settings: Settings, port: int) -> Playground:
    """A sandbox with a token of its own.

    At the same `port` it is the same Connection at each start.
    """
    return Playground(port=port, token=Secret(secrets.token_hex(20)), settings=settings)
