"""Running the sandbox as a server of its own."""

import uvicorn

from dealwright.sandbox.app import Sandbox

# Somebody who was made to wait (a fault rule) does not keep the sandbox from ending.
GRACE_S = 1


def server_for(sandbox: Sandbox, *, host: str, port: int) -> uvicorn.Server:
    """A uvicorn server for a sandbox, not yet started."""
    config = uvicorn.Config(
        sandbox,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_S,
    )
    return uvicorn.Server(config)
