"""The sandbox over HTTP on this machine, in a thread, so that a test can also look inside."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import Options
from dealwright.sandbox.serve import server_for

HOST = "127.0.0.1"
PATIENCE_S = 30


@dataclass(frozen=True, kw_only=True)
class Loopback:
    """A sandbox and where it listens."""

    sandbox: Sandbox
    url: str

    @property
    def templates(self) -> set[str]:
        """The operations that were called, as `GET /api/v2/persons/{id}`."""
        return {f"{call.method} {call.template}" for call in self.sandbox.calls}

    @property
    def refused(self) -> list[str]:
        """The calls that were answered by 400 and above."""
        return [
            f"{call.status} {call.method} {call.path}"
            for call in self.sandbox.calls
            if call.status >= 400
        ]


@contextmanager
def serving(options: Options) -> Generator[Loopback]:
    """Serve a sandbox on a free port."""
    with socket.create_server((HOST, 0)) as listener:
        # Callers may connect from here on: the socket holds them until the server runs.
        sandbox = create_app(options)
        port: int = listener.getsockname()[1]
        server = server_for(sandbox, host=HOST, port=port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Loopback(sandbox=sandbox, url=f"http://{HOST}:{port}")
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
        assert not thread.is_alive(), f"the sandbox did not end within {PATIENCE_S} s"
