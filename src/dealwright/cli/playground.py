"""`serve --sandbox`: a Pipedrive beside the hub, and a Connection to it that is on."""

import secrets

from dealwright.cli.output import Output
from dealwright.cli.sockets import free_port
from dealwright.cli.supervisor import Child
from dealwright.settings import Settings


def sandbox_beside(settings: Settings, out: Output) -> Child:
    """The sandbox's process. Its records are kept in the data folder."""
    port, token = free_port(), secrets.token_hex(20)
    folder = settings.data.expanduser() / "sandbox"
    out.say(f"A Pipedrive sandbox will be at [bold]http://127.0.0.1:{port}[/bold].")
    out.hint(
        f"Connect it: dealwright connect --url http://127.0.0.1:{port} --token {token} --deliver"
    )
    return Child(
        name="sandbox",
        arguments=("sandbox", "--port", str(port), "--token", token, "--state", str(folder)),
    )
